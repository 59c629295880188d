import { expect, test } from '../helpers/test.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import type { HttpConnectionOptions } from '../../src/client/connection-settings.ts'
import { checkMilliseconds, Deadline, Delay, resolveTimeouts, type TimeoutsOption } from '../../src/client/timeouts.ts'
import { type Clock, SYSTEM_CLOCK } from '../../src/clock.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { serve } from '../helpers/live-server.ts'
import { nextTurn, scripted, type ScriptedPeers } from '../helpers/scripted-transport.ts'
import { answer, request } from '../helpers/tape.ts'

/** A connection whose time the test sets, with 100 ms for everything. */
function timed(settings: Omit<HttpConnectionOptions, 'host'> = {}): {
  readonly connection: HttpConnection
  readonly peers: ScriptedPeers
  readonly clock: FakeClock
} {
  const clock = new FakeClock()
  return { ...scripted({ timeouts: 100, ...settings, clock }), clock }
}

/** Whether a promise has settled, and how, without waiting for it. */
function watch(promise: Promise<unknown>): { readonly outcome: () => unknown } {
  let outcome: unknown = 'pending'
  promise.then(
    () => (outcome = 'fulfilled'),
    (error: unknown) => (outcome = error),
  )
  return { outcome: () => outcome }
}

test.describe('the time for a response head', () => {
  const TIMEOUT = { code: 'HEADERS_TIMEOUT', phase: 'headers', detail: '100 ms' }

  test('starts with the wait, and ends the connection', async () => {
    const { connection, peers, clock } = timed()
    await connection.request('GET', '/1')
    await clock.advance(1_000)
    const waiting = watch(connection.getResponse())
    await clock.advance(99)
    expect(waiting.outcome()).toBe('pending')
    await clock.advance(1)
    expect(waiting.outcome()).toMatchObject(TIMEOUT)
    expect(peers.at(0).destroyedWith).toMatchObject(TIMEOUT)

    await connection.request('GET', '/2')
    expect(peers.at(1).sent).toBe(request('GET', '/2'))
  })

  test('covers the whole head: single bytes now and then do not extend it', async () => {
    const { connection, peers, clock } = timed()
    await connection.request('GET', '/')
    const waiting = watch(connection.getResponse())
    await clock.advance(60)
    peers.at(0).say('HTTP/1.1 200')
    await clock.advance(39)
    expect(waiting.outcome()).toBe('pending')
    peers.at(0).say(' OK\r\n')
    await clock.advance(1)
    expect(waiting.outcome()).toMatchObject(TIMEOUT)
  })

  test('restarts after an interim response', async () => {
    const { connection, peers, clock } = timed()
    await connection.request('GET', '/')
    const waiting = watch(connection.getResponse())
    await clock.advance(60)
    peers.at(0).say('HTTP/1.1 103 Early Hints\r\n\r\n')
    await clock.advance(99)
    expect(waiting.outcome()).toBe('pending')
    peers.at(0).say(answer(''))
    await nextTurn()
    expect(waiting.outcome()).toBe('fulfilled')
  })

  test('also fails the requests after it', async () => {
    const { connection, clock } = timed()
    await connection.request('GET', '/1')
    await connection.request('GET', '/2')
    const waiting = [watch(connection.getResponse()), watch(connection.getResponse())]
    await clock.advance(100)
    for (const { outcome } of waiting) expect(outcome()).toMatchObject(TIMEOUT)
  })
})

test.describe('the time for a body', () => {
  const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'

  test('applies to each gap in it', async () => {
    const { connection, peers, clock } = timed()
    await connection.request('GET', '/')
    peers.at(0).say(HEAD)
    const response = await connection.getResponse()
    const pieces: string[] = []
    const reading = watch(
      (async () => {
        for await (const piece of response.body) pieces.push(String(piece))
      })(),
    )
    for (const letter of 'abc') {
      await clock.advance(99)
      peers.at(0).say(letter)
    }
    await clock.advance(99)
    expect(reading.outcome()).toBe('pending')
    await clock.advance(1)
    expect(pieces).toEqual(['a', 'b', 'c'])
    expect(reading.outcome()).toMatchObject({ code: 'BODY_TIMEOUT', phase: 'body', detail: '100 ms' })
    expect(peers.at(0).destroyedWith).toMatchObject({ code: 'BODY_TIMEOUT' })
  })

  test('does not run while nobody reads', async () => {
    const { connection, peers, clock } = timed()
    await connection.request('GET', '/')
    peers.at(0).say(HEAD)
    const response = await connection.getResponse()
    await clock.advance(10_000)
    peers.at(0).say('helloworld')
    expect(await response.text()).toBe('helloworld')
  })
})

