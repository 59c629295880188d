import type { Clock } from '../clock.ts'
import { ConnectionError } from '../errors.ts'
import { AnswerEnds } from '../messages/answer-ends.ts'
import type { ConnectionInfo, Transport } from '../transport.ts'
import { type RequestLimits, RequestWatch, type SlowRequest } from './request-watch.ts'

/**
 * A server's end of a connection. It closes when a server must, even if the recorded server did not.
 *
 * A server must close after the answer to a request with `Connection: close`, or to an HTTP/1.0 request without `keep-alive` (RFC 9112
 * section 9.6). It also closes when a request takes too long to arrive: then `read` rejects with the reason.
 */
export class ClosingTransport implements Transport {
  readonly #inner: Transport
  readonly #answers = new AnswerEnds()
  readonly #watch: RequestWatch
  #isRead = false
  #received = 0
  #lastEnd = 0

  constructor(inner: Transport, limits: RequestLimits = {}, clock?: Clock) {
    this.#inner = inner
    this.#watch = new RequestWatch(limits, this.#onLate, clock)
  }

  get info(): ConnectionInfo {
    return this.#inner.info
  }

  get isQuiet(): boolean {
    return !this.#answers.mustClose && this.#inner.isQuiet === true
  }

  async read(): Promise<Uint8Array | null> {
    if (!this.#isRead) this.#watch.restart()
    this.#isRead = true
    if (this.#answers.mustClose) {
      this.destroy()
      return null
    }
    try {
      const segment = await this.#inner.read()
      if (segment !== null) this.#note(segment)
      return segment
    } catch (error) {
      // Nothing more is waited for, and a timer would keep the process.
      this.#watch.close()
      throw error
    }
  }

  write(bytes: Uint8Array): void | Promise<void> {
    // What follows a request that ends the connection is not read.
    if (this.#answers.mustClose) return
    this.#answers.sent(bytes)
    this.#watch.sent(bytes)
    return this.#inner.write(bytes)
  }

  end(): void {
    this.#watch.close()
    this.#inner.end()
  }

  destroy(error?: Error): void {
    this.#watch.close()
    this.#inner.destroy(error)
  }

  #note(segment: Uint8Array): void {
    const before = this.#answers.answered
    const end = this.#answers.received(segment)
    this.#received += segment.length
    this.#lastEnd = end ?? this.#lastEnd
    if (this.#answers.isOver) return this.#watch.close()
    this.#watch.answered({ ended: this.#answers.answered - before, isBetween: this.#lastEnd === this.#received })
  }

  readonly #onLate = (reason: SlowRequest | undefined): void => {
    // What the recorded server says by itself comes first.
    if (this.#inner.isQuiet !== true) return this.#watch.restart()
    this.destroy(reason ?? new ConnectionError('CONNECTION_CLOSED', 'open', 'the client sent no request in time'))
  }
}
