import { getEventListeners, once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { expect, test } from '../helpers/test.ts'
import { Exchange } from '../../src/client/exchange.ts'
import { Inflow } from '../../src/client/inflow.ts'
import { nodeConnect, toSocket } from '../../src/client/to-socket.ts'
import { connectSocket } from '../../src/client/socket-connector.ts'
import { SocketTransport } from '../../src/client/socket-transport.ts'
import { LateTransport } from '../../src/late-transport.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import { PacedQueue } from '../../src/replay/paced-queue.ts'
import { errnoOf } from '../../src/system-error.ts'
import { describeError, rebuildError } from '../../src/tape/socket-error.ts'
import { LONGEST_TIMER } from '../../src/timers.ts'
import type { Transport } from '../../src/transport.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { serve } from '../helpers/live-server.ts'
import { nextTurn, scripted, ScriptedTransport } from '../helpers/scripted-transport.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const ORIGIN = { protocol: 'http', host: 'api.test', port: 80 } as const

/** A transport that notes who wants the process to stay. */
class Kept extends ScriptedTransport {
  readonly told: boolean[] = []
  keepAlive(value: boolean): void {
    this.told.push(value)
  }
}

test.describe('nothing is left behind:', () => {
  test('no read for a body after it has been sent', async () => {
    const { connection, peers } = scripted()
    await connection.request('POST', '/', { body: body() })
    peers.at(0).say('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n')
    for (let count = 0; count < 20; count += 1) peers.at(0).say('x'.repeat(1_000))
    for (let count = 0; count < 40; count += 1) await nextTurn()
    // One read may be under way; whatever comes then waits for a reader.
    expect(peers.at(0).reads).toBeLessThan(4)
  })

  test('no abort listener after a connection is made at its recorded pace', async () => {
    const clock = new FakeClock()
    const tape = oneConnection('http://api.test', (one) => one.sent(request('GET', '/')).received(answer('a')))
    const { signal } = new AbortController()
    const replayer = new Replayer(tape, { timing: clock })
    const connecting = replayer.connector(ORIGIN, { signal })
    await clock.advance(1_000)
    const transport = await connecting
    expect(getEventListeners(signal, 'abort')).toEqual([])
    transport.destroy()
  })

  test('no timer for a connection, established or failed', async () => {
    const before = timers()
    const server = await serve(() => {})
    const origin = { protocol: 'http', host: '127.0.0.1', port: server.port } as const
    const { signal } = new AbortController()
    const transport = await connectSocket(origin, { timeout: 60_000, signal })
    expect(timers()).toBe(before)
    transport.destroy()
    await server[Symbol.asyncDispose]()
    await expect(connectSocket(origin, { timeout: 60_000, signal })).rejects.toMatchObject({ code: 'CONNECT_FAILED' })
    expect(timers()).toBe(before)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('no timer of a write that close interrupted', async () => {
    const clock = new FakeClock()
    const { connection, peers } = scripted({ clock })
    await connection.connect()
    peers.at(0).block()
    const sending = connection.request('GET', '/')
    await nextTurn()
    expect(clock.timers).toBe(1)
    await connection.close()
    expect(clock.timers).toBe(0)
    await expect(sending).rejects.toThrow()
  })

  test('no connection that is established after its socket was destroyed', async () => {
    const late = new ScriptedTransport()
    let signal: AbortSignal | undefined
    let connect: ((transport: Transport) => void) | undefined
    const socket = nodeConnect((_origin, options) => {
      signal = options.signal
      return new Promise((resolve) => (connect = resolve))
    }).call({}, { host: 'api.test' })
    socket.destroy()
    expect(signal?.aborted).toBe(true)
    connect?.(late)
    await nextTurn()
    await nextTurn()
    expect(late.isDestroyed).toBe(true)
  })

  test('no idle timer of a closed socket', async () => {
    const socket = toSocket(new ScriptedTransport())
    let timeouts = 0
    socket.setTimeout(1, () => (timeouts += 1))
    socket.destroy()
    await new Promise((resolve) => void setTimeout(resolve, 20))
    expect(timeouts).toBe(0)
  })
})

test.describe('a wait that is longer than any timer of Node', () => {
  test('is split into several timers', async () => {
    const asked: number[] = []
    const clock = new FakeClock()
    const watched = {
      now: () => clock.now(),
      schedule: (delay: number, action: () => void) => (asked.push(delay), clock.schedule(delay, action)),
    }
    const delivered: string[] = []
    const queue = new PacedQueue<string>({ clock: watched, factor: 1 }, (item) => delivered.push(item))
    queue.add('late', 3 * LONGEST_TIMER)
    await clock.advance(LONGEST_TIMER)
    await clock.advance(LONGEST_TIMER)
    expect(delivered).toEqual([])
    await clock.advance(LONGEST_TIMER)
    expect(delivered).toEqual(['late'])
    expect(Math.max(...asked)).toBe(LONGEST_TIMER)
    queue.clear()
  })

  test('of a socket does not end at once', async () => {
    const socket = toSocket(new ScriptedTransport())
    let timeouts = 0
    socket.setTimeout(2 ** 31, () => (timeouts += 1))
    await new Promise((resolve) => void setTimeout(resolve, 20))
    expect(timeouts).toBe(0)
    socket.destroy()
  })
})

test.describe('whether the process should stay alive', () => {
  test('reaches a connection that is made later', async () => {
    const made = new Kept()
    const late = new LateTransport(async () => made)
    late.keepAlive(false)
    await nextTurn()
    late.keepAlive(true)
    expect(made.told).toEqual([false, true])
    late.destroy()
  })

  test('reaches the transport below TLS', async () => {
    await using server = await serve(() => {})
    const socket: Socket = createConnection(server.port, '127.0.0.1')
    await once(socket, 'connect')
    const carrier = toSocket(new Kept())
    const told: string[] = []
    Object.assign(carrier, { ref: () => told.push('ref'), unref: () => told.push('unref') })
    const transport = new SocketTransport(socket, undefined, carrier)
    transport.keepAlive(false)
    transport.keepAlive(true)
    expect(told).toEqual(['unref', 'ref'])
    transport.destroy()
  })
})

test.describe('only the first end counts:', () => {
  test('a second failure of a socket is ignored', async () => {
    const inflow = new Inflow()
    const [first, second] = [new Error('first'), new Error('second')]
    inflow.add(Buffer.from('bytes'))
    inflow.fail(first)
    inflow.fail(second)
    expect(await inflow.read()).toEqual(Buffer.from('bytes'))
    await expect(inflow.read()).rejects.toBe(first)
    expect(inflow.failure).toBe(first)
  })

  test('an exchange with a complete answer cannot fail later, and is settled once', () => {
    const exchange = new Exchange('GET', { isSuspect: false }, 0, 0)
    let settled = 0
    exchange.onSettled = () => (settled += 1)
    exchange.finish({ type: 'end-of-message', start: 9, end: 9, trailers: [] })
    exchange.fail(new Error('too late'))
    expect(exchange.failure).toBeUndefined()
    expect(settled).toBe(1)

    const failed = new Exchange('GET', { isSuspect: false }, 0, 0)
    failed.fail(new Error('first'))
    failed.fail(new Error('second'))
    expect(failed.failure).toEqual(new Error('first'))
  })
})

test.describe('an error that a cassette keeps', () => {
  test('is rebuilt with the errno of this system', () => {
    const facts = { code: 'ECONNRESET', errno: -54, syscall: 'read' }
    const error = Object.assign(new Error('read ECONNRESET'), facts)
    const again = rebuildError(describeError(error))
    expect(again).toMatchObject({ ...facts, message: error.message, errno: errnoOf('ECONNRESET') })
    expect(errnoOf('ECONNRESET')).not.toBe(-54)
  })

  test('keeps a number that no system call has', () => {
    const error = Object.assign(new Error('no'), { code: 'ENOTFOUND', errno: -3008 })
    expect(rebuildError(describeError(error))).toMatchObject({ errno: -3008 })
  })

  test('keeps its name, and only properties that are texts or numbers', () => {
    const error = new TypeError('no', { cause: new Error('why') })
    Object.assign(error, { cert: { raw: Buffer.alloc(9) }, library: 'SSL routines', 'a b': 1, ratio: 0.5 })
    expect(describeError(error)).toEqual({ message: 'no', name: 'TypeError', facts: { library: 'SSL routines' } })
    expect(rebuildError(describeError(error)).name).toBe('TypeError')
  })
})

async function* body(): AsyncGenerator<string, void, undefined> {
  yield 'one'
  await nextTurn()
  yield 'two'
}

/** Timers that would keep this process. */
const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
