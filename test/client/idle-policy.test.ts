import { expect, test } from '../helpers/test.ts'
import { Exchange } from '../../src/client/exchange.ts'
import { IdlePolicy } from '../../src/client/idle-policy.ts'
import type { FieldLine } from '../../src/http1/events.ts'
import type { HttpResponse } from '../../src/client/http-response.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { nextTurn, scripted, type ScriptedPeers } from '../helpers/scripted-transport.ts'
import { answer } from '../helpers/tape.ts'

/** One exchange after the other on a connection whose time the test sets. */
function timed(): {
  readonly clock: FakeClock
  readonly peers: ScriptedPeers
  readonly get: (bytes: string, took?: number) => Promise<HttpResponse>
} {
  const clock = new FakeClock()
  const { connection, peers } = scripted({ clock, timeouts: null })
  return {
    clock,
    peers,
    async get(bytes, took = 0) {
      await connection.request('GET', '/')
      await clock.advance(took)
      peers.all.at(-1)?.say(bytes)
      const response = await connection.getResponse()
      await response.bytes()
      return response
    },
  }
}

const keptFor = (value: string): string => `HTTP/1.1 200 OK\r\nKeep-Alive: ${value}\r\nContent-Length: 0\r\n\r\n`

test.describe('an idle connection of a server that announces its idle time', () => {
  for (const [value, idle, connections] of [
    ['timeout=5', 3_999, 1],
    ['timeout=5', 4_000, 2],
    ['timeout=5, max=100', 4_000, 2],
    // Half of what is short is left for the way.
    ['timeout=1', 499, 1],
    ['timeout=1', 500, 2],
    ['timeout=0', 0, 2],
    ['max=100', 1_000_000, 1],
  ] as const) {
    test(`(${value}) is ${connections === 1 ? 'used' : 'left alone'} after ${idle} ms`, async () => {
      const { clock, peers, get } = timed()
      await get(keptFor(value))
      await clock.advance(idle)
      await get(answer('two'))
      expect(peers.all).toHaveLength(connections)
    })
  }

  test('follows the last answer', async () => {
    const { clock, peers, get } = timed()
    await get(keptFor('timeout=5'))
    await get(answer('no limit any more'))
    await clock.advance(60_000)
    await get(answer('three'))
    expect(peers.all).toHaveLength(1)
  })
})

test.describe('a surplus answer', () => {
  test('makes all answers suspect since the connection was last quiet', async () => {
    expect(await suspects(99, 0)).toEqual([true, true])
    expect(await suspects(100, 0)).toEqual([false, true])
  })

  test('comes later from a slow server, so the quiet time must be twice as long as its slowest answer', async () => {
    expect(await suspects(599, 300)).toEqual([true, true])
    expect(await suspects(600, 300)).toEqual([false, true])
  })
})

/** Which of two answers it makes suspect, with a rest between them. */
async function suspects(rest: number, took: number): Promise<boolean[]> {
  const { clock, peers, get } = timed()
  const first = await get(answer('one'), took)
  await clock.advance(rest)
  const second = await get(answer('two'))
  peers.at(0).say(answer('whose?'))
  await nextTurn()
  return [first.isSuspect, second.isSuspect]
}

/** An exchange that was asked for at this moment, and its answer with these fields. */
function exchangeOf(policy: IdlePolicy, fields?: readonly FieldLine[]): Exchange {
  const { period, sentAt } = policy.asked()
  const exchange = new Exchange('GET', period, sentAt, 0)
  if (fields !== undefined) {
    exchange.begin({ type: 'response-head', start: 0, end: 0, version: '1.1', status: 200, reason: '', fields })
  }
  return exchange
}

test.describe('IdlePolicy', () => {
  test('rests twice as long as the slowest answer took, whenever it came', async () => {
    const clock = new FakeClock()
    await clock.advance(10_000)
    const policy = new IdlePolicy(clock)
    for (const took of [200, 300, 100]) {
      const exchange = exchangeOf(policy)
      expect(exchange.sentAt).toBe(clock.now())
      await clock.advance(took)
      policy.answered(exchange)
    }
    await clock.advance(599)
    expect(policy.hasRested).toBe(false)
    await clock.advance(1)
    expect(policy.hasRested).toBe(true)
  })

  test('does not rest before the first request, nor again before the next one', async () => {
    const clock = new FakeClock()
    const policy = new IdlePolicy(clock)
    await clock.advance(1_000)
    expect(policy.hasRested).toBe(false)
    policy.answered(exchangeOf(policy))
    await clock.advance(1_000)
    expect(policy.hasRested).toBe(true)
    policy.begin()
    expect(policy.hasRested).toBe(false)
  })

  test('makes only the answers of its period suspect', () => {
    const policy = new IdlePolicy(new FakeClock())
    const [before, also] = [exchangeOf(policy), exchangeOf(policy)]
    policy.begin()
    const after = exchangeOf(policy)
    expect(after.period.isSuspect).toBe(false)
    policy.suspect()
    expect([before, also, after].map(({ period }) => period.isSuspect)).toEqual([false, false, true])
    expect(before.period).toBe(also.period)
  })

  test('knows no end before an answer names one, nor after an answer without a head', async () => {
    const clock = new FakeClock()
    const policy = new IdlePolicy(clock)
    await clock.advance(1_000_000)
    expect(policy.isEnding).toBe(false)
    policy.answered(exchangeOf(policy, [{ name: 'Keep-Alive', value: 'timeout=2' }]))
    await clock.advance(999)
    expect(policy.isEnding).toBe(false)
    await clock.advance(1)
    expect(policy.isEnding).toBe(true)
    policy.answered(exchangeOf(policy))
    expect(policy.isEnding).toBe(false)
  })
})
