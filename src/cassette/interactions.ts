import { CassetteError, WiretapeError } from '../errors.ts'
import type { FieldLine, RequestEvent, RequestHead } from '../http1/events.ts'
import { RequestParser } from '../http1/request-parser.ts'
import { formatOrigin, isRaw, parseOrigin, type TlsInfo } from '../transport.ts'
import type { BytesEvent, Cassette, CloseEvent, Failure, FailedEvent, OpenEvent, TapeEvent } from './cassette.ts'
import { type InteractionDraft, untangle } from './pipelines.ts'

/** One request of a recorded conversation, and what the server did about it. */
export interface Interaction {
  /** Place in the cassette, from 0, in the order in which the requests were sent. */
  readonly index: number
  /** Number of the connection, as on the tape. */
  readonly connection: number
  /** What was connected to, as `formatOrigin` gives it: `https://api.example.com`. */
  readonly origin: string
  /** Place on its connection, from 0. */
  readonly place: number
  /**
   * Sent before the answers to earlier requests on its connection had come, or on a connection where that happened.
   *
   * Where it is not known which bytes answer which request, such an interaction is played right behind the one before it
   * or not at all. Where it is known, this is `false`.
   */
  readonly isPipelined: boolean
  readonly request: WireRequest
  /** What the server did after the head of this request and before the next one began, in order. */
  readonly answer: readonly Step<RequestProgress>[]
  /** What the connection carried after this request that is not HTTP: an upgrade, a tunnel, garbage. */
  readonly rest: ByteScript | undefined
}

/** A request as it stood on the wire. */
export interface WireRequest {
  readonly method: string
  /** As in the request line. */
  readonly target: string
  /** The absolute URL (RFC 9110 section 7.1) on the origin that was connected to; of CONNECT, host and port. */
  readonly url: string
  readonly version: '1.0' | '1.1'
  /** Header lines in order, with the case they had. */
  readonly fields: readonly FieldLine[]
  /** The content that came so far, without the transfer coding. */
  readonly body: Uint8Array
  readonly bodyLength: number
  readonly trailers: readonly FieldLine[]
  /** Whether the message came to its end; a client that is refused after `Expect` never sends the body. */
  readonly isComplete: boolean
  /** Offset of the first byte on the connection, blank lines before it included. */
  readonly start: number
  /** The bytes themselves; of a request that is not complete also those that could not be read. */
  readonly raw: Uint8Array
}

/** One thing that reached the client, and what the client had done before. */
export interface Step<Cause = unknown> {
  readonly after: Cause
  readonly action: ServerAction
  /** Milliseconds since the recording began. */
  readonly at: number
  /** Milliseconds between what the client did last on the connection and this. */
  readonly wait: number
}

/** What a transport can tell its reader. A timeout counts: the server's part in it is that nothing came. */
export type ServerAction =
  | SegmentAction
  | { readonly type: 'end' }
  | { readonly type: 'fail'; readonly failure: Failure }

export interface SegmentAction {
  readonly type: 'segment'
  readonly bytes: Uint8Array
  /** Offsets at which answers ended inside of it, as recorded. */
  readonly ends?: readonly number[] | undefined
  /** The recorded segment that it was cut from: told at once, its parts are one segment again. */
  readonly of?: Uint8Array | undefined
}

/** How far a client had come with one request. */
export interface RequestProgress {
  /** Bytes of content, without the transfer coding; 0 with the head alone. */
  readonly bodyLength: number
  readonly isComplete: boolean
  /** Whether the client had ended its side of the connection. */
  readonly isEnded: boolean
}

/** A conversation in bytes, for what is not HTTP or must recur exactly. */
export interface ByteScript {
  /** Everything the client wrote. */
  readonly bytes: Uint8Array
  readonly steps: readonly Step<ByteProgress>[]
}

