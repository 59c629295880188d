import { expect, test } from '../helpers/test.ts'
import { leniencies, readExchanges, segmentAt } from '../../src/messages/exchanges.ts'
import type { Failure, OpenEvent } from '../../src/tape/cassette.ts'
import { answer, type ConnectionWriter, oneConnection, request, TapeWriter } from '../helpers/tape.ts'

const GET = request('GET', '/')
const HEAD = request('HEAD', '/')
const OK = answer('ok')
const ENDLESS = 'HTTP/1.1 200 OK\r\n\r\nok'
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n'
const RESET: Failure = { code: 'CONNECTION_LOST', phase: 'open', systemCode: 'ECONNRESET', message: '' }

/** Whether each answer is whole, and how it ended. */
const endings = (write: (it: ConnectionWriter) => void): readonly unknown[] =>
  readExchanges(oneConnection('http://api.test', write)).exchanges.map(({ isWhole, ending }) => [isWhole, ending])

const CASES: readonly (readonly [what: string, (it: ConnectionWriter) => void, ...wanted: (readonly unknown[])[]])[] = [
  ['with its length', (it) => it.sent(GET).received(OK), [true, 'complete']],
  ['cut off', (it) => it.sent(GET).received(OK.slice(0, -1)), [false, 'cut off']],
  ['not there', (it) => it.sent(GET), [false, 'no answer']],
  [
    'not there, after an interim one',
    (it) => it.sent(GET).received('HTTP/1.1 100 Continue\r\n\r\n'),
    [false, 'no answer'],
  ],
  ['without a length, and no end', (it) => it.sent(GET).received(ENDLESS), [false, 'cut off']],
  [
    'without a length, and the client closed',
    (it) => it.sent(GET).received(ENDLESS).closed('client'),
    [false, 'cut off'],
  ],
  [
    'without a length, and the end',
    (it) => it.sent(GET).received(ENDLESS).ended('server'),
    [true, 'complete, the server ended the connection'],
  ],
  [
    'without a length, and a close by the server',
    (it) => it.sent(GET).received(ENDLESS).closed('server'),
    [false, 'cut off, the server ended the connection'],
  ],
  [
    'cut off by the end',
    (it) => it.sent(GET).received(OK.slice(0, -1)).ended('server'),
    [false, 'cut off, the server ended the connection'],
  ],
  [
    'in chunks, cut off by the end',
    (it) => it.sent(GET).received(CHUNKED).ended('server'),
    [false, 'cut off, the server ended the connection'],
  ],
  [
    'not there, and the end',
    (it) => it.sent(GET).ended('server'),
    [false, 'no answer, the server ended the connection'],
  ],
  [
    'cut off by a reset',
    (it) => it.sent(GET).received(CHUNKED).closed('server', RESET),
    [false, 'cut off, CONNECTION_LOST ECONNRESET'],
  ],
  [
    'given up by the client',
    (it) => it.sent(GET).closed('client', { ...RESET, code: 'HEADERS_TIMEOUT', systemCode: undefined }),
    [false, 'no answer, HEADERS_TIMEOUT'],
  ],
  [
    'the first of two, which ends as itself',
    (it) => it.sent(GET, GET).received(OK).closed('server', RESET),
    [true, 'complete'],
    [false, 'no answer, CONNECTION_LOST ECONNRESET'],
  ],
  [
    'to HEAD',
    (it) => it.sent(HEAD, GET).received('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', OK).ended('client'),
    [true, 'complete'],
    [true, 'complete'],
  ],
]

test.describe('an answer, and how it ended', () => {
  for (const [what, write, ...wanted] of CASES)
    test(what, () => {
      expect(endings(write)).toEqual(wanted)
    })
})

const isOver = (write: (it: ConnectionWriter) => void): boolean | undefined =>
  readExchanges(oneConnection('http://api.test', write)).connections[0]?.isOver

test('a connection is over when the server ended its side or it was closed, not when the client ended its own', () => {
  expect(
    [
      (it: ConnectionWriter) => it.sent(GET),
      (it: ConnectionWriter) => it.ended('client'),
      (it: ConnectionWriter) => it.ended('server'),
      (it: ConnectionWriter) => it.ended('server').ended('client'),
      (it: ConnectionWriter) => it.closed('client'),
      (it: ConnectionWriter) => it.closed('server', RESET),
    ].map(isOver),
  ).toEqual([false, false, true, true, true, true])
})

test('exchanges of several connections are in the order in which their requests were sent', () => {
  const tape = new TapeWriter()
  const [one, two] = [tape.open('http://a.test'), tape.open('http://b.test')]
  two.sent(request('GET', '/1'))
  one.sent(request('GET', '/2') + request('GET', '/3'))
  two.sent(request('OPTIONS', '*'))
  one.sent(request('GET', 'http://c.test/4'))
  const { exchanges, connections } = readExchanges(tape.cassette)
  expect(exchanges.map(({ url }) => url)).toEqual([
    'http://b.test/1',
    'http://a.test/2',
    'http://a.test/3',
    'http://b.test',
    'http://c.test/4',
  ])
  expect(connections.map(({ number, exchanges: own }) => [number, own.length])).toEqual([
    [1, 3],
    [2, 2],
  ])
})

test('the segment of each byte is found, and that of one beyond them is the last', () => {
  const texts = ['ab', 'c', '', 'defg', 'h']
  const { connections } = readExchanges(oneConnection('tcp://db.test:1', (it) => it.sent(...texts)))
  const [connection] = connections
  if (connection === undefined) throw new Error('no connection')
  const { sent, received } = connection
  expect(sent.segments.map(({ index, start }) => [index, start])).toEqual([
    [1, 0],
    [2, 2],
    [3, 3],
    [4, 3],
    [5, 7],
  ])
  expect([0, 1, 2, 3, 6, 7, 8, 99].map((offset) => segmentAt(sent, offset)?.index)).toEqual([1, 1, 2, 4, 4, 5, 5, 5])
  expect(segmentAt(received, 0)).toBeUndefined()
})

test('what is not HTTP is the rest, with the reason where there is one', () => {
  const { connections } = readExchanges(
    oneConnection('http://api.test', (it) => it.sent(`${GET}\0\0\r\n\r\n`).received(OK, OK)),
  )
  expect(connections[0]?.sent).toMatchObject({
    restStart: GET.length,
    failure: { code: expect.stringMatching(/^BAD_/) },
  })
  expect(connections[0]?.received).toMatchObject({ restStart: OK.length, failure: undefined })
})

test('what stands for secrets is known by what is written', () => {
  const { tape } = oneConnection('http://api.test', (it) => it.sent(GET).received(OK))
  const redacted = tape.map((event) =>
    'bytes' in event ? Object.assign({}, event, { redacted: { [`${event.type}.1`]: event.type } }) : event,
  )
  expect(readExchanges({ tape: redacted }).connections[0]?.disguised).toEqual(
    new Map([
      ['sent', 'sent.1'],
      ['received', 'received.1'],
    ]),
  )
})

test('leniencies that have a name here are given, others are not', () => {
  const open: OpenEvent = { type: 'open', connection: 1, at: 0, to: 'http://a.test', took: 0 }
  const strict = leniencies(open)
  expect(Object.values(strict).every((given) => !given)).toBe(true)
  const [name = ''] = Object.keys(strict)
  expect(leniencies({ ...open, lenient: [name, 'toString', 'of another release'] })).toEqual({
    ...strict,
    [name]: true,
  })
  expect(leniencies(Object({ type: 'failed', connection: 1, at: 0, to: '', took: 0, lenient: [name] }))).toEqual(strict)
})
