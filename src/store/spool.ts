import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Holds bytes that are too many to be kept in memory until their record is written.
 *
 * They are in an encrypted file without a name, and the key is only in this process: no secret is on the disk before it was redacted, and
 * nothing is left however the process ends. The file is closed when nothing refers to a segment in it.
 */
export class Spool {
  readonly #key = randomBytes(KEY_LENGTH)
  #file: number | undefined
  #size = 0
  #segments = 0
  /** Reused for each read. */
  #coded = Buffer.alloc(0)

  /** Returns a function that reads the bytes again. If the system cannot store them, they stay in memory. */
  keep(bytes: Uint8Array): () => Uint8Array {
    try {
      return this.#write(bytes)
    } catch {
      const copy = new Uint8Array(bytes)
      return () => copy
    }
  }

  #write(bytes: Uint8Array): () => Uint8Array {
    const file = (this.#file ??= this.#open())
    const { length } = bytes
    const start = this.#size
    const iv = Buffer.alloc(IV_LENGTH)
    iv.writeUInt32BE(this.#segments)
    this.#segments += 1
    const coded = createCipheriv(CIPHER, this.#key, iv).update(bytes)
    for (let at = 0; at < length;) at += writeSync(file, coded, at, length - at, start + at)
    this.#size += length
    return () => this.#read(start, length, iv)
  }

  #read(start: number, length: number, iv: Uint8Array): Uint8Array {
    if (this.#coded.length < length) this.#coded = Buffer.allocUnsafeSlow(length)
    const coded = this.#coded.subarray(0, length)
    for (let at = 0; at < length;) {
      const read = readSync(this.#file ?? -1, coded, at, length - at, start + at)
      if (read === 0) throw new Error('the end of a temporary file came too early')
      at += read
    }
    return createDecipheriv(CIPHER, this.#key, iv).update(coded)
  }

  #open(): number {
    const path = join(tmpdir(), `wiretape-${process.pid}-${randomBytes(6).toString('hex')}`)
    const file = openSync(path, 'wx+', 0o600)
    unlinkSync(path)
    UNUSED.register(this, file)
    return file
  }
}

const CIPHER = 'aes-256-ctr'
const KEY_LENGTH = 32
/** A number for each segment, and 12 bytes in which the cipher counts its blocks. */
const IV_LENGTH = 16

/** Closes the file when no segment needs it. */
const UNUSED = new FinalizationRegistry((file: number) => closeSync(file))
