import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createGunzip, gzipSync } from 'node:zlib'
import { expect, test as base } from '../helpers/test.ts'
import * as fc from 'fast-check'
import type { HttpConnection } from '../../src/client/http-connection.ts'
import { countOf } from '../helpers/share.ts'
import type { RecordHook } from '../../src/hooks/hook.ts'
import type { RequestHook } from '../../src/hooks/request-hook.ts'
import type { HookRequest } from '../../src/hooks/taped-exchanges.ts'
import { CassetteMiss } from '../../src/misses/cassette-miss.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import { serveCassette } from '../../src/serve/serve-cassette.ts'
import type { OpenCassette } from '../../src/use/open-cassette.ts'
import { useCassette } from '../../src/use/use-cassette.ts'
import type { UseCassetteOptions } from '../../src/use/use-options.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

interface LiveServer {
  readonly url: string
  /** What has reached it. */
  readonly seen: string[]
}

const test = base.extend<{ dir: string; live: LiveServer }>({
  dir: async ({}, use) => {
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
    await use(dir)
    await rm(dir, { recursive: true })
  },
  live: async ({}, use) => {
    const seen: string[] = []
    const reply = async (asked: IncomingMessage, response: ServerResponse): Promise<void> => {
      const isGzip = asked.headers['content-encoding'] === 'gzip'
      const body = await text(isGzip ? asked.pipe(createGunzip()) : asked)
      seen.push([asked.method, asked.url, asked.headers['x-at'], body].filter(Boolean).join(' '))
      response.end(`answer ${seen.length} ${String(asked.headers['x-token'] ?? '')}`)
    }
    const server = createServer((asked, response) => void reply(asked, response))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    await use({ url: `http://127.0.0.1:${Object(server.address()).port}`, seen })
    server.close().closeAllConnections()
  },
})

const open = (dir: string, options: UseCassetteOptions): Promise<OpenCassette> =>
  useCassette('scrubbed', { dir, env: {}, ...options })

const saved = (dir: string): Promise<string> => readFile(join(dir, 'scrubbed.yaml'), 'utf8')

const EMPTY = oneConnection('http://api.test', () => {})

const scrub = (value: string): string =>
  value.replaceAll(/[\w.]+(@|%40)[\w.]+/g, 'someone$1example.com').replaceAll(/\d{10,}/g, '0')

/** Takes mail addresses and times out of everything. */
const withoutPeople: RequestHook = ({ request: asked }) => ({
  ...asked,
  target: scrub(asked.target),
  headers: asked.headers.map(([name, value]) => [name, scrub(value)]),
  body: scrub(String(asked.body)),
})

type Ask = Parameters<HttpConnection['request']>

/** Requests of a person at a time. */
const requestsOf = (mail: string, at: number): readonly Ask[] => [
  ['GET', `/users?mail=${encodeURIComponent(mail)}&t=${at}`, { headers: [['X-At', `${at}`]] }],
  ['POST', '/users', { headers: [['Content-Type', 'application/json']], body: `{"mail":"${mail}","at":${at}}` }],
  ['POST', '/zip', { headers: [['Content-Encoding', 'gzip']], body: gzipSync(`mail=${mail}`) }],
  ['POST', '/chunked', { headers: [['Transfer-Encoding', 'chunked']], body: `mail: ${mail}` }],
]

async function ask(cassette: OpenCassette, url: string, asks: readonly Ask[]): Promise<string[]> {
  const connection = cassette.connect(url)
  const answers: string[] = []
  for (const one of asks) {
    await connection.request(...one)
    answers.push(await (await connection.getResponse()).text())
  }
  return answers
}

/** A hook that may return anything. */
const given =
  (change: (asked: HookRequest) => unknown): RequestHook =>
  ({ request: asked }) =>
    Reflect.apply(Object(change), undefined, [asked])

