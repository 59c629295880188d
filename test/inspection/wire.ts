import type { BytesEvent, Cassette, TapeEvent } from '../../src/tape/cassette.ts'

/** What one side says at once; `[part, part]` says it in several segments. */
export type Said = string | Uint8Array | readonly (string | Uint8Array)[]

/** Requests and answers on one connection, one after the other; anything after these happens at its end. */
export function connectionOf(
  exchanges: readonly (readonly [request: Said, reply: Said])[],
  { number = 1, to = 'http://api.test', end = [] }: ConnectionOptions = {},
): readonly TapeEvent[] {
  const said = exchanges.flatMap(([request, reply]) => [
    ...segments('sent', number, request),
    ...segments('received', number, reply),
  ])
  const open: TapeEvent = { type: 'open', connection: number, at: 0, to, took: 1 }
  return [open, ...said, ...end].map((event, index) => Object.assign(event, { at: index }))
}

export interface ConnectionOptions {
  readonly number?: number
  readonly to?: string
  readonly end?: readonly TapeEvent[]
}

function segments(type: BytesEvent['type'], connection: number, said: Said): BytesEvent[] {
  const parts: readonly (string | Uint8Array)[] = typeof said === 'string' || said instanceof Uint8Array ? [said] : said
  return parts.map((part) => ({
    type,
    connection,
    at: 0,
    bytes: typeof part === 'string' ? Buffer.from(part, 'latin1') : part,
  }))
}

/** A cassette of these connections. */
export function cassetteOf(...connections: readonly (readonly TapeEvent[])[]): Cassette {
  const recorded = { at: '2026-11-22T12:00:00.000Z', by: 'wiretape 0.1.0', node: '20.20.2' }
  return { version: 1, recorded, tape: connections.flat() }
}

/** A cassette of one connection. */
export const conversation = (...exchanges: readonly (readonly [request: Said, reply: Said])[]): Cassette =>
  cassetteOf(connectionOf(exchanges))

/** A request without a body. */
export const get = (target: string, ...fields: readonly string[]): string =>
  `${[`GET ${target} HTTP/1.1`, 'Host: api.test', ...fields].join('\r\n')}\r\n\r\n`

/** An answer with its length. */
export function ok(body: string | Uint8Array = '', ...fields: readonly string[]): Uint8Array {
  return answer('200 OK', body, ...fields)
}

/** An answer with this status and reason, and its length. */
export function answer(status: string, body: string | Uint8Array, ...fields: readonly string[]): Uint8Array {
  const bytes = Buffer.from(body)
  const head = [`HTTP/1.1 ${status}`, ...fields, `Content-Length: ${bytes.length}`].join('\r\n')
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), bytes])
}
