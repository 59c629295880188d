import type { Hash } from 'node:crypto'
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, readSync, type Stats } from 'node:fs'
import { dirname, join } from 'node:path'
import { CassetteError } from '../errors.ts'
import type { BlobSource, OpenBlob } from '../format/blob-access.ts'
import { MAX_SIZE } from '../format/yaml-reader.ts'
import { LONG } from '../tape/late-bytes.ts'
import { fileError } from './file-error.ts'

/** Loaded with the first blob: most cassettes have none. */
const sha256Hash = (): Hash => process.getBuiltinModule('node:crypto').createHash('sha256')

export const blobsFolder = (cassette: string): string => join(dirname(cassette), 'blobs')

/** Reads the blobs of a cassette: files `blobs/<sha256>` in its folder. */
export class BlobFiles implements BlobSource {
  readonly #cassette: string

  constructor(cassette: string) {
    this.#cassette = cassette
  }

  /**
   * Returns the blob of that name.
   *
   * @throws CassetteError that names the file: `BLOB_MISSING`, `BLOB_DAMAGED`, `NOT_A_REGULAR_FILE`, `CASSETTE_TOO_LARGE`, `CASSETTE_IO`.
   */
  open(sha256: string): OpenBlob {
    return LongBlob.open(this.#cassette, sha256) ?? shortBlob(readBlob(this.#cassette, sha256))
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
  if (sha256Hash().update(bytes).digest('hex') !== sha256) throw damaged(path)
  return bytes
}

/** A blob that is read in parts. */
class LongBlob implements OpenBlob {
  readonly isLong = true
  readonly size: number
  readonly #cassette: string
  readonly #path: string
  readonly #identity: string

  /** `undefined` if the blob is not `LONG`. All of it is read once, to check that it matches its name. */
  static open(cassette: string, sha256: string): LongBlob | undefined {
    const path = join(blobsFolder(cassette), sha256)
    return withFile(cassette, path, (file, stats) => {
      if (stats.size < LONG) return undefined
      const hash = sha256Hash()
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

function withFile<Result>(cassette: string, path: string, read: (file: number, stats: Stats) => Result): Result {
  let file: number | undefined
  try {
    checkFolder(cassette)
    // A pipe without a writer would block `open`, and a link could lead out of the folder.
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

/** If the folder were a link, it could lead anywhere. */
export function checkFolder(cassette: string): void {
  const folder = blobsFolder(cassette)
  if (!lstatSync(folder).isDirectory())
    throw new CassetteError('NOT_A_REGULAR_FILE', 'a folder was expected', { file: folder })
}
