import { EventEmitter, once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from '../helpers/test.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { connectSocket } from '../../src/client/socket-connector.ts'
import { ConnectionError, RemoteProtocolError, WiretapeError } from '../../src/errors.ts'
import type { ResponseEvent } from '../../src/http1/events.ts'
import { Recorder } from '../../src/recorder/recorder.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import type { Connector } from '../../src/transport.ts'
import { CONFORMANCE_DATA } from '../conformance/cases.ts'
import { type Attempt, attempt } from '../helpers/attempt.ts'
import { type LiveServer, serve } from '../helpers/live-server.ts'
import { nextTurn } from '../helpers/scripted-transport.ts'
import { answer } from '../helpers/tape.ts'
import { formatEvent, joinData } from '../helpers/trace.ts'

test.describe.configure({ mode: 'parallel' })

/** What a bad server does with its first connection, and the outcome that is required of us. */
interface BadResponse {
  readonly id: string
  readonly title: string
  readonly method: string
  readonly steps: readonly Step[]
  /** `R CODE ...` where it must be refused, `A ...` where it must be accepted. */
  readonly required: string
}

/** One of these; `early` is sent before the request has come. */
interface Step {
  readonly bytesB64?: string
  readonly early?: string
  readonly repeatB64?: string
  readonly times?: number
  readonly delayMs?: number
  readonly fin?: true
  readonly rst?: true
}

const file = join(CONFORMANCE_DATA, 'bad-responses.jsonl')
const CASES = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').map(parseCase) : []
if (CASES.length === 0) console.log(`skipped: there are no bad responses in ${file}`)

function parseCase(line: string): BadResponse {
  return JSON.parse(line)
}

/** The code, where the requirement names none. */
const REFUSED: Readonly<Record<string, string>> = { R034: 'OBS_FOLD', R086: 'BAD_CHUNK_SIZE', R113: 'CONNECTION_LOST' }

/** Where the first wrong byte stands, as far as the requirement says it. */
const OFFSETS: Readonly<Record<string, (bytes: Buffer) => number>> = {
  R001: () => 0,
  R002: () => 0,
  R025: (bytes) => bytes.length,
  R102: (bytes) => bytes.length,
  R110: (bytes) => bytes.length,
  R126: (bytes) => bytes.indexOf('EVIL'),
  R140: () => 0,
}

/** What is given of a body before the error. */
const KEPT: Readonly<Record<string, string>> = { R102: 'hello', R110: 'hello', R113: 'hello', R134: 'hel' }

/** What an accepted answer says, where it is not a 200 with `hello`. */
const ACCEPTED: Readonly<Record<string, object>> = {
  R012: { status: 999 },
  R014: { reason: '' },
  R040: { headers: [['X-A', '\x80\xff\xe9'], LENGTH(5)] },
  R046: { headers: [...Array.from({ length: 1_000 }, () => ['Set-Cookie', 'a=b']), LENGTH(5)] },
  R048: { status: 302, body: '', headers: [['Location', '/a'], ['Location', '/b'], LENGTH(0)] },
  R098: { headers: [['Transfer-Encoding', 'chunked']], trailers: [LENGTH(99), ['Transfer-Encoding', 'x']] },
  R104: { body: 'a'.repeat(65_536) },
  R118: { status: 204, body: '' },
  R120: { body: '' },
  R121: { body: '' },
  R122: { status: 205 },
  R124: { interim: [100, 103, 103] },
}

function LENGTH(length: number): readonly [string, string] {
  return ['Content-Length', String(length)]
}

/** Accepted, and the connection is not used for the second request. */
const LAST = new Set(['R074', 'R112', 'R114', 'R116', 'R117', 'R118', 'R120', 'R128', 'R129', 'R132'])
/** Bytes came that belong to no answer. R117 is not one of them: behind a last answer nothing is waited for. */
const SURPLUS = new Set(['R114', 'R116', 'R118', 'R120', 'R140'])
/** The second request comes when the server has seen the end of the connection. */
const IDLE = new Set(['R116', 'R132'])
/** The end comes about when the second request does. */
const RACE = new Set(['R077'])

test.describe('over real sockets', () => {
  for (const one of CASES) {
    test(`${one.id}, ${one.title}: ${one.required}`, async () => {
      await using server = await serveBadly(one.steps)
      const recorder = new Recorder()
      const live = await talk(one, server.port, recorder.wrap(connectSocket), () => server.firstGone)
      const { first, second } = live
      if (one.required.startsWith('R ')) expectRefused(one, first)
      else expectAccepted(one, first)

      expect(second).toMatchObject({ error: undefined, body: Buffer.from('fresh') })
      const isReused = one.required.startsWith('A') && !LAST.has(one.id)
      if (!RACE.has(one.id)) expect(server.requests.at(-1)).toEqual([isReused ? 1 : 2, 'GET /second HTTP/1.1'])
      expect(server.requests).toHaveLength(one.id === 'R140' ? 1 : 2)
      if (!isReused) await server.firstGone
      if (first.response !== undefined) expect(first.response.isSuspect).toBe(SURPLUS.has(one.id))

      // Nothing of what came is lost to a recording, wrong or not.
      const sent = bytesOf(one.steps)
      const received = receivedOn(recorder, 1).subarray(0, sent.length)
      expect(received.equals(sent.subarray(0, received.length))).toBe(true)
      if (sent.length < 60_000) expect(received).toHaveLength(sent.length)

      // And a client of the recording meets the same, at the same bytes.
      const replayer = new Replayer(decodeCassette(encodeCassette(recorder.cassette)))
      const replay = await talk(one, server.port, replayer.connector, nextTurn)
      expect(replay.trace).toEqual(live.trace)
      expect(replay.trace.length).toBeGreaterThan(1)
      expect(server.requests).toHaveLength(one.id === 'R140' ? 1 : 2)
    })
  }

  test('an invalid Keep-Alive hint sets no timer', async () => {
    const hint =
      'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=-1, max=0, timeout=1e9, timeout=99999999999\r\nContent-Length: 0\r\n\r\n'
    await using server = await serve((socket) => socket.on('data', () => socket.write(hint)))
    const timers = openTimers()
    await using connection = HttpConnection.to(`http://127.0.0.1:${server.port}`, { timeouts: null })
    for (let count = 0; count < 3; count += 1) expect((await attempt(connection, 'GET', '/')).error).toBe(undefined)
    expect(openTimers()).toBe(timers)
  })
})

interface Talk {
  readonly first: Attempt
  readonly second: Attempt
  /** Every event of both, and then how they ended. */
  readonly trace: readonly string[]
}

/** Two requests on one connection, which is made again where it cannot be used again. */
async function talk(
  { id, method, required }: BadResponse,
  port: number,
  connector: Connector,
  gone: () => Promise<unknown>,
): Promise<Talk> {
  const events: ResponseEvent[] = []
  await using connection = new HttpConnection({
    host: '127.0.0.1',
    port,
    connector,
    timeouts: { read: required.includes('TIMEOUT') ? 100 : 10_000 },
    onEvent: (event) => void events.push(event),
  })
  const first = await attempt(connection, method, '/first')
  if (IDLE.has(id)) await gone()
  const second = await attempt(connection, 'GET', '/second')
  return { first, second, trace: [...joinData(events).map(formatEvent), ending(first), ending(second)] }
}

function ending({ error, response }: Attempt): string {
  if (!(error instanceof WiretapeError)) return `${String(error)}, suspect: ${response?.isSuspect}`
  const [phase, systemCode] = error instanceof ConnectionError ? [error.phase, error.systemCode] : []
  const offset = error instanceof RemoteProtocolError ? error.offset : undefined
  return [error.code, phase, systemCode, offset, error.message].join(' ')
}

function expectRefused({ id, required, steps }: BadResponse, { error, body, response }: Attempt): void {
  const [, code] = /^R ([A-Z_]+)/.exec(required) ?? []
  expect(error).toMatchObject({ code: REFUSED[id] ?? code })
  if (error instanceof RemoteProtocolError) {
    const bytes = bytesOf(steps)
    const offset = OFFSETS[id]?.(bytes)
    if (offset !== undefined) expect(error.offset).toBe(offset)
    expect(error.offset).toBeLessThanOrEqual(bytes.length)
  }
  if (error instanceof ConnectionError) expect(error.systemCode).toBe(id === 'R113' ? 'ECONNRESET' : undefined)
  if (id in KEPT) expect(body.toString()).toBe(KEPT[id])
  expect(response?.isComplete ?? false).toBe(false)
}

function expectAccepted({ id }: BadResponse, { error, body, response }: Attempt): void {
  expect(error).toBe(undefined)
  const { headers, status, reason, trailers, interim } = response ?? {}
  const seen = {
    status,
    reason,
    body: body.toString('latin1'),
    headers: [...(headers ?? [])],
    trailers: [...(trailers ?? [])],
    interim: interim?.map((one) => one.status),
  }
  expect(seen).toMatchObject({ status: 200, body: 'hello', interim: [], ...ACCEPTED[id] })
}

interface BadServer extends LiveServer {
  /** The number of its connection and the first line of each request. */
  readonly requests: readonly (readonly [connection: number, line: string])[]
  /** The client has closed the first connection. */
  readonly firstGone: Promise<unknown>
}

/** A server that does `steps` at the first request, and answers every other one. */
async function serveBadly(steps: readonly Step[]): Promise<BadServer> {
  const requests: (readonly [number, string])[] = []
  const first = new EventEmitter()
  const firstGone = once(first, 'gone')
  let connections = 0
  const server = await serve((socket) => {
    connections += 1
    const connection = connections
    if (connection === 1) socket.on('end', () => first.emit('gone')).on('close', () => first.emit('gone'))
    const isEarly = connection === 1 && steps.some(({ early }) => early !== undefined)
    if (isEarly) void play(socket, steps)
    onRequest(socket, (line) => {
      requests.push([connection, line])
      if (connection === 1 && requests.length === 1 && !isEarly) void play(socket, steps)
      else socket.write(answer('fresh'))
    })
  })
  return { ...server, requests, firstGone }
}

/** Calls back with the first line of each request; none has a body. */
function onRequest(socket: Socket, act: (line: string) => void): void {
  let text = ''
  socket.on('data', (bytes: Buffer) => {
    const heads = (text + bytes.toString('latin1')).split('\r\n\r\n')
    text = heads.pop() ?? ''
    for (const head of heads) act(head.split('\r\n', 1)[0] ?? '')
  })
}

async function play(socket: Socket, steps: readonly Step[]): Promise<void> {
  const gone = new AbortController()
  socket.on('close', () => gone.abort())
  for (const step of steps) {
    const { delayMs, fin, rst } = step
    // A client that has had enough hangs up; that ends the play.
    if (socket.destroyed) return
    if (delayMs !== undefined) await delay(delayMs, undefined, { signal: gone.signal }).catch(() => {})
    else if (fin === true) socket.end()
    else if (rst === true) socket.resetAndDestroy()
    else await new Promise((resolve) => socket.write(bytesOf([step]), resolve))
  }
}

/** All that the server sends. */
function bytesOf(steps: readonly Step[]): Buffer {
  return Buffer.concat(
    steps.map(({ bytesB64 = '', early, repeatB64, times = 1 }) => {
      const unit = Buffer.from(repeatB64 ?? early ?? bytesB64, 'base64')
      return times === 1 ? unit : Buffer.alloc(unit.length * times, unit)
    }),
  )
}

/** What a recorder kept of what came on a connection. */
function receivedOn(recorder: Recorder, connection: number): Buffer {
  const { tape } = recorder.cassette
  const received = tape.filter((event) => event.type === 'received' && event.connection === connection)
  return Buffer.concat(received.map((event) => ('bytes' in event ? event.bytes : Buffer.alloc(0))))
}

const openTimers = (): number => process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length
