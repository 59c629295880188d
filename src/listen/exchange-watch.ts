import type { RequestHead, ResponseEvent } from '../http1/events.ts'
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

/** Notes the requests of a connection, and tells of each when it is over. */
export class ExchangeWatch {
  readonly #origin: string
  readonly #listener: ExchangeListener | undefined
  readonly #pending: { readonly method: string; readonly target: string; readonly from: number; status?: number }[] = []
  #receivedBytes = 0

  constructor(origin: string, listener: ExchangeListener | undefined) {
    this.#origin = origin
    this.#listener = listener
  }

  request({ method, target }: RequestHead): void {
    if (this.#listener !== undefined) this.#pending.push({ method, target, from: monotonicNow() })
  }

  received(bytes: number): void {
    this.#receivedBytes += bytes
  }

  answer(event: ResponseEvent): void {
    const [first] = this.#pending
    if (first === undefined) return
    if (event.type === 'response-head') first.status = event.status
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
    const { method, target, status, from } = done
    const receivedBytes = this.#receivedBytes
    this.#receivedBytes = 0
    const milliseconds = monotonicNow() - from
    this.#listener?.({
      origin: this.#origin,
      method,
      target: ownTarget(target),
      status,
      receivedBytes,
      milliseconds,
      failure,
    })
  }
}

/** Without the origin that a client of a proxy writes. */
const ownTarget = (target: string): string => target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/^(?=\?|$)/, '/')
