import { expect, test } from '../helpers/test.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import type { RequestOptions } from '../../src/client/connection-settings.ts'
import { attempt, endOf } from '../helpers/attempt.ts'
import { serve } from '../helpers/live-server.ts'
import { answer } from '../helpers/tape.ts'
import { tryRequests } from './requests.ts'

type Request = readonly [method: string, target: string, options?: RequestOptions]

const withHeaders = (...headers: readonly (readonly [string, string])[]): Request => ['GET', '/', { headers }]

/** The Q cases that are refused: what could be read as something else than this one request. */
const REFUSED: readonly (readonly [id: string, code: string, ...requests: readonly Request[]])[] = [
  [
    'Q01',
    'INVALID_HEADER_VALUE',
    withHeaders(['a', 'b\r\nX-Evil: 1']),
    withHeaders(['a', 'b\n']),
    withHeaders(['a', '\0']),
  ],
  ['Q02', 'INVALID_HEADER_VALUE', withHeaders(['content-type', 'x\r\n\r\nGET /2 HTTP/1.1'])],
  ['Q04', 'INVALID_HEADER_VALUE', withHeaders(['Connection', 'upgrade'], ['Upgrade', 'websocket\r\nX: 1'])],
  ['Q05', 'INVALID_PATH', ['GET', '/a\r\nX: 1'], ['GET', '/a b'], ['GET', '/a\0'], ['GET', '/\t'], ['GET', '']],
  ['Q06', 'INVALID_PATH', ['GET', '/\u010D\u010AX: 1'], ['GET', '/\x7f'], ['GET', '/é'], ['GET', '/\ud800']],
  ['Q08', 'INVALID_METHOD', ['GET / HTTP/1.1\r\nX: 1', '/'], ['GET ', '/'], ['', '/'], ['GÉT', '/'], ['GET\n', '/']],
  [
    'Q09',
    'CONFLICTING_CL',
    [
      'POST',
      '/',
      {
        headers: [
          ['Content-Length', '5'],
          ['content-length', '6'],
        ],
        body: 'hello',
      },
    ],
  ],
  [
    'Q10',
    'CONFLICTING_CL',
    ['POST', '/', { headers: { 'content-length': 5, 'transfer-encoding': 'chunked' }, body: 'hello' }],
  ],
  [
    'Q12',
    'INVALID_HEADER_NAME',
    withHeaders(['a b', '1']),
    withHeaders(['a:', '1']),
    withHeaders(['', '1']),
    withHeaders(['é', '1']),
  ],
  [
    'Q14',
    'INVALID_HEADER_VALUE',
    withHeaders(['a', '\u0100']),
    withHeaders(['a', '\ud800']),
    withHeaders(['a', '\u010d\u010a']),
  ],
]

test.describe('a request that could be read as another', () => {
  for (const [id, code, ...requests] of REFUSED) {
    test(`${id}: ${code}, and the server gets nothing`, async () => {
      let [connections, heard] = [0, '']
      await using server = await serve((socket) => {
        connections += 1
        socket.on('data', (bytes: Buffer) => {
          heard += bytes.toString('latin1')
          socket.write(answer('hello'))
        })
      })
      const url = `http://127.0.0.1:${server.port}`
      for (const request of requests) {
        await using connection = HttpConnection.to(url)
        expect(endOf(await attempt(connection, ...request))).toBe(code)
      }
      // A connection that is there stays as it was.
      await using connection = HttpConnection.to(url)
      expect(String((await attempt(connection, 'GET', '/before')).body)).toBe('hello')
      for (const request of requests) expect(endOf(await attempt(connection, ...request))).toBe(code)
      expect(String((await attempt(connection, 'GET', '/after')).body)).toBe('hello')
      expect(connections).toBe(1)
      expect(heard).toMatch(/^GET \/before HTTP\/1\.1\r\nHost: \S+\r\n\r\nGET \/after HTTP\/1\.1\r\nHost: \S+\r\n\r\n$/)
    })
  }

  test('at random throws, or is read by Node as exactly the intended request', async () => {
    const tally = await tryRequests(9112, 0, 5_000)
    expect(tally).toEqual({
      requests: 5_000,
      read: expect.any(Number),
      thrown: expect.any(Number),
      // Node's parser takes fewer targets for good ones.
      refused: { HPE_INVALID_URL: expect.any(Number) },
    })
    if ('read' in tally) expect(Math.min(tally.read, tally.thrown)).toBeGreaterThan(1_000)
  })
})

test('a header may be named __proto__, and changes no prototype (Q13)', async () => {
  await using server = await serve((socket) => socket.on('data', (bytes) => socket.write(answer(String(bytes)))))
  await using connection = HttpConnection.to(`http://127.0.0.1:${server.port}`)
  const headers: Record<string, string> = JSON.parse('{"__proto__":"x","constructor":"y"}')
  const { body } = await attempt(connection, 'GET', '/', { headers })
  expect(body.toString()).toContain('\r\n__proto__: x\r\nconstructor: y\r\n')
  expect(Object.keys(Object.prototype)).toEqual([])
  expect({}).not.toHaveProperty('x')
})

test('a method is sent in its given case (Q08)', async () => {
  await using server = await serve((socket) => socket.on('data', (bytes) => socket.write(answer(String(bytes)))))
  await using connection = HttpConnection.to(`http://127.0.0.1:${server.port}`)
  expect((await attempt(connection, 'get', '/')).body.toString()).toMatch(/^get \/ HTTP/)
})