/** How far a client had come with a {@link ByteScript}. */
export interface ByteProgress {
  /** Bytes written since the script began. */
  readonly sent: number
  readonly isEnded: boolean
}

/** Everything that was recorded of one connection. */
export interface RecordedConnection {
  readonly number: number
  /** As `formatOrigin` gives it: `https://api.example.com`. */
  readonly origin: string
  /** Why the connection could not be made, where that is so; nothing else happened on it then. */
  readonly failure: Failure | undefined
  readonly tls: TlsInfo | undefined
  /** Milliseconds that connecting took, or until it had failed. */
  readonly took: number
  /** When the connection was made, in milliseconds since the recording began. */
  readonly madeAt: number
  /** What the server did before the first request began. */
  readonly opening: ByteScript
  readonly interactions: readonly Interaction[]
  /** What the client sent on a connection that never carried a request. */
  readonly rest: ByteScript | undefined
  readonly events: readonly TapeEvent[]
}

/** A cassette as connections and interactions instead of events. */
export interface Conversations {
  /** In the order of opening. */
  readonly connections: readonly RecordedConnection[]
  /** In the order in which the requests were sent. */
  readonly interactions: readonly Interaction[]
}

/**
 * The interactions of a cassette, in the order in which their requests were sent.
 *
 * @throws CassetteError `CASSETTE_INVALID` when the tape uses a connection that it never opened.
 */
export function interactionsOf(cassette: Cassette): readonly Interaction[] {
  return readConversations(cassette).interactions
}

/**
 * Reads the client's side of every connection, and ties what the server did to what the client had sent by then.
 *
 * @throws CassetteError `CASSETTE_INVALID` when the tape uses a connection that it never opened.
 */
export function readConversations(cassette: Cassette): Conversations {
  const readers = new Map<number, ConnectionReader>()
  const interactions: InteractionInProgress[] = []
  for (const event of cassette.tape) {
    if (event.type === 'open' || event.type === 'failed') {
      readers.set(event.connection, new ConnectionReader(event, interactions))
      continue
    }
    const reader = readers.get(event.connection)
    if (reader === undefined)
      throw new CassetteError('CASSETTE_INVALID', `connection ${event.connection} is used before it is opened`)
    reader.add(event)
  }
  return { connections: Array.from(readers.values(), (reader) => reader.finish()), interactions }
}

/** A whole connection as a conversation in bytes. */
export function byteScriptOf(connection: RecordedConnection): ByteScript {
  const sent = new ByteLog(0)
  const steps: Step<ByteProgress>[] = []
  let isEnded = false
  let actedAt = connection.madeAt
  for (const event of connection.events) {
    if (event.type === 'sent') sent.push(event.bytes)
    if (event.type === 'end' && event.by === 'client') isEnded = true
    if (isAct(event)) actedAt = event.at
    const action = actionOf(event)
    if (action !== undefined) steps.push({ after: { sent: sent.end, isEnded }, action, ...timesOf(event, actedAt) })
  }
  return { bytes: sent.slice(0), steps }
}

/** Whether the client did something that the server may be waiting for. */
const isAct = (event: TapeEvent): boolean => event.type === 'sent' || (event.type === 'end' && event.by === 'client')

const timesOf = ({ at }: TapeEvent, actedAt: number): Pick<Step, 'at' | 'wait'> => ({
  at,
  wait: Math.max(at - actedAt, 0),
})

/** Finds the requests in what a client writes on one connection, recorded or replayed. */
export class RequestReader {
  #origin: string
  readonly #isRaw: boolean
  readonly #meant: OriginOf | undefined
  readonly #parser = new RequestParser()
  /** The bytes of the request under way or, between requests, those that may become the next one. */
  #log = new ByteLog(0)
  /** Offset up to which the bytes have become events. */
  #parsed = 0
  #request: RequestInProgress | undefined
  #failure: WiretapeError | undefined

