import { constants } from 'node:fs'
import { lstat, mkdir, open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CassetteError } from '../errors.ts'
import { encodeWithBlobs } from '../format/encode.ts'
import { checkFaithful } from '../format/faithful.ts'
import { MAX_SIZE } from '../format/yaml-reader.ts'
import type { Cassette, TapeEvent } from '../tape/cassette.ts'
import { recordsOf } from '../tape/record.ts'
import { besideOf } from './beside.ts'
import { BlobsBeside, removeUnnamedBlobs } from './blobs.ts'
import { fileError, systemCode } from './file-error.ts'

/**
 * Writes a cassette to `path`, folder included, so that there is the old file or the whole new one at any moment.
 *
 * What will be written is decoded again and compared byte for byte first.
 *
 * @throws CassetteError that names the file: `CASSETTE_UNFAITHFUL` where this cassette cannot be given back exactly,
 * `NOT_A_REGULAR_FILE`, `CASSETTE_IO`. The old file is then as it was.
 */
export async function saveCassette(
  path: string,
  cassette: Cassette,
  { records = recordsOf(cassette.tape) }: SaveOptions = {},
): Promise<void> {
  const blobs = new BlobsBeside(path)
  try {
    const text = encodeWithBlobs(cassette, records, blobs)
    checkFaithful(path, text, cassette, blobs)
    const bytes = Buffer.from(text)
    if (bytes.length > MAX_SIZE) throw new CassetteError('CASSETTE_TOO_LARGE', `${bytes.length} bytes`, { file: path })
    await mkdir(dirname(path), { recursive: true })
    await checkTarget(path)
    await replaceFile(path, bytes)
  } catch (error) {
    removeUnnamedBlobs(path, blobs.written)
    throw fileError(error, path)
  }
}

export interface SaveOptions {
  /** The events as they are to be listed, record by record. Default: as the events themselves tell. */
  readonly records?: readonly (readonly TapeEvent[])[] | undefined
}

/** Refuses to put a file in the place of something that is not one; `rename` alone would replace a link or a pipe. */
async function checkTarget(path: string): Promise<void> {
  const stats = await lstat(path).catch(ignoreMissing)
  if (stats?.isFile() === false) throw new CassetteError('NOT_A_REGULAR_FILE', '', { file: path })
}

async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = besideOf(path, 'tmp')
  try {
    await writeNewFile(temporary, bytes)
    await rename(temporary, path)
  } catch (error) {
    await unlink(temporary).catch(() => {}) // It may never have been there; what failed first is what the caller must know.
    throw error
  }
  await syncFolder(dirname(path))
}

async function writeNewFile(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, 'wx')
  await file.writeFile(bytes)
  await file.sync()
}

/** Makes the rename survive a power failure, where folders can be synced: on Windows they cannot. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  await using folder = await open(path, constants.O_RDONLY)
  await folder.sync()
}

function ignoreMissing(error: unknown): undefined {
  if (systemCode(error) !== 'ENOENT') throw error
}
