import { ByteLog, NOTHING } from '../tape/byte-log.ts'
import type { BytesEvent, CloseEvent, TapeEvent } from '../tape/cassette.ts'
import type {
  ByteProgress,
  ByteScript,
  Interaction,
  RecordedConnection,
  RequestProgress,
  SegmentAction,
  ServerAction,
  Step,
} from './interaction.ts'
import { leavingOf, noteLeaving } from './leaving.ts'
import { type InteractionDraft, untangle } from './pipelines.ts'
import { RequestReader } from './request-reader.ts'

/** A request, and where on the tape its head was complete. */
export interface SentRequest {
  readonly place: number
  readonly interaction: InteractionDraft
}

/** An interaction while its connection is being read. */
type InteractionInProgress = InteractionDraft & { readonly answer: Step<RequestProgress>[] }

/** The index of an interaction while it is not known how many come before it. */
export const UNKNOWN = -1

/** Reads the client's side of one connection, and ties what the server did to what the client had sent by then. */
export class ConnectionReader {
  readonly requests: SentRequest[] = []
  readonly interactions: InteractionInProgress[] = []
  readonly opening: ByteScript
  /** What the connection carried in the end that is not HTTP. */
  readonly rest: ByteScript | undefined
  readonly #connection: RecordedConnection
  readonly #requests: RequestReader
  readonly #opening: Step<ByteProgress>[] = []
  /** What came while the client had begun something that is not a request yet; `sent` counts from the connection's start. */
  #held: Step<ByteProgress>[] = []
  #sent = 0
  #isEnded = false
  /** When the client last did something, connecting included. */
  #actedAt: number

  /** `places` are those of the events on the tape. */
  constructor(connection: RecordedConnection, places: readonly number[]) {
    this.#connection = connection
    this.#requests = new RequestReader(connection.origin)
    this.#actedAt = connection.madeAt
    for (const [index, event] of connection.events.entries()) this.#add(event, places[index] ?? 0)
    this.opening = { bytes: NOTHING, steps: this.#opening, leaving: undefined }
    this.rest = this.#rest()
    const last = this.interactions.at(-1)
    if (last !== undefined) last.rest = this.rest
    noteLeaving(connection.events, this.interactions)
    untangle(this.interactions)
  }

  #add(event: TapeEvent, place: number): void {
    if (event.type === 'sent' && event.redacted !== undefined) this.#requests.noteRedacted(event.redacted)
    if (event.type === 'sent') this.#addSent(event.bytes, place)
    if (event.type === 'end' && event.by === 'client') this.#isEnded = true
    if (isAct(event)) this.#actedAt = event.at
    const action = actionOf(event)
    if (action !== undefined) this.#addStep(action, timesOf(event, this.#actedAt))
  }

  #addSent(bytes: Uint8Array, place: number): void {
    this.#sent += bytes.length
    this.#requests.push(bytes)
    for (let event = this.#requests.next(); event !== undefined; event = this.#requests.next()) {
      if (event.type === 'request-head') this.#startInteraction(place)
    }
  }

  #startInteraction(place: number): void {
    const { request } = this.#requests
    if (request === undefined) return
    const previous = this.interactions.at(-1)
    const interaction: InteractionInProgress = {
      index: UNKNOWN,
      connection: this.#connection.number,
      origin: this.#connection.origin,
      place: this.interactions.length,
      isPipelined: previous !== undefined && (previous.isPipelined || this.#held.length > 0 || !isAnswered(previous)),
      request,
      answer: this.#held.map((step) => ({ ...step, after: { bodyLength: 0, isComplete: false, isEnded: false } })),
      rest: undefined,
      leaving: undefined,
    }
    this.#held = []
    this.interactions.push(interaction)
    this.requests.push({ place, interaction })
  }

  #addStep(action: ServerAction, times: Pick<Step, 'at' | 'wait'>): void {
    const isEnded = this.#isEnded
    const interaction = this.interactions.at(-1)
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
    return { bytes, steps, leaving: leavingOf(this.#connection.events, ALWAYS) }
  }
}

const ALWAYS = (): boolean => true

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

/** What the client did unasked (close, abort, refuse bytes that are not HTTP) it will do again by itself. */
function closingActionOf({ by, failure }: CloseEvent): ServerAction | undefined {
  if (failure === undefined) return by === 'server' ? { type: 'end' } : undefined
  return by === 'server' || failure.code.endsWith('_TIMEOUT') ? { type: 'fail', failure } : undefined
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
  const { interactions, events } = connection
  return { bytes: sent.slice(0), steps, leaving: interactions.at(-1)?.leaving ?? leavingOf(events, ALWAYS) }
}

/** Whether the client did something that the server may be waiting for. */
const isAct = (event: TapeEvent): boolean => event.type === 'sent' || (event.type === 'end' && event.by === 'client')

const timesOf = ({ at }: TapeEvent, actedAt: number): Pick<Step, 'at' | 'wait'> => ({
  at,
  wait: Math.max(at - actedAt, 0),
})