  /**
   * `origin` as `formatOrigin` gives it; it completes targets to URLs, and tells where there are none. With `meant` each
   * request has the origin that this says; what it throws, {@link next} throws.
   */
  constructor(origin: string, meant?: OriginOf) {
    this.#origin = origin
    this.#isRaw = isRaw(origin)
    this.#meant = meant
  }

  /** The origin of the request whose head came last. */
  get origin(): string {
    return this.#origin
  }

  /** The request whose head came last. */
  get request(): WireRequest | undefined {
    return this.#request
  }

  /** Whether the client has begun something that has no complete head yet. */
  get hasBegunNext(): boolean {
    // Stray line ends after a request are not the next one (RFC 9112 section 2.2).
    return this.#request?.isComplete !== false && this.#log.has((byte) => byte !== CR && byte !== LF)
  }

  /** Whether bytes came that cannot be read as a request: no HTTP, or not any more. */
  get isLost(): boolean {
    const { state } = this.#parser
    if (this.#isRaw || state === 'failed') return true
    return (state === 'must-close' || state === 'tunnel') && this.hasBegunNext
  }

  /** Why the bytes are not HTTP, where they are not. */
  get failure(): WiretapeError | undefined {
    return this.#failure
  }

  /** What came after the last event that {@link next} gave. */
  get unread(): Uint8Array {
    return this.#log.slice(this.#parsed)
  }

  /** Takes what the client wrote; it must not change afterwards. Call `next` until it gives `undefined`. */
  push(bytes: Uint8Array): void {
    this.#log.push(bytes)
    if (!this.#isRaw) this.#parser.push(bytes)
  }

  /** The next event, or `undefined` when more bytes are needed or none can help (`isLost`). */
  next(): RequestEvent | undefined {
    const event = this.#parse()
    if (event === undefined) return undefined
    this.#parsed = event.end
    switch (event.type) {
      case 'request-head':
        this.#request = new RequestInProgress(this.#urlOf(event), event, this.#log)
        break
      case 'data':
        this.#request?.add(event.bytes)
        break
      case 'end-of-message':
        this.#request?.complete(event.trailers, event.end)
        this.#log = this.#log.from(event.end)
        break
      case 'chunk-head':
        break
    }
    return event
  }

  #urlOf(head: RequestHead): string {
    if (this.#meant === undefined) return absoluteUrl(this.#origin, head.target)
    this.#origin = this.#meant(head)
    return absoluteUrl(this.#origin, withoutOrigin(head.target))
  }

  #parse(): RequestEvent | undefined {
    try {
      return this.#parser.next()
    } catch (error) {
      if (!(error instanceof WiretapeError)) throw error
      // Not the end: what is no HTTP is compared as bytes from now on.
      this.#failure = error
      return undefined
    }
  }
}

const CR = 0x0d
const LF = 0x0a

class RequestInProgress implements WireRequest {
  readonly method: string
  readonly target: string
  readonly url: string
  readonly version: '1.0' | '1.1'
  readonly fields: readonly FieldLine[]
  readonly start: number
  readonly #log: ByteLog
  readonly #pieces: Uint8Array[] = []
  #trailers: readonly FieldLine[] = []
  #bodyLength = 0
  #body: Uint8Array | undefined
  #end: number | undefined

  constructor(url: string, head: RequestHead, log: ByteLog) {
    this.method = head.method
    this.target = head.target
    this.url = url
    this.version = head.version
    this.fields = head.fields
    this.start = head.start
    this.#log = log
  }

  get body(): Uint8Array {
    this.#body ??= join(this.#pieces)
    return this.#body
  }

  get bodyLength(): number {
    return this.#bodyLength
  }

  get trailers(): readonly FieldLine[] {
    return this.#trailers
  }

  get isComplete(): boolean {
    return this.#end !== undefined
  }

  get raw(): Uint8Array {
    return this.#log.slice(this.start, this.#end)
  }

  add(bytes: Uint8Array): void {
    this.#pieces.push(bytes)
    this.#bodyLength += bytes.length
    this.#body = undefined
  }

  complete(trailers: readonly FieldLine[], end: number): void {
    this.#trailers = trailers
    this.#end = end
  }
}

/** RFC 9112 section 3.2 and 3.3. The authority is the one connected to: a `Host` field cannot lead elsewhere. */
function absoluteUrl(origin: string, target: string): string {
  if (target.startsWith('/')) return origin + target
  return target === '*' ? origin : target
}

/** Says which origin a request means, as `formatOrigin` gives it. */
export type OriginOf = (head: RequestHead) => string

/** The absolute-form (RFC 9112 section 3.2.2) as the origin-form, anything else as it is. */
const withoutOrigin = (target: string): string => target.replace(/^https?:\/\/[^/?#]*(?=\/)/i, '')

/** Bytes of one direction, addressed by their offset on the connection. Nothing is copied until it is asked for. */
class ByteLog {
  readonly start: number
  end: number
  readonly #segments: Uint8Array[] = []

  constructor(start: number) {
    this.start = start
    this.end = start
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#segments.push(bytes)
    this.end += bytes.length
  }

  /** A log of its own that begins at `offset`. */
  from(offset: number): ByteLog {
    const log = new ByteLog(offset)
    if (offset < this.end) log.push(this.slice(offset))
    return log
  }

  has(isSought: (byte: number) => boolean): boolean {
    return this.#segments.some((segment) => segment.some(isSought))
  }

  slice(start: number, end: number = this.end): Uint8Array {
    const pieces: Uint8Array[] = []
    let offset = this.start
    for (const segment of this.#segments) {
      const from = Math.max(start - offset, 0)
      const to = Math.min(end - offset, segment.length)
      if (from < to) pieces.push(segment.subarray(from, to))
      offset += segment.length
    }
    return join(pieces)
  }
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces
  if (first === undefined) return NOTHING
  return pieces.length === 1 ? first : Buffer.concat(pieces)
}

const NOTHING = new Uint8Array(0)

/** An interaction while its connection is being read. */
type InteractionInProgress = InteractionDraft & { readonly answer: Step<RequestProgress>[] }

/** Follows one connection along the tape. */
class ConnectionReader {
  readonly #opened: OpenEvent | FailedEvent
  readonly #all: InteractionInProgress[]
  readonly #origin: string
  readonly #requests: RequestReader
  readonly #events: TapeEvent[] = []
  readonly #interactions: InteractionInProgress[] = []
  readonly #opening: Step<ByteProgress>[] = []
  /** What came while the client had begun something that is no request yet; `sent` counts from the connection's start. */
  #held: Step<ByteProgress>[] = []
  #sent = 0
  #isEnded = false
  /** When the client last did something, connecting included. */
  #actedAt: number

  constructor(opened: OpenEvent | FailedEvent, all: InteractionInProgress[]) {
    this.#opened = opened
    this.#all = all
    this.#origin = originOf(opened)
    this.#requests = new RequestReader(this.#origin)
    this.#actedAt = opened.at + opened.took
  }

  add(event: TapeEvent): void {
    this.#events.push(event)
    if (event.type === 'sent') this.#addSent(event.bytes)
    if (event.type === 'end' && event.by === 'client') this.#isEnded = true
    if (isAct(event)) this.#actedAt = event.at
    const action = actionOf(event)
    if (action !== undefined) this.#addStep(action, timesOf(event, this.#actedAt))
  }

  finish(): RecordedConnection {
    const last = this.#interactions.at(-1)
    const rest = this.#rest()
    if (last !== undefined) last.rest = rest
    untangle(this.#interactions)
    return {
      number: this.#opened.connection,
      origin: this.#origin,
      failure: this.#opened.type === 'failed' ? this.#opened.failure : undefined,
      tls: this.#opened.type === 'open' ? this.#opened.tls : undefined,
      took: this.#opened.took,
      madeAt: this.#opened.at + this.#opened.took,
      opening: { bytes: NOTHING, steps: this.#opening },
      interactions: this.#interactions,
      rest: last === undefined ? rest : undefined,
      events: this.#events,
    }
  }

  #addSent(bytes: Uint8Array): void {
    this.#sent += bytes.length
    this.#requests.push(bytes)
    for (let event = this.#requests.next(); event !== undefined; event = this.#requests.next()) {
      if (event.type === 'request-head') this.#startInteraction()
    }
  }

  #startInteraction(): void {
    const { request } = this.#requests
    if (request === undefined) return
    const previous = this.#interactions.at(-1)
    const interaction: InteractionInProgress = {
      index: this.#all.length,
      connection: this.#opened.connection,
      origin: this.#origin,
      place: this.#interactions.length,
      isPipelined: previous !== undefined && (previous.isPipelined || this.#held.length > 0 || !isAnswered(previous)),
      request,
      answer: this.#held.map((step) => ({ ...step, after: { bodyLength: 0, isComplete: false, isEnded: false } })),
      rest: undefined,
    }
    this.#held = []
    this.#interactions.push(interaction)
    this.#all.push(interaction)
  }

  #addStep(action: ServerAction, times: Pick<Step, 'at' | 'wait'>): void {
    const isEnded = this.#isEnded
    const interaction = this.#interactions.at(-1)
    if (this.#requests.isLost || this.#requests.hasBegunNext) {
      this.#held.push({ after: { sent: this.#sent, isEnded }, action, ...times })
    } else if (interaction === undefined) {
      this.#opening.push({ after: { sent: 0, isEnded }, action, ...times })
    } else {
      const { bodyLength, isComplete } = interaction.request
      interaction.answer.push({ after: { bodyLength, isComplete, isEnded }, action, ...times })
    }
  }

  #rest(): ByteScript | undefined {
    if (!this.#requests.isLost && !this.#requests.hasBegunNext) return undefined
    const bytes = this.#requests.unread
    const start = this.#sent - bytes.length
    const steps = this.#held.map((step) => ({ ...step, after: { ...step.after, sent: step.after.sent - start } }))
    return { bytes, steps }
  }
}

/** Whether anything came once the request was complete: before that, it may have been a `100 Continue`. */
function isAnswered({ answer }: Interaction): boolean {
  return answer.some(({ after, action }) => after.isComplete && action.type === 'segment')
}

function actionOf(event: TapeEvent): ServerAction | undefined {
  switch (event.type) {
    case 'received':
      return new ReceivedSegment(event)
    case 'end':
      return event.by === 'server' ? { type: 'end' } : undefined
    case 'close':
      return closingActionOf(event)
    case 'open':
    case 'failed':
    case 'sent':
      return undefined
  }
}

/** Asks for the bytes when they are played: an event may have to decode them. */
class ReceivedSegment implements SegmentAction {
  readonly type = 'segment'
  readonly ends: readonly number[] | undefined
  readonly #event: BytesEvent

  constructor(event: BytesEvent) {
    this.#event = event
    this.ends = event.ends
  }

  get bytes(): Uint8Array {
    return this.#event.bytes
  }
}

/** What the client did of its own accord (close, abort, refuse bytes that are not HTTP) it will do again by itself. */
function closingActionOf({ by, failure }: CloseEvent): ServerAction | undefined {
  if (failure === undefined) return by === 'server' ? { type: 'end' } : undefined
  return by === 'server' || failure.code.endsWith('_TIMEOUT') ? { type: 'fail', failure } : undefined
}

function originOf({ connection, to }: OpenEvent | FailedEvent): string {
  const origin = parseOrigin(to)
  if (origin === undefined)
    throw new CassetteError('CASSETTE_INVALID', `connection ${connection} leads to ${JSON.stringify(to)}`)
  return formatOrigin(origin)
}
