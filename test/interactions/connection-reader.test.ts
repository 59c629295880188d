import { expect, test } from '../helpers/test.ts'
import { byteScriptOf } from '../../src/interactions/connection-reader.ts'
import { Conversations, interactionsOf } from '../../src/interactions/conversations.ts'
import type { ByteScript, Step } from '../../src/interactions/interaction.ts'
import type { Cassette, Failure } from '../../src/tape/cassette.ts'
import { answer, type ConnectionWriter, oneConnection, request } from '../helpers/tape.ts'

const GET = request('GET', '/')
const OK = answer('ok')
const RESET: Failure = { code: 'CONNECTION_LOST', phase: 'open', message: 'read ECONNRESET' }
const of = (write: (it: ConnectionWriter) => void): Cassette => oneConnection('http://api.test', write)

/** After what the server did what, when, and how long after the client's last act. */
const stepLine = ({ after, action, at, wait }: Step<object>): string =>
  `${Object.values(after).join(' ')}: ${action.type === 'segment' ? Buffer.from(action.bytes).toString('latin1').slice(0, 12) : action.type} at ${at}, ${wait}`

const linesOf = (script: ByteScript | undefined): unknown =>
  script && [Buffer.from(script.bytes).toString('latin1'), ...script.steps.map(stepLine)]

const answers = (cassette: Cassette): readonly unknown[] =>
  interactionsOf(cassette).map(({ answer: steps, isPipelined }) =>
    Array.of<unknown>(isPipelined).concat(steps.map(stepLine)),
  )

const ends = (write: (it: ConnectionWriter) => void): unknown =>
  interactionsOf(of((it) => write(it.sent(GET)))).map(({ answer: steps }) => steps.map(({ action }) => action))

test.describe('what the server did is tied to what the client had sent', () => {
  test('a whole request, a request in progress, and one whose client has ended its side', () => {
    expect(answers(of((it) => it.sent(GET).received(OK)))).toEqual([[false, '0 true false: HTTP/1.1 200 at 2, 1']])
    const post = request('POST', '/', 'hello')
    const early = 'HTTP/1.1 100 Continue\r\n\r\n'
    expect(
      answers(
        of((it) => it.sent(post.slice(0, -5)).received(early).sent('he').received(early).sent('llo').received(OK)),
      ),
    ).toEqual([
      [
        false,
        '0 false false: HTTP/1.1 100 at 2, 1',
        '2 false false: HTTP/1.1 100 at 4, 1',
        '5 true false: HTTP/1.1 200 at 6, 1',
      ],
    ])
    expect(answers(of((it) => it.sent(GET).received(OK).ended('client').ended('server')))).toEqual([
      [false, '0 true false: HTTP/1.1 200 at 2, 1', '0 true true: end at 4, 1'],
    ])
  })

  test('what came while a head was being sent comes before anything of that request', () => {
    const cassette = of((it) =>
      it.sent(GET.slice(0, 5)).received('HTTP/1.1 408 Late\r\n\r\n').sent(GET.slice(5)).received(OK),
    )
    expect(answers(cassette)).toEqual([
      [false, '0 false false: HTTP/1.1 408 at 2, 1', '0 true false: HTTP/1.1 200 at 4, 1'],
    ])
    const second = of((it) =>
      it.sent(GET).received(OK).sent(GET.slice(0, 5)).received('late').sent(GET.slice(5)).received(OK),
    )
    expect(answers(second)).toEqual([
      [false, '0 true false: HTTP/1.1 200 at 2, 1'],
      [true, '0 false false: late at 4, 1', '0 true false: HTTP/1.1 200 at 6, 1'],
    ])
  })

  test('what came before any request is the opening, with the time since the connection was made', () => {
    const cassette = of((it) => it.received('220 hi\r\n').sent(GET).received(OK))
    const [connection] = new Conversations(cassette).connections
    expect([connection?.madeAt, connection?.took]).toEqual([1, 1])
    expect(linesOf(connection?.opening)).toEqual(['', '0 false: 220 hi\r\n at 1, 0'])
    const slow = {
      ...cassette,
      tape: cassette.tape.map((event) => Object.assign({}, event, { at: event.at * 10 })),
    }
    const [later] = new Conversations(slow).connections
    expect(linesOf(later?.opening)).toEqual(['', '0 false: 220 hi\r\n at 10, 9'])
    expect(answers(slow)).toEqual([[false, '0 true false: HTTP/1.1 200 at 30, 10']])
    expect(later?.rest).toBeUndefined()
  })

  test('what is no HTTP is the rest, of the connection or of its last request', () => {
    const raw = of((it) => it.sent('\0\0\r\n\r\nab').received('one').sent('cd').received('two'))
    const [connection] = new Conversations(raw).connections
    expect(connection?.interactions).toEqual([])
    expect(linesOf(connection?.rest)).toEqual(['\0\0\r\n\r\nabcd', '8 false: one at 2, 1', '10 false: two at 4, 1'])
    expect(linesOf(connection?.opening)).toEqual([''])
    const tunnel = of((it) =>
      it
        .sent('CONNECT a.test:443 HTTP/1.1\r\n\r\n')
        .received('HTTP/1.1 200 OK\r\n\r\n')
        .sent('xyz')
        .received('back')
        .ended('client')
        .ended('server'),
    )
    const [one] = interactionsOf(tunnel)
    expect(linesOf(one?.rest)).toEqual(['xyz', '3 false: back at 4, 1', '3 true: end at 6, 1'])
    expect(one?.answer.map(stepLine)).toEqual(['0 true false: HTTP/1.1 200 at 2, 1'])
    expect(new Conversations(tunnel).connections[0]?.rest).toBeUndefined()
    // A head that never came to its end is a rest, too.
    const half = of((it) => it.sent(GET).received(OK).sent('GET /half').received('bye').ended('server'))
    expect(linesOf(interactionsOf(half)[0]?.rest)).toEqual([
      'GET /half',
      '9 false: bye at 4, 1',
      '9 false: end at 5, 2',
    ])
  })

  test("how it ended: by the server, or by a failure that is not the client's own", () => {
    const timeout: Failure = { code: 'HEADERS_TIMEOUT', phase: 'headers', message: 'late' }
    expect(ends((it) => it.ended('server').closed('client'))).toEqual([[{ type: 'end' }]])
    expect(ends((it) => it.closed('server'))).toEqual([[{ type: 'end' }]])
    expect(ends((it) => it.closed('client'))).toEqual([[]])
    expect(ends((it) => it.closed('server', RESET))).toEqual([[{ type: 'fail', failure: RESET }]])
    expect(ends((it) => it.closed('client', timeout))).toEqual([[{ type: 'fail', failure: timeout }]])
    expect(ends((it) => it.closed('client', { ...RESET, code: 'ABORTED' }))).toEqual([[]])
    expect(ends((it) => it.ended('client'))).toEqual([[]])
  })
})