const FAULTS: readonly (readonly [what: string, hook: RequestHook, why: RegExp])[] = [
  [
    'throws',
    given(() => {
      throw new Error('no')
    }),
    /Error: no/,
  ],
  ['returns a promise', given(async (asked) => asked), /it returned a promise/],
  ['returns nothing', given(() => undefined), /its request is undefined/],
  ['returns another method', given((asked) => ({ ...asked, method: 'PUT' })), /its method is another one/],
  ['returns a target in two lines', given((asked) => ({ ...asked, target: '/\r\n' })), /its target is/],
  [
    'loops for ever',
    given(() => {
      for (;;);
    }),
    /more than 40 ms/,
  ],
]

test.describe('normalizeRequest', () => {
  for (const save of [true, false]) {
    test(`scrubs what is recorded ${save ? 'in a file' : 'in memory'}, and the client with other values gets its answers`, async ({
      dir,
      live,
    }) => {
      const recording = await open(dir, { save, normalizeRequest: withoutPeople })
      const answers = await ask(recording, live.url, requestsOf('ada@lovelace.org', 1_700_000_000_000))
      expect(live.seen).toEqual([
        'GET /users?mail=ada%40lovelace.org&t=1700000000000 1700000000000',
        'POST /users {"mail":"ada@lovelace.org","at":1700000000000}',
        'POST /zip mail=ada@lovelace.org',
        'POST /chunked mail: ada@lovelace.org',
      ])
      await recording.eject()
      const { cassette } = recording
      if (save) expect(await saved(dir)).not.toMatch(/lovelace|1700000000000/)
      if (save) {
        const replay = await open(dir, { mode: 'none', allowUnused: false, normalizeRequest: withoutPeople })
        expect(await ask(replay, live.url, requestsOf('grace@hopper.mil', 1_800_000_000_000))).toEqual(answers)
        await replay.eject()
      } else {
        const replayer = new Replayer(cassette ?? EMPTY, { normalizeRequest: withoutPeople })
        await using replay = await open(dir, { mode: 'passthrough', connector: replayer.connector })
        expect(await ask(replay, live.url, requestsOf('grace@hopper.mil', 1_800_000_000_000))).toEqual(answers)
      }
      expect(live.seen).toHaveLength(4)
    })
  }

  test('leaves what goes to a live server as the client sent it, with new_episodes', async ({ dir, live }) => {
    for (const mail of ['ada@lovelace.org', 'grace@hopper.mil']) {
      await using cassette = await open(dir, { mode: 'new_episodes', normalizeRequest: withoutPeople })
      await ask(cassette, live.url, [
        ...requestsOf(mail, 1_700_000_000_000).slice(0, 1),
        ['GET', `/new/${mail}/${mail.length}`],
      ])
    }
    expect(live.seen.slice(1)).toEqual(['GET /new/ada@lovelace.org/16'])
  })

  test('is named in a miss, which shows the request as it was compared', async ({ dir, live }) => {
    const recording = await open(dir, { normalizeRequest: withoutPeople })
    await ask(recording, live.url, [['GET', '/users?mail=ada@lovelace.org']])
    await recording.eject()
    await using replay = await open(dir, { mode: 'none', normalizeRequest: withoutPeople })
    const miss = await ask(replay, live.url, [['GET', '/other?mail=ada@lovelace.org']]).catch((error: unknown) => error)
    if (!(miss instanceof CassetteMiss)) return expect(miss).toBeInstanceOf(CassetteMiss)
    expect(miss.report).toMatchObject({
      isNormalized: true,
      asked: { url: `${live.url}/other?mail=someone@example.com` },
    })
    expect(miss.message).toContain('compared: method, url, body, as normalizeRequest returned it')
    expect(miss.message).not.toContain('lovelace')
  })

  for (const [what, hook, why] of FAULTS) {
    // A busy machine may need a second for a hook that does end.
    const hookTimeout = /40 ms/.test(why.source) ? 40 : 10_000
    test(`that ${what} is an error that names it, on both sides`, async ({ dir, live }) => {
      const recording = await open(dir, { normalizeRequest: hook, hookTimeout })
      await ask(recording, live.url, [['POST', '/a', { body: 'private' }]])
      await expect(recording.eject()).rejects.toMatchObject({
        code: expect.stringMatching(/^HOOK_(?:FAILED|TIMEOUT)$/),
        detail: expect.stringMatching(new RegExp(`^normalizeRequest, at POST /a: .*${why.source}`)),
      })
      expect(await saved(dir)).not.toContain('private')
      const replay = await open(dir, { mode: 'none', normalizeRequest: hook, hookTimeout })
      const failure = {
        code: 'PLAYBACK_HOOK_FAILED',
        detail: expect.stringMatching(new RegExp(`^normalizeRequest, at POST /a: .*${why.source}.*must return`)),
      }
      await expect(ask(replay, live.url, [['POST', '/a', { body: 'private' }]])).rejects.toMatchObject(failure)
      await expect(replay.eject()).rejects.toMatchObject(failure)
    })
  }

  test('may take a secret away: it does not stand in the answer that repeats it either', async ({ dir, live }) => {
    const secret = ['aB3dE6gH', '9jK2mN5p'].join('')
    const recording = await open(dir, {
      normalizeRequest: ({ request: asked }) => ({
        ...asked,
        headers: asked.headers.filter(([name]) => name !== 'X-Token'),
      }),
    })
    expect(await ask(recording, live.url, [['GET', '/', { headers: [['X-Token', secret]] }]])).toEqual([
      `answer 1 ${secret}`,
    ])
    await recording.eject()
    expect(await saved(dir)).not.toContain(secret)
    expect(await saved(dir)).not.toContain('X-Token')
  })

  test('sees the request as it was sent, also while recording, and beforeRecord what it returned', async ({
    dir,
    live,
  }) => {
    const token = ['aB3dE6gH', '9jK2mN5p'].join('')
    const seen: string[] = []
    const recording = await open(dir, {
      normalizeRequest: ({ origin, request: asked }) => {
        seen.push(`${origin} ${asked.target}`)
        return { ...asked, target: `${asked.target}&n=1` }
      },
      beforeRecord: (interaction) => {
        seen.push(interaction.request.target)
        return interaction
      },
    })
    await ask(recording, live.url, [['GET', `/?token=${token}`]])
    await recording.eject()
    expect(seen).toEqual([`${live.url} /?token=${token}`, '/?token={{token.1}}&n=1'])
  })

  test('is refused where nothing is taken for a request', async ({ dir }) => {
    const refusal = { code: 'INVALID_OPTION', message: expect.stringContaining('normalizeRequest') }
    await expect(open(dir, { matchOn: 'bytes', normalizeRequest: withoutPeople })).rejects.toMatchObject(refusal)
    // @ts-expect-error: what JavaScript may bring
    await expect(open(dir, { normalizeRequest: 'no' })).rejects.toMatchObject(refusal)
  })

  test('is for clients of a served cassette as well, also if they take it for a proxy', async () => {
    const cassette = oneConnection('http://api.test', (connection) =>
      connection
        .sent(request('GET', '/users?t=0'))
        .received(answer('one'))
        .sent(request('GET', '/users?t=0'))
        .received(answer('two')),
    )
    await using served = await serveCassette(cassette, { normalizeRequest: withoutPeople })
    expect(await (await fetch(`${served.url}/users?t=1700000000000`)).text()).toBe('one')
    await using proxied = await useCassette('proxied', { mode: 'passthrough', env: {} })
    const connection = proxied.connect(served.url)
    await connection.request('GET', 'http://api.test/users?t=1800000000000', { headers: [['Host', 'api.test']] })
    expect(await (await connection.getResponse()).text()).toBe('two')
  })

  test('is called for a request with Expect before its body is there, and then with it', async () => {
    const head = ['Expect: 100-continue', 'Content-Length: 4']
    const sent = (target: string): string => request('POST', target, '', head)
    const cassette = oneConnection('http://api.test', (connection) =>
      connection.sent(sent('/?t=0')).received('HTTP/1.1 100 Continue\r\n\r\n').sent('body').received(answer('done')),
    )
    const bodies: string[] = []
    const replayer = new Replayer(cassette, {
      normalizeRequest: (asked) => {
        bodies.push(String(asked.request.body))
        return withoutPeople(asked)
      },
    })
    await replayer.prepare()
    const transport = replayer.accept('http://api.test')
    await transport.write(Buffer.from(sent('/?t=1700000000000')))
    expect(String(await transport.read())).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    await transport.write(Buffer.from('body'))
    expect(String(await transport.read())).toBe(answer('done'))
    expect(bodies).toEqual(['', 'body'])
    transport.destroy()
  })
})

