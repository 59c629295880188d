import { lstat, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CassetteError } from '../errors.ts'
import { encodeWithBlobs } from '../format/encode.ts'
import { checkFaithful } from '../format/faithful.ts'
import { MAX_SIZE } from '../format/yaml-reader.ts'
import type { Cassette, TapeEvent } from '../tape/cassette.ts'
import { recordsOf } from '../tape/record.ts'
import { replaceFile } from './append-only-file.ts'
import { BlobsBeside, removeUnnamedBlobs } from './blobs.ts'
import { fileError, systemCode } from './file-error.ts'

/**
 * Writes a cassette to `path`, folder included, so that there is the old file or the whole new one at any moment.
 *
 * Before it is written, the text is decoded again and compared byte for byte.
 *
 * @throws CassetteError that names the file: `CASSETTE_UNFAITHFUL` if the file would not decode to the same cassette,
 * `NOT_A_REGULAR_FILE`, `CASSETTE_IO`. The old file then stays as it was.
 */
export async function saveCassette(
  path: string,
  cassette: Cassette,
  { records = recordsOf(cassette.tape), checksums }: SaveOptions = {},
): Promise<void> {
  const blobs = new BlobsBeside(path)
  try {
    const text = encodeWithBlobs(cassette, records, blobs, checksums)
    checkFaithful(path, text, cassette, blobs)
    const bytes = Buffer.from(text)
    if (bytes.length > MAX_SIZE) throw new CassetteError('CASSETTE_TOO_LARGE', `${bytes.length} bytes`, { file: path })
    await mkdir(dirname(path), { recursive: true })
    await checkTarget(path)
    replaceFile(path, bytes)
  } catch (error) {
    removeUnnamedBlobs(path, blobs.written)
    throw fileError(error, path)
  }
}

/** How a cassette is written. */
export interface SaveOptions {
  /** The events as they are to be listed, record by record. Default: as `recordsOf` finds them. */
  readonly records?: readonly (readonly TapeEvent[])[] | undefined
  /** Records, by their places, whose checksum nobody vouches for: the eight digits that stay there, or `undefined` for none. Default: none. */
  readonly checksums?: ReadonlyMap<number, string | undefined> | undefined
}

/** Refuses to replace something that is not a file; `rename` alone would replace a link or a pipe. */
async function checkTarget(path: string): Promise<void> {
  const stats = await lstat(path).catch(ignoreMissing)
  if (stats?.isFile() === false) throw new CassetteError('NOT_A_REGULAR_FILE', '', { file: path })
}

function ignoreMissing(error: unknown): undefined {
  if (systemCode(error) !== 'ENOENT') throw error
}
