import type { DecodedCassette } from '../tape/cassette.ts'
import { decodeText, readRegularFile } from './cassette-file.ts'
import { salvage } from './salvage.ts'

/**
 * Reads the cassette at `path`.
 *
 * @throws CassetteError that names the file: `CASSETTE_NOT_FOUND` if there is none, `NOT_A_REGULAR_FILE` for a folder, link, pipe or
 * device, `CASSETTE_IO` if the system refuses, `CASSETTE_TOO_LARGE`, and what `decodeCassette` throws. A broken cassette is
 * never taken for a missing one.
 */
export async function loadCassette(path: string, { recover = false }: LoadOptions = {}): Promise<DecodedCassette> {
  const bytes = await readRegularFile(path)
  return recover ? salvage(bytes, path).cassette : decodeText(bytes, path)
}

/** How a cassette is read. */
export interface LoadOptions {
  /** Whether to read the whole records of a file that has lost its end (`TORN_TAIL`). Default: `false`. */
  readonly recover?: boolean | undefined
}
