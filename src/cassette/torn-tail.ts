import { CassetteError } from '../errors.ts'
import type { YamlSource } from './yaml-reader.ts'

/** What can be kept of a text whose end is missing. */
export interface WholeRecords {
  readonly records: number
  readonly events: number
  /** Where the last whole record ends in the text; without one, where the tape begins, or 0 where even that is missing. */
  readonly end: number
}

/**
 * The whole records of a text that was written record by record and cut anywhere.
 *
 * It is found by its lines alone: in the form that a recorder writes, no line of a body looks like these.
 */
export function wholeRecordsOf(text: string): WholeRecords {
  const start = /^tape:\n/m.exec(text)
  if (start === null) return { records: 0, events: 0, end: 0 }
  let records = 0
  let events = 0
  let eventsSoFar = 0
  let end = start.index + start[0].length
  for (const { 0: line, 1: key, index } of text.slice(end).matchAll(ITEM)) {
    if (key !== 'saved') {
      eventsSoFar += 1
      continue
    }
    if (!SAVED.test(line)) continue
    records += 1
    events = eventsSoFar
    end = start.index + start[0].length + index + line.length
  }
  return { records, events, end }
}

/** The first line of an item; only a line that ends is whole. */
const ITEM = /^ {2}- (open|via|end|close|saved): .*\n/gm
const SAVED = /^ {2}- saved: crc32 [\da-f]{8}\n$/

/**
 * `TORN_TAIL` where `error` comes of a missing end: the text has no last line `events: N`, so it may have lost anything behind the
 * last whole record.
 */
export function tornTail(source: YamlSource, error: unknown): CassetteError | undefined {
  if (!(error instanceof CassetteError) || !OF_A_CUT.has(error.code) || LAST_LINE.test(source.text)) return undefined
  // What does not begin as a cassette does was never one.
  if (!FIRST_LINE.test(source.text)) return undefined
  const { records, end } = wholeRecordsOf(source.text)
  const kept = records === 1 ? '1 whole record ends' : `${records} whole records end`
  return source.error('TORN_TAIL', end, `it has no last line \`events: N\`; ${kept} here`)
}

/** What a cut text may look like to a reader that does not expect a cut. */
const OF_A_CUT: ReadonlySet<string> = new Set(['CASSETTE_SYNTAX', 'CASSETTE_INVALID', 'BAD_BASE64'])

const FIRST_LINE = /^(?:[ \t]*(?:#.*|---.*)?\n)*["']?wiretape["']?\s*:/
/** A line without its end may be a cut one. */
const LAST_LINE = /^["']?events["']?[ \t]*:.*\n/m
