/**
 * Asks for everything that the server does, and prints what the client saw. Arguments: what records or replays (`none`, `wiretape`,
 * `snapshot-agent`, `nock`, `polly`), the phase (`plain`, `record`, `replay`), a folder, and the port of the server.
 */
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const [, , tool, phase, folder, port] = process.argv
const SECRET = process.env.SECRET ?? ''
const base = `http://127.0.0.1:${port}`
const proxy = process.env.PROXY_PORT

/** Each gives what asks over HTTP in this process, and `done`, which saves. */
const TOOLS = {
  async none() {
    return { ask: askNodeHttp, fetch, done() {} }
  },
  async wiretape() {
    if (phase === 'plain') return { ask: askNodeHttp, fetch, done() {} }
    const { useCassette } = await import('wiretape')
    const cassette = await useCassette('wiretape', {
      dir: folder,
      mode: phase === 'record' ? 'all' : 'none',
      timing: 'recorded',
      capture: { hosts: ['127.0.0.1'] },
      env: {},
    })
    return { ask: askNodeHttp, fetch, done: () => cassette.eject() }
  },
  async 'snapshot-agent'() {
    const { fetch: undiciFetch, request, setGlobalDispatcher, SnapshotAgent } = await import('undici')
    const snapshotPath = join(folder, 'snapshots.json')
    if (phase === 'plain')
      return { ask: (path, headers) => askUndici(request, path, headers), fetch: undiciFetch, done() {} }
    const agent = new SnapshotAgent({ mode: phase === 'record' ? 'record' : 'playback', snapshotPath })
    setGlobalDispatcher(agent)
    const done = () => (phase === 'record' ? agent.saveSnapshots() : undefined)
    return { ask: (path, headers) => askUndici(request, path, headers), fetch: undiciFetch, done }
  },
  async nock() {
    const { default: nock } = await import('nock')
    const file = join(folder, 'nock.json')
    nock.restore()
    if (phase === 'record') nock.recorder.rec({ dont_print: true, output_objects: true })
    if (phase === 'replay') {
      nock.activate()
      nock.disableNetConnect()
      if (existsSync(file)) nock.define(JSON.parse(readFileSync(file, 'utf8')))
    }
    const done = () =>
      phase === 'record' ? writeFileSync(file, JSON.stringify(nock.recorder.play(), undefined, 2)) : undefined
    return { ask: askNodeHttp, fetch, done }
  },
  async polly() {
    const [{ Polly }, { default: Http }, { default: Files }] = await Promise.all([
      import('@pollyjs/core'),
      import('@pollyjs/adapter-node-http'),
      import('@pollyjs/persister-fs'),
    ])
    if (phase === 'plain') return { ask: askNodeHttp, fetch, done() {} }
    const polly = new Polly('compared', {
      adapters: [Http],
      persister: Files,
      persisterOptions: { fs: { recordingsDir: folder } },
      mode: phase,
      recordIfMissing: false,
      recordFailedRequests: true,
      logLevel: 'silent',
    })
    return { ask: askNodeHttp, fetch, done: () => polly.stop() }
  },
}

/** Fails what is being asked for, if something throws where nobody can catch it. */
let failNow = () => {}
process.on('uncaughtException', (error) => failNow(error))

const started = await TOOLS[tool]()
const seen = {}
if (phase === 'replay') seen.miss = await attempt(() => started.ask('/items?page=2', {}))
for (const page of [1, 3, 4]) seen[`items-${page}`] = await attempt(() => started.ask(`/items?page=${page}`, {}))
if (process.env.WAIT_TO_BE_KILLED !== undefined) {
  console.log('ready')
  await new Promise((resolve) => setTimeout(resolve, 60_000))
}
for (const path of ['fields', 'trailers', 'early', 'pieces', 'cut', 'reset', 'malformed'])
  seen[path] = await attempt(() => started.ask(`/${path}`, {}))
seen.secret = await attempt(() => started.ask('/secret', { Authorization: `Bearer ${SECRET}` }))
if (proxy === undefined) {
  seen['node:http'] = await attempt(() => askNodeHttp('/by-node', {}))
  seen.fetch = await attempt(async () => ({ body: await (await started.fetch(`${base}/fetched`)).text() }))
  seen.WebSocket = await attempt(askWebSocket)
  seen['raw TCP'] = await attempt(askRaw)
}
await started.done()
console.log(JSON.stringify(seen))
process.exit()

/** What came, or what went wrong; nothing may wait for ever. */
async function attempt(ask) {
  const uncaught = new Promise((_, reject) => (failNow = reject))
  const late = wait(phase === 'record' ? 3_000 : 10_000, { error: 'nothing came' })
  try {
    return await Promise.race([ask(), uncaught, late])
  } catch (error) {
    return { error: codeOf(error), message: textOf(error) }
  }
}

function codeOf(error) {
  for (let at = error; at; at = at.cause ?? at.errors?.[0]) if (typeof at.code === 'string') return at.code
  return String(error)
}

function textOf(error) {
  return error?.cause === undefined ? String(error?.message ?? error) : `${error.message}: ${textOf(error.cause)}`
}

async function askNodeHttp(path, headers) {
  const target = proxy === undefined ? { port, path } : { port: proxy, path: base + path }
  const request = http.request({
    host: '127.0.0.1',
    agent: false,
    ...target,
    headers: { Host: `127.0.0.1:${port}`, ...headers },
  })
  const interim = []
  request.on('information', ({ statusCode }) => interim.push(statusCode))
  request.end()
  // What is wrong with the answer is seen there.
  const answered = once(request, 'response')
  request.on('error', () => {})
  const [response] = await answered
  const fields = []
  for (let index = 0; index < response.rawHeaders.length; index += 2)
    fields.push([response.rawHeaders[index], response.rawHeaders[index + 1]])
  const read = await readBody(response)
  return {
    status: response.statusCode,
    reason: response.statusMessage,
    fields,
    interim,
    ...read,
    trailers: Object.entries(response.trailers),
  }
}

async function askUndici(request, path, headers) {
  const interim = []
  const response = await request(base + path, {
    headers,
    responseHeaders: 'raw',
    onInfo: ({ statusCode }) => interim.push(statusCode),
  })
  const raw = Array.isArray(response.headers)
    ? response.headers
    : Object.entries(response.headers).flatMap(([name, value]) => [value].flat().flatMap((one) => [name, one]))
  const fields = []
  for (let index = 0; index < raw.length; index += 2) fields.push([String(raw[index]), String(raw[index + 1])])
  const read = await readBody(response.body)
  return {
    status: response.statusCode,
    reason: response.statusText,
    fields,
    interim,
    ...read,
    trailers: Object.entries(response.trailers ?? {}),
  }
}

/** The body's pieces, and how many milliseconds the last came after the first. */
async function readBody(body) {
  const pieces = []
  const times = []
  try {
    for await (const piece of body) {
      pieces.push(Buffer.from(piece).toString())
      times.push(performance.now())
    }
  } catch (error) {
    return { pieces, error: codeOf(error), message: textOf(error) }
  }
  return { pieces, gap: Math.round(times.at(-1) - times[0]) }
}

async function askWebSocket() {
  const { WebSocket } = await import('ws')
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`)
  const [message] = await once(socket, 'message')
  socket.terminate()
  return { body: String(message) }
}

async function askRaw() {
  const socket = connect(Number(port), '127.0.0.1')
  socket.end('PING\n')
  let body = ''
  for await (const bytes of socket) body += bytes
  return { body }
}
