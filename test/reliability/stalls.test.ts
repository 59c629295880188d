import { once } from 'node:events'
import type { Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { expect, test } from '../helpers/test.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { ConnectionError } from '../../src/errors.ts'
import type { ResponseEvent } from '../../src/http1/events.ts'
import { noteHandles } from '../helpers/handles.ts'
import { afterRequests, serve } from '../helpers/live-server.ts'

/** Where a server leaves its client waiting, and what the wait ends with. */
interface StallPoint {
  readonly name: string
  readonly ends: string
  readonly protocol?: 'https'
  /** What the server does with a connection. */
  readonly onConnection: (socket: Socket) => void
  /** Goes as far as it can; `begin` is called whenever the wait begins again. */
  readonly wait: (connection: HttpConnection, begin: () => void) => Promise<unknown>
}

const OK = 'HTTP/1.1 200 OK\r\n'
const silent = (): void => {}
const saying =
  (text: string) =>
  (socket: Socket): void =>
    afterRequests(socket, 1, () => socket.write(text))

async function untilConnected(connection: HttpConnection, begin: () => void): Promise<void> {
  begin()
  await connection.connect()
}

async function untilHead(connection: HttpConnection, begin: () => void): Promise<void> {
  await connection.request('GET', '/')
  begin()
  await connection.getResponse()
}

async function untilBody(connection: HttpConnection, begin: () => void): Promise<void> {
  await connection.request('GET', '/')
  const { body } = await connection.getResponse()
  for await (const _ of body) begin()
}

async function untilUploaded(connection: HttpConnection, begin: () => void): Promise<void> {
  const endless = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      begin()
      yield Buffer.alloc(65_536)
    }
  }
  await connection.request('POST', '/', { body: endless() })
}

/** A head that comes byte by byte has one limit for all of it. */
function drip(socket: Socket): void {
  afterRequests(socket, 1, () => {
    const timer = setInterval(() => socket.write('a'), 10)
    socket.on('close', () => clearInterval(timer)).write(`${OK}X: `)
  })
}

const POINTS: readonly StallPoint[] = [
  { name: 'in TLS', ends: 'TLS_TIMEOUT tls', protocol: 'https', onConnection: silent, wait: untilConnected },
  { name: 'before the head', ends: 'HEADERS_TIMEOUT headers', onConnection: silent, wait: untilHead },
  { name: 'in the head', ends: 'HEADERS_TIMEOUT headers', onConnection: saying(`${OK}X-A: `), wait: untilHead },
  { name: 'in a head that drips', ends: 'HEADERS_TIMEOUT headers', onConnection: drip, wait: untilHead },
  {
    name: 'behind an interim response',
    ends: 'HEADERS_TIMEOUT headers',
    onConnection: saying('HTTP/1.1 103 Early Hints\r\n\r\n'),
    wait: untilHead,
  },
  {
    name: 'in a body with its length',
    ends: 'BODY_TIMEOUT body',
    onConnection: saying(`${OK}Content-Length: 5\r\n\r\nhel`),
    wait: untilBody,
  },
  {
    name: 'in the line of a chunk',
    ends: 'BODY_TIMEOUT body',
    onConnection: saying(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1`),
    wait: untilBody,
  },
  {
    name: 'in a body without an end',
    ends: 'BODY_TIMEOUT body',
    onConnection: saying(`${OK}\r\nhello`),
    wait: untilBody,
  },
]

const UPLOAD: StallPoint = {
  name: 'in an upload',
  ends: 'WRITE_TIMEOUT write',
  onConnection: (socket) => socket.pause(),
  wait: untilUploaded,
}

const LIMITS = [100, 300, 1_000]

test.describe('a server that leaves its client waiting', () => {
  for (const [where, points] of [
    ['wherever that is', POINTS],
    ['while it is written to', [UPLOAD]],
  ] as const) {
    test(`fails in time, ${where}, and nothing is left open`, async () => {
      const leftOpen = noteHandles()
      await Promise.all(points.flatMap((point) => LIMITS.map((limit) => expectInTime(point, limit))))
      expect(await leftOpen()).toEqual([])
    })
  }

  test('before it accepts fails in time, and nothing is left open', async () => {
    test.skip(process.platform !== 'linux', 'how a full backlog behaves depends on the system')
    const leftOpen = noteHandles()
    const worker = new Worker(DEAF_SERVER, { eval: true })
    const [port] = await once(worker, 'message')
    const point = { name: 'connecting', ends: 'CONNECT_TIMEOUT tcp', onConnection: silent, wait: untilConnected }
    const waiting = await fillBacklog(port)
    await Promise.all(LIMITS.map((limit) => expectInTime(point, limit, port)))
    for (const connection of waiting) await connection.close()
    await worker.terminate()
    expect(await leftOpen()).toEqual([])
  })
})

test.describe('a process that is busy for longer than a limit', () => {
  /** It answers 50 ms after the request, whatever its client does meanwhile. */
  const SERVER = `
    const { parentPort } = require('node:worker_threads')
    const server = require('node:net').createServer((socket) => {
      socket.on('data', () => setTimeout(() => socket.write('HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\nhello'), 50))
    }).listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`

  test('gets the bytes that arrived meanwhile', async () => {
    const worker = new Worker(SERVER, { eval: true })
    const [port] = await once(worker, 'message')
    await using connection = HttpConnection.to(`http://127.0.0.1:${port}`, { timeouts: 100 })
    const connecting = connection.connect()
    beBusy(200)
    await connecting
    await connection.request('GET', '/')
    const answering = connection.getResponse()
    await new Promise(setImmediate)
    beBusy(200)
    expect(await (await answering).text()).toBe('hello')
    await worker.terminate()
  })
})

