/** Proxies between a client and a server, each in a process of its own. Ours and mitmproxy record what passes, mockttp only passes it on. */
import { execFile, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { Agent, get, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { WebSocket } from 'ws'
import { SMALL } from './answers.ts'
import { type Contender, type Group, OURS, type Row } from './harness.ts'
import { startServer } from './server-process.ts'
import { freePort } from '../test/helpers/free-port.ts'

const DIRECT = 'without a proxy'
const MOCKTTP = 'mockttp'
const MITMPROXY = 'mitmproxy'
const MESSAGES = 100
const MESSAGE = JSON.stringify({ type: 'tick', n: 12_345, text: 'x'.repeat(60) })

export const PROXIES: Group = {
  name: 'proxy',
  title: 'through a proxy to a server on loopback, recorded',
  baseline: DIRECT,
  async *rows() {
    await using server = await startServer()
    yield await getRow(server.ports.SMALL)
    await using echo = await startProcess('echo')
    yield await socketRow(echo.port)
  },
}

/** A program that listens. */
interface Program extends AsyncDisposable {
  readonly port: number
}

async function getRow(port: number): Promise<Row> {
  const names = [OURS, ...((await mockttpFile()) === undefined ? [] : [MOCKTTP]), ...mitmproxyIfThere()]
  return {
    name: 'small GETs over one kept connection, the URL whole as for a proxy',
    operation: 'a GET',
    goals: { [MITMPROXY]: 1, [MOCKTTP]: 1 },
    async open() {
      const proxied = names.map(async (name) => getter(name, await START[name]?.(undefined), port))
      return [...(await Promise.all(proxied)), getter(DIRECT, undefined, port)]
    },
  }
}

async function socketRow(port: number): Promise<Row> {
  const names = [OURS, ...mitmproxyIfThere()]
  const origin = `http://127.0.0.1:${port}`
  return {
    name: `WebSocket: ${MESSAGES} messages of ${MESSAGE.length} bytes, sent at once and echoed, by ws at both ends`,
    operation: `${2 * MESSAGES} frames`,
    goals: { [MITMPROXY]: 1 },
    async open() {
      const proxied = names.map(async (name) => talker(name, await START[name]?.(origin)))
      return Promise.all([...proxied, talker(DIRECT, { port, [Symbol.asyncDispose]: async () => {} })])
    },
  }
}

/** @param program absent: there is no proxy. */
function getter(name: string, program: Program | undefined, port: number): Contender {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const target = `http://127.0.0.1:${port}/`
  const options = { host: '127.0.0.1', port: program?.port ?? port, path: program === undefined ? '/' : target, agent }
  return {
    name,
    async run(operations) {
      for (let i = 0; i < operations; i += 1) {
        const response = await new Promise<IncomingMessage>((resolve, reject) => {
          get({ ...options, headers: { Host: `127.0.0.1:${port}` } }, resolve).on('error', reject)
        })
        let length = 0
        response.on('data', (piece: Buffer) => (length += piece.length))
        await once(response, 'end')
        if (response.statusCode !== 200 || length !== SMALL.bodyLength)
          throw new Error(`${name}: ${response.statusCode}, ${length} bytes`)
      }
    },
    async close() {
      agent.destroy()
      await program?.[Symbol.asyncDispose]()
    },
  }
}

async function talker(name: string, program: Program | undefined): Promise<Contender> {
  const socket = new WebSocket(`ws://127.0.0.1:${program?.port}/`, { perMessageDeflate: false })
  await once(socket, 'open')
  let [heard, wanted] = [0, 0]
  let onHeard: (() => void) | undefined
  socket.on('message', () => {
    heard += 1
    if (heard === wanted) onHeard?.()
  })
  return {
    name,
    async run(operations) {
      for (let i = 0; i < operations; i += 1) {
        wanted = heard + MESSAGES
        const all = new Promise<void>((resolve) => (onHeard = resolve))
        for (let n = 0; n < MESSAGES; n += 1) socket.send(MESSAGE)
        await all
      }
    },
    async close() {
      socket.terminate()
      await program?.[Symbol.asyncDispose]()
    },
  }
}

/** Starts a proxy: for an origin, or for whatever its clients name. */
const START: Readonly<Record<string, (origin: string | undefined) => Promise<Program>>> = {
  [OURS]: (origin) => (origin === undefined ? startProcess('wiretape') : startProcess('wiretape-to', origin)),
  [MOCKTTP]: async () => startProcess('mockttp', pathToFileURL((await mockttpFile()) ?? '').href),
  [MITMPROXY]: startMitmproxy,
}

async function startProcess(...words: readonly string[]): Promise<Program> {
  const child = fork(new URL('proxy-process.ts', import.meta.url), words, {
    execArgv: ['--import', import.meta.resolve('tsx')],
  })
  const exit = once(child, 'exit')
  const [port]: unknown[] = await Promise.race([once(child, 'message'), exit])
  if (typeof port !== 'number' || port === 0) throw new Error(`${words[0]} ended before it listened`)
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill()
      await exit
    },
  }
}

const MITMDUMP = (process.env['PATH'] ?? '')
  .split(path.delimiter)
  .map((folder) => path.join(folder, 'mitmdump'))
  .find(existsSync)

function mitmproxyIfThere(): readonly string[] {
  if (MITMDUMP === undefined) console.log('Without mitmproxy, which is not installed.')
  return MITMDUMP === undefined ? [] : [MITMPROXY]
}

async function startMitmproxy(origin: string | undefined): Promise<Program> {
  const folder = await mkdtemp(path.join(tmpdir(), 'wiretape-bench-'))
  const port = await freePort()
  const mode = origin === undefined ? [] : ['--mode', `reverse:${origin}`]
  const flows = path.join(folder, 'flows.mitm')
  const set = ['--set', `confdir=${folder}`, '--set', 'flow_detail=0']
  const words = ['--listen-host', '127.0.0.1', '-p', String(port), '-w', flows, ...set, ...mode]
  const child = spawn(MITMDUMP ?? '', words, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PYTHONUNBUFFERED: '1' },
  })
  const exit = once(child, 'exit')
  for await (const line of createInterface(child.stdout)) if (/listening/i.test(line)) break
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill()
      await exit
      await rm(folder, { recursive: true })
    },
  }
}

const FOLDER = fileURLToPath(new URL('../.tmp/bench', import.meta.url))
let installed: Promise<string | undefined> | undefined

/** Its module; it is installed into `.tmp/bench`, as it brings a hundred packages. `undefined` without a registry. */
function mockttpFile(): Promise<string | undefined> {
  installed ??= install()
  return installed
}

async function install(): Promise<string | undefined> {
  try {
    await mkdir(FOLDER, { recursive: true })
    const words = ['install', '--prefix', FOLDER, '--no-audit', '--no-fund', '--prefer-offline', 'mockttp@4.6.5']
    await promisify(execFile)('npm', words)
    return path.join(FOLDER, 'node_modules/mockttp/dist/main.js')
  } catch (error) {
    console.log(
      `Without mockttp, which cannot be installed: ${error instanceof Error ? error.message.split('\n')[0] : ''}`,
    )
    return undefined
  }
}
