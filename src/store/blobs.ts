import { createHash, type Hash } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CassetteError } from '../errors.ts'
import { besideOf } from './beside.ts'
import { fileError, systemCode } from './file-error.ts'
import type { BlobRange, BlobSink, BlobSource, BlobWriter, OpenBlob } from '../format/blob-access.ts'
import { MAX_SIZE } from '../format/yaml-reader.ts'
import { LONG } from '../tape/late-bytes.ts'

export const blobsFolder = (cassette: string): string => join(dirname(cassette), 'blobs')

/** The blobs of a cassette: files `blobs/<sha256>` in its folder. */
export class BlobsBeside implements BlobSource, BlobSink {
  readonly #cassette: string
  readonly #written = new Set<string>()

  constructor(cassette: string) {
    this.#cassette = cassette
  }

  /** The names of those that were not there before. */
  get written(): readonly string[] {
    return [...this.#written]
  }

  /**
   * Returns the blob of that name.
   *
   * @throws CassetteError that names the file: `BLOB_MISSING`, `BLOB_DAMAGED`, `NOT_A_REGULAR_FILE`, `CASSETTE_TOO_LARGE`, `CASSETTE_IO`.
   */
  open(sha256: string): OpenBlob {
    return LongBlob.open(this.#cassette, sha256) ?? shortBlob(readBlob(this.#cassette, sha256))
  }

  /**
   * Puts bytes beside the cassette, once for all that hold the same, and returns their name.
   *
   * The file is there whole or not at all, and on the disk when this returns.
   *
   * @throws CassetteError `NOT_A_REGULAR_FILE`, `CASSETTE_IO`.
   */
  write(bytes: Uint8Array): string {
    return writeBlob(this.#cassette, bytes, (name) => this.#written.add(name))
  }

  /** The same for bytes that are too many to be in memory all at once. @throws CassetteError as `write`. */
  begin(): BlobWriter {
    return new BlobFileWriter(this.#cassette, (name) => this.#written.add(name))
  }
}

function writeBlob(cassette: string, bytes: Uint8Array, onNew: (name: string) => void): string {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const path = join(blobsFolder(cassette), sha256)
  try {
    mkdirSync(blobsFolder(cassette), { recursive: true })
    checkFolder(cassette)
    if (sizeOf(path) === bytes.length) return sha256
    replace(cassette, path, bytes)
    onNew(sha256)
    return sha256
  } catch (error) {
    throw fileError(error, path)
  }
}

const shortBlob = (bytes: Uint8Array): OpenBlob => ({
  size: bytes.length,
  isLong: false,
  read: (from, to) => bytes.subarray(from, to),
})

function readBlob(cassette: string, sha256: string): Uint8Array {
  const path = join(blobsFolder(cassette), sha256)
  const bytes = withFile(cassette, path, (file) => readFileSync(file))
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw damaged(path)
  return bytes
}

class BlobFileWriter implements BlobWriter {
  readonly #cassette: string
  readonly #onNew: (name: string) => void
  readonly #temporary: string
  readonly #hash: Hash = createHash('sha256')
  readonly #file: number
  #size = 0

  constructor(cassette: string, onNew: (name: string) => void) {
    this.#cassette = cassette
    this.#onNew = onNew
    this.#temporary = besideOf(cassette, 'tmp')
    try {
      mkdirSync(blobsFolder(cassette), { recursive: true })
      checkFolder(cassette)
      this.#file = openSync(this.#temporary, 'wx')
    } catch (error) {
      throw fileError(error, this.#temporary)
    }
  }

  /** @throws CassetteError `CASSETTE_TOO_LARGE`, `CASSETTE_IO`. */
  write(bytes: Uint8Array): Omit<BlobRange, 'sha256'> {
    const from = this.#size
    this.#orNothing(() => {
      if (from + bytes.length > MAX_SIZE)
        throw new CassetteError('CASSETTE_TOO_LARGE', `a body of more than ${MAX_SIZE} bytes`, { file: this.#cassette })
      for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at, bytes.length - at)
    })
    this.#hash.update(bytes)
    this.#size += bytes.length
    return { from, to: this.#size }
  }

  finish(): string {
    const sha256 = this.#hash.digest('hex')
    const path = join(blobsFolder(this.#cassette), sha256)
    this.#orNothing(() => {
      fsyncSync(this.#file)
      if (sizeOf(path) === this.#size) return rmSync(this.#temporary)
      renameSync(this.#temporary, path)
      this.#onNew(sha256)
    })
    closeSync(this.#file)
    return sha256
  }

  discard(): void {
    closeSync(this.#file)
    rmSync(this.#temporary, { force: true })
  }

  #orNothing(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.discard()
      throw fileError(error, this.#temporary)
    }
  }
}

/** A blob that is read in parts. */
class LongBlob implements OpenBlob {
  readonly isLong = true
  readonly size: number
  readonly #cassette: string
  readonly #path: string
  readonly #identity: string

  /** Undefined for one that is not `LONG`. The whole of it is read once to see whether it is what it is called. */
  static open(cassette: string, sha256: string): LongBlob | undefined {
    const path = join(blobsFolder(cassette), sha256)
    return withFile(cassette, path, (file, stats) => {
      if (stats.size < LONG) return undefined
      const hash = createHash('sha256')
      const part = Buffer.allocUnsafe(READ_AT_ONCE)
      for (let at = 0; at < stats.size;) {
        const length = readSync(file, part, 0, part.length, at)
        if (length === 0) break
        hash.update(part.subarray(0, length))
        at += length
      }
      if (hash.digest('hex') !== sha256) throw damaged(path)
      return new LongBlob(cassette, path, stats)
    })
  }

  private constructor(cassette: string, path: string, stats: Stats) {
    this.#cassette = cassette
    this.#path = path
    this.size = stats.size
    this.#identity = identityOf(stats)
  }

  read(from: number, to: number): Uint8Array {
    return withFile(this.#cassette, this.#path, (file, stats) => {
      if (identityOf(stats) !== this.#identity) throw damaged(this.#path)
      const bytes = Buffer.allocUnsafeSlow(to - from)
      for (let at = 0; at < bytes.length;) {
        const length = readSync(file, bytes, at, bytes.length - at, from + at)
        if (length === 0) throw damaged(this.#path)
        at += length
      }
      return bytes
    })
  }
}

const READ_AT_ONCE = 65_536

const identityOf = ({ dev, ino, size, mtimeMs }: Stats): string => [dev, ino, size, mtimeMs].join(' ')

const damaged = (path: string): CassetteError =>
  new CassetteError('BLOB_DAMAGED', 'git changes line ends unless .gitattributes says `blobs/* -text`', { file: path })

/** Bytes in the blobs that the text of a cassette or journal may name. */
export function blobBytesNamedIn(path: string): number {
  return blobsNamedIn(path).reduce((sum, name) => sum + (sizeOf(join(blobsFolder(path), name)) ?? 0), 0)
}

/** The blobs that the text of a cassette or journal may name; none where there is no folder of blobs beside it. */
export function blobsNamedIn(path: string): readonly string[] {
  try {
    if (!lstatSync(blobsFolder(path)).isDirectory()) return []
    return [...new Set(readFileSync(path, 'latin1').match(/\b[\da-f]{64}\b/g))]
  } catch {
    return [] // What cannot be read names nothing that could be removed for it.
  }
}

/**
 * Removes those of these blobs that no cassette or journal beside `cassette` names, and gives their paths; what was replaced is gone with
 * its bodies. While somebody records another cassette of the folder nothing is removed: it may be about to name one of them.
 *
 * Never throws: a blob that stays is told by `wiretape check`.
 */
export function removeUnnamedBlobs(cassette: string, digests: readonly string[]): readonly string[] {
  if (digests.length === 0) return []
  const folder = dirname(cassette)
  const removed: string[] = []
  try {
    const names = readdirSync(folder)
    if (names.some((name) => name.endsWith('.lock') && name !== `${basename(cassette)}.lock`)) return []
    const named = new Set(names.filter((name) => NAMES_BLOBS.test(name)).flatMap((name) => namedOrThrow(folder, name)))
    for (const digest of digests.filter((each) => !named.has(each))) {
      const path = join(blobsFolder(cassette), digest)
      rmSync(path)
      removed.push(path)
    }
  } catch {
    // Whoever cannot tell what is needed, or cannot remove it, leaves the rest.
  }
  return removed
}

const NAMES_BLOBS = /\.(?:ya?ml|rec)$/

const namedOrThrow = (folder: string, name: string): readonly string[] =>
  lstatSync(join(folder, name)).isFile() ? (readFileSync(join(folder, name), 'latin1').match(/[\da-f]{64}/g) ?? []) : []

function withFile<Result>(cassette: string, path: string, read: (file: number, stats: Stats) => Result): Result {
  let file: number | undefined
  try {
    checkFolder(cassette)
    // A pipe without a writer would block `open`, a link could lead out of the folder.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
    const stats = fstatSync(file)
    if (!stats.isFile()) throw new CassetteError('NOT_A_REGULAR_FILE', '', { file: path })
    if (stats.size > MAX_SIZE)
      throw new CassetteError('CASSETTE_TOO_LARGE', `it has ${stats.size} bytes`, { file: path })
    return read(file, stats)
  } catch (error) {
    throw fileError(error, path, {
      ENOENT: 'BLOB_MISSING',
      ENOTDIR: 'BLOB_MISSING',
      ELOOP: 'NOT_A_REGULAR_FILE',
      ENXIO: 'NOT_A_REGULAR_FILE',
    })
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** A link in place of the folder could lead anywhere. */
function checkFolder(cassette: string): void {
  const folder = blobsFolder(cassette)
  if (!lstatSync(folder).isDirectory())
    throw new CassetteError('NOT_A_REGULAR_FILE', 'a folder was expected', { file: folder })
}

/** Of a regular file that is there. */
function sizeOf(path: string): number | undefined {
  try {
    const stats = lstatSync(path)
    return stats.isFile() ? stats.size : undefined
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function replace(cassette: string, path: string, bytes: Uint8Array): void {
  // Beside the cassette, where whoever records it next removes what a dead process left.
  const temporary = besideOf(cassette, 'tmp')
  try {
    const file = openSync(temporary, 'wx')
    try {
      writeFileSync(file, bytes)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
