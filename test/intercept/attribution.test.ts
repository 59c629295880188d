import { AsyncResource } from 'node:async_hooks'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import http, { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { channel } from 'node:diagnostics_channel'
import { runInThisContext } from 'node:vm'
import { expect, test } from '../helpers/test.ts'
import { every } from '../helpers/share.ts'
import { Agent, request } from 'undici'
import { Attribution } from '../../src/intercept/attribution.ts'
import { type Scope, Scopes } from '../../src/intercept/scopes.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import { loadCassette } from '../../src/store/load-cassette.ts'
import { withCassette } from '../../src/use/use-cassette.ts'

const TESTS = ['a', 'b', 'c']
const CALLS = 8

interface Pool {
  /** Asks for a URL, and resolves with the text. */
  ask(url: string): Promise<string>
  close(): void
}

/** Pools that all tests of a file share; a connection serves one test after another. */
const POOLS: Readonly<Record<string, () => Pool>> = {
  'node:http, 1 socket': () => httpPool(1),
  'node:http, 3 sockets': () => httpPool(3),
  'undici, 1 connection': () => undiciPool(1),
  'undici, as many as it likes': () => undiciPool(undefined),
  fetch: () => ({ ask: async (url) => (await fetch(url)).text(), close() {} }),
}

function httpPool(maxSockets: number): Pool {
  const agent = new http.Agent({ keepAlive: true, maxSockets })
  return {
    ask: (url) => askWith(agent, url),
    close: () => agent.destroy(),
  }
}

const askWith = (agent: http.Agent, url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    http
      .get(url, { agent }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => (text += part))
        response.on('end', () => resolve(text))
      })
      .on('error', reject)
  })

function undiciPool(connections: number | undefined): Pool {
  const dispatcher = new Agent(connections === undefined ? {} : { connections })
  return {
    ask: async (url) => (await request(url, { dispatcher })).body.text(),
    close: () => void dispatcher.destroy(),
  }
}

/** Answers each request with its path and a number, so that no two answers are equal. */
async function numbered(): Promise<{ readonly server: Server; readonly url: string }> {
  let number = 0
  const server = createServer((asked, response) => response.end(`${asked.url} ${++number}`))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, url: `http://localhost:${Object(server.address()).port}` }
}

async function aborted(signal: AbortSignal): Promise<void> {
  await once(signal, 'abort')
}

/** Code that runs in no test's context. */
const OUTSIDE = new AsyncResource('outside')