test.describe('the time for a write', () => {
  const TIMEOUT = { code: 'WRITE_TIMEOUT', phase: 'write', detail: '100 ms' }

  test('runs while the peer accepts nothing, and ends the connection', async () => {
    const { connection, peers, clock } = timed()
    await connection.connect()
    peers.at(0).block()
    const sending = watch(connection.request('GET', '/'))
    await clock.advance(99)
    expect(sending.outcome()).toBe('pending')
    await clock.advance(1)
    expect(sending.outcome()).toMatchObject(TIMEOUT)
    expect(peers.at(0).destroyedWith).toMatchObject(TIMEOUT)
    await expect(connection.getResponse()).rejects.toMatchObject({ code: 'WRONG_STATE' })
  })

  test('applies to each write of a body, and not to its source', async () => {
    const { connection, peers, clock } = timed()
    const pieces = async function* (): AsyncGenerator<string, void, undefined> {
      for (const piece of ['one', 'two']) {
        await clock.advance(1_000)
        yield piece
      }
    }
    await connection.connect()
    let release = peers.at(0).block()
    const sending = watch(connection.request('POST', '/', { body: pieces() }))
    for (let write = 0; write < 4; write += 1) {
      await clock.advance(99)
      expect(sending.outcome()).toBe('pending')
      release()
      release = peers.at(0).block()
    }
    await nextTurn()
    release()
    await nextTurn()
    expect(sending.outcome()).toBe('fulfilled')
    expect(peers.at(0).sent).toMatch(/3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n$/)
  })

  test('stops after an answer has made the rest pointless', async () => {
    const { connection, peers, clock } = timed({ timeouts: { read: 5_000, write: 100 } })
    await connection.connect()
    const release = peers.at(0).block()
    const sending = connection.request('POST', '/', { body: 'x'.repeat(100_000) })
    await nextTurn()
    release()
    peers.at(0).block()
    await nextTurn()
    peers.at(0).say('HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\n')
    await sending
    const reading = (await connection.getResponse()).text()
    await clock.advance(1_000)
    peers.at(0).say('no')
    expect(await reading).toBe('no')
  })
})

