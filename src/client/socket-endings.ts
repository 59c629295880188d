import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { setImmediate } from '../timers.ts'

/**
 * Makes the failure of a write known one turn of the event loop late.
 *
 * Node destroys a socket as soon as a write fails, and with it what the peer said before it hung up: the refusal of an
 * upload (RFC 9112 section 9.5). A turn later that has been read.
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

/** Resolves when the system has been asked once more what has come: the first turn may be one that has asked before. */
export async function afterPoll(): Promise<void> {
  await new Promise(setImmediate)
  await new Promise(setImmediate)
}

/**
 * Tells, once a TLS socket has ended, whether it ended without the peer's close_notify: then what came may have been cut off by
 * anyone on the way (RFC 9112 section 9.8).
 *
 * Node tells both ends alike. They differ in what is below: after a close_notify the stream that carries TLS is still being
 * read. See docs/decisions/007-how-a-connection-ends.md.
 *
 * @param carrier the stream that carries TLS, where it is not a socket of the system.
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
 * Asks the TCP handle under a TLS socket to start reading. While it reads it refuses (EALREADY); at its end it agrees. A handle
 * that was told to stop cannot have met its end.
 *
 * Where Node has no such handles any more, an end is taken for a good one.
 */
function isTcpOver(socket: TLSSocket): boolean {
  const tls = property(socket, '_handle')
  const tcp = property(tls, '_parent')
  const readStart = property(tcp, 'readStart')
  if (typeof readStart !== 'function' || property(tls, 'reading') !== true) return false
  return Reflect.apply(readStart, tcp, []) === 0
}

const property = (object: unknown, name: string): unknown =>
  typeof object === 'object' && object !== null ? Reflect.get(object, name) : undefined