const flags = (write: (it: ConnectionWriter) => void): readonly boolean[] =>
  interactionsOf(of(write)).map(({ isPipelined }) => isPipelined)

test('a request is pipelined if nothing came for the one before it since that was complete', () => {
  expect(flags((it) => it.sent(GET).received(OK).sent(GET).received(OK))).toEqual([false, false])
  expect(flags((it) => it.sent(GET, GET).received(OK + OK))).toEqual([false, true])
  expect(
    flags((it) =>
      it
        .sent(GET, GET)
        .received(OK + OK)
        .sent(GET)
        .received(OK),
    ),
  ).toEqual([false, true, true])
  const post = request('POST', '/', 'hello')
  const early = 'HTTP/1.1 100 Continue\r\n\r\n'
  expect(
    flags((it) =>
      it
        .sent(post.slice(0, -5))
        .received(early)
        .sent(post.slice(-5), GET)
        .received(OK + OK),
    ),
  ).toEqual([false, true])
})

test('a connection as a script of bytes has all that was sent, and after how much of it the server did what', () => {
  const cassette = of((it) =>
    it.received('hi').sent('ab').received('one').sent('c').ended('client').received('two').ended('server'),
  )
  const [connection] = new Conversations(cassette).connections
  expect(connection && linesOf(byteScriptOf(connection))).toEqual([
    'abc',
    '0 false: hi at 1, 0',
    '2 false: one at 3, 1',
    '3 true: two at 6, 1',
    '3 true: end at 7, 2',
  ])
})

test('connections have what their opening says, and one that failed has its failure', () => {
  const { tape } = of((it) => it.sent(GET).received(OK))
  const [opened, ...events] = tape
  if (opened?.type !== 'open') throw new Error('not opened')
  const tls = { version: 'TLSv1.3', authorized: true }
  const at = (took: number): Cassette => ({
    ...of(() => {}),
    tape: [{ ...opened, at: 5, took, tls, protocol: 'http', to: 'https://API.test:443' }, ...events],
  })
  const [one] = new Conversations(at(3)).connections
  expect([one?.number, one?.origin, one?.failure, one?.tls, one?.protocol, one?.took, one?.madeAt]).toEqual([
    1,
    'https://api.test',
    undefined,
    tls,
    'http',
    3,
    8,
  ])
  const failure: Failure = { code: 'CONNECT_FAILED', phase: 'tcp', message: 'connect ECONNREFUSED' }
  const [failed] = new Conversations({
    ...of(() => {}),
    tape: [{ type: 'failed', connection: 4, at: 1, to: 'http://x.test', took: 2, failure }],
  }).connections
  expect([failed?.number, failed?.failure, failed?.tls, failed?.protocol, failed?.madeAt]).toEqual([
    4,
    failure,
    undefined,
    undefined,
    3,
  ])
  for (const [broken, said] of [
    [[{ ...opened, to: 'nowhere' }], 'connection 1 leads to "nowhere"'],
    [[opened, { ...events[0], connection: 9 }], 'connection 9 is used before it is opened'],
  ] as const)
    expect(() => new Conversations({ ...of(() => {}), tape: Object(broken) })).toThrow(
      expect.objectContaining({ code: 'CASSETTE_INVALID', message: expect.stringContaining(said) }),
    )
  expect(new Conversations(at(3)).interactionsOn(7)).toEqual([])
})
