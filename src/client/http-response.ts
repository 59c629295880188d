import { RemoteProtocolError } from '../errors.ts'
import type { ByteRange, InterimResponse, ResponseHead } from '../http1/events.ts'
import type { Transport } from '../transport.ts'
import type { Exchange } from './exchange.ts'
import { Fields } from './fields.ts'
import type { Wire } from './wire.ts'

/** A 1xx response that came before the final one (RFC 9110 section 15.2). */
export interface InterimInfo {
  readonly status: number
  readonly reason: string
  readonly headers: Fields
}

/** The answer to one request; the head is there, the body comes as it is read. */
export class HttpResponse {
  readonly httpVersion: '1.0' | '1.1'
  readonly status: number
  readonly reason: string
  /** As on the wire: order, case, repetitions. */
  readonly headers: Fields
  readonly interim: readonly InterimInfo[]
  /** Where the head stood in all that the server sent on this connection. */
  readonly headRange: ByteRange
  readonly #exchange: Exchange
  readonly #wire: Wire

  constructor(head: ResponseHead, exchange: Exchange, wire: Wire) {
    this.httpVersion = head.version
    this.status = head.status
    this.reason = head.reason
    this.headers = new Fields(head.fields)
    this.interim = exchange.interim.map(interimInfo)
    this.headRange = { start: head.start, end: head.end }
    this.#exchange = exchange
    this.#wire = wire
  }

  /**
   * The body after transfer decoding, piece by piece as it came; content codings are left as they are.
   *
   * It can be read once. Leaving the loop early gives up the rest of the answer, and the connection with it.
   */
  get body(): AsyncIterable<Uint8Array> {
    return { [Symbol.asyncIterator]: () => this.#pieces() }
  }

  /** Trailer fields; empty until the body has been read to its end. */
  get trailers(): Fields {
    return new Fields(this.#exchange.end?.trailers ?? [])
  }

  /** Whether the message has come to its end. */
  get isComplete(): boolean {
    return this.#exchange.end !== undefined
  }

  /** The rest of the body in one piece. */
  async bytes(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = []
    for (let piece = await this.#next(); piece !== undefined; piece = await this.#next()) pieces.push(piece)
    const [first] = pieces
    return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces)
  }

  /** The rest of the body as UTF-8 text. */
  async text(): Promise<string> {
    return UTF_8.decode(await this.bytes())
  }

  /** The rest of the body as JSON. @throws RemoteProtocolError `DECODE_ERROR` when it is none. */
  async json(): Promise<unknown> {
    const text = await this.text()
    try {
      return JSON.parse(text)
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error)
      throw new RemoteProtocolError('DECODE_ERROR', this.headRange.end, detail, { cause: error })
    }
  }

  /** Gives up the rest of the answer. The connection is closed unless the answer has come to its end. */
  cancel(): void {
    if (!this.isComplete) this.#wire.destroy()
  }

  /** The raw connection after a 101, or a 2xx to CONNECT, and the bytes that came right behind the head. */
  takeTransport(): { readonly transport: Transport; readonly rest: Uint8Array } {
    return this.#wire.handOver()
  }

  async *#pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (let piece = await this.#next(); piece !== undefined; piece = await this.#next()) yield piece
    } finally {
      this.cancel()
    }
  }

  #next(): Promise<Uint8Array | undefined> {
    return this.#wire.nextPiece(this.#exchange)
  }
}

const UTF_8 = new TextDecoder('utf-8')

const interimInfo = ({ status, reason, fields }: InterimResponse): InterimInfo => ({
  status,
  reason,
  headers: new Fields(fields),
})
