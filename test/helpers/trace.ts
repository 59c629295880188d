import { RemoteProtocolError } from '../../src/errors.ts'
import type { Data, FieldLine, RequestEvent, ResponseEvent } from '../../src/http1/events.ts'
import type { RequestParser } from '../../src/http1/request-parser.ts'
import type { ResponseParser } from '../../src/http1/response-parser.ts'

export type HttpEvent = ResponseEvent | RequestEvent
export type Parser = ResponseParser | RequestParser

/** All that a parser made of some bytes. */
export interface Reading {
  readonly events: readonly HttpEvent[]
  readonly error: RemoteProtocolError | undefined
  readonly state: Parser['state']
}

/** Pushes the segments one by one and drains `parser` after each; stops at the first error. */
export function read(parser: Parser, segments: Iterable<Uint8Array>, eof = false): Reading {
  const events: HttpEvent[] = []
  const drain = (): void => {
    for (let event = parser.next(); event !== undefined; event = parser.next()) events.push(event)
  }
  try {
    for (const segment of segments) {
      parser.push(segment)
      drain()
    }
    if (eof) {
      parser.pushEof()
      drain()
    }
    return { events, error: undefined, state: parser.state }
  } catch (error) {
    // Anything else is a fault of the parser, and no outcome.
    if (!(error instanceof RemoteProtocolError)) throw error
    return { events, error, state: parser.state }
  }
}

/** Cuts `bytes` at the given offsets. */
export function cutAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const borders = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
  return borders.slice(1).map((end, index) => bytes.subarray(borders[index], end))
}

/** `bytes`, one a segment. */
export const byteByByte = (bytes: Uint8Array): Uint8Array[] => cutAt(bytes, Array.from(bytes.keys()).slice(1))

/** One line an event and one for the error, with adjacent data joined: what must not depend on the segments. */
export function traceOf({ events, error }: Pick<Reading, 'events' | 'error'>): string[] {
  const lines = joinData(events).map(formatEvent)
  return error === undefined ? lines : [...lines, formatError(error.code, error.offset)]
}

export const formatError = (code: string, offset: number): string => `${offset} error ${code}`

/** Pieces of data that lie next to each other, as one. */
export function joinData(events: readonly HttpEvent[]): HttpEvent[] {
  const joined: HttpEvent[] = []
  let run: Data[] = []
  for (const event of events) {
    if (event.type === 'data') {
      run.push(event)
      continue
    }
    joined.push(...asOne(run), event)
    run = []
  }
  return [...joined, ...asOne(run)]
}

function asOne(run: readonly Data[]): Data[] {
  const [first] = run
  const last = run.at(-1)
  if (first === undefined || last === undefined) return []
  return [{ ...first, end: last.end, bytes: Buffer.concat(run.map(({ bytes }) => bytes)) }]
}

/** `[start,end) type what it says`. */
export function formatEvent(event: HttpEvent): string {
  const at = `[${event.start},${event.end}) ${event.type}`
  switch (event.type) {
    case 'request-head':
      return `${at} ${formatLines(`${event.method} ${event.target} HTTP/${event.version}`, event.fields)}`
    case 'interim-response':
    case 'response-head': {
      const reason = event.reason === '' ? '' : ` ${event.reason}`
      return `${at} ${formatLines(`HTTP/${event.version} ${event.status}${reason}`, event.fields)}`
    }
    case 'chunk-head':
      return `${at} ${JSON.stringify(`${event.size}${event.extensions}`)}`
    case 'data':
      return `${at} ${JSON.stringify(Buffer.from(event.bytes).toString('latin1'))}`
    case 'end-of-message':
      return `${at} ${formatLines(undefined, event.trailers)}`
  }
}

/** `["start line","Name: value"]`. */
function formatLines(startLine: string | undefined, fields: readonly FieldLine[]): string {
  const lines = fields.map(({ name, value }) => `${name}: ${value}`)
  return JSON.stringify(startLine === undefined ? lines : [startLine, ...lines])
}
