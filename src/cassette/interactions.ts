import { CassetteError } from '../errors.ts'
import { formatOrigin, parseOrigin, type TlsInfo } from '../transport.ts'
import { ByteLog, NOTHING } from './byte-log.ts'
import type { BytesEvent, Cassette, CloseEvent, Failure, FailedEvent, OpenEvent, TapeEvent } from './cassette.ts'
import { type InteractionDraft, untangle } from './pipelines.ts'
import { RequestReader, type WireRequest } from './request-reader.ts'

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
