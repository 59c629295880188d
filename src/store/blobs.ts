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
import { LONG } from '../tape/late-bytes.ts'
import { MAX_SIZE } from '../format/yaml-reader.ts'

/** Bytes from which on what nobody reads lies beside a cassette instead of in it. */
export const BLOB_SIZE = 65_536

/** Some bytes of a blob: a file `blobs/<sha256>` in the folder of the cassette. */
export interface BlobRange {
  /** Of the whole blob, in 64 lower-case hexadecimal digits. */
  readonly sha256: string
  readonly from: number
  /** Behind the last byte. */
  readonly to: number
}

/** Names a blob, and never a path: no cassette can point out of its folder. */
export const BLOB_NAME = /^[\da-f]{64}$/

export const blobsFolder = (cassette: string): string => join(dirname(cassette), 'blobs')

/**
 * Puts bytes beside the cassette, once for all that hold the same, and gives their name.
 *
 * The file is there whole or not at all, and with the disk when this returns.
 *
 * @throws CassetteError `NOT_A_REGULAR_FILE`, `CASSETTE_IO`.
 */
export function writeBlob(cassette: string, bytes: Uint8Array): string {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const path = join(blobsFolder(cassette), sha256)
  try {
    mkdirSync(blobsFolder(cassette), { recursive: true })
    checkFolder(cassette)
    if (sizeOf(path) !== bytes.length) replace(cassette, path, bytes)
    return sha256
  } catch (error) {
    throw fileError(error, path)
  }
}

/**
 * The whole blob of that name beside the cassette.
 *
 * @throws CassetteError that names the file: `BLOB_MISSING`, `BLOB_DAMAGED`, `NOT_A_REGULAR_FILE`, `CASSETTE_TOO_LARGE`, `CASSETTE_IO`.
 */
export function readBlob(cassette: string, sha256: string): Uint8Array {
  const path = join(blobsFolder(cassette), sha256)
  const bytes = withFile(cassette, path, (file) => readFileSync(file))
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw damaged(path)
  return bytes
}

/** Puts bytes beside the cassette as `writeBlob` does, which are too many to be there all at once. */
export class BlobWriter {
  readonly #cassette: string
  readonly #temporary: string
  readonly #hash: Hash = createHash('sha256')
  readonly #file: number
  #size = 0

  /** @throws CassetteError as `writeBlob`. */
  constructor(cassette: string) {
    this.#cassette = cassette
    this.#temporary = besideOf(cassette, 'tmp')
    try {
      mkdirSync(blobsFolder(cassette), { recursive: true })
      checkFolder(cassette)
      this.#file = openSync(this.#temporary, 'wx')
    } catch (error) {
      throw fileError(error, this.#temporary)
    }
  }

  /** Gives where the bytes stand. After a failure nothing is left of the blob. @throws CassetteError `CASSETTE_TOO_LARGE`, `CASSETTE_IO`. */
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

  /** Gives the name of the blob, which is with the disk then. @throws CassetteError as `writeBlob`. */
  finish(): string {
    const sha256 = this.#hash.digest('hex')
    const path = join(blobsFolder(this.#cassette), sha256)
    this.#orNothing(() => {
      fsyncSync(this.#file)
      if (sizeOf(path) === this.#size) rmSync(this.#temporary)
      else renameSync(this.#temporary, path)
    })
    closeSync(this.#file)
    return sha256
  }

  /** Gives up what was written. */
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
export class LongBlob {
  readonly size: number
  readonly #cassette: string
  readonly #path: string
  readonly #identity: string

  /** Undefined for one that is not `LONG`. The whole of it is read once to see whether it is what it is called. @throws CassetteError as `readBlob`. */
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

  /** @throws CassetteError as `readBlob`; `BLOB_DAMAGED` where it was changed since. */
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
