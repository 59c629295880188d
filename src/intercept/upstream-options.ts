import type { ConnectOptions } from '../transport.ts'
import { type Destination, HTTP1 } from './destination.ts'

/** What a connector needs to connect as the client would have: its own options, but for what only its own socket has a use for. */
export function optionsUpstream({ isTls, offers, options, path }: Destination): ConnectOptions {
  const socket = Object.fromEntries(SOCKET_OPTIONS.flatMap((name) => pick(options, name)))
  if (!isTls) return { socket: { ...socket, ...(path === undefined ? {} : { path }) } }
  const tls = Object.fromEntries(
    Object.entries(options).filter(([name, value]) => value !== undefined && !NOT_TLS.has(name)),
  )
  return {
    verify: options['rejectUnauthorized'] !== false,
    socket: { ...socket, ...(path === undefined ? {} : { path }) },
    tls: { ...tls, ALPNProtocols: offered(offers) },
    ...(offers.includes(HTTP1) && offers.length > 1 && { offered: offers.filter((name) => name !== HTTP1) }),
  }
}

/**
 * HTTP/1.1 where the client offers it, since that is what a cassette can show; other protocols only to clients that speak nothing
 * else.
 */
export const offered = (offers: readonly string[]): readonly string[] | undefined =>
  offers.length === 0 ? undefined : offers.includes(HTTP1) ? [HTTP1] : offers

const pick = (options: Destination['options'], name: string): readonly (readonly [string, unknown])[] =>
  options[name] === undefined ? [] : [[name, options[name]]]

/** Of `net.connect`: how the server is found and reached. */
const SOCKET_OPTIONS = [
  'lookup',
  'localAddress',
  'localPort',
  'family',
  'hints',
  'autoSelectFamily',
  'autoSelectFamilyAttemptTimeout',
] as const

/** What is not an option of TLS, or belongs to the client's own session and socket. */
const NOT_TLS: ReadonlySet<string> = new Set([
  ...SOCKET_OPTIONS,
  'host',
  'port',
  'path',
  'socket',
  'session',
  'onread',
  'signal',
  'timeout',
  'highWaterMark',
  'allowHalfOpen',
  'rejectUnauthorized',
  'ALPNProtocols',
  'ALPNCallback',
  'agent',
  'headers',
  'method',
])
