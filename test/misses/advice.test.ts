import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import { expectKeptLines } from '../helpers/outcomes.ts'
import { every } from '../helpers/share.ts'
import { parseMatchOn } from '../../src/cli/serve/play-options.ts'
import type { MatchList, MatchOn } from '../../src/matching/match-on.ts'
import { CassetteMiss } from '../../src/misses/cassette-miss.ts'
import { formatMissReport } from '../../src/misses/miss-text.ts'
import type { Face } from '../../src/misses/words.ts'
import { Replayer, type ReplayerOptions } from '../../src/replay/replayer.ts'
import { serveCassette } from '../../src/serve/serve-cassette.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import type { Connector } from '../../src/transport.ts'
import { useCassette } from '../../src/use/use-cassette.ts'
import { originOf } from '../helpers/dialogue.ts'
import { answer, TapeWriter } from '../helpers/tape.ts'
import { requestOf } from '../matching/own-client.ts'

const ORIGIN = 'http://api.test'
const FACES: readonly Face[] = ['replayer', 'cassette', 'server', 'command']

interface Case {
  readonly recorded: readonly string[]
  /** The last one is a miss; those before it are answered. */
  readonly asked: readonly string[]
  readonly options?: ReplayerOptions
  readonly origin?: string
  /** What the first advice on options says, in code; `undefined`: there is none. */
  readonly advised: string | undefined
}

const JSON_TYPE = 'Content-Type: application/json'
const FORM = 'Content-Type: application/x-www-form-urlencoded'
const PARTS = 'Content-Type: multipart/form-data; boundary=b'
const get = (target: string, headers: readonly string[] = []): string => requestOf(`GET ${target}`, headers)
const post = (body: string | Uint8Array, headers: readonly string[] = [JSON_TYPE], target = '/'): string =>
  requestOf(`POST ${target}`, headers, body)
