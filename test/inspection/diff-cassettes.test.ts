import { brotliCompressSync, gzipSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import type { Cassette, TapeEvent } from '../../src/tape/cassette.ts'
import type { Change } from '../../src/inspection/content-changes.ts'
import { diffCassettes, type InteractionDiff } from '../../src/inspection/diff-cassettes.ts'
import { conversations } from '../helpers/conversations.ts'
import { READABLE } from '../format/readable.ts'
import { answer, cassetteOf, connectionOf, conversation, get, ok } from './wire.ts'
import { countOf } from '../helpers/share.ts'

test.describe('diffCassettes', () => {
  test('finds no difference between a cassette and itself', () => {
    expect(diffCassettes(READABLE, READABLE)).toMatchObject({ isSame: true, interactions: [], connections: [] })
    fc.assert(fc.property(conversations, (cassette) => diffCassettes(cassette, cassette).isSame))
  })

  test('does not count times, connection numbers, and the borders of segments', () => {
    const before = conversation([get('/a'), ok('hello')], [get('/b'), ok()])
    const late = before.tape.map((event): TapeEvent => ({ ...event, at: event.at * 3, connection: 7 }))
    expect(diffCassettes(before, { ...before, tape: late }).isSame).toBe(true)

    const apart = conversation([get('/a'), [ok('hello').subarray(0, 9), ok('hello').subarray(9)]], [get('/b'), ok()])
    expect(diffCassettes(before, apart).isSame).toBe(true)
    expect(changesOf(before, apart, { segments: true })).toEqual([
      { kind: 'value', field: 'segments', before: '43', after: '9, 34' },
    ])
  })

  test('distinguishes status, reason and version', () => {
    const after = conversation([get('/'), 'HTTP/1.0 404 Nowhere\r\nContent-Length: 0\r\n\r\n'])
    expect(changesOf(conversation([get('/'), ok()]), after)).toEqual([
      { kind: 'value', field: 'status', before: '200', after: '404' },
      { kind: 'value', field: 'reason', before: 'OK', after: 'Nowhere' },
      { kind: 'value', field: 'version', before: '1.1', after: '1.0' },
    ])
  })

  for (const { what, before, after, changes } of [
    {
      what: 'a value',
      before: ['A: 1', 'B: 1'],
      after: ['A: 2', 'B: 1'],
      changes: [{ change: 'value', before: 'A: 1', after: 'A: 2' }],
    },
    {
      what: 'the case of a name',
      before: ['X-Id: 1'],
      after: ['x-id: 1'],
      changes: [{ change: 'case', before: 'X-Id: 1', after: 'x-id: 1' }],
    },
    {
      what: 'the order of two names',
      before: ['A: 1', 'B: 1'],
      after: ['B: 1', 'A: 1'],
      changes: [{ change: 'order', before: 'a, b, content-length', after: 'b, a, content-length' }],
    },
    {
      what: 'one of several lines of a name',
      before: ['Set-Cookie: a', 'Set-Cookie: b'],
      after: ['Set-Cookie: a'],
      changes: [{ change: 'removed', before: 'Set-Cookie: b', after: undefined }],
    },
    {
      what: 'lines of a name that stand elsewhere',
      before: ['A: 1', 'A: 2', 'B: 1'],
      after: ['A: 1', 'B: 1', 'A: 2'],
      changes: [{ change: 'order', before: 'A, A, B, Content-Length', after: 'A, B, A, Content-Length' }],
    },
    {
      what: 'a new line',
      before: [],
      after: ['Via: x'],
      changes: [{ change: 'added', before: undefined, after: 'Via: x' }],
    },
  ]) {
    test(`reports ${what} of the headers`, () => {
      const found = changesOf(conversation([get('/'), ok('', ...before)]), conversation([get('/'), ok('', ...after)]))
      expect(found).toEqual(changes.map((change) => Object.assign({ kind: 'header', field: 'headers' }, change)))
    })
  }

  test('reports blanks around a value, which a parser does not keep, as bytes', () => {
    const [change] = changesOf(conversation([get('/'), ok('', 'A: 1')]), conversation([get('/'), ok('', 'A:  1')]))
    expect(change).toMatchObject({ kind: 'bytes', field: 'answer', offset: 20 })
  })

  test('compares JSON value by value, whatever its Content-Encoding', () => {
    const before = { users: [{ id: 1 }, { id: 2, name: 'Ada' }, { id: 3 }], next: null, 'a b': 1 }
    const after = { users: [{ id: 9 }, { id: 1 }, { id: 2, name: 'Grace' }, { id: 3 }], next: 'x', __proto: 2 }
    const one = conversation([get('/'), ok(gzipSync(JSON.stringify(before)), 'Content-Encoding: gzip')])
    const other = conversation([get('/'), ok(brotliCompressSync(JSON.stringify(after)), 'Content-Encoding: br')])
    expect(changesOf(one, other).filter(({ kind }) => kind === 'json')).toEqual([
      { kind: 'json', field: 'body', path: '$.users[0]', before: undefined, after: '{"id":9}' },
      { kind: 'json', field: 'body', path: '$.users[1].name', before: '"Ada"', after: '"Grace"' },
      { kind: 'json', field: 'body', path: '$.next', before: 'null', after: '"x"' },
      { kind: 'json', field: 'body', path: '$["a b"]', before: '1', after: undefined },
      { kind: 'json', field: 'body', path: '$.__proto', before: undefined, after: '2' },
    ])
  })

  test('sees a difference that JSON.parse does not: digits beyond 2^53, and the way it is written', () => {
    const numbers = changesOf(
      conversation([get('/'), ok('{"n":9007199254740992}')]),
      conversation([get('/'), ok('{"n":9007199254740993}')]),
    )
    expect(numbers).toMatchObject([{ kind: 'bytes', field: 'body', offset: 20 }])
    const blanks = changesOf(conversation([get('/'), ok('{"n":1}')]), conversation([get('/'), ok('{"n": 1}')]))
    expect(blanks.map(({ kind, field }) => `${kind} ${field}`)).toEqual(['header headers', 'bytes body'])
  })

  test('compares text line by line', () => {
    const before = conversation([get('/'), ok(lines('four'))])
    expect(changesOf(before, conversation([get('/'), ok(lines('4444'))]))).toEqual([
      {
        kind: 'lines',
        field: 'body',
        hunks: [{ before: 2, after: 2, lines: [' two', ' three', '-four', '+4444', ' five'] }],
      },
    ])
  })

  test('compares anything else from its first differing byte on', () => {
    const [one, other] = [Buffer.from([0, 1, 2, 3]), Buffer.from([0, 1, 9, 3, 4])]
    const changes = changesOf(conversation([get('/'), ok(one)]), conversation([get('/'), ok(other)]))
    expect(changes.at(-1)).toEqual({
      kind: 'bytes',
      field: 'body',
      offset: 2,
      before: { length: 4, excerptStart: 0, excerpt: one },
      after: { length: 5, excerptStart: 0, excerpt: other },
    })
  })

  test('reports another compression of the same content', () => {
    const changes = changesOf(conversation([get('/'), coded(1)]), conversation([get('/'), coded(9)]))
    expect(changes.at(-1)).toMatchObject({ kind: 'bytes', field: 'body' })
  })

  test('reports a request, its body and its trailers', () => {
    const changes = changesOf(conversation([post('a=1', 'X: 1'), ok()]), conversation([post('a=22', 'X: 2'), ok()]))
    expect(changes.map(({ field }) => field)).toEqual(['request body', 'request body framing', 'request trailers'])
  })

  test('reports chunks of other sizes, and a length instead of chunks', () => {
    const before = conversation([get('/'), chunked('he', 'llo')])
    expect(changesOf(before, conversation([get('/'), chunked('hel', 'lo')]))).toEqual([
      { kind: 'value', field: 'body framing', before: '2 chunks: 2, 3', after: '2 chunks: 3, 2' },
    ])
    expect(changesOf(before, conversation([get('/'), ok('hello')])).map(({ field }) => field)).toEqual([
      'headers',
      'headers',
      'body framing',
    ])
  })

  test('reports that a body ends with its connection, but not where there is none to end', () => {
    for (const [body, fields] of [
      ['hello', ['headers', 'body framing', 'ending']],
      ['', ['headers', 'ending']],
    ] as const) {
      const [bare, whole] = [`HTTP/1.1 200 OK\r\n\r\n${body}`, ok(body)]
      const changes = changesOf(conversation([get('/'), bare]), conversation([get('/'), whole]))
      expect(changes.map(({ field }) => field)).toEqual(fields)
    }
  })

  test('reports interim responses', () => {
    const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'
    const before = conversation([get('/'), ok()])
    expect(changesOf(before, conversation([get('/'), Buffer.concat([Buffer.from(hints), ok()])]))).toEqual([
      { kind: 'value', field: 'interim 1 status', before: undefined, after: '103 Early Hints' },
    ])
  })

  test('reports how an answer ended', () => {
    const half = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'
    const failure = { code: 'CONNECTION_LOST', phase: 'body', systemCode: 'ECONNRESET', message: '' } as const
    const reset: TapeEvent = { type: 'close', connection: 1, at: 0, by: 'server', failure }
    const fin: TapeEvent = { type: 'end', connection: 1, at: 0, by: 'server' }
    const [before, after] = [reset, fin].map((end) => cassetteOf(connectionOf([[get('/'), half]], { end: [end] })))
    expect(before && after && changesOf(before, after)).toEqual([
      {
        kind: 'value',
        field: 'ending',
        before: 'cut off, CONNECTION_LOST ECONNRESET',
        after: 'cut off, the server ended the connection',
      },
    ])
  })

  test('pairs equal requests in their order, then other origins, then other queries; the rest has no partner', () => {
    const before = cassetteOf(requests('http://127.0.0.1:1', '/poll', '/poll', '/list?page=1', '/gone'))
    const after = cassetteOf(requests('http://127.0.0.1:2', '/poll', '/poll', '/list?page=2', '/new'))
    const { interactions, equal } = diffCassettes(before, after)
    expect(equal).toBe(0)
    expect(interactions.map(({ kind, before: old, after: fresh, url }) => [kind, old, fresh, url])).toEqual([
      ['changed', 0, 0, 'http://127.0.0.1:1/poll'],
      ['changed', 1, 1, 'http://127.0.0.1:1/poll'],
      ['changed', 2, 2, 'http://127.0.0.1:1/list?page=1'],
      ['removed', 3, undefined, 'http://127.0.0.1:1/gone'],
      ['added', undefined, 3, 'http://127.0.0.1:2/new'],
    ])
    expect(interactions[0]?.changes).toEqual([
      { kind: 'value', field: 'url', before: 'http://127.0.0.1:1/poll', after: 'http://127.0.0.1:2/poll' },
    ])
  })

  test('pairs across connections: how many there are is not a difference', () => {
    const together = conversation([get('/a'), ok('1')], [get('/b'), ok('2')])
    const apart = cassetteOf(connectionOf([[get('/a'), ok('1')]]), connectionOf([[get('/b'), ok('2')]], { number: 2 }))
    expect(diffCassettes(together, apart)).toMatchObject({ isSame: true, equal: 2 })
  })

  test('reports connections that failed, TLS, and bytes that are not HTTP', () => {
    const found = diffCassettes(
      cassetteOf([failed('ECONNREFUSED')], banner('TLSv1.2')),
      cassetteOf([failed('ETIMEDOUT')], banner('TLSv1.3')),
    )
    expect(found.connections).toMatchObject([
      {
        kind: 'changed',
        to: 'http://down.test',
        changes: [
          {
            field: 'failure',
            before: 'CONNECT_FAILED ECONNREFUSED in phase tcp',
            after: 'CONNECT_FAILED ETIMEDOUT in phase tcp',
          },
        ],
      },
      {
        kind: 'changed',
        to: 'https://ssh.test',
        changes: [{ field: 'tls' }, { kind: 'bytes', field: 'received, not HTTP', offset: 14 }],
      },
    ])
    expect(diffCassettes(cassetteOf(), cassetteOf([failed('EPIPE')])).connections).toMatchObject([{ kind: 'added' }])
  })

  test('changes nothing but the sign when both are exchanged', () => {
    fc.assert(
      fc.property(conversations, conversations, (one, other) => {
        const [there, back] = [diffCassettes(one, other), diffCassettes(other, one)]
        return there.isSame === back.isSame && there.equal === back.equal
      }),
      { numRuns: countOf(50, 200) },
    )
  })

  test('sees every byte that a message can differ in', () => {
    const whole = Buffer.concat([Buffer.from(answer('201 Created', '{"a":[1,2]}', 'A: b'))])
    const before = conversation([get('/'), whole])
    for (let at = 0; at < whole.length; at += 1) {
      const changed = Buffer.from(whole)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(diffCassettes(before, conversation([get('/'), changed])).isSame, `byte ${at}`).toBe(false)
    }
  })

  test('takes time in proportion to the number of interactions', () => {
    timeOfDiff(200)
    // One of three is enough: whatever else goes on can only add to a time.
    let ratio = Infinity
    for (let round = 0; round < 3 && ratio >= 10; round += 1) ratio = timeOfDiff(4000) / timeOfDiff(1000)
    expect(ratio).toBeLessThan(10)
  })
})

function changesOf(
  before: Cassette,
  after: Cassette,
  options?: Parameters<typeof diffCassettes>[2],
): readonly Change[] {
  const { interactions, connections } = diffCassettes(before, after, options)
  expect(connections).toEqual([])
  return interactions.flatMap(({ changes }: InteractionDiff) => changes)
}

const lines = (word: string): string => `one\ntwo\nthree\n${word}\nfive\n`

const coded = (level: number): Uint8Array => ok(gzipSync('hello '.repeat(50), { level }), 'Content-Encoding: gzip')

const post = (body: string, trailer: string): string =>
  `POST / HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\n${body.length}\r\n${body}\r\n0\r\n${trailer}\r\n\r\n`

const chunked = (...chunks: readonly string[]): string =>
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks.map((chunk) => `${chunk.length}\r\n${chunk}\r\n`).join('')}0\r\n\r\n`

const requests = (to: string, ...targets: readonly string[]): readonly TapeEvent[] =>
  connectionOf(
    targets.map((target, place) => [get(target), ok(`${place}`)]),
    { to },
  )

const failed = (systemCode: string): TapeEvent => ({
  type: 'failed',
  connection: 9,
  at: 0,
  to: 'http://down.test',
  took: 1,
  failure: { code: 'CONNECT_FAILED', phase: 'tcp', systemCode, message: '' },
})
const banner = (version: string): TapeEvent[] => [
  {
    type: 'open',
    connection: 2,
    at: 0,
    to: 'https://ssh.test',
    took: 1,
    tls: { version, authorized: true },
  },
  { type: 'received', connection: 2, at: 1, bytes: Buffer.from(`SSH-2.0 ${version}`) },
]

const many = (count: number): Cassette =>
  conversation(...Array.from({ length: count }, (_, at) => [get(`/poll/${at % 3}`), ok(`{"n":${at}}`)] as const))

const timeOfDiff = (count: number): number => {
  const [before, after] = [many(count), many(count + 1)]
  const began = performance.now()
  diffCassettes(before, after)
  return performance.now() - began
}
