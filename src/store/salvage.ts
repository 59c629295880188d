import { CassetteError } from '../errors.ts'
import type { BlobSource } from '../format/blob-access.ts'
import { BlobFiles } from './blob-files.ts'
import type { DecodedCassette } from '../tape/cassette.ts'
import { decodeWithBlobs } from '../format/decode.ts'
import { encodeEnd } from '../format/torn-tail.ts'
import { type RecordPlace, type WholeRecords, wholeRecordsOf } from '../format/torn-tail.ts'

/** The whole records of a file that has lost its end. */
export interface Salvage {
  readonly cassette: DecodedCassette
  /** The file without what comes after the last whole record, with a new last line. */
  readonly bytes: Uint8Array
  /** Bytes after the last whole record. */
  readonly droppedBytes: number
  /** The line on which they begin, counted from 1. */
  readonly line: number
}

/**
 * Reads a file up to its last whole record.
 *
 * With `isJournal`, it also stops at a record whose checksum is wrong: nobody edits a journal, so a power failure has damaged it.
 *
 * @throws CassetteError if not even the beginning is whole, or if the file has its last line but is broken.
 */
export function salvage(bytes: Uint8Array, file: string, isJournal = false): Salvage {
  // Each byte becomes one character, so offsets in the text are offsets in the file.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  const blobs = new BlobFiles(file)
  const undamaged = decodeUnlessTorn(bytes, file, blobs)
  if (undamaged !== undefined) return { cassette: undamaged, bytes, droppedBytes: 0, line: 0 }
  const whole = wholeRecordsOf(text)
  if (whole.start === 0) throw new CassetteError('TORN_TAIL', 'not even its beginning is whole', { file })
  let { records } = whole
  for (;;) {
    const kept = part(bytes, text, whole, records)
    try {
      const cassette = decodeWithBlobs(Buffer.from(kept).toString(), file, blobs)
      const wrong = isJournal ? cassette.notes.find(({ code }) => code === 'CHECKSUM_WRONG') : undefined
      if (wrong === undefined) return salvageOf(cassette, bytes, text, whole, records, kept)
      records = records.slice(0, wrong.record)
    } catch (error) {
      if (!(error instanceof CassetteError) || records.length === 0) throw error
      records = before(records, text, error.line ?? 0)
    }
  }
}

function decodeUnlessTorn(bytes: Uint8Array, file: string, blobs: BlobSource): DecodedCassette | undefined {
  try {
    return decodeWithBlobs(Buffer.from(bytes).toString(), file, blobs)
  } catch (error) {
    if (error instanceof CassetteError && error.code === 'TORN_TAIL') return undefined
    throw error
  }
}

function part(bytes: Uint8Array, text: string, whole: WholeRecords, records: readonly RecordPlace[]): Uint8Array {
  const events = records.reduce((sum, record) => sum + record.events, 0)
  if (events === 0)
    return Buffer.from(`${text.slice(0, whole.start - 'tape:\n'.length)}tape: []\n${encodeEnd(0)}`, 'latin1')
  return Buffer.concat([bytes.subarray(0, records.at(-1)?.end), Buffer.from(encodeEnd(events))])
}

function salvageOf(
  cassette: DecodedCassette,
  bytes: Uint8Array,
  text: string,
  whole: WholeRecords,
  records: readonly RecordPlace[],
  kept: Uint8Array,
): Salvage {
  const end = records.at(-1)?.end ?? whole.start
  return { cassette, bytes: kept, droppedBytes: bytes.length - end, line: text.slice(0, end).split('\n').length }
}

/** The records that end before a line; always at least one fewer than before. */
function before(records: readonly RecordPlace[], text: string, line: number): readonly RecordPlace[] {
  const sound = records.filter(({ end }) => text.slice(0, end).split('\n').length <= line)
  return sound.length < records.length ? sound : records.slice(0, -1)
}
