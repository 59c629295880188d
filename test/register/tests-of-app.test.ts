import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { WebSocket } from 'ws'
import { type LinkedTest, LinkServer } from '../../src/link/link-server.ts'
import { APP_VARIABLE, PASS_FIELD, passFor } from '../../src/link/pass.ts'
import type { Connector } from '../../src/transport.ts'
import { answer } from '../helpers/tape.ts'
import { ScriptedTransport } from '../helpers/scripted-transport.ts'
import { startApi } from '../playwright/suite.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const TESTS = ['a', 'b', 'c', 'd']
const WAYS = ['/fetch', '/pool', '/later', '/body', '/bus', 'ws']

/** An app under `wiretape/register`, and tests in this process. */
class Running {
  readonly #app: ChildProcess
  readonly #port: number
  readonly #link: LinkServer

  private constructor(app: ChildProcess, port: number, link: LinkServer) {
    this.#app = app
    this.#port = port
    this.#link = link
  }

  static async start(api: string, env: Readonly<Record<string, string>> = {}): Promise<Running> {
    const secret = 'the secret of a run'
    const link = await LinkServer.start(secret)
    const app = spawn(
      process.execPath,
      ['--require', join(ROOT, 'dist/register/main.cjs'), join(import.meta.dirname, 'app.mjs')],
      {
        env: {
          ...process.env,
          API_URL: api,
          CI: '',
          [APP_VARIABLE]: JSON.stringify({ secret, hosts: [], ignoreHosts: [] }),
          ...env,
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    const [line]: unknown[] = await once(app.stdout, 'data')
    return new Running(app, Number(String(line)), link)
  }

  open(title: string, connector: Connector): ReturnType<LinkServer['open']> {
    const policy: LinkedTest['policy'] = { title, hosts: ['127.0.0.1'], ignoreHosts: [], replays: true }
    return this.#link.open({ policy, connector, noteProblem: () => {} })
  }

  get greeting(): string {
    return this.#link.greeting
  }

  async ask(path: string, pass?: string): Promise<Response> {
    const method = path === '/body' ? 'POST' : 'GET'
    const headers: Record<string, string> = pass === undefined ? {} : { [PASS_FIELD]: pass }
    return fetch(`http://127.0.0.1:${this.#port}${path}`, {
      method,
      headers,
      ...(method === 'POST' ? { body: 'x'.repeat(200_000) } : {}),
    })
  }

  /** What the app says to a message on a WebSocket that was opened long before. */
  async talk(pass: string): Promise<string> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.#port}/`, { headers: { [PASS_FIELD]: pass } })
    await once(socket, 'open')
    socket.send('now')
    const [said]: unknown[] = await once(socket, 'message')
    socket.terminate()
    return String(said)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#app.kill('SIGKILL')
    await this.#link.close()
  }
}

/** A server that says the name of a test to whatever it is asked. */
const saying =
  (name: string): Connector =>
  () => {
    const server = new ScriptedTransport()
    const write = server.write.bind(server)
    server.write = (bytes) => {
      void write(bytes)
      server.say(answer(name))
    }
    return Promise.resolve(server)
  }

test('whatever a request makes the app ask, goes to the test of that request, however many there are', async () => {
  await using api = await startApi((_request, response) => response.end('live'))
  await using app = await Running.start(api.url)
  const opened = TESTS.map((name) => ({ name, ...app.open(name, saying(name)) }))
  const rounds = await Promise.all(
    [1, 2, 3].flatMap(() =>
      opened.flatMap(({ name, pass }) =>
        WAYS.map(async (way) => {
          const said = way === 'ws' ? await app.talk(pass) : await (await app.ask(way, pass)).text()
          return [name, way, said] as const
        }),
      ),
    ),
  )
  const wrong = rounds.filter(([name, way, said]) => said !== (way === '/body' ? `200000 ${name}` : name))
  expect(rounds).toHaveLength(3 * TESTS.length * WAYS.length)
  expect(wrong).toEqual([])
  // Servers of this machine are left alone where there is no test.
  expect(await (await app.ask('/pool')).text()).toBe('live')
})

test('what comes after the end of a test is refused', async () => {
  await using api = await startApi((_request, response) => response.end('live'))
  await using app = await Running.start(api.url)
  const first = app.open('first', saying('first'))
  expect(await (await app.ask('/pool', first.pass)).text()).toBe('first')
  first.close()
  // The app has no answer for the request, as its own has failed: nobody else's answer comes.
  const late = app.ask('/fetch', first.pass).then((response) => response.text())
  late.catch(() => {})
  const second = app.open('second', saying('second'))
  await expect(Promise.race([late, app.ask('/pool', second.pass).then((response) => response.text())])).resolves.toBe(
    'second',
  )
})

test('a greeting is answered, and only one with the secret of the run', async () => {
  await using api = await startApi((_request, response) => response.end('live'))
  await using app = await Running.start(api.url)
  const greeted = await app.ask('/', app.greeting)
  expect([greeted.status, greeted.headers.get('wiretape-app')]).toEqual([204, '1'])
  const other = await app.ask('/', passFor('another secret', 1, 'hello'))
  // It is no field of ours then, and the app sees it as any other.
  expect([other.status, await other.text()]).toEqual([200, 'it is seen'])
})

test('without a test, nothing is loaded and nothing is changed', async () => {
  await using api = await startApi((_request, response) => response.end('live'))
  const folder = await mkdtemp(join(tmpdir(), 'wiretape-'))
  try {
    await using app = await Running.start(api.url, { WIRETAPE_CASSETTE: join(folder, 'app') })
    expect(await (await app.ask('/')).text()).toBe('ready')
    expect(await (await app.ask('/fetch')).text()).toBe('live')
  } finally {
    await rm(folder, { recursive: true })
  }
})