const part = (name: string, content: string, headers = ''): string =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n${headers}\r\n${content}\r\n`
const parts = (...all: readonly string[]): string => post(`${all.join('')}--b--\r\n`, [PARTS])
const inChunks = (text: string): string =>
  `${requestOf('POST /', ['Transfer-Encoding: chunked'])}${text.length}\r\n${text}\r\n0\r\n\r\n`
const zipped = (text: string): string => post(gzipSync(text), [JSON_TYPE, 'Content-Encoding: gzip'])
const one = (recorded: string, asked: string, advised?: string, options?: ReplayerOptions): Case => ({
  recorded: [recorded],
  asked: [asked],
  advised,
  ...(options && { options }),
})
const DATA = '{"id":1,"name":"Ada","at":5,"tags":["x","y"]}'
const loose = (text: string): string => `matchOn: ${text} accepts it`
const broad = (text: string): string => `${loose(text)}; a function in the list can say what else must agree`
const body = (rule: string): string => loose(`['method', 'url', { body: ${rule} }]`)
const query = (rule: string): string => loose(`['method', 'url', { query: ${rule} }, 'body']`)
const REPEATS = 'allowPlaybackRepeats: true plays an interaction more than once'
const isAnything = (): true => true
const saysNo = (): string => 'not today'

const CASES: Readonly<Record<string, Case>> = {
  // Methods.
  'GET for a recorded POST': one(post(DATA), get('/')),
  'PUT for a recorded POST': one(requestOf('POST /'), requestOf('PUT /')),
  'another method and query': one(get('/?a=1'), requestOf('DELETE /?a=2')),
  'the recorded method is further away': {
    recorded: [requestOf('POST /a?x=1'), get('/a?x=2')],
    asked: [requestOf('PUT /a?x=1')],
    advised: undefined,
  },
  'another method comes nearest, and the same one is near': {
    recorded: [requestOf('DELETE /a?x=1'), get('/a?x=2')],
    asked: [get('/a?x=1')],
    advised: query("{ ignore: ['x'] }"),
  },
  // Queries.
  'one parameter': one(get('/?page=1'), get('/?page=2'), query("{ ignore: ['page'] }")),
  'one parameter of two': one(get('/?q=a&page=1'), get('/?q=a&page=2'), query("{ ignore: ['page'] }")),
  'a parameter more': one(get('/?q=a'), get('/?q=a&t=2'), query("{ ignore: ['t'] }")),
  'a query where there was none': one(get('/'), get('/?t=2'), query("{ ignore: ['t'] }")),
  'a parameter less': one(get('/?q=a&t=1'), get('/?q=a'), query("{ ignore: ['t'] }")),
  'five parameters': one(
    get('/?a=1&b=1&c=1&d=1&e=1'),
    get('/?a=2&b=2&c=2&d=2&e=2'),
    broad("['method', 'scheme', 'host', 'port', 'path', 'body']"),
  ),
  'another order': one(get('/?a=1&b=2'), get('/?b=2&a=1'), query('{ anyOrder: true }')),
  'another order, and a parameter': one(
    get('/?a=1&b=2&c=3'),
    get('/?b=2&a=1&c=4'),
    query("{ anyOrder: true, ignore: ['c'] }"),
  ),
  'another spelling': one(get('/?q=a+b'), get('/?q=a%20b'), loose("['method', { url: 'decoded' }, 'body']")),
  'another spelling in the path': one(get('/a%40b'), get('/a@b'), loose("['method', { url: 'decoded' }, 'body']")),
  'another spelling, and a parameter': one(
    get('/a%40b?t=1'),
    get('/a@b?t=2'),
    loose("['method', { url: 'decoded' }, { query: { ignore: ['t'] } }, 'body']"),
  ),
  'a slash is no escaped slash, decoded or not': one(
    get('/a%2Fb'),
    get('/a/b'),
    broad("['method', 'scheme', 'host', 'port', 'query', 'body']"),
  ),
  'a placeholder beside what differs': one(
    get('/?token={{token.1}}&t=1'),
    get('/?token=abcdefgh&t=2'),
    query("{ ignore: ['t'] }"),
  ),
  'a parameter with a quote in its name': one(
    get("/?it's=1"),
    get("/?it's=2"),
    query(String.raw`{ ignore: ['it\'s'] }`),
  ),
  'the query beside a rule for queries': one(
    get('/?t=1&u=1'),
    get('/?t=2&u=2'),
    loose("['method', 'url', { query: { ignore: ['t', 'u'] } }]"),
    { matchOn: ['method', 'url', { query: { ignore: ['t'] } }] },
  ),
  'the query, compared alone': one(get('/?t=1'), get('/?t=2'), loose("['method', { query: { ignore: ['t'] } }]"), {
    matchOn: ['method', 'query'],
  }),
  // Paths and origins.
  'another path': one(get('/a'), get('/b'), broad("['method', 'scheme', 'host', 'port', 'query', 'body']")),
  'another path and body': one(post('one', []), post('two', [], '/b')),
  'another path and query of one parameter': one(
    get('/a?t=1'),
    get('/b?t=2'),
    broad("['method', 'scheme', 'host', 'port', { query: { ignore: ['t'] } }, 'body']"),
  ),
  'another origin': {
    ...one(
      get('/a'),
      get('/a').replace('api.test', 'other.test'),
      broad("['method', 'scheme', 'path', 'query', 'body']"),
    ),
    origin: 'http://other.test:8080',
  },
  'another host, compared alone': {
    ...one(get('/a'), get('/a'), broad("['method', 'path']"), { matchOn: ['method', 'host', 'path'] }),
    origin: 'http://other.test',
  },
  // Contents.
  'one JSON member': one(post(DATA), post(DATA.replace('5', '6')), body("{ ignore: ['$.at'] }")),
  'two JSON members': one(
    post(DATA),
    post(DATA.replace('5', '6').replace('1', '2')),
    body("{ ignore: ['$.id', '$.at'] }"),
  ),
  'an element more': one(post(DATA), post(DATA.replace('"y"', '"z","y"')), body("{ ignore: ['$.tags'] }")),
  'the same member of many elements': one(
    post(`[${Array.from({ length: 9 }, (_, id) => `{"id":${id},"n":"n${id}"}`).join()}]`),
    post(`[${Array.from({ length: 9 }, (_, id) => `{"id":${id + 50},"n":"n${id}"}`).join()}]`),
    body("{ ignore: ['$[*].id'] }"),
  ),
  'a JSON member with an odd name': one(
    post(DATA),
    post(DATA.replace('{', String.raw`{"it's \\":1,`)),
    body(String.raw`{ ignore: ['$["it\'s \\\\"]'] }`),
  ),
  'a JSON member, compressed': one(zipped(DATA), zipped(DATA.replace('5', '6')), body("{ ignore: ['$.at'] }")),
  'a JSON placeholder beside what differs': one(
    post(DATA.replace('Ada', '{{token.1}}')),
    post(DATA.replace('5', '6')),
    body("{ ignore: ['$.at'] }"),
  ),
  'JSON of another kind': one(post(DATA), post('[1]'), broad("['method', 'url']")),
  'JSON lines': one(
    post('{"a":1,"t":1}\n{"a":2,"t":2}\n', ['Content-Type: application/x-ndjson']),
    post('{"a":1,"t":3}\n{"a":2,"t":4}\n', ['Content-Type: application/x-ndjson']),
    body("{ ignore: ['$.t'] }"),
  ),
  'a form field': one(post('a=1&nonce=x', [FORM]), post('a=1&nonce=y', [FORM]), body("{ ignore: ['nonce'] }")),
  'a form field that looks like a path': one(
    post('a=1&$a%20=x', [FORM]),
    post('a=1&$a%20=y', [FORM]),
    body("{ as: 'form', ignore: ['$a '] }"),
  ),
  'a form without its type': one(post('b=2&a=1', []), post('a=1&b=2', []), body("'form'")),
  'a part': one(
    parts(part('a', 'x'), part('t', '1')),
    parts(part('a', 'x'), part('t', '2')),
    body("{ ignore: ['t'] }"),
  ),
  'JSON in a part': one(
    parts(part('a', 'x'), part('j', '{"n":"m","t":1}', 'Content-Type: application/json\r\n')),
    parts(part('a', 'x'), part('j', '{"n":"m","t":2}', 'Content-Type: application/json\r\n')),
    body("{ ignore: ['$.t'] }"),
  ),
  'other ends of lines': one(
    post('a\r\nb', ['Content-Type: text/plain']),
    post('a\nb', ['Content-Type: text/plain']),
    body("'text'"),
  ),
  'another text': one(
    post('one', ['Content-Type: text/plain']),
    post('two', ['Content-Type: text/plain']),
    broad("['method', 'url']"),
  ),
  'another text in chunks': one(inChunks('one'), inChunks('two'), broad("['method', 'url']")),
  'JSON with blanks, compared as bytes': one(
    post(DATA),
    post(DATA.replaceAll(':', ': ')),
    loose("['method', 'url', 'body']"),
    { matchOn: ['method', 'url', { body: 'bytes' }] },
  ),
  'a JSON member, compared as text': one(post(DATA), post(DATA.replace('5', '6')), body("{ ignore: ['$.at'] }"), {
    matchOn: ['method', 'url', { body: 'text' }],
  }),
  'a JSON member beside one that is ignored': one(
    post(DATA),
    post(DATA.replace('5', '6').replace('1', '2')),
    body("{ as: 'json', ignore: ['$.id', '$.at'] }"),
    { matchOn: ['method', 'url', { body: { as: 'json', ignore: ['$.id'] } }] },
  ),
  'only the body is compared': one(post('one', []), post('two', []), undefined, { matchOn: ['body'] }),
  'a body where there was none': one(requestOf('POST /'), post(DATA), broad("['method', 'url']")),
  // Several things.
  'a parameter and a JSON member': one(
    post(DATA, [JSON_TYPE], '/?t=1&q=a'),
    post(DATA.replace('5', '6'), [JSON_TYPE], '/?t=2&q=a'),
    loose("['method', 'url', { query: { ignore: ['t'] } }, { body: { ignore: ['$.at'] } }]"),
  ),
  'a parameter and another text': one(
    post('one', [], '/?t=1'),
    post('two', [], '/?t=2'),
    broad("['method', 'url', { query: { ignore: ['t'] } }]"),
  ),
  'the second that comes near differs in less': {
    recorded: [post('one', []), post('one', [], '/?t=1')],
    asked: [post('one!', [], '/?t=2')],
    advised: broad("['method', 'url', { query: { ignore: ['t'] } }]"),
  },
  // Header fields.
  'another range': one(
    get('/', ['Range: bytes=0-1']),
    get('/', ['Range: bytes=2-3']),
    loose("['method', 'url', 'body', { headers: [] }]"),
  ),
  'another action, and the same target': one(
    requestOf('POST /', ['X-Amz-Target: t', 'SOAPAction: a'], '<a/>'),
    requestOf('POST /', ['X-Amz-Target: t', 'SOAPAction: b'], '<a/>'),
    loose("['method', 'url', 'body', { headers: ['x-amz-target'] }]"),
  ),
  'another range, and a parameter': one(
    get('/?t=1', ['Range: bytes=0-1']),
    get('/?t=2', ['Range: bytes=2-3']),
    loose("['method', 'url', { query: { ignore: ['t'] } }, 'body', { headers: [] }]"),
  ),
  'a header of all': one(
    get('/', ['X-A: 1', 'X-B: 1']),
    get('/', ['X-A: 2', 'X-B: 1']),
    loose("['method', 'url', { headers: { ignore: ['x-a'] } }]"),
    { matchOn: ['method', 'url', 'headers'] },
  ),
  'a header of some': one(
    get('/', ['X-A: 1', 'X-B: 1']),
    get('/', ['X-A: 2', 'X-B: 1']),
    loose("['method', 'url', { headers: ['X-B'] }]"),
    { matchOn: ['method', 'url', { headers: ['X-A', 'X-B'] }] },
  ),
  'a header beside one that is ignored': one(
    get('/', ['X-A: 1', 'X-B: 1']),
    get('/', ['X-A: 2', 'X-B: 2']),
    loose("['method', 'url', { headers: { ignore: ['X-A', 'x-b'] } }]"),
    { matchOn: ['method', 'url', { headers: { ignore: ['X-A'] } }] },
  ),
  'six headers': one(
    get('/', ['A: 1', 'B: 1', 'C: 1', 'D: 1', 'E: 1', 'F: 1']),
    get('/', ['A: 2', 'B: 2', 'C: 2', 'D: 2', 'E: 2', 'F: 2']),
    broad("['method', 'url', { headers: [] }]"),
    { matchOn: ['method', 'url', 'headers'] },
  ),
  // Functions, cases.
  'a function that says no': one(get('/?a=1'), get('/?a=2'), undefined, { matchOn: ['method', 'url', saysNo] }),
  'a function that says yes': one(
    get('/?a=1'),
    get('/?a=2'),
    loose("['method', 'url', { query: { ignore: ['a'] } }, isAnything]"),
    {
      matchOn: ['method', 'url', isAnything],
    },
  ),
  'a list for such requests': one(
    get('/?a=1'),
    get('/?a=2'),
    "matchOn: ['method', 'url', { query: { ignore: ['a'] } }], for such requests, accepts it",
    { matchOn: [{ path: '/*', matchOn: ['method', 'url'] }] },
  ),
  // What was played.
  'the same once more': { recorded: [get('/')], asked: [get('/'), get('/')], advised: REPEATS },
  'the same once more, others left': {
    recorded: [get('/'), get('/?a'), get('/?b'), get('/?c')],
    asked: [get('/'), get('/')],
    advised: REPEATS,
  },
  'the same range once more, others left': {
    recorded: ['0-1', '2-3', '4-5', '6-7'].map((range) => get('/', [`Range: bytes=${range}`])),
    asked: [get('/', ['Range: bytes=0-1']), get('/', ['Range: bytes=0-1'])],
    advised: REPEATS,
  },
  'once more with another parameter': {
    recorded: [get('/?t=1')],
    asked: [get('/?t=1'), get('/?t=2')],
    advised:
      "matchOn: ['method', 'url', { query: { ignore: ['t'] } }, 'body'] with allowPlaybackRepeats: true accepts it",
  },
  'another parameter, repeats allowed': {
    recorded: [get('/?t=1')],
    asked: [get('/?t=1'), get('/?t=2')],
    options: { allowPlaybackRepeats: true },
    advised: query("{ ignore: ['t'] }"),
  },
  'out of order': {
    recorded: [get('/a'), get('/b')],
    asked: [get('/b')],
    options: { order: 'recorded' },
    advised: undefined,
  },
  'a read before its write': {
    recorded: [get('/'), requestOf('PUT /'), get('/')],
    asked: [get('/'), get('/')],
    options: { barrier: 'fail' },
    advised: REPEATS,
  },
  'a read before its write that was not played': {
    recorded: [requestOf('PUT /'), get('/')],
    asked: [get('/')],
    options: { barrier: 'fail' },
    advised: undefined,
  },
  // Bytes.
  'another case, where bytes are compared': one(
    get('/', ['X-A: 1']),
    get('/', ['x-a: 1']),
    "matchOn: ['method', 'url', 'body'] accepts other headers, or the same in another case or order",
    { matchOn: 'bytes' },
  ),
  'another parameter, where bytes are compared': one(get('/?t=1'), get('/?t=2'), query("{ ignore: ['t'] }"), {
    matchOn: 'bytes',
  }),
  'another method, where bytes are compared': one(get('/'), requestOf('HEAD /'), undefined, { matchOn: 'bytes' }),
  'half a request, where bytes are compared': one(get('/'), 'GET /a', undefined, { matchOn: 'bytes' }),
  'nothing recorded': { recorded: [], asked: [get('/')], advised: undefined },
}

const cassetteOf = ({ recorded }: Case): Cassette => {
  const tape = new TapeWriter()
  for (const text of recorded) tape.open(ORIGIN).sent(text).received(answer('x'))
  return tape.cassette
}

/** Asks, each request on a connection of its own, as the connections of a byte replay are. */
async function missOf({ asked, origin = ORIGIN }: Case, connector: Connector): Promise<CassetteMiss | undefined> {
  for (const [index, text] of asked.entries()) {
    try {
      const transport = await connector(originOf(origin), {})
      await transport.write(Buffer.from(text, 'latin1'))
      await transport.read()
    } catch (error) {
      if (!(error instanceof CassetteMiss)) throw error
      expect(index, error.message).toBe(asked.length - 1)
      return error
    }
  }
  return undefined
}

const play = (asked: Case, options: ReplayerOptions): Promise<CassetteMiss | undefined> =>
  missOf(asked, new Replayer(cassetteOf(asked), { ...asked.options, ...options }).connector)

/** A server that answers whatever comes. */
const live: Connector = async () => {
  const answers: Buffer[] = []
  return {
    info: {},
    write: () => void answers.push(Buffer.from(answer('live'))),
    read: async () => answers.shift() ?? null,
    end: () => {},
    destroy: () => {},
  }
}

const isList = (value: unknown): value is MatchList => Array.isArray(value)

function listIn(code: string): MatchList {
  const list: unknown = JSON.parse(
    JSON.stringify(runInNewContext(code, { isAnything }), (_, value: unknown) =>
      typeof value === 'function' ? '()' : value,
    ),
  )
  if (!isList(list)) throw new Error(`no list: ${code}`)
  return list.map((rule) => (JSON.stringify(rule) === '"()"' ? isAnything : rule))
}

/** The options that an advice is about; `undefined` where it is about something else. */
function optionsIn(text: string): ReplayerOptions | undefined {
  if (/^(?:allowPlaybackRepeats: true|--repeat) plays/.test(text)) return { allowPlaybackRepeats: true }
  const [, code, flag, repeats] =
    /^(?:matchOn: (\[.*?\])|--match-on (.*?))( with (?:allow|--rep)\S*(?: true)?)?(?:, for such requests,)? accepts /.exec(
      text,
    ) ?? []
  if (code === undefined && flag === undefined) return undefined
  const unquoted = flag?.replaceAll(/^'|'$/g, '').replaceAll(String.raw`'\''`, "'")
  const matchOn: MatchOn = code === undefined ? parseMatchOn(unquoted ?? '') : listIn(code)
  return { matchOn, ...(repeats !== undefined && { allowPlaybackRepeats: true }) }
}

/** What says what it says whatever is recorded. */
const FACTS =
  /^(?:recorded was a [A-Z]+: another method is another request|`wiretape record --append` adds it to the cassette)$/

/** Whether a request is answered once an advice is followed. */
async function isAnswered(tried: Case, text: string): Promise<boolean> {
  const options = optionsIn(text)
  if (options !== undefined) return (await play(tried, options)) === undefined
  const [, mode] = /(?:WIRETAPE_MODE=|mode: '|--mode )(\w+)/.exec(text) ?? []
  const [, host] =
    /^(?:ignoreHosts: \['|--ignore-host )(.*?)(?:'\])? lets it through to the server, unrecorded$/.exec(text) ?? []
  if (mode === undefined && host === undefined) return FACTS.test(text)
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
  try {
    await saveCassette(join(dir, 'a.yaml'), cassetteOf(tried))
    const env = mode === undefined ? {} : { WIRETAPE_MODE: mode }
    const { face: _, ...played } = tried.options ?? {}
    const how = { ...played, dir, env, connector: live, ...(host !== undefined && { ignoreHosts: [host] }) }
    await using cassette = await useCassette('a', how)
    return (await missOf(tried, cassette.connector)) === undefined
  } finally {
    await rm(dir, { recursive: true })
  }
}

test.describe('advice', () => {
  for (const [name, tried] of every(3, Object.entries(CASES)))
    test(`is the narrowest there is, and is true in the words of each face: ${name}`, async () => {
      for (const face of FACES) {
        // A command line has no functions.
        const isInFlags = face === 'command' || face === 'run'
        if (isInFlags && JSON.stringify(tried.options?.matchOn ?? []).includes('null')) continue
        const miss = await play(tried, { face })
        const advice = miss?.report.advice ?? []
        const options = advice.filter((text) => optionsIn(text) !== undefined)
        expect(options.length).toBe(tried.advised === undefined ? 0 : 1)
        if (!isInFlags) expect(options[0]).toBe(tried.advised)
        for (const text of advice) expect(await isAnswered(tried, text), `${face}: ${text}`).toBe(true)
        expect(advice.join()).not.toMatch(NOT_IN[face])
      }
    })

  test('and all else that a report says, of each case', async () => {
    const lines: string[] = []
    for (const [name, tried] of Object.entries(CASES)) {
      const miss = await play(tried, {})
      lines.push(`== ${name}`, ...(miss === undefined ? ['answered'] : reportOf(tried, miss)))
    }
    expectKeptLines(new URL('reports.txt', import.meta.url), lines)
  })

  test('in the words of each face', async () => {
    const lines: string[] = []
    for (const [name, tried] of Object.entries(CASES).filter(([, { advised }]) => advised !== undefined))
      for (const face of ['cassette', 'server', 'command', 'run'] as const)
        lines.push(`${name}, ${face}: ${(await play(tried, { face }))?.report.advice.join(' | ')}`)
    expectKeptLines(new URL('advice.txt', import.meta.url), lines)
  })

  test('of a method that is another says which one was recorded', async () => {
    const miss = await play(one(post(DATA), get('/')), {})
    expect(miss?.report.advice).toContain('recorded was a POST: another method is another request')
  })

  test('on a host that was not recorded names what lets it through, where others were', async () => {
    const other = { ...one(get('/a'), get('/a')), origin: 'http://other.test' }
    const advised = "ignoreHosts: ['other.test'] lets it through to the server, unrecorded"
    expect((await play(other, { face: 'cassette' }))?.report.advice).toContain(advised)
    const { connector } = new Replayer(new TapeWriter().cassette, { face: 'cassette' })
    expect((await missOf(other, connector))?.report.advice.join()).toMatch(/^(?!.*ignoreHosts)/)
  })

  test('on a field that names an operation comes with the reason', async () => {
    const miss = await play(one(get('/', ['Range: bytes=0-1']), get('/', ['Range: bytes=2-3'])), {})
    expect(miss?.message).toContain('headers differs: different: range, which says what is to be done, or to what part')
  })

  test('does not show a secret that it would name', async () => {
    const secret = ['aB3dE6gH', '9jK2mN5p'].join('')
    const miss = await play(one(get(`/?${secret}=1`), get(`/?${secret}=2`)), { redact: { secrets: [secret] } })
    expect(miss?.message).not.toContain(secret)
    expect(miss?.report.advice.join()).not.toContain('matchOn')
  })

  test('of a request in a mode that records what is missing does not name that mode', async () => {
    const twice = get('/a') + get('/b')
    const cassette = new TapeWriter()
    cassette
      .open(ORIGIN)
      .sent(twice)
      .received(answer('x') + answer('y'))
    const { connector } = new Replayer(cassette.cassette, { fallback: live, face: 'cassette' })
    const miss = await missOf({ recorded: [], asked: [get('/a') + get('/c')], advised: undefined }, connector)
    expect(miss?.report.advice).toContain('WIRETAPE_MODE=all records the conversation anew')
    expect(miss?.message).not.toContain('new_episodes')
  })

  test('of serveCassette has no modes', async () => {
    await using served = await serveCassette(cassetteOf(one(get('/a'), '')))
    const text = await (await fetch(`${served.url}/b`)).text()
    expect(text).toContain('`wiretape record --append` adds it to the cassette')
    expect(text).not.toMatch(/WIRETAPE_MODE|mode: '/)
  })
})

/** Without the bytes of what is compressed, which differ from Node to Node. */
function reportOf({ recorded }: Case, { report }: CassetteMiss): readonly string[] {
  const isCoded = recorded.some((text) => text.includes('\x1f\x8b'))
  return formatMissReport(report, (kind, text) => `${kind}: ${text}`)
    .split('\n')
    .filter((line) => !isCoded || !/bytes|byte \d|^(?:recorded|asked): {5}/.test(line))
}

const NOT_IN: Readonly<Record<Face, RegExp>> = {
  replayer: /WIRETAPE_MODE|ignoreHosts|--/,
  cassette: /useCassette|--/,
  server: /WIRETAPE_MODE|mode:|ignoreHosts|--match-on|--repeat/,
  command: /WIRETAPE_MODE|mode:|ignoreHosts|matchOn:|allowPlaybackRepeats|function/,
  run: /WIRETAPE_MODE|mode:|ignoreHosts|matchOn:|allowPlaybackRepeats|function|--append/,
}
