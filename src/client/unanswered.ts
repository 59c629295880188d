import { LocalProtocolError } from '../errors.ts'
import type { Exchange } from './exchange.ts'
import { HttpResponse } from './http-response.ts'
import { PENDING, type Wait } from './waiter.ts'
import type { Wire } from './wire.ts'

/** A request whose answer has not been handed out yet. */
export class Unanswered implements Wait<HttpResponse> {
  readonly phase = 'headers'
  exchange: Exchange
  wire: Wire
  /** Whether a getResponse() call waits for it. */
  isAwaited = false
  /** Sends the request once more, if `retry` was set and it was not sent again yet. */
  again: (() => Promise<void>) | undefined
  /** All of these, oldest first. */
  readonly #queue: Unanswered[]

  constructor(exchange: Exchange, wire: Wire, queue: Unanswered[]) {
    this.exchange = exchange
    this.wire = wire
    this.#queue = queue
    queue.push(this)
  }

  look(): HttpResponse | typeof PENDING {
    const { exchange, wire } = this
    try {
      if (exchange.head !== undefined) return this.#handOut(new HttpResponse(exchange.head, exchange, wire))
      if (exchange.failure !== undefined) throw exchange.failure
      wire.checkUnread(exchange)
      return PENDING
    } catch (error) {
      if (error instanceof LocalProtocolError && error.code === 'BODY_UNREAD') this.isAwaited = false
      else this.forget()
      throw error
    }
  }

  /** The request was sent once more on this wire: its answer is the oldest that is due. */
  moveTo(exchange: Exchange, wire: Wire): void {
    this.exchange = exchange
    this.wire = wire
    this.#queue.unshift(this)
  }

  /** Drops this answer; no caller gets it. */
  forget(): void {
    const index = this.#queue.indexOf(this)
    if (index === 0) this.#queue.shift()
    else if (index !== -1) this.#queue.splice(index, 1)
  }

  #handOut(response: HttpResponse): HttpResponse {
    this.forget()
    return response
  }
}
