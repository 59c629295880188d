import { WiretapeError } from '../errors.ts'
import type { FieldLine, RequestEvent, ResponseEvent } from '../http1/events.ts'
import { type Leniencies, STRICT } from '../http1/leniency.ts'
import { RequestParser } from '../http1/request-parser.ts'
import type { BytesEvent, Cassette, CloseEvent, FailedEvent, OpenEvent, TapeEvent } from '../tape/cassette.ts'
import { responseEvents } from './answers.ts'

/** A cassette as a person thinks of it: connections, and on them requests with their answers. */
export interface Exchanges {
  readonly connections: readonly InspectedConnection[]
  /** In the order in which the requests were sent. */
  readonly exchanges: readonly Exchange[]
}

export interface InspectedConnection {
  readonly number: number
  readonly opened: OpenEvent | FailedEvent
  readonly sent: Direction
  readonly received: Direction
  /** What stands for secrets on the connection and does not show it, with the names of the placeholders. */
  readonly disguised: ReadonlyMap<string, string>
  readonly exchanges: readonly Exchange[]
  /** Whether the server ended its side, or the connection is gone. */
  readonly isOver: boolean
}

/** One request and what the server said to it. */
export interface Exchange {
  readonly connection: InspectedConnection
  /** The absolute URL on the origin that was connected to; of CONNECT, the target. */
  readonly url: string
  readonly request: InspectedMessage
  readonly interim: readonly InspectedMessage[]
  readonly response: InspectedMessage | undefined
  /** Whether the answer came to its end. */
  readonly isWhole: boolean
  /** How the answer ended, in words; the client's own closing is not told. */
  readonly ending: string
}

/** All bytes that went one way over one connection. */
export interface Direction {
  readonly bytes: Uint8Array
  readonly messages: readonly InspectedMessage[]
  /** Where the bytes begin that are not a message, such as a tunnel; the length where there are none. */
  readonly restStart: number
  /** Why these bytes are not HTTP, where a parser says so. */
  readonly failure: WiretapeError | undefined
  /** The events, and where the bytes of each begin. */
  readonly segments: readonly PlacedSegment[]
}

export interface PlacedSegment {
  readonly event: BytesEvent
  /** Place of the event on the tape. */
  readonly index: number
  readonly start: number
}

/** A message taken apart; offsets count from the first byte of its direction, text is latin-1. */
export interface InspectedMessage {
  readonly type: 'request' | 'interim' | 'response'
  readonly start: number
  readonly headEnd: number
  /** Up to where the message has come. */
  readonly end: number
  readonly version: '1.0' | '1.1'
  /** `''` in a response. */
  readonly method: string
  /** `''` in a response. */
  readonly target: string
  /** 0 in a request. */
  readonly status: number
  readonly reason: string
  readonly fields: readonly FieldLine[]
  readonly isChunked: boolean
  readonly chunks: readonly InspectedChunk[]
  /** The content, without the transfer coding. */
  readonly body: Uint8Array
  readonly trailers: readonly FieldLine[]
  /** Whether a parser found its end; a body that ends with the connection has none. */
  readonly isComplete: boolean
}

export interface InspectedChunk {
  readonly size: number
  /** From the first `;` on. */
  readonly extensions: string
}

/** Takes a cassette apart into exchanges. What is not HTTP stays as the rest of its direction. */
export function readExchanges({ tape }: Pick<Cassette, 'tape'>): Exchanges {
  const connections = byConnection(tape).map(inspectConnection)
  const exchanges = connections.flatMap((connection) => connection.exchanges)
  return { connections, exchanges: exchanges.toSorted((one, other) => placeOf(one) - placeOf(other)) }
}

/** Place on the tape of the segment that begins the request. */
function placeOf({ connection, request }: Exchange): number {
  return segmentAt(connection.sent, request.start)?.index ?? 0
}

