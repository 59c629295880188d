import { createHash, type Hash } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CassetteError } from '../errors.ts'
import { besideOf } from './beside.ts'
import { fileError, systemCode } from './file-error.ts'
import { PRIVATE, share, type Sharing } from './file-mode.ts'
import type { BlobRange, BlobSink, BlobWriter } from '../format/blob-access.ts'
import { BlobFiles, blobsFolder, checkFolder } from './blob-files.ts'
import { MAX_SIZE } from '../format/yaml-reader.ts'

/** Reads and writes the blobs of a cassette: files `blobs/<sha256>` in its folder. */
export class BlobsBeside extends BlobFiles implements BlobSink {
  readonly #cassette: string
  readonly #sharing: Sharing
  readonly #written = new Set<string>()

  constructor(cassette: string, sharing: Sharing = {}) {
    super(cassette)
    this.#cassette = cassette
    this.#sharing = sharing
  }

  /** The names of the blobs that were not there before. */
  get written(): readonly string[] {
    return [...this.#written]
  }

  /**
   * Writes bytes to a file beside the cassette, unless a file with the same bytes exists, and returns its name.
   *
   * The file is there as a whole or not at all, and is synced when this returns.
   *
   * @throws CassetteError `NOT_A_REGULAR_FILE`, `CASSETTE_IO`.
   */
  write(bytes: Uint8Array): string {
    return writeBlob(this.#cassette, bytes, this.#sharing, (name) => this.#written.add(name))
  }

  /** The same for bytes that are too many to be in memory at once. @throws CassetteError as `write`. */
  begin(): BlobWriter {
    return new BlobFileWriter(this.#cassette, this.#sharing, (name) => this.#written.add(name))
  }
}

function writeBlob(cassette: string, bytes: Uint8Array, sharing: Sharing, onNew: (name: string) => void): string {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const path = join(blobsFolder(cassette), sha256)
  try {
    mkdirSync(blobsFolder(cassette), { recursive: true })
    checkFolder(cassette)
    if (sizeOf(path) === bytes.length) return sha256
    replace(cassette, path, bytes, sharing)
    onNew(sha256)
    return sha256
  } catch (error) {
    throw fileError(error, path)
  }
}

class BlobFileWriter implements BlobWriter {
  readonly #cassette: string
  readonly #sharing: Sharing
  readonly #onNew: (name: string) => void
  readonly #temporary: string
  readonly #hash: Hash = createHash('sha256')
  readonly #file: number
  #size = 0

  constructor(cassette: string, sharing: Sharing, onNew: (name: string) => void) {
    this.#cassette = cassette
    this.#sharing = sharing
    this.#onNew = onNew
    this.#temporary = besideOf(cassette, 'tmp')
    try {
      mkdirSync(blobsFolder(cassette), { recursive: true })
      checkFolder(cassette)
      this.#file = openSync(this.#temporary, 'wx', PRIVATE)
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
      share(this.#temporary, path, this.#sharing)
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

/** Bytes in the blobs that the text of a cassette or journal may name. */
export function blobBytesNamedIn(path: string): number {
  return blobsNamedIn(path).reduce((sum, name) => sum + (sizeOf(join(blobsFolder(path), name)) ?? 0), 0)
}

/** The blobs that the text of a cassette or journal may name; none if there is no folder of blobs beside it. */
export function blobsNamedIn(path: string): readonly string[] {
  try {
    if (!lstatSync(blobsFolder(path)).isDirectory()) return []
    return [...new Set(readFileSync(path, 'latin1').match(/\b[\da-f]{64}\b/g))]
  } catch {
    return [] // If it cannot be read, no blob is removed because of it.
  }
}

/**
 * Removes those of these blobs that no cassette or journal beside `cassette` names, and returns their paths. Nothing is removed while
 * another cassette of the folder is being recorded: it may be about to name one of them.
 *
 * Never throws: `wiretape check` reports blobs that stay.
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
    // If it is unclear what is needed, or removing fails, the rest stays.
  }
  return removed
}

const NAMES_BLOBS = /\.(?:ya?ml|rec)$/

const namedOrThrow = (folder: string, name: string): readonly string[] =>
  lstatSync(join(folder, name)).isFile() ? (readFileSync(join(folder, name), 'latin1').match(/[\da-f]{64}/g) ?? []) : []

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

function replace(cassette: string, path: string, bytes: Uint8Array, sharing: Sharing): void {
  // Beside the cassette, because its next recording removes what a dead process left.
  const temporary = besideOf(cassette, 'tmp')
  try {
    const file = openSync(temporary, 'wx', PRIVATE)
    try {
      writeFileSync(file, bytes)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    share(temporary, path, sharing)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