test.describe('timeouts', () => {
  test('are 30 seconds by default', async () => {
    const { connection, peers, clock } = timed({ timeouts: undefined })
    await connection.request('GET', '/')
    const waiting = watch(connection.getResponse())
    await clock.advance(29_999)
    expect(waiting.outcome()).toBe('pending')
    await clock.advance(1)
    expect(waiting.outcome()).toMatchObject({ code: 'HEADERS_TIMEOUT' })
    expect(peers.options).toMatchObject([{ timeout: 30_000 }])
  })

  for (const [what, timeouts, connect] of [
    ['one number is for connecting, too', 100, 100],
    ['null is no limit anywhere', null, undefined],
    ['null in a table is no limit there', { connect: null }, undefined],
    ['a table that says nothing leaves the default', { read: 5 }, 30_000],
  ] as const) {
    test(what, async () => {
      const { connection, peers } = timed({ timeouts })
      await connection.connect()
      expect(peers.options[0]?.timeout).toBe(connect)
    })
  }

  test('are changed by setTimeouts() from the next wait on', async () => {
    const { connection, peers, clock } = timed()
    await connection.request('GET', '/1')
    await connection.request('GET', '/2')
    peers.at(0).say(answer('one'))
    connection.setTimeouts(null)
    expect(await (await connection.getResponse()).text()).toBe('one')
    const second = watch(connection.getResponse())
    await clock.advance(1_000_000)
    expect(second.outcome()).toBe('pending')
    peers.at(0).say(answer('two'))
    await nextTurn()
    expect(second.outcome()).toBe('fulfilled')

    connection.setTimeouts({ read: 7 })
    await connection.request('GET', '/3')
    const third = watch(connection.getResponse())
    await clock.advance(7)
    expect(third.outcome()).toMatchObject({ code: 'HEADERS_TIMEOUT', detail: '7 ms' })
  })

  test('may become shorter while a longer timer is set', async () => {
    const { connection, peers, clock } = timed({ timeouts: 10_000 })
    await connection.request('GET', '/1')
    peers.at(0).say(answer('one'))
    await connection.getResponse()
    connection.setTimeouts(10)
    await connection.request('GET', '/2')
    const waiting = watch(connection.getResponse())
    await clock.advance(10)
    expect(waiting.outcome()).toMatchObject({ code: 'HEADERS_TIMEOUT' })
  })

  test('do not apply to an idle connection, nor keep the process alive for it', async () => {
    const { connection, peers, clock } = timed()
    for (const target of ['/1', '/2']) {
      await connection.request('GET', target)
      peers.at(0).say(answer('body'))
      await (await connection.getResponse()).text()
      expect(clock.liveTimers).toBe(0)
      await clock.advance(60_000)
    }
    expect(peers.all).toHaveLength(1)
    expect(peers.at(0).isDestroyed).toBe(false)
  })

  test('leave no timer when the connection is closed', async () => {
    const { connection, clock } = timed()
    await connection.request('GET', '/')
    const waiting = watch(connection.getResponse())
    await nextTurn()
    expect(clock.timers).toBe(1)
    await connection.close()
    expect(clock.timers).toBe(0)
    await nextTurn()
    expect(waiting.outcome()).toMatchObject({ code: 'CONNECTION_CLOSED' })
  })

  for (const value of [0, -1, Number.NaN, Infinity, 2 ** 31] satisfies TimeoutsOption[]) {
    test(`cannot be ${value}`, () => {
      const refusal = expect.objectContaining({ code: 'INVALID_OPTION' })
      expect(() => timed({ timeouts: value })).toThrow(refusal)
      expect(() => timed().connection.setTimeouts({ write: value })).toThrow(refusal)
    })
  }
})

test.describe('the limits of the phases', () => {
  const none = { connect: undefined, read: undefined, write: undefined }
  const usual = { connect: 30_000, read: 30_000, write: 30_000 }
  for (const [given, limits] of [
    [undefined, usual],
    [null, none],
    [7, { connect: 7, read: 7, write: 7 }],
    [{}, usual],
    [
      { connect: 1, read: 2, write: 3 },
      { connect: 1, read: 2, write: 3 },
    ],
    [{ connect: null }, { ...usual, connect: undefined }],
    [{ read: null }, { ...usual, read: undefined }],
    [{ write: null }, { ...usual, write: undefined }],
    [{ write: 5 }, { ...usual, write: 5 }],
  ] as const) {
    test(`of ${JSON.stringify(given)}`, () => expect(resolveTimeouts(given)).toEqual(limits))
  }

  test('are above 0 and no longer than a timer can run', () => {
    for (const value of [0.5, 1, 2 ** 31 - 1]) expect(checkMilliseconds(value)).toBe(value)
    for (const value of [0, -0.5, 2 ** 31, Number.NaN])
      expect(() => checkMilliseconds(value)).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION', detail: `not a time limit in milliseconds: ${value}` }),
      )
  })
})

/** Notes the timers that are set, and when the deadline expires. */
function deadlines(): {
  readonly clock: FakeClock
  readonly deadline: Deadline
  readonly delays: number[]
  readonly expired: number[]
} {
  const clock = new FakeClock()
  const delays: number[] = []
  const expired: number[] = []
  const counted: Clock = {
    now: () => clock.now(),
    schedule(delay, action) {
      delays.push(delay)
      return clock.schedule(delay, action)
    },
  }
  return { clock, deadline: new Deadline(counted, () => expired.push(clock.now())), delays, expired }
}

