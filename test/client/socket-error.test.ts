import { expect, test } from '../helpers/test.ts'
import { connectTimeout, failedWrite, isTimeout, shownError, socketError } from '../../src/client/socket-error.ts'
import { ConnectionError, type ErrorCode } from '../../src/errors.ts'
import { errnoOf } from '../../src/system-error.ts'

const lost = (detail: string, systemCode?: string): ConnectionError =>
  new ConnectionError('CONNECTION_LOST', 'open', detail, { systemCode })

/** Message and own properties. */
const factsOf = (error: Error | 'end'): object =>
  error === 'end' ? {} : Object.assign({ message: error.message }, error)

test.describe('the error that a socket shows', () => {
  test('is any other error as it is, and text as an error', () => {
    const other = new TypeError('other')
    expect([shownError(other), socketError(other)]).toEqual([other, other])
    expect(shownError(other)).toBe(other)
    expect([shownError('text'), shownError(undefined)]).toEqual([new Error('text'), new Error('undefined')])
  })

  test('is the one that the socket had, also if that was an end', () => {
    const own = new Error('read ECONNRESET')
    const kept = new ConnectionError('CONNECTION_LOST', 'open', '', { systemCode: 'EPIPE', socketError: own })
    expect([shownError(kept) === own, socketError(kept) === own]).toEqual([true, true])
    const cut = new ConnectionError('TLS_TRUNCATED', 'open', '', { socketError: 'end' })
    expect([shownError(cut), socketError(cut) === cut]).toEqual(['end', true])
  })

  test('is the error of this package if nothing of the system is known', () => {
    const unknown = lost('something')
    expect(shownError(unknown)).toBe(unknown)
  })

  for (const [detail, code, facts] of [
    ['read ECONNRESET', 'ECONNRESET', { message: 'read ECONNRESET', syscall: 'read' }],
    [
      'tls://[::1]:9, connect ECONNREFUSED ::1:9',
      'ECONNREFUSED',
      { message: 'connect ECONNREFUSED ::1:9', syscall: 'connect', address: '::1', port: 9 },
    ],
    [
      'connect ENOENT /tmp/sock',
      'ENOENT',
      { message: 'connect ENOENT /tmp/sock', syscall: 'connect', address: '/tmp/sock' },
    ],
    [
      'http://a.test, getaddrinfo EAI_AGAIN a.test',
      'EAI_AGAIN',
      { message: 'getaddrinfo EAI_AGAIN a.test', syscall: 'getaddrinfo', hostname: 'a.test' },
    ],
    ['socket hang up', 'ECONNRESET', { message: 'socket hang up' }],
    ['about http://a.test, read ECONNRESET', 'ECONNRESET', { message: 'about http://a.test, read ECONNRESET' }],
  ] as const) {
    test(`is built from the message: ${detail}`, () => {
      const errno = errnoOf(code)
      const built = shownError(lost(detail, code))
      expect(factsOf(built)).toEqual({ code, ...(errno !== undefined && { errno }), ...facts })
      expect(built).not.toBeInstanceOf(ConnectionError)
    })
  }

  test('of a name that does not exist has the number of that, and others that the system does not know have none', () => {
    expect(factsOf(shownError(lost('getaddrinfo ENOTFOUND a.test', 'ENOTFOUND')))).toEqual({
      message: 'getaddrinfo ENOTFOUND a.test',
      errno: -3008,
      code: 'ENOTFOUND',
      syscall: 'getaddrinfo',
      hostname: 'a.test',
    })
    expect(factsOf(shownError(lost('certificate has expired', 'CERT_HAS_EXPIRED')))).toEqual({
      message: 'certificate has expired',
      code: 'CERT_HAS_EXPIRED',
    })
  })
})

test('a write that waited for a handshake fails with EPROTO if OpenSSL ended the handshake, and else as it is', () => {
  const ended = Object.assign(new Error('wrong version number'), { code: 'ERR_SSL_WRONG_VERSION_NUMBER' })
  expect(factsOf(failedWrite(ended))).toEqual({
    message: 'write EPROTO wrong version number',
    errno: errnoOf('EPROTO'),
    code: 'EPROTO',
    syscall: 'write',
  })
  for (const code of ['ECONNRESET', 'ERR_SSL', 'X_ERR_SSL_', 5, undefined]) {
    const other = Object.assign(new Error('other'), { code })
    expect(failedWrite(other)).toBe(other)
  }
})

test('only the limits of connecting are timeouts of a connection', () => {
  const codes: readonly ErrorCode[] = ['CONNECT_TIMEOUT', 'TLS_TIMEOUT', 'HEADERS_TIMEOUT', 'CONNECT_FAILED']
  expect(codes.map((code) => isTimeout(new ConnectionError(code, 'tcp', '')))).toEqual([true, true, false, false])
  expect(isTimeout(Object.assign(new Error('other'), { code: 'CONNECT_TIMEOUT' }))).toBe(false)
})

test('undici recognises the error of its limit', () => {
  const error = connectTimeout({ protocol: 'https', host: 'a.test', port: 8443 }, 5)
  expect(error).toMatchObject({
    name: 'ConnectTimeoutError',
    code: 'UND_ERR_CONNECT_TIMEOUT',
    message: 'Connect Timeout Error (attempted address: a.test:8443, timeout: 5ms)',
  })
  for (const key of ['undici.error.UND_ERR', 'undici.error.UND_ERR_CONNECT_TIMEOUT'])
    expect(Reflect.get(error, Symbol.for(key))).toBe(true)
})
