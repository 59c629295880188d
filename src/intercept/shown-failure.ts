import type { Socket } from 'node:net'
import { failedWrite, shownError } from '../client/socket-error.ts'

/**
 * A request that waits for a handshake which OpenSSL aborts fails in its write, as in Node (tls_wrap.cc, `InvokeQueued`): the callbacks of
 * the write come before the error of the socket.
 *
 * Returns `false` if no write fails so.
 */
export function failPendingWrite(client: Socket, error: Error): boolean {
  if (client.writableLength === 0) return false
  const failure = failedWrite(error)
  if (failure === error) return false
  const state: unknown = Reflect.get(client, '_writableState')
  const onWritten: unknown = Reflect.get(Object(state), 'onwrite')
  if (typeof onWritten === 'function' && Reflect.get(Object(state), 'writing') === true)
    Reflect.apply(onWritten, undefined, [failure])
  else client.destroy(failure)
  return true
}

/** Whether this is what Node makes of an end in the middle of a handshake: a reset that no system call has reported. */
export function isEndOfHandshake(error: unknown): boolean {
  const shown = shownError(error)
  return shown !== 'end' && Reflect.get(shown, 'code') === 'ECONNRESET' && Reflect.get(shown, 'syscall') === undefined
}

/** Reports an alert of the server as Node does: `onerror` of its handle. Returns `false` if the error is none. */
export function reportAlert(client: Socket, error: Error): boolean {
  const code: unknown = Reflect.get(error, 'code')
  if (typeof code !== 'string' || !code.startsWith('ERR_SSL_')) return false
  const handle: unknown = Reflect.get(client, '_handle')
  const report: unknown = Reflect.get(Object(handle), 'onerror')
  if (typeof report !== 'function') return false
  Reflect.apply(report, handle, [error])
  return true
}
