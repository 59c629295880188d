import type { RequestHead } from '../http1/events.ts'
import { RequestParser } from '../http1/request-parser.ts'
import { ServeRefusal } from '../listen/refusal.ts'
import { WiretapeError } from '../errors.ts'
import { PREFACE } from './http2-refusal.ts'
import { SOCKS4, SOCKS5 } from './socks.ts'

/** What a client of the proxy speaks. */
export type Speech = 'connect' | 'http' | 'http2' | 'socks4' | 'socks5' | 'tls'

/** By the first bytes. */
export function speechOf(bytes: Buffer): Speech | 'more' {
  const [first] = bytes
  if (first === SOCKS5) return 'socks5'
  if (first === SOCKS4) return 'socks4'
  if (first === TLS_HANDSHAKE) return 'tls'
  for (const [start, speech] of [
    ['CONNECT ', 'connect'],
    [PREFACE.slice(0, 14), 'http2'],
  ] as const) {
    const text = bytes.toString('latin1', 0, start.length)
    if (text === start) return speech
    if (start.startsWith(text)) return 'more'
  }
  return 'http'
}

/** What a client speaks inside a tunnel. */
export type Inside = 'http' | 'http2' | 'other' | 'tls'

/** By the first line: a request line, with its version, is one of HTTP. */
export function insideOf(bytes: Buffer): Inside | 'more' {
  if (bytes[0] === TLS_HANDSHAKE) return bytes.length === 1 ? 'more' : bytes[1] === TLS_VERSION ? 'tls' : 'other'
  const text = bytes.toString('latin1', 0, LONGEST_LINE)
  const line = /^(?:\r?\n)*([^\r\n]*)(\r?\n)?/.exec(text)
  const [, start = '', end] = line ?? []
  if (end !== undefined) {
    if (start === 'PRI * HTTP/2.0') return 'http2'
    return /^[\w!#$%&'*+.^`|~-]+ \S+ HTTP\/\d/.test(start) ? 'http' : 'other'
  }
  if (!/^[\w!#$%&'*+.^`|~-]{0,32}(?: [\x21-\x7e\x80-\xff]*(?: [HTTP/0-9.]*)?)?$/.test(start)) return 'other'
  return text.length < LONGEST_LINE ? 'more' : 'http'
}

/** The head of CONNECT, or why it cannot be read. */
export type ConnectHead = { readonly head: RequestHead } | { readonly refusal: ServeRefusal }

/** Reads the head of CONNECT from bytes that become more with each call. */
export function connectHeadReader(): (bytes: Buffer) => ConnectHead | 'more' {
  const parser = new RequestParser({ limits: { headBytes: MAX_CONNECT_HEAD } })
  let seen = 0
  return (bytes) => {
    try {
      parser.push(bytes.subarray(seen))
      seen = bytes.length
      const event = parser.next()
      return event?.type === 'request-head' ? { head: event } : 'more'
    } catch (error) {
      return { refusal: invalidRequest(error) }
    }
  }
}

/** Why bytes are not taken for a request. */
export function invalidRequest(error: unknown): ServeRefusal {
  const code = error instanceof WiretapeError ? error.code : undefined
  const isTooLarge = code === 'HEADERS_TOO_LARGE' || code === 'TOO_MANY_HEADERS'
  return new ServeRefusal(
    'BAD_PROXY_REQUEST',
    isTooLarge ? 431 : 400,
    error instanceof Error ? error.message : 'it is no HTTP/1.1',
  )
}

const TLS_HANDSHAKE = 0x16
/** The first byte of every version of TLS. */
const TLS_VERSION = 0x03
/** A head of CONNECT is small: the limit is the one that our client has for the answer. */
const MAX_CONNECT_HEAD = 16_384
const LONGEST_LINE = 8_192
