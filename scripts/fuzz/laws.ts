/** Laws that hold in our parsers for any input. */
import { cutAt, type HttpEvent, joinData, traceOf } from '../../test/helpers/trace.ts'
import type { ParserLimits } from '../../src/http1/limits.ts'
import type { Input } from './input.ts'
import { type MakeParser, type Reading, read } from './subject.ts'

/** A broken law. */
export interface Breach {
  readonly law: Law
  /** What happened, in words that stay the same while the input is minimised. */
  readonly what: string
  /** Details for the analysis, one line each. */
  readonly details: readonly string[]
}

export type Law =
  /** Only a RemoteProtocolError is thrown, and nothing after it is parsed. */
  | 'errors'
  /** Ranges cover the input without gaps, and data equals the bytes of its range. */
  | 'ranges'
  /** Events, ranges, error and rest do not depend on the segments. */
  | 'segments'
  /** An event is reported as soon as its bytes are there, and never taken back. */
  | 'prefixes'
  /** Reported events are within the limits, and events exactly at a limit are reported. */
  | 'limits'
  /** A leniency only adds: an input that is accepted without it is read the same with it. */
  | 'leniencies'
  /** No input changes an object that all objects share. */
  | 'prototype'
  /** Node's parser has the same result, except for the differences in the ledger. */
  | 'node'
  /** Twice the input takes twice the time. */
  | 'time'

const breach = (law: Law, what: string, ...details: readonly string[]): Breach => ({ law, what, details })

/** Where an input is cut, and which lengths of it are tried. */
export interface Cuts {
  /** Lists of places. */
  readonly segments: readonly (readonly number[])[]
  readonly prefixes: readonly number[]
}

/** The first law that an input breaks, except that of Node's parser, or its result in one segment. */
export function tryLaws(makeParser: MakeParser, input: Input, cuts: Cuts): Breach | Reading {
  const whole = attempt(makeParser, input, [input.bytes])
  if (isBreach(whole)) return whole
  const found =
    rangesBreach(whole, input) ??
    segmentsBreach(makeParser, input, whole, cuts.segments) ??
    prefixesBreach(makeParser, input, whole, cuts.prefixes) ??
    limitsBreach(whole, input) ??
    exactLimitsBreach(makeParser, input, whole) ??
    leniencyBreach(makeParser, input, whole)
  return found ?? whole
}

export const isBreach = (one: Breach | Reading): one is Breach => 'law' in one

/** The result of an input in these segments, unless it breaks a law. */
export function attempt(makeParser: MakeParser, input: Input, segments: readonly Uint8Array[]): Reading | Breach {
  const keys = Reflect.ownKeys(Object.prototype).length
  const parser = makeParser(input)
  let reading: Reading
  try {
    reading = read(parser, segments, input.eof)
    if (reading.error !== undefined && (reading.state !== 'failed' || parser.next() !== undefined)) {
      return breach('errors', 'the parser goes on after an error')
    }
  } catch (thrown) {
    const { name, message, stack = '' } = thrown instanceof Error ? thrown : new Error(String(thrown))
    return breach('errors', `${name} was thrown`, message, stack)
  }
  if (Reflect.ownKeys(Object.prototype).length !== keys) return breach('prototype', 'Object.prototype was changed')
  return reading
}

function rangesBreach({ events, error, state, rest }: Reading, { bytes }: Input): Breach | undefined {
  let end = 0
  for (const event of events) {
    const range = `[${event.start}, ${event.end})`
    if (event.start !== end) return breach('ranges', `${event.type} leaves a gap or overlaps`, `${range} after ${end}`)
    if (event.end < end) return breach('ranges', `${event.type} ends before it starts`, range)
    end = event.end
    if (event.type === 'data' && !bytes.subarray(event.start, end).equals(event.bytes)) {
      return breach('ranges', 'data is not what its range says', range)
    }
  }
  if (error !== undefined && (error.offset < end || error.offset > bytes.length)) {
    return breach('ranges', `${error.code} lies outside of what is left`, `${error.offset} after ${end}`)
  }
  if (end > bytes.length) return breach('ranges', 'the last event ends beyond the input', `${end} of ${bytes.length}`)
  const isOver = state === 'must-close' || state === 'tunnel'
  if (isOver && !bytes.subarray(end).equals(rest)) return breach('ranges', 'the rest is not what is left')
  return undefined
}

function segmentsBreach(
  makeParser: MakeParser,
  input: Input,
  whole: Reading,
  lists: Cuts['segments'],
): Breach | undefined {
  const untouched = Buffer.from(input.bytes)
  const expected = outcomeOf(whole)
  for (const places of lists) {
    const found = segmentationBreach(makeParser, input, expected, places)
    if (found !== undefined) return found
  }
  return input.bytes.equals(untouched) ? undefined : breach('segments', 'the input was written to')
}

/** Whether the input that is cut at `places` has another outcome than `expected`. */
export function segmentationBreach(
  makeParser: MakeParser,
  input: Input,
  expected: string,
  places: readonly number[],
): Breach | undefined {
  const reading = attempt(makeParser, input, cutAt(input.bytes, places))
  if (isBreach(reading)) return reading
  const outcome = outcomeOf(reading)
  if (outcome === expected) return undefined
  return breach('segments', 'another outcome', `whole: ${expected}`, `cut: ${outcome}`, `cut at ${places.join(', ')}`)
}

