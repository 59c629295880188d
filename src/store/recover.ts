import { dirname, resolve } from 'node:path'
import { CassetteError } from '../errors.ts'
import { removeFile, replaceFile, statsOf } from './append-only-file.ts'
import { BlobsBeside } from './blobs.ts'
import type { DecodedCassette } from '../tape/cassette.ts'
import { encodeWithBlobs } from '../format/encode.ts'
import { readRegularFile } from './cassette-file.ts'
import { fileError } from './file-error.ts'
import { journalPath } from './journal-path.ts'
import { lockCassette } from './lock.ts'
import { salvage } from './salvage.ts'
import { checkOptions } from '../options.ts'

/** Where a recovered cassette goes. */
export interface RecoverOptions {
  /** Where the cassette goes. Default: the path given, without `.rec`. */
  readonly to?: string | undefined
  /** Whether a whole cassette that is there may be replaced. Default: `false`. */
  readonly replace?: boolean | undefined
}

/** What was kept of a recording that was cut short, and what was dropped. */
export interface Recovery {
  /** The file that was read, and where the cassette is now. */
  readonly from: string
  readonly path: string
  readonly records: number
  readonly events: number
  /** Bytes after the last whole record, and the line of `from` on which they begin; 0 if there are none. */
  readonly droppedBytes: number
  readonly line: number
}

/**
 * Makes a whole cassette from what a killed recording left: a file without its end, or `NAME.yaml.rec` beside the cassette.
 *
 * `path` may be either. A whole file is left alone unless there is a journal beside it.
 *
 * @throws CassetteError `CASSETTE_NOT_FOUND`, `CASSETTE_LOCKED` while it is being recorded, `CASSETTE_EXISTS` if a whole cassette would be
 * replaced and `replace` is not set, `TORN_TAIL` if not even the beginning is there, and as `loadCassette`.
 */
export async function recoverCassette(path: string, options: RecoverOptions = {}): Promise<Recovery> {
  checkOptions('recoverCassette', options, { to: true, replace: true })
  const { to, replace = false } = options
  const target = to ?? (path.endsWith('.rec') ? path.slice(0, -'.rec'.length) : path)
  const from = await sourceOf(path)
  const lock = lockCassette(target)
  try {
    const bytes = await readRegularFile(from)
    const { cassette, bytes: kept, droppedBytes, line } = salvage(bytes, from, from.endsWith('.rec'))
    const { length } = cassette.records
    if (from !== target && statsOf(target) !== undefined && !replace)
      throw new CassetteError('CASSETTE_EXISTS', `${length} records of ${from}`, { file: target })
    if (from !== target || droppedBytes > 0 || kept !== bytes)
      replaceFile(target, inPlace(cassette, kept, from, target))
    if (from === journalPath(target)) removeFile(from)
    return { from, path: target, records: length, events: cassette.tape.length, droppedBytes, line }
  } catch (error) {
    throw fileError(error, from)
  } finally {
    lock.release()
  }
}

/** If the cassette is whole there is nothing to recover in it, so the journal beside it is meant. */
async function sourceOf(path: string): Promise<string> {
  const journal = journalPath(path)
  if (path.endsWith('.rec') || statsOf(journal) === undefined) return path
  if (statsOf(path) === undefined) return journal
  return salvage(await readRegularFile(path), path).droppedBytes === 0 ? journal : path
}

/** The bytes for another folder, which has no blobs yet. */
function inPlace(cassette: DecodedCassette, bytes: Uint8Array, from: string, to: string): Uint8Array {
  if (resolve(dirname(from)) === resolve(dirname(to))) return bytes
  return Buffer.from(encodeWithBlobs(cassette, cassette.records, new BlobsBeside(to)))
}
