/**
 * Every contender answers the same GETs repeatedly, from earlier recordings or declarations.
 *
 * nock, msw and Polly change the process they run in, so each of them is active only during its own samples.
 */
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import http, { type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import NodeHttpAdapter from '@pollyjs/adapter-node-http'
import { Polly } from '@pollyjs/core'
import FsPersister from '@pollyjs/persister-fs'
import { http as mswHttp, HttpResponse as MswResponse } from 'msw'
import { setupServer } from 'msw/node'
import nock from 'nock'
import { fetch as undiciFetch, MockAgent, request as undiciRequest, SnapshotAgent } from 'undici'
import { HttpConnection, Replayer } from 'wiretape'
import { BODY, cassetteOf, HEADERS, ORIGIN, targetOf } from './conversation.ts'
import type { Contender } from './harness.ts'

export const SNAPSHOT_AGENT = 'undici SnapshotAgent, request'
export const SNAPSHOT_AGENT_FETCH = 'undici SnapshotAgent, fetch'
export const MOCK_AGENT = 'undici MockAgent'
export const MSW = 'msw 2'
export const NOCK = 'nock 14'
export const POLLY = 'Polly 6'

// It is active from its import on.
nock.restore()

/** One way to get an answer. */
interface Player {
  /** Before each sample. */
  start?(): void | Promise<void>
  /** Gives the length of the body. */
  get(target: string): Promise<number>
  stop?(): void | Promise<void>
}

/** Even short samples should reach entries throughout a recording, because some tools search it from the start. */
const STRIDE = 7919

export function contender(name: string, size: number, player: Player): Contender {
  let next = 0
  return {
    name,
    async run(operations) {
      await player.start?.()
      for (let i = 0; i < operations; i += 1) {
        const length = await player.get(targetOf(next))
        if (length !== BODY.length) throw new Error(`${name} read ${length} bytes`)
        next = (next + STRIDE) % size
      }
      await player.stop?.()
    },
  }
}

export function wiretape(size: number): Player {
  const { connector } = new Replayer(cassetteOf(size), { allowPlaybackRepeats: true })
  const connection = HttpConnection.to(ORIGIN, { connector })
  return {
    async get(target) {
      await connection.request('GET', target)
      const response = await connection.getResponse()
      return (await response.bytes()).length
    },
  }
}

export async function snapshotAgent(size: number, api: 'request' | 'fetch'): Promise<Player> {
  const snapshotPath = path.join(await mkdtemp(path.join(tmpdir(), 'wiretape-bench-')), 'snapshots.json')
  // All headers must match unless some are named, and fetch sends more than were recorded here.
  const options = { snapshotPath, matchHeaders: ['x-none'] }
  const recorder = new SnapshotAgent({ mode: 'record', ...options }).getRecorder()
  for (let index = 0; index < size; index += 1)
    await recorder.record(
      { method: 'GET', path: targetOf(index), origin: ORIGIN, headers: {} },
      { statusCode: 200, headers: HEADERS, body: Buffer.from(BODY), trailers: {} },
    )
  await recorder.saveSnapshots()
  const agent = new SnapshotAgent({ mode: 'playback', ...options })
  return { get: (target) => (api === 'fetch' ? byFetch(target, agent) : byUndici(target, agent)) }
}

export function mockAgent(size: number): Player {
  const agent = new MockAgent()
  agent.disableNetConnect()
  const pool = agent.get(ORIGIN)
  for (let index = 0; index < size; index += 1)
    pool
      .intercept({ path: targetOf(index) })
      .reply(200, BODY, { headers: HEADERS })
      .persist()
  return { get: (target) => byUndici(target, agent) }
}

export function msw(size: number): Player {
  const handlers = Array.from({ length: size }, (_, index) => {
    const { pathname } = new URL(targetOf(index), ORIGIN)
    return mswHttp.get(ORIGIN + pathname, () => new MswResponse(BODY, { headers: HEADERS }))
  })
  const server = setupServer(...handlers)
  return {
    start: () => server.listen({ onUnhandledRequest: 'error' }),
    get: (target) => byFetch(target),
    stop: () => server.close(),
  }
}

export function nocks(size: number): Player {
  const declare = (): void => {
    const scope = nock(ORIGIN).persist()
    for (let index = 0; index < size; index += 1) scope.get(targetOf(index)).reply(200, BODY, HEADERS)
  }
  let isDeclared = false
  return {
    start() {
      nock.activate()
      nock.disableNetConnect()
      if (!isDeclared) declare()
      isDeclared = true
    },
    get: (target) => byNodeHttp(ORIGIN + target),
    stop: () => nock.restore(),
  }
}

/** Replays its own recording of a server that no longer runs. */
export async function polly(size: number): Promise<Player> {
  // The types of both describe their modules, not the exports.
  Polly.register(Object(NodeHttpAdapter))
  Polly.register(Object(FsPersister))
  const recordingsDir = await mkdtemp(path.join(tmpdir(), 'wiretape-bench-'))
  const server = http.createServer((_, response) => void response.writeHead(200, HEADERS).end(BODY))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://127.0.0.1:${Object(server.address()).port}`
  const open = (mode: 'record' | 'replay'): Polly =>
    new Polly('bench', {
      adapters: ['node-http'],
      persister: 'fs',
      persisterOptions: { fs: { recordingsDir } },
      mode,
      recordIfMissing: false,
      matchRequestsBy: { order: false },
      logLevel: 'silent',
    })
  let instance: Polly | undefined = open('record')
  for (let index = 0; index < size; index += 1) await byNodeHttp(origin + targetOf(index))
  await instance.stop()
  server.close().closeAllConnections()
  return {
    start: () => void (instance = open('replay')),
    get: (target) => byNodeHttp(origin + target),
    stop: () => instance?.stop(),
  }
}

async function byUndici(target: string, dispatcher: MockAgent | SnapshotAgent): Promise<number> {
  const { statusCode, body } = await undiciRequest(ORIGIN + target, { dispatcher })
  if (statusCode !== 200) throw new Error(`expected 200, got ${statusCode}`)
  return (await body.bytes()).length
}

async function byFetch(target: string, dispatcher?: SnapshotAgent): Promise<number> {
  const url = ORIGIN + target
  const response = await (dispatcher === undefined ? fetch(url) : undiciFetch(url, { dispatcher }))
  if (response.status !== 200) throw new Error(`expected 200, got ${response.status}`)
  return (await response.arrayBuffer()).byteLength
}

const KEPT_ALIVE = new http.Agent({ keepAlive: true })

export async function byNodeHttp(url: string, agent = KEPT_ALIVE): Promise<number> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    http.get(url, { agent }, resolve).on('error', reject)
  })
  if (response.statusCode !== 200) throw new Error(`expected 200, got ${response.statusCode}`)
  let length = 0
  for await (const piece of response) length += Buffer.from(piece).length
  return length
}
