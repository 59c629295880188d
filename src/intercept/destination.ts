import type { Socket } from 'node:net'
import { DIRECT, type Origin } from '../transport.ts'
import type { ConnectCall } from './hook.ts'

/** Where a client's socket is about to connect, and what can be known of the protocol before a byte has flowed. */
export interface Destination {
  readonly origin: Origin
  /** A unix socket or Windows pipe; the origin is then made of its name. */
  readonly path: string | undefined
  /** Whether the socket speaks TLS from the beginning. */
  readonly isTls: boolean
  /** What the client offers by ALPN, in its order. */
  readonly offers: readonly string[]
  /** As the client gave them. */
  readonly options: Readonly<Record<PropertyKey, unknown>>
  /** Whether the client is known to use the stream of its socket and nothing else of it. Absent: no. */
  readonly isOfStream?: boolean | undefined
}

/** Returns `undefined` for sockets of this package, and for what no cassette can name. */
export function destinationOf(socket: Socket, { options, isUndici }: ConnectCall): Destination | undefined {
  if (options[DIRECT] === true) return undefined
  const path = textOf(options['path'])
  const isTls = 'encrypted' in socket && socket.encrypted === true
  const offers = protocolsOf(options['ALPNProtocols'])
  const speaksHttp = offers.length > 0 ? offers.includes(HTTP1) : isUndici || isHttp(options, isTls)
  const protocol = isTls ? (speaksHttp ? 'https' : 'tls') : speaksHttp ? 'http' : 'tcp'
  const isOfStream = speaksHttp && (isUndici || isOfAgent(options)) && options['onread'] === undefined
  const known = { path, isTls, offers, options, isOfStream }
  if (path !== undefined) return { origin: { protocol, ...pathOrigin(path, isTls) }, ...known }
  const port = Number(options['port'])
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return undefined
  const host = (textOf(options['host']) ?? 'localhost').replace(/^\[(.*)\]$/, '$1').toLowerCase()
  return { origin: { protocol, host, port }, ...known }
}

/** Whether the client's own connection can be recorded. */
export const isDirect = ({ isOfStream, isTls }: Destination): boolean => isOfStream === true && !isTls

/**
 * `node:http` passes the options of its request on to the socket: `_agentKey`, or a `createConnection` of its user. Where nothing is known, well-known ports decide: the first bytes
 * cannot, as servers of other protocols speak first.
 */
function isHttp(options: Readonly<Record<PropertyKey, unknown>>, isTls: boolean): boolean {
  if (isOfAgent(options) || typeof options['createConnection'] === 'function') return true
  return HTTP_PORTS[isTls ? 'tls' : 'tcp'].includes(Number(options['port']))
}

const isOfAgent = (options: Readonly<Record<PropertyKey, unknown>>): boolean => typeof options['_agentKey'] === 'string'

export const HTTP1 = 'http/1.1'

const HTTP_PORTS: Readonly<Record<'tcp' | 'tls', readonly number[]>> = { tcp: [80, 8080], tls: [443, 8443] }

/** The name of a socket in the file system as a host: `/var/run/docker.sock` is `docker.sock.unix`. */
function pathOrigin(path: string, isTls: boolean): Pick<Origin, 'host' | 'port'> {
  const name = path.split(/[/\\]/).findLast((part) => part !== '') ?? 'socket'
  return { host: `${name.toLowerCase().replaceAll(/[^a-z0-9._-]+/g, '-')}.unix`, port: isTls ? 443 : 80 }
}

/** The same destination for a client that starts TLS on its connection. */
export function securedBy(destination: Destination, secured: Socket): Destination {
  const symbol = Object.getOwnPropertySymbols(secured).find(({ description }) => description === 'connect-options')
  const options: Destination['options'] = symbol === undefined ? {} : { ...Object(Reflect.get(secured, symbol)) }
  const { origin } = destination
  const servername = textOf(options['servername']) ?? textOf(options['host']) ?? origin.host
  return {
    ...destination,
    origin: { ...origin, host: servername },
    isTls: true,
    offers: protocolsOf(options['ALPNProtocols']),
    options,
  }
}

/** `ALPNProtocols`: names, or the bytes of the extension (RFC 7301 section 3.1). */
function protocolsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map((name) => (ArrayBuffer.isView(name) ? latin1(name) : String(name)))
  if (!ArrayBuffer.isView(value)) return []
  const text = latin1(value)
  const names: string[] = []
  for (let at = 0; at < text.length; at += 1 + text.charCodeAt(at))
    names.push(text.slice(at + 1, at + 1 + text.charCodeAt(at)))
  return names
}

// Another realm's arrays are no instances of ours.
const latin1 = ({ buffer, byteOffset, byteLength }: ArrayBufferView): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('latin1')

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
