import { expect, test } from '../helpers/test.ts'
import { interactionsOf, Conversations } from '../../src/interactions/conversations.ts'
import type { Interaction, Step } from '../../src/interactions/interaction.ts'
import { answer, oneConnection, request, TapeWriter } from '../helpers/tape.ts'

const API = 'http://api.test'

/** The answer as `progress: action`, so that a wrong order or cause is seen at a glance. */
const causes = ({ answer: steps }: Interaction): string[] =>
  steps.map(({ after, action }) => {
    const body = after.isComplete ? 'complete' : `${after.bodyLength} body bytes`
    return `${body}${after.isEnded ? ', ended' : ''}: ${describe(action)}`
  })

function describe(action: Step['action']): string {
  if (action.type === 'segment') return Buffer.from(action.bytes).toString('latin1').split('\r\n')[0] ?? ''
  return action.type === 'end' ? '(end)' : `(${action.failure.code})`
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

test.describe('interactionsOf', () => {
  test('gives method, target, URL, fields as on the wire, body and bytes of each request', () => {
    const post = request('POST', '/a?b=c', 'hello', ['X-cAsE: 1', 'x-case: 2'])
    const [interaction] = interactionsOf(oneConnection(API, (it) => it.sent(post).received(answer('ok'))))

    expect(interaction).toMatchObject({ index: 0, connection: 1, place: 0, isPipelined: false })
    expect(interaction?.request).toMatchObject({
      method: 'POST',
      target: '/a?b=c',
      url: 'http://api.test/a?b=c',
      version: '1.1',
      fields: [
        { name: 'Host', value: 'api.test' },
        { name: 'X-cAsE', value: '1' },
        { name: 'x-case', value: '2' },
        { name: 'Content-Length', value: '5' },
      ],
      isComplete: true,
    })
    expect(text(interaction?.request.body ?? Buffer.of())).toBe('hello')
    expect(text(interaction?.request.raw ?? Buffer.of())).toBe(post)
  })

  test('takes the chunks from a body, and keeps the trailers', () => {
    const head = 'POST / HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\n'
    const [interaction] = interactionsOf(
      oneConnection(API, (it) => it.sent(head, '3\r\nhel\r\n', '2;x=y\r\nlo\r\n0\r\nEnd: yes\r\n\r\n')),
    )
    expect(text(interaction?.request.body ?? Buffer.of())).toBe('hello')
    expect(interaction?.request.trailers).toEqual([{ name: 'End', value: 'yes' }])
  })

  const targets: readonly (readonly [origin: string, line: string, url: string])[] = [
    ['https://api.test', 'GET /x', 'https://api.test/x'],
    ['https://API.test:443', 'GET /x', 'https://api.test/x'],
    ['http://[::1]:8080', 'GET /x?y', 'http://[::1]:8080/x?y'],
    ['http://proxy.test:3128', 'GET http://api.test/x', 'http://api.test/x'],
    ['http://proxy.test:3128', 'CONNECT api.test:443', 'api.test:443'],
    ['http://api.test', 'OPTIONS *', 'http://api.test'],
  ]
  for (const [origin, line, url] of targets) {
    test(`completes ${line} on ${origin} to ${url}`, () => {
      const cassette = oneConnection(origin, (it) => it.sent(`${line} HTTP/1.1\r\nHost: other.test\r\n\r\n`))
      expect(interactionsOf(cassette).map((interaction) => interaction.request.url)).toEqual([url])
    })
  }

  test('ties what the server did to what the client had sent by then', () => {
    const head = request('POST', '/', '', ['Content-Length: 6', 'Expect: 100-continue'])
    const [interaction] = interactionsOf(
      oneConnection(API, (it) =>
        it
          .sent(head)
          .received('HTTP/1.1 100 Continue\r\n\r\n')
          .sent('abc')
          .received('HTTP/1.1 102 Processing\r\n\r\n')
          .sent('def')
          .received(answer('ok'))
          .ended('client')
          .ended('server')
          .closed('client'),
      ),
    )
    expect(interaction && causes(interaction)).toEqual([
      '0 body bytes: HTTP/1.1 100 Continue',
      '3 body bytes: HTTP/1.1 102 Processing',
      'complete: HTTP/1.1 200 OK',
      'complete, ended: (end)',
    ])
  })

  test('calls a request whose body was never sent incomplete', () => {
    const head = request('PUT', '/', '', ['Content-Length: 6', 'Expect: 100-continue'])
    const [interaction] = interactionsOf(
      oneConnection(API, (it) => it.sent(head).received(answer('', '417 Expectation Failed'))),
    )
    expect(interaction?.request.isComplete).toBe(false)
    expect(interaction && causes(interaction)).toEqual(['0 body bytes: HTTP/1.1 417 Expectation Failed'])
  })

  test('gives a reset and a time-out to the request before it, and no ending that the client chose itself', () => {
    const reset = { code: 'CONNECTION_LOST', phase: 'open', systemCode: 'ECONNRESET', message: 'reset' } as const
    const slow = { code: 'HEADERS_TIMEOUT', phase: 'headers', message: '30 ms' } as const
    const refused = { code: 'BAD_CHUNK_SIZE', phase: 'open', message: 'no' } as const
    const aborted = { code: 'ABORTED', phase: 'open', message: '' } as const
    const tape = new TapeWriter()
    tape.open(API).sent(request('GET', '/reset')).closed('server', reset)
    tape.open(API).sent(request('GET', '/slow')).closed('client', slow)
    tape.open(API).sent(request('GET', '/refused')).received('HTTP/1.1 200').closed('client', refused)
    tape.open(API).sent(request('GET', '/aborted')).closed('client', aborted)
    tape.open(API).sent(request('GET', '/closed')).closed('client')

    expect(interactionsOf(tape.cassette).map(causes)).toEqual([
      ['complete: (CONNECTION_LOST)'],
      ['complete: (HEADERS_TIMEOUT)'],
      ['complete: HTTP/1.1 200'],
      [],
      [],
    ])
  })

  test('orders the interactions of several connections as their requests were sent', () => {
    const tape = new TapeWriter()
    const [one, two] = [tape.open(API), tape.open(API)]
    two.sent(request('GET', '/1'))
    one.sent(request('GET', '/2')).received(answer('2'))
    two.received(answer('1')).sent(request('GET', '/3'))
    const interactions = interactionsOf(tape.cassette)

    expect(interactions.map(({ connection, place, request: { target } }) => [target, connection, place])).toEqual([
      ['/1', 2, 0],
      ['/2', 1, 0],
      ['/3', 2, 1],
    ])
  })

  test('knows a pipelined request by the answer that had not come, and all requests behind it', () => {
    const interactions = interactionsOf(
      oneConnection(API, (it) =>
        it
          .sent(request('GET', '/1'))
          .received(answer('1'))
          .sent(request('GET', '/2') + request('GET', '/3'))
          .received(answer('2') + answer('3'))
          .sent(request('GET', '/4'))
          .received(answer('4')),
      ),
    )
    expect(interactions.map(({ isPipelined }) => isPipelined)).toEqual([false, false, true, true])
    expect(interactions.map((interaction) => causes(interaction).length)).toEqual([1, 0, 1, 1])
  })

  test('holds a segment that came inside the head of the next request until that head', () => {
    const second = request('GET', '/2')
    const interactions = interactionsOf(
      oneConnection(API, (it) =>
        it
          .sent(request('GET', '/1') + second.slice(0, 9))
          .received(answer('1'))
          .sent(second.slice(9)),
      ),
    )
    expect(interactions.map(causes)).toEqual([[], ['0 body bytes: HTTP/1.1 200 OK']])
    expect(interactions[1]?.isPipelined).toBe(true)
  })

  test('does not take 100 Continue for the answer that a pipelined request did not wait for', () => {
    const head = request('POST', '/1', '', ['Content-Length: 1', 'Expect: 100-continue'])
    const interactions = interactionsOf(
      oneConnection(API, (it) =>
        it.sent(head).received('HTTP/1.1 100 Continue\r\n\r\n').sent('x', request('GET', '/2')),
      ),
    )
    expect(interactions.map(({ isPipelined }) => isPipelined)).toEqual([false, true])
  })

  test('knows a pipelined request by an answer that was still under way', () => {
    const second = request('GET', '/2')
    const interactions = interactionsOf(
      oneConnection(API, (it) =>
        it
          .sent(request('GET', '/1'))
          .received(answer('1').slice(0, 9))
          .sent(second.slice(0, 9))
          .received(answer('1').slice(9))
          .sent(second.slice(9)),
      ),
    )
    expect(interactions.map(({ isPipelined }) => isPipelined)).toEqual([false, true])
    expect(interactions.map((interaction) => causes(interaction).length)).toEqual([1, 1])
  })

  test('takes line ends behind a request for nothing', () => {
    const [interaction] = interactionsOf(
      oneConnection(API, (it) => it.sent(request('POST', '/', 'x'), '\r\n').received(answer('ok'))),
    )
    expect(interaction && causes(interaction)).toEqual(['complete: HTTP/1.1 200 OK'])
    expect(interaction?.rest).toBeUndefined()
  })

  test('keeps what follows an upgrade as bytes', () => {
    const [interaction] = interactionsOf(
      oneConnection(API, (it) =>
        it
          .sent(request('GET', '/chat', '', ['Upgrade: websocket', 'Connection: upgrade']))
          .received('HTTP/1.1 101 Switching Protocols\r\n\r\n')
          .sent('\x81\x85')
          .received('\x81\x01a')
          .sent('hello')
          .received('\x81\x01b'),
      ),
    )
    expect(interaction && causes(interaction)).toEqual(['complete: HTTP/1.1 101 Switching Protocols'])
    expect(text(interaction?.rest?.bytes ?? Buffer.of())).toBe('\x81\x85hello')
    expect(interaction?.rest?.steps.map(({ after }) => after.sent)).toEqual([2, 7])
  })

  test('keeps a connection that never was HTTP as bytes', () => {
    const { connections, interactions } = new Conversations(
      oneConnection('http://redis.test:6379', (it) => it.sent('*1\r\n$4\r\nPING\r\n').received('+PONG\r\n')),
    )
    expect(interactions).toEqual([])
    expect(text(connections[0]?.rest?.bytes ?? Buffer.of())).toBe('*1\r\n$4\r\nPING\r\n')
  })

  test('refuses a tape that uses a connection before it opens it', () => {
    const { cassette } = new TapeWriter()
    const tape = [{ type: 'end', connection: 7, at: 0, by: 'server' }] as const
    expect(() => interactionsOf({ ...cassette, tape })).toThrow(
      expect.objectContaining({ code: 'CASSETTE_INVALID', message: expect.stringContaining('connection 7') }),
    )
  })

  test('refuses an origin that is no URL', () => {
    expect(() => interactionsOf(oneConnection('api test', () => {}))).toThrow(
      expect.objectContaining({ code: 'CASSETTE_INVALID' }),
    )
  })
})
