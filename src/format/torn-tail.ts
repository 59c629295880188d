import { CassetteError } from '../errors.ts'
import type { YamlSource } from './yaml-reader.ts'

/** What can be kept of a text whose end is missing. */
export interface WholeRecords {
  readonly records: readonly RecordPlace[]
  readonly events: number
  /** Where the first record begins; 0 where the text has not come so far. */
  readonly start: number
  /** Where the last whole record ends. */
  readonly end: number
}

/** Where the lines of a record stand, its checksum included. */
export interface RecordPlace {
  readonly connection: number
  readonly events: number
  readonly start: number
  readonly end: number
}

/**
 * The whole records of a text that was written record by record and cut anywhere.
 *
 * They are found by their lines alone: in the form that a recorder writes, no line of a body looks like these.
 */
export function wholeRecordsOf(text: string): WholeRecords {
  const tape = /^tape:\n/m.exec(text)
  if (tape === null) return { records: [], events: 0, start: 0, end: 0 }
  const start = tape.index + tape[0].length
  const records: RecordPlace[] = []
  let [events, all, connection, end] = [0, 0, 0, start]
  ITEM.lastIndex = start
  for (let item = ITEM.exec(text); item !== null; item = ITEM.exec(text)) {
    if (item[1] !== undefined) {
      events += 1
      connection = Number(item[1])
      continue
    }
    records.push({ connection, events, start: end, end: ITEM.lastIndex })
    all += events
    events = 0
    end = ITEM.lastIndex
  }
  return { records, events: all, start, end }
}

/** The first line of an event, or the checksum of a record; only a line that ends is whole. */
const ITEM = /^ {2}- (?:(?:open|via|end|close): (\d+)|saved: crc32 [\da-f]{8})\n/gm

/**
 * `TORN_TAIL` where `error` comes of a missing end: the text has no last line `events: N`, so it may have lost anything behind the
 * last whole record.
 */
export function tornTail(source: YamlSource, error: unknown): CassetteError | undefined {
  if (!(error instanceof CassetteError) || !OF_A_CUT.has(error.code) || LAST_LINE.test(source.text)) return undefined
  // What does not begin as a cassette does was never one.
  if (!FIRST_LINE.test(source.text)) return undefined
  const { records, end } = wholeRecordsOf(source.text)
  const kept = records.length === 1 ? '1 whole record ends' : `${records.length} whole records end`
  return source.error('TORN_TAIL', end, `it has no last line \`events: N\`; ${kept} here`)
}

/** What a cut text may look like to a reader that does not expect a cut. */
const OF_A_CUT: ReadonlySet<string> = new Set(['CASSETTE_SYNTAX', 'CASSETTE_INVALID', 'BAD_BASE64'])

const FIRST_LINE = /^(?:[ \t]*(?:#.*|---.*)?\n)*["']?wiretape["']?\s*:/
/** A line without its end may be a cut one. */
const LAST_LINE = /^["']?events["']?[ \t]*:.*\n/m

/** The last line: it tells a whole file from one that was cut between two records. */
export function encodeEnd(events: number): string {
  return `events: ${events}\n`
}