test.describe('a deadline', () => {
  test('that is put off keeps its timer, which is set again for the rest', async () => {
    const { clock, deadline, delays, expired } = deadlines()
    deadline.start(100)
    await clock.advance(60)
    deadline.start(100)
    await clock.advance(30)
    deadline.start(100)
    expect(delays).toEqual([100])
    await clock.advance(99)
    expect([delays, expired]).toEqual([[100, 90], []])
    await clock.advance(1)
    expect([delays, expired, clock.timers]).toEqual([[100, 90], [190], 0])
  })

  test('that is put off by less than a millisecond does not expire early', async () => {
    const { clock, deadline, expired } = deadlines()
    deadline.start(100)
    await clock.advance(0.5)
    deadline.start(100)
    await clock.advance(200)
    expect(expired).toEqual([100.5])
  })

  test('of the same moment as the timer needs no other one', async () => {
    const { clock, deadline, delays, expired } = deadlines()
    deadline.start(100)
    await clock.advance(40)
    deadline.start(60)
    await clock.advance(60)
    expect([delays, expired]).toEqual([[100], [100]])
  })

  test('that is brought forward leaves no other timer', async () => {
    const { clock, deadline, delays, expired } = deadlines()
    deadline.start(1_000)
    deadline.start(10)
    expect([delays, clock.timers]).toEqual([[1_000, 10], 1])
    await clock.advance(10)
    expect([expired, clock.timers]).toEqual([[10], 0])
    await clock.advance(2_000)
    expect(expired).toEqual([10])
  })

  test('that is lifted never expires, and its timer lets the process end', async () => {
    for (const lift of [
      (deadline: Deadline) => deadline.clear(),
      (deadline: Deadline) => deadline.start(undefined),
    ] as const) {
      const { clock, deadline, delays, expired } = deadlines()
      deadline.clear()
      deadline.start(100)
      lift(deadline)
      expect([clock.timers, clock.liveTimers]).toEqual([1, 0])
      await clock.advance(200)
      expect([delays, expired, clock.timers]).toEqual([[100], [], 0])
    }
  })

  test('that is set again while the timer of a lifted one runs keeps the process alive', async () => {
    const { clock, deadline, delays, expired } = deadlines()
    deadline.start(100)
    deadline.clear()
    await clock.advance(50)
    deadline.start(100)
    expect([delays, clock.liveTimers]).toEqual([[100], 1])
    await clock.advance(100)
    expect([delays, expired]).toEqual([[100, 50], [150]])
  })

  test('can be set again after it has expired, and after it was closed', async () => {
    const { clock, deadline, delays, expired } = deadlines()
    deadline.start(100)
    await clock.advance(100)
    deadline.start(100)
    await clock.advance(50)
    deadline.close()
    expect(clock.timers).toBe(0)
    await clock.advance(100)
    deadline.close()
    deadline.start(30)
    await clock.advance(30)
    expect([delays, expired]).toEqual([
      [100, 100, 30],
      [100, 280],
    ])
  })
})

test('a delay is over after its time, and never if it is cancelled', async () => {
  const clock = new FakeClock()
  const [kept, cancelled] = [new Delay(clock, 20), new Delay(clock, 10)]
  const over = watch(kept.over)
  cancelled.cancel()
  await clock.advance(19)
  expect([kept.isOver, cancelled.isOver, over.outcome(), clock.timers]).toEqual([false, false, 'pending', 1])
  await clock.advance(1)
  expect([kept.isOver, over.outcome(), clock.timers]).toEqual([true, 'fulfilled', 0])
})

test.describe('the clock of the system', () => {
  test('runs an action once, unless it is cancelled', async () => {
    const ran: string[] = []
    const cancelled = SYSTEM_CLOCK.schedule(1, () => ran.push('cancelled'))
    cancelled.cancel()
    const before = SYSTEM_CLOCK.now()
    await new Promise<void>((resolve) => {
      SYSTEM_CLOCK.schedule(2, () => {
        ran.push('kept')
        resolve()
      })
    })
    expect(ran).toEqual(['kept'])
    expect(SYSTEM_CLOCK.now()).toBeGreaterThan(before)
  })
})

test('an exchange over a real socket that is aborted while its body is awaited leaves no timer', async () => {
  await using server = await serve((socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'))
  })
  const clock = new FakeClock()
  const controller = new AbortController()
  await using connection = new HttpConnection({ host: '127.0.0.1', port: server.port, clock })
  await connection.request('GET', '/', { signal: controller.signal })
  const rest = (await connection.getResponse()).bytes()
  expect(clock.liveTimers).toBe(1)
  controller.abort()
  await expect(rest).rejects.toMatchObject({ code: 'ABORTED' })
  expect(clock.timers).toBe(0)
})
