import { RemoteProtocolError } from '../../build/errors.js'
import { type Leniency, STRICT } from '../../build/http1/leniency.js'
import { RequestParser } from '../../build/http1/request-parser.js'
import { ResponseParser } from '../../build/http1/response-parser.js'
import type { FieldLine, InterimResponse, RequestHead, ResponseHead } from '../../src/http1/events.ts'
import type { HttpEvent } from '../../test/helpers/trace.ts'
import type { Input } from './input.ts'
import { type Ending, type OurTranscript, Scribe } from './transcript.ts'

/** The interface of a tested parser. */
export interface Parser extends Pick<ResponseParser, 'state' | 'push' | 'pushEof' | 'takeRest'> {
  next(): HttpEvent | undefined
}

/** Makes a parser with the options of an input. */
export type MakeParser = (input: Pick<Input, 'to' | 'limits' | 'lenient'>) => Parser

/** Our parsers, as they were built. */
export const ourParser: MakeParser = ({ to, limits, lenient }) => {
  if (to === undefined) return new RequestParser({ limits, lenient })
  const parser = new ResponseParser({ limits, lenient })
  for (const method of to) parser.expectResponseTo(method)
  return parser
}

/** The names of all leniencies. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of this constant are what the type is made of
export const LENIENCIES = Object.keys(STRICT) as Leniency[]

/** The result of a parser for some bytes. */
export interface Reading {
  readonly events: readonly HttpEvent[]
  readonly error: RemoteProtocolError | undefined
  readonly state: Parser['state']
  /** Bytes that this parser does not parse; empty if more may be parsed. */
  readonly rest: Buffer
}

/**
 * Pushes the segments one by one and drains `parser` after each.
 *
 * @throws what the parser throws, unless it is a RemoteProtocolError.
 */
export function read(parser: Parser, segments: readonly Uint8Array[], eof: boolean): Reading {
  const events: HttpEvent[] = []
  let error: RemoteProtocolError | undefined
  try {
    for (const segment of segments) {
      parser.push(segment)
      drain(parser, events)
    }
    if (eof) {
      parser.pushEof()
      drain(parser, events)
    }
  } catch (thrown) {
    if (!(thrown instanceof RemoteProtocolError)) throw thrown
    error = thrown
  }
  const { state } = parser
  const isOver = state === 'must-close' || state === 'tunnel'
  return { events, error, state, rest: Buffer.from(isOver ? parser.takeRest() : []) }
}

function drain(parser: Parser, events: HttpEvent[]): void {
  for (let event = parser.next(); event !== undefined; event = parser.next()) events.push(event)
}

/** The form of a result that can be compared with another parser. */
export function transcriptOf(reading: Reading, { bytes, eof }: Input): OurTranscript {
  const scribe = new Scribe()
  const ends: number[] = []
  let dataEnd = 0
  const noteEnd = (end: number): void => {
    while (ends.length < scribe.steps.length) ends.push(end)
  }
  for (const event of reading.events) {
    if (event.type === 'data') {
      scribe.data(event.bytes)
      dataEnd = event.end
      continue
    }
    if (event.type === 'chunk-head') continue
    scribe.flush()
    noteEnd(dataEnd)
    if (event.type === 'end-of-message') scribe.endOfMessage(textsOf(event.trailers))
    else scribe.head(event.type, startLineOf(event), textsOf(event.fields))
    noteEnd(event.end)
  }
  scribe.flush()
  noteEnd(dataEnd)
  return { steps: scribe.steps, ends, ending: endingOf(reading, bytes.length, eof) }
}

const startLineOf = (head: RequestHead | InterimResponse | ResponseHead): string =>
  head.type === 'request-head'
    ? `${head.method} ${head.target} HTTP/${head.version}`
    : `HTTP/${head.version} ${head.status} ${head.reason}`

const textsOf = (fields: readonly FieldLine[]): string[] => fields.map(({ name, value }) => `${name}: ${value}`)

function endingOf({ error, state, rest }: Reading, length: number, eof: boolean): Ending {
  if (error !== undefined) return { type: 'error', code: error.code, at: error.offset }
  if (state === 'tunnel') return { type: 'switched', at: length - rest.length }
  if (state === 'must-close' || eof) return { type: 'closed', at: length - rest.length }
  return { type: 'open' }
}
