import { basename } from 'node:path'
import { CassetteError } from '../errors.ts'
import { statsOf } from './append-only-file.ts'
import { BlobsBeside } from './blobs.ts'
import type { DecodedCassette } from '../tape/cassette.ts'
import { decodeText, readRegularFile } from './cassette-file.ts'
import { decodeWithBlobs } from '../format/decode.ts'
import { encodeBeginning, encodeRecord, encodeWithBlobs, newTracks } from '../format/encode.ts'
import { encodeEnd } from '../format/torn-tail.ts'
import type { JournalBase } from './journal.ts'
import { journalPath } from './journal-path.ts'
import { salvage, type Salvage } from './salvage.ts'
import { recordsOf } from '../tape/record.ts'
import { append } from '../tape/splice.ts'
import { wholeRecordsOf } from '../format/torn-tail.ts'

/** What a recording continues. */
export interface Resumable {
  readonly cassette: DecodedCassette
  readonly base: JournalBase
}

/**
 * The cassette at `path` with what a dead process had added to it, for a recording that adds to it; `undefined` if there is neither.
 *
 * @throws CassetteError as `loadCassette`: a broken cassette is never taken for a missing one.
 */
export async function resume(path: string): Promise<Resumable | undefined> {
  const blobs = new BlobsBeside(path)
  const there = statsOf(path) === undefined ? undefined : await readThere(path, blobs)
  const left = await leftOver(path)
  if (left === undefined || left.cassette.records.length === 0) return there
  if (there === undefined || isContinued(there.base, left)) return resumable(left.cassette, left.bytes, blobs, true)
  const both = append(there.cassette, left.cassette)
  const text = encodeWithBlobs(both, recordsOf(both.tape), blobs)
  return resumable(decodeWithBlobs(text, path, blobs), Buffer.from(text), blobs, true)
}

/** What a recording that was cut short left; `undefined` if that is nothing, or its beginning is not whole. */
export async function leftOver(path: string): Promise<Salvage | undefined> {
  if (statsOf(journalPath(path)) === undefined) return undefined
  try {
    return salvage(await readRegularFile(journalPath(path)), journalPath(path), true)
  } catch (error) {
    if (error instanceof CassetteError) return undefined
    throw error
  }
}

/** `users.yaml.rec has 3 whole records of a recording that was cut short`. */
export function describeLeftOver(path: string, { cassette: { records } }: Salvage): string {
  const count = records.length === 1 ? '1 whole record' : `${records.length} whole records`
  return `${basename(journalPath(path))} has ${count} of a recording that was cut short`
}

async function readThere(path: string, blobs: BlobsBeside): Promise<Resumable> {
  const bytes = await readRegularFile(path)
  return resumable(decodeText(bytes, path), bytes, blobs, false)
}

/**
 * The text of a cassette, ready for more records. It is used byte for byte, unless the cassette was edited into another form.
 *
 * It has our form if every record and event is found by its lines.
 */
function resumable(cassette: DecodedCassette, bytes: Uint8Array, blobs: BlobsBeside, isUnsaved: boolean): Resumable {
  const text = Buffer.from(bytes).toString()
  const { records, tape } = cassette
  const whole = wholeRecordsOf(text)
  const isOurForm =
    whole.events === tape.length &&
    whole.records.length === records.length &&
    text.slice(whole.end) === encodeEnd(tape.length)
  const tracks = newTracks()
  const lines = isOurForm
    ? text.slice(0, whole.end)
    : [encodeBeginning(cassette.recorded, 1), ...records.map((record) => encodeRecord(record, blobs, tracks))].join('')
  return { cassette, base: { text: lines, events: tape.length, isUnsaved } }
}

/** Whether a recording that was cut short began with this cassette. */
function isContinued({ text }: JournalBase, { bytes }: Salvage): boolean {
  return Buffer.from(bytes).toString().startsWith(text)
}
