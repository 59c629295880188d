import { AnswerEnds } from '../messages/answer-ends.ts'
import type { ConnectionInfo, Transport } from '../transport.ts'

/**
 * A server's end of a connection that closes after the answer to a request with `Connection: close`, or of HTTP/1.0 without
 * `keep-alive`, as every server has to (RFC 9112 section 9.6): the recorded client may have asked otherwise.
 */
export class ClosingTransport implements Transport {
  readonly #inner: Transport
  readonly #answers = new AnswerEnds()

  constructor(inner: Transport) {
    this.#inner = inner
  }

  get info(): ConnectionInfo {
    return this.#inner.info
  }

  get isQuiet(): boolean {
    return !this.#answers.mustClose && this.#inner.isQuiet === true
  }

  async read(): Promise<Uint8Array | null> {
    if (this.#answers.mustClose) {
      this.#inner.destroy()
      return null
    }
    const segment = await this.#inner.read()
    if (segment !== null) this.#answers.received(segment)
    return segment
  }

  write(bytes: Uint8Array): void | Promise<void> {
    // What follows a request that ends the connection is not read.
    if (this.#answers.mustClose) return
    this.#answers.sent(bytes)
    return this.#inner.write(bytes)
  }

  end(): void {
    this.#inner.end()
  }

  destroy(error?: Error): void {
    this.#inner.destroy(error)
  }
}
