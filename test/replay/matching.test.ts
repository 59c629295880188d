import { expect, test } from '../helpers/test.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import type { MatchOn } from '../../src/matching/match-on.ts'
import { urlParts } from '../../src/content/url-form.ts'
import { Replayer, type ReplayerOptions } from '../../src/replay/replayer.ts'
import { Dialogue } from '../helpers/dialogue.ts'
import { answer, oneConnection, request, TapeWriter } from '../helpers/tape.ts'

const API = 'http://api.test'

/** What a new connection hears in answer to a request; the code where it is a miss. */
async function ask(replayer: Replayer, text: string, origin = API): Promise<string> {
  const client = await Dialogue.with(replayer, origin)
  try {
    client.say(text)
  } catch {
    // The next read reports it, too.
  }
  return (await client.hearAll()).join('')
}

const recordedOf = (text: string, to = API): Cassette =>
  oneConnection(to, (it) => it.sent(text).received(answer('yes')))

interface Case {
  readonly name: string
  readonly matchOn: MatchOn
  readonly recorded: string
  readonly accepted: readonly string[]
  readonly refused: readonly string[]
}

const json = (value: unknown, headers: readonly string[] = []): string =>
  request('POST', '/', JSON.stringify(value), ['Content-Type: application/json', ...headers])