test.describe('requests of several tests on shared connections', () => {
  for (const [name, make] of every(2, Object.entries(POOLS)))
    test(`${name}: each is on the cassette of its test`, async () => {
      const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
      const { server, url } = await numbered()
      const pool = make()
      const options = { dir, env: {}, capture: { hosts: ['localhost'] } }
      const runAll = (): Promise<readonly string[][]> =>
        Promise.all(
          TESTS.map((title) =>
            withCassette(title, options, async () => {
              const seen: string[] = []
              for (let call = 0; call < CALLS; call++) seen.push(await pool.ask(`${url}/${title}/${call}`))
              return seen
            }),
          ),
        )
      try {
        const live = await runAll()
        for (const title of TESTS) {
          const taped = interactionsOf(await loadCassette(join(dir, `${title}.yaml`)))
          const asked = Array.from({ length: CALLS }, (_, call) => `/${title}/${call}`)
          expect(taped.map(({ request: { target } }) => target)).toEqual(asked)
        }
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
        expect(await runAll()).toEqual(live)
      } finally {
        pool.close()
        server.close()
        await rm(dir, { recursive: true })
      }
    })

  for (const [name, make] of Object.entries({
    'node:http': () => httpPool(1),
    undici: () => undiciPool(1),
  }))
    test(`${name}: a request that is still under way ends with its test; the pool goes on`, async () => {
      const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
      const { server, url } = await numbered()
      // The second request of the first test is never answered.
      server.prependListener('request', (asked: IncomingMessage, response: ServerResponse) => {
        if (asked.url === '/silent') response.end = () => response
      })
      const pool = make()
      const options = { dir, env: {}, capture: { hosts: ['localhost'] } }
      try {
        const left: Promise<unknown>[] = []
        await withCassette('first', options, async () => {
          expect(await pool.ask(`${url}/a`)).toBe('/a 1')
          left.push(pool.ask(`${url}/silent`).catch((reason: unknown) => reason))
          await once(server, 'request')
        })
        expect(String(await left[0])).toContain('already ended')
        await withCassette('second', options, async () => {
          expect(await pool.ask(`${url}/b`)).toBe('/b 3')
        })
        const taped = interactionsOf(await loadCassette(join(dir, 'second.yaml')))
        expect(taped.map(({ request: { target } }) => target)).toEqual(['/b'])
      } finally {
        pool.close()
        server.closeAllConnections()
        server.close()
        await rm(dir, { recursive: true })
      }
    })

  for (const [name, make] of Object.entries({
    'node:http': () => httpPool(2),
    undici: () => undiciPool(1),
  }))
    test(`${name}: a request of nobody on the connection of a test is refused while another test runs, too`, async () => {
      const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
      const { server, url } = await numbered()
      const pool = make()
      const options = { dir, env: {}, capture: { hosts: ['localhost'] } }
      const ending = new AbortController()
      try {
        const other = withCassette('other', options, () => aborted(ending.signal))
        await withCassette('one', options, async () => {
          expect(await pool.ask(`${url}/a`)).toBe('/a 1')
          const asked = OUTSIDE.runInAsyncScope(() => pool.ask(`${url}/nobody`))
          await expect(asked).rejects.toMatchObject({ code: 'SCOPE_UNKNOWN' })
          expect(await pool.ask(`${url}/b`)).toBe('/b 2')
        })
        ending.abort()
        await other
        const taped = interactionsOf(await loadCassette(join(dir, 'one.yaml')))
        expect(taped.map(({ request: { target } }) => target)).toEqual(['/a', '/b'])
      } finally {
        ending.abort()
        pool.close()
        server.closeAllConnections()
        server.close()
        await rm(dir, { recursive: true })
      }
    })

  test('a pool that connects in the context of a test that has ended: the request decides', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
    const { server, url } = await numbered()
    const options = { dir, env: {}, capture: { hosts: ['localhost'] } }
    const agent = new http.Agent({ keepAlive: true })
    try {
      await withCassette('ended', options, async () => {
        agent.createConnection = AsyncResource.bind(agent.createConnection.bind(agent))
      })
      const ask = (): Promise<string> => withCassette('open', options, () => askWith(agent, `${url}/b`))
      expect(await ask()).toBe('/b 1')
      agent.destroy()
      server.close()
      server.closeAllConnections()
      expect(await ask()).toBe('/b 1')
      const taped = interactionsOf(await loadCassette(join(dir, 'open.yaml')))
      expect(taped.map(({ request: { target } }) => target)).toEqual(['/b'])
      expect(existsSync(join(dir, 'ended.yaml'))).toBe(false)
    } finally {
      agent.destroy()
      server.close()
      await rm(dir, { recursive: true })
    }
  })

  test('a pool with a limit and a queue: one warning, and nothing on a wrong cassette', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
    const { server, url } = await numbered()
    const pool = undiciPool(2)
    const warnings: string[] = []
    const onWarning = ({ name, message }: Error): void => {
      if (name === 'WiretapeWarning') warnings.push(message)
    }
    process.on('warning', onWarning)
    const options = { dir, env: {}, capture: { hosts: ['localhost'] } }
    try {
      await Promise.all(
        TESTS.map((title) =>
          withCassette(title, options, async () => {
            const asked = Array.from({ length: CALLS }, (_, call) => pool.ask(`${url}/${title}/${call}`))
            await Promise.allSettled(asked)
          }),
        ),
      )
      for (const title of TESTS) {
        const file = join(dir, `${title}.yaml`)
        const taped = existsSync(file) ? interactionsOf(await loadCassette(file)) : []
        for (const { request: each } of taped) expect(each.target).toMatch(new RegExp(`^/${title}/`))
      }
      expect(warnings).toHaveLength(1)
      expect(warnings[0]).toContain(url)
    } finally {
      process.off('warning', onWarning)
      pool.close()
      server.closeAllConnections()
      server.close()
      await rm(dir, { recursive: true })
    }
  })
})

