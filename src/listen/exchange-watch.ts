import type { RequestHead, ResponseEvent, ResponseHead } from '../http1/events.ts'
import { monotonicNow } from '../timers.ts'

/** A request that went through, and what came of it. */
export interface Exchange {
  /** As `formatOrigin` gives it. */
  readonly origin: string
  readonly method: string
  /** As in the request line: a path and query. */
  readonly target: string
  /** Absent if no answer came. */
  readonly status?: number | undefined
  /** Bytes of the answer with its head, as they are on the wire. */
  readonly receivedBytes: number
  /** From the request to the end of its answer. */
  readonly milliseconds: number
  /** Why there is no whole answer. */
  readonly failure?: unknown
}

/** Called with each request when its answer is whole, or will not come. */
export type ExchangeListener = (exchange: Exchange) => void

/** Called with the head of each answer. @param origin as `formatOrigin` gives it. */
export type AnswerListener = (origin: string, request: RequestHead, response: ResponseHead) => void

/** Who hears of what passes. */
export interface ExchangeListeners {
  readonly onExchange?: ExchangeListener | undefined
  readonly onAnswer?: AnswerListener | undefined
}

/** Notes the requests of a connection, and reports each one when it is over. */
export class ExchangeWatch {
  readonly #origin: string
  readonly #listeners: ExchangeListeners
  readonly #pending: { readonly head: RequestHead; readonly from: number; status?: number }[] = []
  #receivedBytes = 0

  constructor(origin: string, listeners: ExchangeListeners) {
    this.#origin = origin
    this.#listeners = listeners
  }

  request(head: RequestHead): void {
    const { onExchange, onAnswer } = this.#listeners
    if (onExchange !== undefined || onAnswer !== undefined) this.#pending.push({ head, from: monotonicNow() })
  }

  received(bytes: number): void {
    this.#receivedBytes += bytes
  }

  answer(event: ResponseEvent): void {
    const [first] = this.#pending
    if (first === undefined) return
    if (event.type === 'response-head') {
      first.status = event.status
      this.#listeners.onAnswer?.(this.#origin, first.head, event)
    }
    // After these, bytes are of another protocol, or the end of the connection is that of the body.
    if (event.type === 'end-of-message' || (event.type === 'response-head' && event.status === 101)) this.#tell()
  }

  /** Call it when nothing more comes. */
  end(failure?: unknown): void {
    while (this.#pending.length > 0) this.#tell(failure)
  }

  #tell(failure?: unknown): void {
    const done = this.#pending.shift()
    if (done === undefined) return
    const { head, status, from } = done
    const receivedBytes = this.#receivedBytes
    this.#receivedBytes = 0
    const milliseconds = monotonicNow() - from
    this.#listeners.onExchange?.({
      origin: this.#origin,
      method: head.method,
      target: ownTarget(head.target),
      status,
      receivedBytes,
      milliseconds,
      failure,
    })
  }
}

/** Without the origin that a client of a proxy writes. */
const ownTarget = (target: string): string => target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/^(?=\?|$)/, '/')
