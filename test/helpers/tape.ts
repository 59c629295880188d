import { type Cassette, CASSETTE_VERSION, type Failure, type TapeEvent } from '../../src/tape/cassette.ts'
import type { TlsInfo } from '../../src/transport.ts'

type Side = 'client' | 'server'

/** Writes a cassette by hand: one call an event, in the order of the calls, one millisecond apart. Text is latin-1. */
export class TapeWriter {
  readonly #tape: TapeEvent[] = []
  #connections = 0

  get cassette(): Cassette {
    const recorded = { at: '2026-11-22T12:00:00.000Z', by: 'wiretape 0.1.0', node: '20.20.2' }
    return { version: CASSETTE_VERSION, recorded, tape: [...this.#tape] }
  }

  open(to: string, tls?: TlsInfo): ConnectionWriter {
    const connection = this.#next()
    this.#tape.push({ type: 'open', connection, at: this.#tape.length, to, took: 1, tls })
    return new ConnectionWriter(connection, this.#tape)
  }

  /** An attempt to connect that failed. */
  failed(to: string, failure: Failure): this {
    this.#tape.push({ type: 'failed', connection: this.#next(), at: this.#tape.length, to, took: 1, failure })
    return this
  }

  #next(): number {
    this.#connections += 1
    return this.#connections
  }
}

/** Adds to the tape what happens on one connection. */
export class ConnectionWriter {
  readonly #connection: number
  readonly #tape: TapeEvent[]

  constructor(connection: number, tape: TapeEvent[]) {
    this.#connection = connection
    this.#tape = tape
  }

  sent(...segments: readonly (string | Uint8Array)[]): this {
    for (const segment of segments) this.#tape.push({ type: 'sent', ...this.#now(), bytes: bytesOf(segment) })
    return this
  }

  received(...segments: readonly (string | Uint8Array)[]): this {
    for (const segment of segments) this.#tape.push({ type: 'received', ...this.#now(), bytes: bytesOf(segment) })
    return this
  }

  ended(by: Side): this {
    this.#tape.push({ type: 'end', ...this.#now(), by })
    return this
  }

  closed(by: Side, failure?: Failure): this {
    this.#tape.push({ type: 'close', ...this.#now(), by, failure })
    return this
  }

  #now(): { connection: number; at: number } {
    return { connection: this.#connection, at: this.#tape.length }
  }
}

/** A cassette of one connection to `to`. */
export function oneConnection(to: string, write: (connection: ConnectionWriter) => void): Cassette {
  const tape = new TapeWriter()
  write(tape.open(to))
  return tape.cassette
}

/** A request to `api.test` as HttpConnection writes it. */
export function request(method: string, target: string, body = '', headers: readonly string[] = []): string {
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body, 'latin1')}`]
  return `${[`${method} ${target} HTTP/1.1`, 'Host: api.test', ...headers, ...length].join('\r\n')}\r\n\r\n${body}`
}

/** A `200 OK` with its length. */
export function answer(body: string, status = '200 OK'): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body, 'latin1')}\r\n\r\n${body}`
}

/** The same, with so many milliseconds where there was one. */
export const slowly = (cassette: Cassette, times: number): Cassette => ({
  ...cassette,
  tape: cassette.tape.map((event) => ({ ...event, at: event.at * times })),
})

const bytesOf = (segment: string | Uint8Array): Uint8Array =>
  typeof segment === 'string' ? Buffer.from(segment, 'latin1') : segment
