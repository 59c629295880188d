import { formatTarget, type Target, targetOf } from './target.ts'

/** What a client of SOCKS asks for, and how many bytes that took. */
export type SocksRequest =
  | { readonly kind: 'greeting'; readonly length: number; readonly isWelcome: boolean }
  | { readonly kind: 'connect'; readonly length: number; readonly target: Target }
  | { readonly kind: 'refused'; readonly length: number; readonly code: number; readonly reason: string }

/** Version 5 (RFC 1928). */
export const SOCKS5 = 0x05
/** Version 4 has no names, so nothing would match. */
export const SOCKS4 = 0x04

/** The methods that a client offers; ours is the one without a password. */
export function readGreeting(bytes: Buffer): SocksRequest | 'more' {
  const [, count] = bytes
  if (count === undefined || bytes.length < 2 + count) return 'more'
  return { kind: 'greeting', length: 2 + count, isWelcome: bytes.subarray(2, 2 + count).includes(NO_PASSWORD) }
}

/** The request to connect. */
export function readRequest(bytes: Buffer): SocksRequest | 'more' {
  const [version, command, , type, size] = bytes
  if (size === undefined) return 'more'
  if (version !== SOCKS5) return refused(GENERAL_FAILURE, 'not a request of SOCKS 5')
  if (command !== CONNECT) return refused(COMMAND_UNKNOWN, `the command ${command} of SOCKS; only CONNECT is known`)
  const length = type === IPV4 ? 4 : type === IPV6 ? 16 : type === NAME ? 1 + size : undefined
  if (length === undefined) return refused(ADDRESS_UNKNOWN, `an address of the type ${type}`)
  const end = 4 + length
  if (bytes.length < end + 2) return 'more'
  const host = hostIn(bytes.subarray(4, end), type ?? 0)
  const written = formatTarget({ host, port: bytes.readUInt16BE(end) })
  const target = targetOf(written)
  if (target === undefined) return refused(GENERAL_FAILURE, `${JSON.stringify(written)} is no host and port`)
  return { kind: 'connect', length: end + 2, target }
}

/** The answer to the methods offered. */
export const welcome = (isWelcome: boolean): Uint8Array => Buffer.of(SOCKS5, isWelcome ? NO_PASSWORD : NO_METHOD)

/** The answer to a request: the address is that of nobody, as the connection is not made yet. */
export const reply = (code: number): Uint8Array => Buffer.of(SOCKS5, code, 0, IPV4, 0, 0, 0, 0, 0, 0)

/** The answer of version 4 to what it may not have. */
export const REFUSED4: Uint8Array = Buffer.of(0, 0x5b, 0, 0, 0, 0, 0, 0)

export const SUCCEEDED = 0
const GENERAL_FAILURE = 1
const COMMAND_UNKNOWN = 7
const ADDRESS_UNKNOWN = 8
const NO_PASSWORD = 0
const NO_METHOD = 0xff
const CONNECT = 1
const IPV4 = 1
const NAME = 3
const IPV6 = 4

const refused = (code: number, reason: string): SocksRequest => ({ kind: 'refused', length: 0, code, reason })

function hostIn(bytes: Buffer, type: number): string {
  if (type === NAME) return bytes.toString('latin1', 1)
  if (type === IPV4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16))
  return groups.join(':')
}