/** Everything that must not depend on the segments. */
export const outcomeOf = (reading: Reading): string =>
  [...traceOf(reading), reading.state, reading.rest.toString('latin1')].join('\n  ')

function prefixesBreach(
  makeParser: MakeParser,
  input: Input,
  whole: Reading,
  lengths: Cuts['prefixes'],
): Breach | undefined {
  const all = joinData(whole.events)
  for (const length of lengths) {
    if (length >= input.bytes.length) continue
    const reading = attempt(makeParser, { ...input, eof: false }, [input.bytes.subarray(0, length)])
    if (isBreach(reading)) return reading
    const { events, error } = reading
    const early = traceOf({ events, error }).join('\n  ')
    const dueError = error === undefined ? undefined : whole.error
    const due = traceOf({ events: eventsWithin(all, length), error: dueError }).join('\n  ')
    if (early !== due) {
      return breach('prefixes', 'more or less is reported than is there', `of ${length} bytes: ${early}`, `due: ${due}`)
    }
  }
  return undefined
}

function limitsBreach({ events }: Reading, { limits }: Input): Breach | undefined {
  for (const [limit, amount] of amountsOf(events)) {
    if (amount > (limits[limit] ?? Infinity)) return breach('limits', `more than ${limit} allows`, `${amount}`)
  }
  return undefined
}

/** Limits that are exactly what the input needs change nothing. */
function exactLimitsBreach(makeParser: MakeParser, input: Input, whole: Reading): Breach | undefined {
  // An unfinished event needs more than the reported ones; so does an ignored line.
  const isComplete = whole.rest.length > 0 || whole.events.at(-1)?.end === input.bytes.length
  if (whole.error !== undefined || !isComplete || isLenient(input)) return undefined
  const amounts = [...amountsOf(whole.events)]
  const needed = EXACT_LIMITS.map((limit) => {
    const ofLimit = amounts.flatMap(([name, amount]) => (name === limit ? [amount] : []))
    return [limit, Math.max(...ofLimit)] as const
  })
  const limits = { ...input.limits, ...Object.fromEntries(needed) }
  const reading = attempt(makeParser, { ...input, limits }, [input.bytes])
  if (isBreach(reading) || outcomeOf(reading) === outcomeOf(whole)) return undefined
  return breach('limits', 'what just keeps to them is refused', JSON.stringify(limits), outcomeOf(reading))
}

/** Limits that the events show exactly. */
const EXACT_LIMITS = ['headBytes', 'fields', 'interimResponses'] as const

/** The least use of each limit that the events show. */
function* amountsOf(events: readonly HttpEvent[]): Generator<readonly [limit: keyof ParserLimits, amount: number]> {
  let interimResponses = 0
  let chunkExtensionBytes = 0
  for (const event of events) {
    switch (event.type) {
      case 'interim-response':
      case 'response-head':
      case 'request-head':
        interimResponses = event.type === 'interim-response' ? interimResponses + 1 : 0
        chunkExtensionBytes = 0
        yield ['interimResponses', interimResponses]
        yield ['headBytes', event.end - event.start]
        yield ['fields', event.fields.length]
        break
      case 'chunk-head':
        chunkExtensionBytes += event.extensions.length
        yield ['chunkExtensionBytes', chunkExtensionBytes]
        break
      case 'data':
        break
      case 'end-of-message':
        yield ['trailerBytes', event.trailers.reduce((sum, { name, value }) => sum + name.length + value.length, 0)]
        yield ['fields', event.trailers.length]
    }
  }
}

function leniencyBreach(makeParser: MakeParser, input: Input, whole: Reading): Breach | undefined {
  if (!isLenient(input)) return undefined
  const strict = attempt(makeParser, { ...input, lenient: {} }, [input.bytes])
  if (isBreach(strict)) return strict
  const due = traceOf({ events: strict.events, error: undefined })
  const told = traceOf({ events: whole.events, error: undefined })
  const isRead = strict.error === undefined
  const isSame = isRead ? outcomeOf(whole) === outcomeOf(strict) : due.every((line, index) => line === told[index])
  if (isSame) return undefined
  return breach('leniencies', 'it takes something away', `strict: ${outcomeOf(strict)}`, `lenient: ${outcomeOf(whole)}`)
}

const isLenient = ({ lenient }: Input): boolean => Object.values(lenient).includes(true)

/** Whether the parser is set up like Node's, which has neither our leniencies nor our limits. */
export const isPlain = (input: Input): boolean => !isLenient(input) && Object.keys(input.limits).length === 0

/** The events that end within the first `length` bytes, and the data within them. */
function eventsWithin(events: readonly HttpEvent[], length: number): HttpEvent[] {
  return events.flatMap((event) => {
    if (event.end <= length) return [event]
    if (event.type !== 'data' || event.start >= length) return []
    return [{ ...event, end: length, bytes: event.bytes.subarray(0, length - event.start) }]
  })
}
