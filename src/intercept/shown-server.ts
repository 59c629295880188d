import type { Socket } from 'node:net'
import { shownError } from '../client/socket-error.ts'
import { ConnectionError } from '../errors.ts'
import type { ConnectionInfo } from '../transport.ts'
import type { Destination } from './destination.ts'

/** Node remembers the peer of a socket once it has asked the system. */
export function showPeer(client: Socket, destination: Destination, info: ConnectionInfo = {}): void {
  if (destination.path !== undefined) return
  const peer = { ...addressOf(destination, info), port: info.remotePort ?? destination.origin.port }
  Object.assign(client, { _peername: peer, _host: destination.origin.host })
}

/**
 * Emits `lookup` as the client's own socket would have: for a name, and with the reason if it has no address.
 *
 * Once, however many addresses there are: a cassette does not hold them.
 */
export function showLookup(client: Socket, destination: Destination, error?: unknown): void {
  const { host } = destination.origin
  if (destination.path !== undefined || process.getBuiltinModule('node:net').isIP(host) !== 0) return
  if (error !== undefined) {
    if (error instanceof ConnectionError && error.phase === 'dns')
      client.emit('lookup', shownError(error), undefined, undefined, host)
    return
  }
  const { address, family } = addressOf(destination)
  client.emit('lookup', null, address, family === 'IPv6' ? 6 : 4, host)
}

/** Goes on without the event that Node emits for the broker's address. */
export function withoutLookup(client: Socket, goOn: () => void): void {
  const emit: Function = Reflect.get(client, 'emit')
  const own = Object.getOwnPropertyDescriptor(client, 'emit')
  const quiet = function (this: Socket, ...args: readonly unknown[]): unknown {
    return args[0] === 'lookup' ? false : Reflect.apply(emit, this, args)
  }
  Object.defineProperty(client, 'emit', { value: quiet, writable: true, configurable: true, enumerable: true })
  goOn()
  if (own === undefined) Reflect.deleteProperty(client, 'emit')
  else Object.defineProperty(client, 'emit', own)
}

function addressOf(
  { origin }: Destination,
  info: ConnectionInfo = {},
): { readonly address: string; readonly family: 'IPv4' | 'IPv6' } {
  const { isIP } = process.getBuiltinModule('node:net')
  const address = info.remoteAddress ?? (isIP(origin.host) === 0 ? '127.0.0.1' : origin.host)
  return { address, family: isIP(address) === 6 ? 'IPv6' : 'IPv4' }
}