function beBusy(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

/** It listens, and never accepts. */
const DEAF_SERVER = `
  const { parentPort } = require('node:worker_threads')
  const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })`

/** Connects until the system takes no more. */
async function fillBacklog(port: number): Promise<HttpConnection[]> {
  const connections: HttpConnection[] = []
  for (;;) {
    const connection = new HttpConnection({ host: '127.0.0.1', port, timeouts: { connect: 200 } })
    connections.push(connection)
    const error: unknown = await connection.connect().catch((thrown: unknown) => thrown)
    if (error !== undefined) return connections
  }
}

/** Waits at a point, with all limits set to `limit` ms; at a server of its own, unless a port is given. */
async function expectInTime(point: StallPoint, limit: number, deafPort?: number): Promise<void> {
  const beside = new Beside(limit)
  await using server = await serve((socket) => {
    // TLS has its limit from when TCP is there.
    if (point.protocol === 'https') beside.begin()
    point.onConnection(socket)
  })
  // Each head has a limit of its own, an interim one too.
  const onEvent = ({ type }: ResponseEvent): void => void (type === 'interim-response' && beside.begin())
  const place = { host: '127.0.0.1', port: deafPort ?? server.port, protocol: point.protocol }
  await using connection = new HttpConnection({ ...place, timeouts: limit, onEvent })
  const error: unknown = await point
    .wait(connection, () => beside.begin())
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
  const { took, due } = await beside.end()
  const how = `${point.name}, limit ${limit} ms`
  const ended = error instanceof ConnectionError ? `${error.code} ${error.phase} ${error.detail}` : error
  expect(ended, how).toEqual(expect.stringMatching(`^${point.ends} .*${limit} ms$`))
  expect(took, how).toBeGreaterThan(limit - 2)
  // On a machine that is busy everything is late.
  expect(took, how).toBeLessThan(Math.max(limit, due) * 1.1 + 20)
}

/**
 * Plain timers beside the limit under test: how late they are just now.
 *
 * A limit takes a timer and a turn of the event loop, in which what has come is heard; and as much again where Node, which
 * counts from the beginning of a turn, is early.
 */
class Beside {
  readonly #limit: number
  #began = 0
  #timer: NodeJS.Timeout | undefined
  #fired: Promise<number> = Promise.resolve(0)

  constructor(limit: number) {
    this.#limit = limit
  }

  begin(): void {
    clearTimeout(this.#timer)
    this.#began = performance.now()
    this.#fired = new Promise((resolve) => {
      const tell = (): void => resolve(performance.now() - this.#began)
      const again = (): void => void setTimeout(() => setImmediate(tell), 1)
      this.#timer = setTimeout(() => setImmediate(again), this.#limit)
    })
  }

  /** How long the wait was, and how long it would have been with plain timers; both in ms. */
  async end(): Promise<{ readonly took: number; readonly due: number }> {
    const took = performance.now() - this.#began
    return { took, due: await this.#fired }
  }
}
