import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { setImmediate } from '../timers.ts'

/**
 * Reports the failure of a write one turn of the event loop later.
 *
 * Node destroys a socket as soon as a write fails, and with it unread bytes that the peer sent before it hung up, such as the
 * refusal of an upload (RFC 9112 section 9.5). A turn later these bytes have been read.
 */
export function readBeforeWriteFails(socket: Socket): void {
  const write = socket._write.bind(socket)
  const writev = socket._writev?.bind(socket)
  let told: WriteCallback | undefined
  let late: WriteCallback = ignore
  // A stream has one callback for all its writes, which come one at a time.
  const lateOf = (callback: WriteCallback): WriteCallback => {
    if (callback === told) return late
    told = callback
    late = (error) => {
      if (error === undefined || error === null || socket.readableEnded || socket.destroyed) callback(error)
      else setImmediate(() => setImmediate(callback, error))
    }
    return late
  }
  socket._write = (chunk, encoding, callback) => write(chunk, encoding, lateOf(callback))
  if (writev !== undefined) socket._writev = (chunks, callback) => writev(chunks, lateOf(callback))
}

/** Resolves after the system has been polled once more: the current turn may have polled already. */
export async function afterPoll(): Promise<void> {
  await new Promise(setImmediate)
  await new Promise(setImmediate)
}

/**
 * Reports, after a TLS socket has ended, whether close_notify was missing: then anyone on the path may have truncated the data
 * (RFC 9112 section 9.8).
 *
 * Node reports both ends the same way. They differ in the stream below: after a close_notify, the stream that carries TLS is
 * still being read. See docs/decisions/007-how-a-connection-ends.md.
 *
 * @param carrier the stream that carries TLS, if it is not a system socket.
 */
export function watchForTruncation(socket: TLSSocket, carrier: Duplex | undefined): () => boolean {
  let isTruncated = false
  const push = socket.push.bind(socket)
  socket.push = (chunk, encoding) => {
    if (chunk === null) isTruncated = carrier === undefined ? isTcpOver(socket) : carrier.readableEnded
    return push(chunk, encoding)
  }
  return () => isTruncated
}

type WriteCallback = (error?: Error | null) => void

const ignore: WriteCallback = () => {}

/**
 * Whether what is under a TLS socket that ends has ended without TLS, see `watchForTruncation`.
 *
 * Asks the TCP handle of a TLS socket to start reading. It refuses (EALREADY) while it is reading, and agrees after its end. A
 * handle that was paused cannot have reached its end.
 *
 * If a later Node has no such handles, an end is taken for an orderly one.
 */
export function isTcpOver(socket: TLSSocket): boolean {
  const tls = property(socket, '_handle')
  const tcp = property(tls, '_parent')
  const readStart = property(tcp, 'readStart')
  if (typeof readStart !== 'function' || property(tls, 'reading') !== true) return false
  return Reflect.apply(readStart, tcp, []) === 0
}

const property = (object: unknown, name: string): unknown =>
  typeof object === 'object' && object !== null ? Reflect.get(object, name) : undefined
