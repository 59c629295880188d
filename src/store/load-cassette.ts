import type { DecodedCassette } from '../tape/cassette.ts'
import { decodeText, readRegularFile } from './cassette-file.ts'
import { salvage } from './salvage.ts'

/**
 * Reads the cassette at `path`.
 *
 * @throws CassetteError that names the file: `CASSETTE_NOT_FOUND` where there is none, `NOT_A_REGULAR_FILE` for a folder, link, pipe or
 * device, `CASSETTE_IO` where the system refuses, `CASSETTE_TOO_LARGE`, and what `decodeCassette` throws. A broken cassette is
 * never taken for a missing one.
 */
export async function loadCassette(path: string, { recover = false }: LoadOptions = {}): Promise<DecodedCassette> {
  const bytes = await readRegularFile(path)
  return recover ? salvage(bytes, path).cassette : decodeText(bytes, path)
}

/** How a cassette is read. */
export interface LoadOptions {
  /** Whether of a file that has lost its end (`TORN_TAIL`) the whole records are read. Default: `false`. */
  readonly recover?: boolean | undefined
}
