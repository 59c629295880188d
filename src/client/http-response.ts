import type { ByteRange, InterimResponse, ResponseHead } from '../http1/events.ts'
import type { Transport } from '../transport.ts'
import type { TextOptions } from '../content/charset.ts'
import { DecodedBody, type DecodeOptions, type EventsOptions } from './decoded-body.ts'
import type { Exchange } from './exchange.ts'
import { Fields } from './fields.ts'
import { IncomingBody } from './incoming-body.ts'
import type { ServerSentEvent } from '../content/server-sent-events.ts'
import type { Wire } from './wire.ts'

/** A 1xx response that came before the final one (RFC 9110 section 15.2). */
export interface InterimInfo {
  readonly status: number
  readonly reason: string
  readonly headers: Fields
}

/**
 * The answer to one request: the head has arrived, the body arrives as it is read.
 *
 * The body can be read only once; a second reading throws `WRONG_STATE`. A reading that fails (`bytes`, `text`, `json`) leaves
 * the body unread: after a `json()` that found no JSON, `text()` returns the text.
 */
export class HttpResponse {
  readonly httpVersion: '1.0' | '1.1'
  readonly status: number
  readonly reason: string
  /** As on the wire: order, case, repetitions. */
  readonly headers: Fields
  readonly interim: readonly InterimInfo[]
  readonly #head: ResponseHead
  readonly #exchange: Exchange
  readonly #wire: Wire
  readonly #body: IncomingBody

  constructor(head: ResponseHead, exchange: Exchange, wire: Wire) {
    this.httpVersion = head.version
    this.status = head.status
    this.reason = head.reason
    this.headers = new Fields(head.fields)
    this.interim = exchange.interim.length === 0 ? NO_INTERIM : exchange.interim.map(interimInfo)
    this.#head = head
    this.#exchange = exchange
    this.#wire = wire
    this.#body = new IncomingBody(exchange, wire)
  }

  /**
   * The body after transfer decoding, piece by piece as it arrives; content codings are not decoded.
   *
   * Leaving the loop early gives up the rest of the answer, and the connection with it.
   */
  get body(): AsyncIterable<Uint8Array> {
    return { [Symbol.asyncIterator]: () => this.#body.pieces() }
  }

  /** The place of the head in the bytes that the server sent on this connection. */
  get headRange(): ByteRange {
    return { start: this.#head.start, end: this.#head.end }
  }

  /** Trailer fields; empty until the body has been read to its end. */
  get trailers(): Fields {
    return new Fields(this.#exchange.end?.trailers ?? [])
  }

  /**
   * Whether this may be the answer to another request: bytes that belong to no request arrived on the connection, and it is
   * unknown which answer they displaced. It may become true after the answer was read.
   */
  get isSuspect(): boolean {
    return this.#exchange.period.isSuspect
  }

  /** Whether the end of the message has arrived. */
  get isComplete(): boolean {
    return this.#exchange.end !== undefined
  }

  /** The rest of the body in one piece; content codings are not decoded. */
  bytes(): Promise<Uint8Array> {
    return this.#body.bytes()
  }

  /** The body with its content codings decoded. @throws DecodeError `UNKNOWN_CODING`, `TOO_MANY_CODINGS`. */
  decoded(options?: DecodeOptions): DecodedBody {
    return new DecodedBody(this.#body, this.headers, options)
  }

  /**
   * The body as text: content codings are decoded, then the charset of `Content-Type`, otherwise UTF-8.
   *
   * @throws DecodeError what `decoded` throws, `DECODE_ERROR`, `DECODED_TOO_LARGE`, `UNKNOWN_CHARSET`.
   */
  async text(options?: TextOptions): Promise<string> {
    return this.decoded().text(options)
  }

  /** The text of the body as JSON. @throws DecodeError as `text`, and `DECODE_ERROR` with line and column if it is not JSON. */
  async json(): Promise<unknown> {
    return this.decoded().json()
  }

  /**
   * The body as server-sent events, each as soon as it is complete. Leaving the loop early gives up the rest.
   *
   * @throws DecodeError what `decoded` throws, `DECODE_ERROR` if `Content-Type` is another, `EVENT_TOO_LARGE`.
   */
  events(options?: EventsOptions): AsyncIterable<ServerSentEvent> {
    return this.decoded().events(options)
  }

  /** Gives up the rest of the answer. The connection is closed unless the answer is complete. */
  cancel(): void {
    this.#body.cancel()
  }

  /** The raw connection after a 101, a 2xx to CONNECT, or one to a request with `takesTransport`, and the bytes that came directly after the head. */
  takeTransport(): { readonly transport: Transport; readonly rest: Uint8Array } {
    return this.#wire.handOver()
  }
}

const NO_INTERIM: readonly InterimInfo[] = []

const interimInfo = ({ status, reason, fields }: InterimResponse): InterimInfo => ({
  status,
  reason,
  headers: new Fields(fields),
})