const scopeNamed = (title: string, isOfFile = false): Scope => ({
  title,
  isOfFile,
  isEnded: false,
  connector: () => Promise.reject(new Error('it connects nowhere')),
  decide: () => 'take',
  noteLate() {},
  noteEscape() {},
})

test.describe('what undici announces for a socket', () => {
  const [one, other, file] = [scopeNamed('one'), scopeNamed('other'), scopeNamed('file', true)]
  const asked = { origin: 'http://a.test' }
  const announce = (socket: object): void => {
    channel('undici:request:create').publish({ request: asked })
    channel('undici:client:sendHeaders').publish({ request: asked, socket })
  }

  for (const [what, open, expected] of [
    ['another test', [other], other],
    ['several tests', [other, one], 'unknown'],
    ['several tests and their file', [other, one, file], file],
    ['no test', [], undefined],
  ] as const)
    test(`holds for one request: the next is that of ${what}`, () => {
      const scopes = new Scopes()
      const attribution = new Attribution(scopes, () => {})
      const end = attribution.listen()
      const [socket, unused] = [{}, {}]
      scopes.open(one)
      OUTSIDE.runInAsyncScope(announce, undefined, socket)
      scopes.close(one)
      for (const scope of open) scopes.open(scope)
      OUTSIDE.runInAsyncScope(() => {
        expect(attribution.scopeOf(unused)).toBe(expected)
        expect(attribution.scopeOf(socket)).toBe(one)
        expect(attribution.scopeOf(socket)).toBe(expected)
      })
      end()
    })
})

/** A function of that name, in a file of that name. */
const through = (name: string, filename: string): ((act: () => void) => void) =>
  runInThisContext(`(function ${name}(act) { act() })`, { filename })

/** undici creates a request. */
const create = (origin: string) => (): void =>
  OUTSIDE.runInAsyncScope(() => channel('undici:request:create').publish({ request: { origin } }))

test('a request from the queue of a pool could be of several tests: each origin is told once, and stacks stay as they are', () => {
  const scopes = new Scopes()
  const told: string[] = []
  const attribution = new Attribution(scopes, (origin) => void told.push(origin))
  const end = attribution.listen()
  const [one, other] = [scopeNamed('one'), scopeNamed('other')]
  const onDrain = through('onDrain', '/srv/app.js')
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 37
  try {
    scopes.open(one)
    onDrain(create('http://one.test'))
    // With a single test there is no doubt.
    expect([told, attribution.scopeWaitingFor('http://one.test')]).toEqual([[], one])
    scopes.open(other)
    for (const origin of ['http://a.test', 'http://a.test', 'http://b.test:8080']) onDrain(create(origin))
    expect([told, Error.stackTraceLimit]).toEqual([['http://a.test', 'http://b.test:8080'], 37])
    for (const origin of told) expect(attribution.scopeWaitingFor(origin)).toBeUndefined()
    // A folder may have any name.
    for (const folder of [
      '/srv/drain/app.js',
      '/srv/a (b)/drain/app.js',
      'C:\\\\drain\\\\app.js',
      'file:///srv/drain/app.js',
    ])
      through('handle', folder)(create('http://c.test'))
    expect(told).toEqual(['http://a.test', 'http://b.test:8080'])
  } finally {
    Error.stackTraceLimit = limit
    end()
  }
})