/** The segment that holds the byte at an offset of its direction. */
export function segmentAt({ segments }: Direction, offset: number): PlacedSegment | undefined {
  let low = 0
  let high = segments.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((segments[middle]?.start ?? 0) <= offset) low = middle
    else high = middle
  }
  return segments[low]
}

interface ConnectionEvents {
  readonly opened: OpenEvent | FailedEvent
  readonly sent: PlacedSegment[]
  readonly received: PlacedSegment[]
  readonly disguised: Map<string, string>
  hasServerEnded: boolean
  close: CloseEvent | undefined
}

function byConnection(tape: readonly TapeEvent[]): readonly ConnectionEvents[] {
  const connections = new Map<number, ConnectionEvents>()
  for (const [index, event] of tape.entries()) {
    if (event.type === 'open' || event.type === 'failed') {
      const none = {
        sent: [],
        received: [],
        disguised: new Map<string, string>(),
        hasServerEnded: false,
        close: undefined,
      }
      connections.set(event.connection, { opened: event, ...none })
      continue
    }
    const events = connections.get(event.connection)
    if (events === undefined) continue
    if (event.type === 'close') events.close = event
    else if (event.type === 'end') events.hasServerEnded ||= event.by === 'server'
    else {
      const last = events[event.type].at(-1)
      const start = last === undefined ? 0 : last.start + last.event.bytes.length
      events[event.type].push({ event, index, start })
      for (const [name, written] of Object.entries(event.redacted ?? {})) events.disguised.set(written, name)
    }
  }
  return [...connections.values()]
}

function inspectConnection(events: ConnectionEvents): InspectedConnection {
  const { opened } = events
  const lenient = leniencies(opened)
  const sent = readDirection(events.sent, (bytes) => requestEvents(bytes, lenient))
  const methods = sent.messages.map(({ method }) => method)
  const received = readDirection(events.received, (bytes) => responseEvents(bytes, methods, lenient))
  const exchanges: Exchange[] = []
  const isOver = events.hasServerEnded || events.close !== undefined
  const { disguised } = events
  const connection = { number: opened.connection, opened, sent, received, disguised, exchanges, isOver }
  const answers = answersOf(received.messages)
  for (const [place, request] of sent.messages.entries()) {
    const { interim, response } = answers[place] ?? { interim: [], response: undefined }
    const isLast = place === sent.messages.length - 1
    const { isWhole, ending } = endingOf(response, isLast ? events : undefined)
    const url = absoluteUrl(opened.to, request.target)
    exchanges.push({ connection, url, request, interim, response, isWhole, ending })
  }
  return connection
}

/** What a newer or other release calls a leniency is none here; the parser then reports what it cannot read. */
export function leniencies(opened: OpenEvent | FailedEvent): Leniencies {
  const names = opened.type === 'open' ? (opened.lenient ?? []) : []
  const given = names.filter((name) => Object.hasOwn(STRICT, name)).map((name) => [name, true] as const)
  return { ...STRICT, ...Object.fromEntries(given) }
}

function* requestEvents(bytes: Uint8Array, lenient: Leniencies): Generator<RequestEvent, void, undefined> {
  const parser = new RequestParser({ lenient })
  parser.push(bytes)
  for (let event = parser.next(); event !== undefined; event = parser.next()) yield event
}

interface Answer {
  readonly interim: readonly InspectedMessage[]
  readonly response: InspectedMessage | undefined
}

/** The final responses in their order, each with the interim ones before it. */
function answersOf(messages: readonly InspectedMessage[]): readonly Answer[] {
  const answers: Answer[] = []
  let interim: InspectedMessage[] = []
  for (const message of messages) {
    if (message.type === 'interim') {
      interim.push(message)
      continue
    }
    answers.push({ interim, response: message })
    interim = []
  }
  return interim.length === 0 ? answers : [...answers, { interim, response: undefined }]
}