const form = (body: string): string => request('POST', '/', body, ['Content-Type: application/x-www-form-urlencoded'])
const multipart = (boundary: string, ...parts: readonly (readonly [name: string, value: string])[]): string =>
  request(
    'POST',
    '/',
    parts
      .map(([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
      .join('') + `--${boundary}--\r\n`,
    [`Content-Type: multipart/form-data; boundary=${boundary}`],
  )

const BASE = ['method', 'url'] as const

const CASES: readonly Case[] = [
  {
    name: 'the port alone',
    matchOn: ['method', 'port'],
    recorded: request('GET', '/a'),
    accepted: [request('GET', '/b')],
    refused: [request('PUT', '/a')],
  },
  {
    name: 'the path without the query',
    matchOn: ['path'],
    recorded: request('GET', '/a?x=1'),
    accepted: [request('PUT', '/a?y'), request('GET', '/a')],
    refused: [request('GET', '/a/?x=1'), request('GET', '/A?x=1')],
  },
  {
    name: 'a query in any order',
    matchOn: ['method', 'path', { query: { anyOrder: true } }],
    recorded: request('GET', '/a?x=1&y=2&x=3'),
    accepted: [request('GET', '/a?y=2&x=1&x=3'), request('GET', '/a?x=1&x=3&y=2')],
    refused: [request('GET', '/a?x=3&y=2&x=1'), request('GET', '/a?x=1&y=2'), request('GET', '/a?x=1&y=2&x=3&z')],
  },
  {
    name: 'a URL with a query in any order, but for one parameter',
    matchOn: ['url', { query: { anyOrder: true, ignore: ['_ts', 'a b'] } }],
    recorded: request('GET', '/a?x=1&_ts=1&y=2'),
    accepted: [request('GET', '/a?y=2&x=1'), request('GET', '/a?_ts=99&x=1&a+b=7&y=2&a%20b')],
    refused: [request('GET', '/b?x=1&y=2'), request('GET', '/a?x=1')],
  },
  {
    name: 'a query in its order, but for one parameter',
    matchOn: ['url', { query: { ignore: ['_ts'] } }],
    recorded: request('GET', '/a?x=1&y=2'),
    accepted: [request('GET', '/a?x=1&_ts=1&y=2')],
    refused: [request('GET', '/a?y=2&x=1')],
  },
  {
    name: 'two headers',
    matchOn: [...BASE, { headers: ['Accept', 'x-version'] }],
    recorded: request('GET', '/', '', ['Accept: text/html', 'X-Id: 1']),
    accepted: [request('GET', '/', '', ['X-Id: 2', 'ACCEPT: text/html'])],
    refused: [
      request('GET', '/', '', ['Accept: text/plain']),
      request('GET', '/', '', ['X-Version: 2', 'Accept: text/html']),
    ],
  },
  {
    name: 'all headers but one',
    matchOn: [...BASE, { headers: { ignore: ['X-Id'] } }],
    recorded: request('GET', '/', '', ['Accept: a', 'X-Id: 1', 'Accept: b']),
    accepted: [request('GET', '/', '', ['X-ID: 2', 'Accept: a', 'Accept: b'])],
    refused: [
      request('GET', '/', '', ['Accept: b', 'Accept: a']),
      request('GET', '/', '', ['Accept: a', 'Accept: b', 'Z: 1']),
    ],
  },
  {
    name: 'JSON whatever its spelling',
    matchOn: [...BASE, 'body'],
    recorded: json({ id: 1, name: 'Ada' }),
    accepted: [request('POST', '/', '{ "name" : "\\u0041da", "id": 1.0 }')],
    refused: [json({ id: 2, name: 'Ada' }), json({ id: 1, name: 'Ada', more: null })],
  },
  {
    name: 'JSON byte for byte',
    matchOn: [...BASE, { body: 'bytes' }],
    recorded: json({ id: 1, name: 'Ada' }),
    accepted: [json({ id: 1, name: 'Ada' })],
    refused: [json({ name: 'Ada', id: 1 })],
  },
  {
    name: 'JSON without some of its places',
    matchOn: [
      ...BASE,
      { body: { as: 'json', ignore: ['$.id', '$.items[*].at', '$.list[0]', '$["odd name"]', '$..nonce'] } },
    ],
    recorded: json({
      id: 1,
      items: [{ at: 5, is: 'a' }, { at: 6 }],
      list: [1, 2],
      deep: [{ nonce: 1, b: { nonce: 2 } }],
    }),
    accepted: [
      json({ items: [{ is: 'a' }, { at: 0 }], list: ['x', 2], deep: [{ b: {} }], 'odd name': 1 }),
      json({
        id: [],
        items: [{ at: {}, is: 'a' }, {}],
        list: [{}, 2],
        deep: [{ nonce: 7, b: { nonce: 8 } }],
        nonce: 1,
      }),
    ],
    refused: [
      json({ id: 1, items: [{ at: 5, is: 'b' }, { at: 6 }], list: [1, 2], deep: [{ b: {} }] }),
      json({ id: 1, items: [{ is: 'a' }], list: [1, 2], deep: [{ b: {} }] }),
      json({ id: 1, items: [{ is: 'a' }, {}], list: [1, 3], deep: [{ b: {} }] }),
    ],
  },
  {
    name: 'text with line ends of either kind',
    matchOn: [...BASE, { body: 'text' }],
    recorded: request('POST', '/', 'one\r\ntwo\n'),
    accepted: [request('POST', '/', 'one\ntwo\r\n')],
    refused: [request('POST', '/', 'one two\n'), request('POST', '/', 'one\n\ntwo\n')],
  },
  {
    name: 'a form in any order, but for one field',
    matchOn: [...BASE, { body: { as: 'form', ignore: ['csrf'] } }],
    recorded: form('a=1&csrf=abc&b=x+y&a=2'),
    accepted: [form('b=x%20y&a=1&a=2'), form('csrf=zzz&a=1&a=2&b=x+y')],
    refused: [form('a=2&a=1&b=x+y'), form('a=1&b=x+y')],
  },
  {
    name: 'multipart whatever its boundary',
    matchOn: [...BASE, 'body', 'headers'],
    recorded: multipart('one-boundary', ['a', '1'], ['b', '2\r\n--two']),
    accepted: [multipart('two-boundary', ['a', '1'], ['b', '2\r\n--two'])],
    refused: [multipart('two-boundary', ['a', '1'], ['b', '3\r\n--two']), multipart('one-boundary', ['a', '1'])],
  },
  {
    name: 'multipart without one of its parts',
    matchOn: [...BASE, { body: { as: 'multipart', ignore: ['at'] } }],
    recorded: multipart('xx', ['a', '1'], ['at', 'noon']),
    accepted: [multipart('yy', ['at', 'night'], ['a', '1']), multipart('zz', ['a', '1'])],
    refused: [multipart('xx', ['a', '2'], ['at', 'noon'])],
  },
  {
    name: 'cases by method and path',
    matchOn: [
      { method: 'GET', matchOn: ['method', 'path'] },
      { method: ['PUT', 'POST'], path: '/log*', matchOn: ['path'] },
      { path: /^\/v\d$/, matchOn: ['method', 'path', { body: 'text' }] },
    ],
    recorded: request('PUT', '/log/1', 'abc'),
    accepted: [request('POST', '/log/1', 'xyz')],
    refused: [request('POST', '/log/2', 'abc'), request('GET', '/log/1', 'abc'), request('DELETE', '/log/1', 'abc')],
  },
  {
    name: 'the default where no case fits',
    matchOn: [{ method: 'GET', matchOn: ['path'] }],
    recorded: request('POST', '/', 'abc'),
    accepted: [request('POST', '/', 'abc')],
    refused: [request('POST', '/', 'abd'), request('POST', '/?a', 'abc')],
  },
  {
    name: 'a function of the request',
    matchOn: ({ method }) => (method === 'POST' ? ['method', 'path'] : ['method', 'url']),
    recorded: request('POST', '/a?b', 'abc'),
    accepted: [request('POST', '/a?c', 'xyz')],
    refused: [request('GET', '/a?b', 'abc')],
  },
  {
    name: 'a function that says yes or why not',
    matchOn: ['method', (asked, { request: { body } }) => asked.body.length === body.length || 'another length'],
    recorded: request('POST', '/a', 'abc'),
    accepted: [request('POST', '/b', 'xyz')],
    refused: [request('POST', '/a', 'abcd')],
  },
]

test.describe('requests are compared by', () => {
  for (const { name, matchOn, recorded, accepted, refused } of CASES) {
    test(name, async () => {
      const verdicts = async (texts: readonly string[]): Promise<string[]> =>
        Promise.all(texts.map((text) => ask(new Replayer(recordedOf(recorded), { matchOn }), text)))
      expect(await verdicts([recorded, ...accepted])).toEqual([recorded, ...accepted].map(() => answer('yes')))
      expect(await verdicts(refused)).toEqual(refused.map(() => '(NO_MATCH)'))
    })
  }

  test('scheme, host and port of the connection', async () => {
    const cassette = recordedOf(request('GET', '/'), 'https://api.test:8443')
    const heard = (matchOn: MatchOn, origin: string): Promise<string> =>
      ask(new Replayer(cassette, { matchOn }), request('GET', '/'), origin)
    expect(await heard(['host'], 'http://api.test')).toBe(answer('yes'))
    expect(await heard(['host', 'port'], 'http://api.test:8443')).toBe(answer('yes'))
    expect(await heard(['host', 'port'], 'http://api.test')).toBe('(NO_MATCH)')
    expect(await heard(['scheme', 'path'], 'https://other.test')).toBe(answer('yes'))
    expect(await heard(['scheme', 'path'], 'http://api.test:8443')).toBe('(NO_MATCH)')
  })

  const urls: readonly (readonly [url: string, parts: readonly string[]])[] = [
    ['http://a.test/b?c', ['http', 'a.test', '80', '/b', '?c']],
    ['https://a.test', ['https', 'a.test', '443', '', '']],
    ['http://[::1]:8080/', ['http', '[::1]', '8080', '/', '']],
    ['http://[::1]?x', ['http', '[::1]', '80', '', '?x']],
    ['HTTP://A:1/p:2?q:3', ['HTTP', 'A', '1', '/p:2', '?q:3']],
    ['a.test:443', ['', '', '', 'a.test:443', '']],
  ]
  for (const [url, parts] of urls) {
    test(`the parts of ${url}`, () => {
      expect(Object.values(urlParts(url))).toEqual(parts)
    })
  }

  const nonsense: readonly unknown[] = [
    [],
    ['colour'],
    [{ body: 'xml' }],
    [{ body: { ignore: ['$.a', 'b'], as: 'bytes' } }],
    [{ body: { as: 'json', ignore: ['a.b'] } }],
    [{ body: { ignore: ['$.a['] } }],
    [{ colour: 1 }],
    [null],
    [{ matchOn: [] }],
  ]
  for (const matchOn of nonsense) {
    test(`refuses ${JSON.stringify(matchOn)}`, () => {
      const options: ReplayerOptions = JSON.parse(JSON.stringify({ matchOn }))
      expect(() => new Replayer(recordedOf(request('GET', '/')), options)).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION' }),
      )
    })
  }
})

test('a function whose lists are new for each request indexes the cassette once for each kind', async () => {
  let seen = 0
  const tape = new TapeWriter()
  const connection = tape.open(API)
  for (let index = 0; index < 200; index += 1) connection.sent(request('GET', `/${index}`)).received(answer(`${index}`))
  const custom = (): true => {
    seen += 1
    return true
  }
  const replayer = new Replayer(tape.cassette, { matchOn: () => ['method', 'url', custom] })
  for (let index = 199; index >= 0; index -= 1)
    expect(await ask(replayer, request('GET', `/${index}`))).toBe(answer(`${index}`))
  expect(seen).toBe(200)
})

const twoOrigins = (): Cassette => {
  const tape = new TapeWriter()
  tape.open(API).sent(request('GET', '/1')).received(answer('1')).sent(request('GET', '/2')).received(answer('2'))
  tape.open('http://b.test').sent(request('GET', '/3')).received(answer('3'))
  return tape.cassette
}

test.describe('equal requests of a pool, which takes whatever connection is free', () => {
  const take = request('GET', '/tickets')
  const onOneConnection = async (cassette: Cassette, count: number): Promise<readonly string[]> => {
    const client = await Dialogue.with(new Replayer(cassette), API)
    const heard: string[] = []
    for (let at = 0; at < count; at++) {
      client.say(take)
      heard.push(await client.hear())
    }
    return heard
  }

  test('are answered in the order in which they were sent, where each waited for the one before', async () => {
    const tape = new TapeWriter()
    const [one, two] = [tape.open(API), tape.open(API)]
    one.sent(take).received(answer('1'))
    two.sent(take).received(answer('2'))
    one.sent(take).received(answer('3'))
    expect(await onOneConnection(tape.cassette, 3)).toEqual([answer('1'), answer('2'), answer('3')])
  })

  test('go on as their own connection did, where several were under way', async () => {
    const tape = new TapeWriter()
    const [one, two] = [tape.open(API), tape.open(API)]
    one.sent(take).received(answer('1'))
    two.sent(take)
    one.sent(take).received(answer('3'))
    two.received(answer('2'))
    expect(await onOneConnection(tape.cassette, 2)).toEqual([answer('1'), answer('3')])
  })
})

test.describe('the order of requests', () => {
  test('does not matter unless asked for', async () => {
    const replayer = new Replayer(twoOrigins())
    expect(await ask(replayer, request('GET', '/2'))).toBe(answer('2'))
    expect(await ask(replayer, request('GET', '/1'))).toBe(answer('1'))
  })

  test("is that of the recording with 'recorded', whatever the origin", async () => {
    const replayer = new Replayer(twoOrigins(), { order: 'recorded' })
    expect(await ask(replayer, request('GET', '/3'), 'http://b.test')).toBe('(NO_MATCH)')
    expect(replayer.misses[0]?.report.nearest[0]?.reasons).toEqual([
      { what: 'order', detail: 'recorded interaction 1 has to come before it' },
    ])
    expect(await ask(replayer, request('GET', '/1'))).toBe(answer('1'))
    expect(await ask(replayer, request('GET', '/3'), 'http://b.test')).toBe('(NO_MATCH)')
    expect(await ask(replayer, request('GET', '/2'))).toBe(answer('2'))
    expect(await ask(replayer, request('GET', '/3'), 'http://b.test')).toBe(answer('3'))
  })

  test("is that of each origin with 'recorded-per-origin'", async () => {
    const replayer = new Replayer(twoOrigins(), { order: 'recorded-per-origin' })
    expect(await ask(replayer, request('GET', '/3'), 'http://b.test')).toBe(answer('3'))
    expect(await ask(replayer, request('GET', '/2'))).toBe('(NO_MATCH)')
    expect(await ask(replayer, request('GET', '/1'))).toBe(answer('1'))
  })
})

test.describe('a read behind a write', () => {
  const list = request('GET', '/items')
  const add = request('POST', '/items', 'x')
  const shop = (): Cassette => {
    const tape = new TapeWriter()
    const [one, two] = [tape.open(API), tape.open(API)]
    one.sent(list).received(answer('none'))
    two.sent(add).received(answer('added'))
    one.sent(list).received(answer('one'))
    two.sent(request('DELETE', '/items')).received(answer('gone'))
    one.sent(list).received(answer('none again'))
    return tape.cassette
  }

  test('is answered before it where nobody asked for a barrier', async () => {
    const replayer = new Replayer(shop())
    expect([await ask(replayer, list), await ask(replayer, list)]).toEqual([answer('none'), answer('one')])
  })

  test("is a miss with 'fail', which names the write", async () => {
    const replayer = new Replayer(shop(), { barrier: 'fail' })
    expect([await ask(replayer, list), await ask(replayer, list)]).toEqual([answer('none'), '(NO_MATCH)'])
    const reasons = replayer.misses[0]?.report.nearest.flatMap((near) => near.reasons)
    expect(reasons).toContainEqual({
      what: 'barrier',
      detail: 'it was read behind recorded interaction 2, a POST that has not come',
    })
    expect([await ask(replayer, add), await ask(replayer, list)]).toEqual([answer('added'), answer('one')])
  })

  test("gets what was read before it again with 'fail', where repeats are allowed", async () => {
    const replayer = new Replayer(shop(), { barrier: 'fail', allowPlaybackRepeats: true })
    const heard: string[] = []
    for (const text of [list, list, list, add, list, list]) heard.push(await ask(replayer, text))
    expect(heard).toEqual(['none', 'none', 'none', 'added', 'one', 'one'].map((text) => answer(text)))
  })

  test("waits for it with 'wait', and so does what the client sends behind", async () => {
    const replayer = new Replayer(shop(), { barrier: 'wait' })
    const [reader, writer] = [await Dialogue.with(replayer), await Dialogue.with(replayer)]
    reader.say(list)
    expect(await reader.hearAll()).toEqual([answer('none')])
    reader.say(list, list)
    expect(await reader.hearAll()).toEqual([])
    writer.say(add)
    expect(await writer.hearAll()).toEqual([answer('added')])
    expect(await reader.hearAll()).toEqual([answer('one')])
    writer.say(request('DELETE', '/items'))
    expect(await writer.hearAll()).toEqual([answer('gone')])
    expect(await reader.hearAll()).toEqual([answer('none again')])
    expect(replayer.allPlayed).toBe(true)
  })

  test('reports a miss that was sent after one that waits, and no sooner', async () => {
    const replayer = new Replayer(shop(), { barrier: 'wait' })
    const [reader, writer] = [await Dialogue.with(replayer), await Dialogue.with(replayer)]
    reader.say(list)
    reader.say(list, request('GET', '/nothing'))
    expect(await reader.hearAll()).toEqual([answer('none')])
    writer.say(add)
    expect(await reader.hearAll()).toEqual([answer('one'), '(NO_MATCH)'])
  })

  test('of another origin does not wait', async () => {
    const tape = new TapeWriter()
    tape.open('http://b.test').sent(add).received(answer('added'))
    tape.open(API).sent(list).received(answer('none'))
    expect(await ask(new Replayer(tape.cassette, { barrier: 'fail' }), list)).toBe(answer('none'))
  })

  for (const options of [
    { barrier: 'wait', matchOn: 'bytes' },
    { order: 'recorded', matchOn: 'bytes' },
  ] as const) {
    test(`means nothing, so is refused, with ${JSON.stringify(options)}`, () => {
      expect(() => new Replayer(shop(), options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    })
  }
})
