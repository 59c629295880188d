import { Socket } from 'node:net'
import { ConnectionError } from '../../src/errors.ts'
import { failPendingWrite, isEndOfHandshake, reportAlert } from '../../src/intercept/shown-failure.ts'
import { expect, test } from '../helpers/test.ts'

const withCode = (code: string, facts: object = {}): Error => Object.assign(new Error('said'), { code, ...facts })
const ALERT = withCode('ERR_SSL_TLSV1_ALERT')

/** A socket that waits for its connection, with something to write or nothing. */
function waiting(text = ''): Socket {
  const socket = Object.assign(new Socket(), { connecting: true }).on('error', () => {})
  if (text !== '') socket.write(text, () => {})
  return socket
}

test('an alert fails a write that waits, with the error of the write', async () => {
  const socket = waiting('hello')
  const errors: unknown[] = []
  socket.write('more', (error) => errors.push(error))
  expect(failPendingWrite(socket, ALERT)).toBe(true)
  await expect.poll(() => errors).toMatchObject([{ code: 'EPROTO', syscall: 'write', message: 'write EPROTO said' }])
  socket.destroy()
})

test('nothing fails so if nothing waits, or for another failure', () => {
  const idle = waiting()
  expect([failPendingWrite(idle, ALERT), idle.destroyed]).toEqual([false, false])
  const busy = waiting('hello')
  expect([failPendingWrite(busy, withCode('ECONNRESET')), busy.destroyed]).toEqual([false, false])
  for (const socket of [idle, busy]) socket.destroy()
})

const end = (socketError: Error | 'end'): ConnectionError =>
  new ConnectionError('CONNECTION_LOST', 'tls', '', { socketError })

test('an end in the middle of a handshake is a reset that no system call reported', () => {
  expect(isEndOfHandshake(withCode('ECONNRESET'))).toBe(true)
  expect(isEndOfHandshake(withCode('ECONNRESET', { syscall: 'read' }))).toBe(false)
  expect(isEndOfHandshake(withCode('EPIPE'))).toBe(false)
  expect(isEndOfHandshake('something')).toBe(false)
  expect(isEndOfHandshake(end('end'))).toBe(false)
  expect(isEndOfHandshake(end(withCode('ECONNRESET')))).toBe(true)
})

test('an alert is reported by the handle of its socket, and nothing else is', () => {
  const socket = new Socket()
  const reported: unknown[] = []
  const handle = { onerror: (error: unknown) => void reported.push(error) }
  expect(reportAlert(socket, ALERT)).toBe(false)
  Object.assign(socket, { _handle: handle })
  for (const other of [
    withCode('ECONNRESET'),
    withCode('XERR_SSL_'),
    new Error('no code'),
    Object.assign(new Error(), { code: 5 }),
  ])
    expect(reportAlert(socket, other)).toBe(false)
  expect(reported).toEqual([])
  expect(reportAlert(socket, ALERT)).toBe(true)
  expect(reported).toEqual([ALERT])
  Object.assign(socket, { _handle: null })
})
