import type { Socket } from 'node:net'
import type { Origin } from '../transport.ts'

/** A connection of a client that nobody here has seen being made. */
export interface OpenSocket {
  readonly socket: Socket
  /** Its protocol is not known; this is what is said of one that is not HTTP. */
  readonly origin: Origin
}

/**
 * The connections that clients of this process have by now, as those of a pool that is warm.
 *
 * Node lists what keeps the process alive: a pool whose idle connections do not is not found. HTTP is left out, as its requests
 * are published: see `Escapes`.
 */
export function openSockets(): readonly OpenSocket[] {
  const { Socket: SocketClass } = process.getBuiltinModule('node:net')
  // Undocumented, and the same from Node 0.6 to 26; nothing else lists sockets.
  const list: unknown = Reflect.get(process, '_getActiveHandles')
  const handles: unknown = typeof list === 'function' ? Reflect.apply(list, process, []) : []
  if (!Array.isArray(handles)) return []
  return handles.flatMap((handle: unknown): readonly OpenSocket[] => {
    if (!(handle instanceof SocketClass) || isServed(handle) || isHttp(handle)) return []
    const { remotePort: port, remoteAddress } = handle
    const name: unknown = Reflect.get(handle, '_host')
    const host = typeof name === 'string' ? name : remoteAddress
    if (port === undefined || host === undefined) return []
    return [{ socket: handle, origin: { protocol: 'tcp', host: host.toLowerCase(), port } }]
  })
}

/** A server's end of a connection knows its server. */
const isServed = (socket: Socket): boolean => Boolean(Reflect.get(socket, 'server'))

const isHttp = (socket: Socket): boolean =>
  Boolean(Reflect.get(socket, '_httpMessage')) || Boolean(Reflect.get(socket, 'parser'))

/** Calls `onWrite` before each write of the client's; what it returns `false` for is not written. */
export function guardWrites(socket: Socket, onWrite: () => boolean): void {
  const write: Function = Reflect.get(socket, 'write')
  const guarded = function (this: Socket, ...args: readonly unknown[]): unknown {
    return onWrite() ? Reflect.apply(write, this, args) : false
  }
  Object.defineProperty(socket, 'write', { value: guarded, writable: true, configurable: true, enumerable: false })
}