const scrubTarget: RecordHook = (interaction) => ({
  ...interaction,
  request: { ...interaction.request, target: scrub(interaction.request.target) },
})

test('a miss after a recording with beforeRecord says that it may have changed the request, and what changes both', async ({
  dir,
  live,
}) => {
  const advice =
    'beforeRecord may have changed the recorded request; normalizeRequest changes what is asked for as well'
  const asks: readonly Ask[] = [['GET', '/users?t=1700000000000']]
  const recording = await open(dir, { beforeRecord: scrubTarget })
  await ask(recording, live.url, asks)
  await recording.eject()
  for (const [hook, isTold] of [
    [scrubTarget, true],
    [undefined, false],
  ] as const) {
    await using replay = await open(dir, { mode: 'none', beforeRecord: hook })
    const miss = await ask(replay, live.url, asks).catch((error: unknown) => error)
    expect(miss instanceof CassetteMiss && miss.message.split('\n').includes(advice)).toBe(isTold)
  }
})

test('whatever is scrubbed, a recording plays to its own client with other values', async () => {
  const word = fc.stringMatching(/^[a-z]{1,8}$/)
  const shape = fc.record({
    path: word,
    query: fc.array(word, { maxLength: 3 }),
    field: word,
    body: fc.array(word, { maxLength: 4 }),
    isPost: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(shape, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 0, max: 1e6 }),
      async (shapes, seed) => {
        const messages = (salt: number): string[] =>
          shapes.map(({ path, query, field, body, isPost }, k) => {
            const value = `${1e12 + seed * salt * (k + 1)}`
            const target = `/${path}/${value}?${query.map((name) => `${name}=${value}`).join('&')}`
            return request(isPost ? 'POST' : 'GET', target, isPost ? body.map((part) => part + value).join(' ') : '', [
              `X-${field}: ${value}`,
            ])
          })
        const { HookedRecords } = await import('../../src/hooks/hooked-records.ts')
        const live = oneConnection('http://api.test', (connection) => {
          for (const [k, message] of messages(1).entries()) connection.sent(message).received(answer(`answer ${k}`))
        })
        const tape: (typeof live.tape)[number][] = []
        const hooked = HookedRecords.of(
          { normalizeRequest: withoutPeople },
          { redact: (events) => events, write: (events) => void tape.push(...events) },
        )
        hooked?.add(live.tape)
        const replayer = new Replayer({ ...live, tape }, { normalizeRequest: withoutPeople, order: 'recorded' })
        await replayer.prepare()
        const transport = replayer.accept('http://api.test')
        for (const [k, message] of messages(7).entries()) {
          await transport.write(Buffer.from(message))
          expect(String(await transport.read())).toBe(answer(`answer ${k}`))
        }
        expect(replayer.allPlayed).toBe(true)
        transport.destroy()
      },
    ),
    { numRuns: countOf(30, 100) },
  )
})