/** RFC 9112 section 3.2 and 3.3. */
function absoluteUrl(origin: string, target: string): string {
  if (target.startsWith('/')) return origin + target
  return target === '*' ? origin : target
}

function endingOf(
  response: InspectedMessage | undefined,
  last: ConnectionEvents | undefined,
): Pick<Exchange, 'isWhole' | 'ending'> {
  // A body without a length is whole where the server has ended its side.
  const isWhole = response?.isComplete === true || (last?.hasServerEnded === true && endsWithConnection(response))
  const state = response === undefined ? 'no answer' : isWhole ? 'complete' : 'cut off'
  const how = describeEnd(last)
  return { isWhole, ending: how === undefined ? state : `${state}, ${how}` }
}

function describeEnd(last: ConnectionEvents | undefined): string | undefined {
  const failure = last?.close?.failure
  if (failure !== undefined) return [failure.code, failure.systemCode].filter((code) => code !== undefined).join(' ')
  const hasServerEnded = last !== undefined && (last.hasServerEnded || last.close?.by === 'server')
  return hasServerEnded ? 'the server ended the connection' : undefined
}

/** RFC 9112 section 6.3, rule 8. */
export function endsWithConnection(response: InspectedMessage | undefined): boolean {
  if (response === undefined || response.isChunked) return false
  return !response.fields.some(({ name }) => name.toLowerCase() === 'content-length')
}

function readDirection(
  segments: readonly PlacedSegment[],
  parse: (bytes: Uint8Array) => Iterable<RequestEvent | ResponseEvent>,
): Direction {
  const bytes = Buffer.concat(segments.map(({ event }) => event.bytes))
  const drafts: MessageDraft[] = []
  let restStart = 0
  let failure: WiretapeError | undefined
  try {
    for (const event of parse(bytes)) {
      restStart = event.end
      addEvent(drafts, event)
    }
  } catch (error) {
    if (!(error instanceof WiretapeError)) throw error
    failure = error
  }
  return { bytes, messages: drafts.map(finish), restStart, failure, segments }
}

type MessageDraft = { -readonly [K in keyof Omit<InspectedMessage, 'chunks' | 'body'>]: InspectedMessage[K] } & {
  readonly chunks: InspectedChunk[]
  readonly pieces: Uint8Array[]
}

function addEvent(drafts: MessageDraft[], event: RequestEvent | ResponseEvent): void {
  const message = drafts.at(-1)
  switch (event.type) {
    case 'request-head':
      drafts.push(draftOf('request', event))
      break
    case 'interim-response':
      drafts.push(draftOf('interim', event))
      break
    case 'response-head':
      drafts.push(draftOf('response', event))
      break
    case 'chunk-head':
      message?.chunks.push({ size: event.size, extensions: event.extensions })
      break
    case 'data':
      message?.pieces.push(event.bytes)
      break
    case 'end-of-message':
      if (message !== undefined) {
        message.trailers = event.trailers
        message.isComplete = true
      }
      break
  }
  const changed = drafts.at(-1)
  if (changed !== undefined) changed.end = event.end
}

type HeadEvent = Extract<RequestEvent | ResponseEvent, { readonly fields: readonly FieldLine[] }>

function draftOf(type: InspectedMessage['type'], head: HeadEvent): MessageDraft {
  const { start, end, version, fields } = head
  const startLine =
    head.type === 'request-head'
      ? { method: head.method, target: head.target, status: 0, reason: '' }
      : { method: '', target: '', status: head.status, reason: head.reason }
  const isChunked = fields.some(({ name }) => name.toLowerCase() === 'transfer-encoding')
  // An interim response has no body, and no event that ends it.
  const state = { end, isChunked, chunks: [], pieces: [], trailers: [], isComplete: type === 'interim' }
  return { type, start, headEnd: end, version, ...startLine, fields, ...state }
}

function finish({ pieces, ...message }: MessageDraft): InspectedMessage {
  return { ...message, body: Buffer.concat(pieces) }
}
