import { CassetteError } from '../errors.ts'
import type { YamlSource } from './yaml-reader.ts'

/** The parts that can be kept of a text whose end is missing. */
export interface WholeRecords {
  readonly records: readonly RecordPlace[]
  readonly events: number
  /** Where the first record begins; 0 if the text ends before it. */
  readonly start: number
  /** Where the last complete record ends. */
  readonly end: number
}

/** The place of the lines of a record, its checksum included. */
export interface RecordPlace {
  readonly connection: number
  readonly events: number
  readonly start: number
  readonly end: number
}

/**
 * The complete records of a text that was written record by record and cut anywhere.
 *
 * Only their lines are searched: in the form that a recorder writes, no line of a body looks like them.
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

/** The first line of an event, or the checksum of a record; only a line with its line end counts. */
const ITEM = /^ {2}- (?:(?:open|via|end|close): (\d+)|saved: crc32 [\da-f]{8})\n/gm

/**
 * `TORN_TAIL` if a missing end caused `error`: the text has no last line `events: N`, so anything after the last complete record
 * may be lost.
 */
export function tornTail(source: YamlSource, error: unknown): CassetteError | undefined {
  if (!(error instanceof CassetteError) || !OF_A_CUT.has(error.code) || LAST_LINE.test(source.text)) return undefined
  // A text that does not begin like a cassette was never one.
  if (!FIRST_LINE.test(source.text)) return undefined
  const { records, end } = wholeRecordsOf(source.text)
  const kept = records.length === 1 ? '1 complete record ends' : `${records.length} complete records end`
  return source.error('TORN_TAIL', end, `it has no last line \`events: N\`; ${kept} here`)
}

/** The errors that a truncated text causes in a reader. */
const OF_A_CUT: ReadonlySet<string> = new Set(['CASSETTE_SYNTAX', 'CASSETTE_INVALID', 'BAD_BASE64'])

const FIRST_LINE = /^(?:[ \t]*(?:#.*|---.*)?\n)*["']?wiretape["']?\s*:/
/** A line without its end may be a cut one. */
const LAST_LINE = /^["']?events["']?[ \t]*:.*\n/m

/** The last line: without it, a file that was cut between two records would look complete. */
export function encodeEnd(events: number): string {
  return `events: ${events}\n`
}
