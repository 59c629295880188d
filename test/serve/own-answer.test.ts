import { expect, test } from '../helpers/test.ts'
import { ConnectionError, type Phase, type ErrorCode, WiretapeError } from '../../src/errors.ts'
import { ServeRefusal } from '../../src/listen/refusal.ts'
import { CassetteMiss } from '../../src/misses/cassette-miss.ts'
import type { AskedRequest, MissReport } from '../../src/misses/report.ts'
import { checkMissStatus, failureAnswer, ownAnswer } from '../../src/serve/own-answer.ts'
import { SlowRequest } from '../../src/serve/request-watch.ts'

const ASKED: AskedRequest = {
  method: 'GET',
  url: 'http://api.test/',
  headers: [],
  bodyLength: 0,
  length: 18,
  problem: undefined,
  problemCode: undefined,
}

function miss(asked: Partial<AskedRequest> = {}, more: Partial<MissReport> = {}): CassetteMiss {
  const counts = { recorded: 0, unplayed: 0, advice: [], nearest: [], matchOn: [], origins: [] }
  const report = { origin: 'http://api.test', ...counts, ...more, asked: { ...ASKED, ...asked } }
  return new CassetteMiss(report, () => 'not \u001b[31mrecorded')
}

const headOf = (answer: Uint8Array | undefined): string =>
  String(answer && Buffer.from(answer)).split('\r\n', 1)[0] ?? ''

const STATUSES: readonly (readonly [error: unknown, head: string])[] = [
  [miss(), 'HTTP/1.1 599 No Recorded Answer'],
  [miss({}, { told: 0 }), 'HTTP/1.1 599 No Recorded Answer'],
  [miss({ problemCode: 'BAD_FIELD_NAME' }), 'HTTP/1.1 400 Bad Request'],
  [miss({ problemCode: 'HEADERS_TOO_LARGE' }), 'HTTP/1.1 431 Request Header Fields Too Large'],
  [miss({ problemCode: 'TOO_MANY_HEADERS' }), 'HTTP/1.1 431 Request Header Fields Too Large'],
  [miss({ problemCode: 'TRAILERS_TOO_LARGE' }), 'HTTP/1.1 431 Request Header Fields Too Large'],
  [new ServeRefusal('NO_MATCH', 403, ''), 'HTTP/1.1 403 Forbidden'],
  [new ServeRefusal('NO_MATCH', 413, ''), 'HTTP/1.1 413 Content Too Large'],
  [new ServeRefusal('NO_MATCH', 421, ''), 'HTTP/1.1 421 Misdirected Request'],
  [new ServeRefusal('NO_MATCH', 503, ''), 'HTTP/1.1 503 Service Unavailable'],
  [new SlowRequest('late', false), 'HTTP/1.1 408 Request Timeout'],
  [new WiretapeError('TARGET_FORBIDDEN', ''), 'HTTP/1.1 403 Forbidden'],
  [new WiretapeError('CASSETTE_EMPTY', ''), 'HTTP/1.1 599 No Recorded Answer'],
  [new Error('odd'), 'HTTP/1.1 599 No Recorded Answer'],
]

for (const [index, [error, head]] of STATUSES.entries())
  test(`the status of answer ${index}: ${head}`, () => expect(headOf(ownAnswer(error))).toBe(head))

test('the text is the reason, and its head lets no client try again, guess its type, or go on', () => {
  const [head = '', text] = Buffer.from(ownAnswer(miss()) ?? [])
    .toString()
    .split('\r\n\r\n')
  expect(text).toBe(String.raw`no recorded interaction matches the request: not \x1b[31mrecorded` + '\n')
  expect(head.split('\r\n').slice(1)).toEqual([
    'Wiretape-Error: NO_MATCH',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${text?.length}`,
    'Cache-Control: no-store',
    'X-Should-Retry: false',
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ])
  expect(Buffer.from(ownAnswer('odd') ?? []).toString()).toContain('\r\nWiretape-Error: ERROR\r\n')
})

test('HEAD has the length of the text, not the text', () => {
  const answer = Buffer.from(ownAnswer(miss({ method: 'HEAD' })) ?? []).toString()
  expect(answer).toMatch(/\r\nContent-Length: \d+\r\n/)
  expect(answer.endsWith('\r\n\r\n')).toBe(true)
})

test('there is none in the middle of an answer, and an empty one on a WebSocket', () => {
  expect(ownAnswer(miss({}, { told: 1 }))).toBeUndefined()
  expect(ownAnswer(new SlowRequest('late', true))).toBeUndefined()
  const message = { text: 'hello', number: 1 }
  expect(ownAnswer(miss({ message: Object(message) }))).toEqual(new Uint8Array(0))
})

test('a miss has the status that was asked for', () => {
  expect(headOf(ownAnswer(miss(), 404))).toBe('HTTP/1.1 404 No Recorded Answer')
  for (const status of [undefined, 400, 404, 599]) expect(checkMissStatus(status)).toBe(status)
  for (const status of [0, 399, 600, 404.5, Number.NaN])
    expect(() => checkMissStatus(status)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
})

const FAILURES: readonly (readonly [code: ErrorCode, phase: Phase, head: string])[] = [
  ['DNS_FAILED', 'dns', 'HTTP/1.1 502 Bad Gateway'],
  ['CONNECT_FAILED', 'tcp', 'HTTP/1.1 502 Bad Gateway'],
  ['TLS_FAILED', 'tls', 'HTTP/1.1 502 Bad Gateway'],
  ['CONNECT_TIMEOUT', 'tcp', 'HTTP/1.1 504 Gateway Timeout'],
  ['TLS_TIMEOUT', 'tls', 'HTTP/1.1 504 Gateway Timeout'],
  ['CONNECTION_LOST', 'body', 'undefined'],
]

for (const [code, phase, head] of FAILURES)
  test(`${code} of ${phase} at the origin: ${head}`, () => {
    expect(headOf(failureAnswer(new ConnectionError(code, phase, 'no')))).toBe(head)
  })
