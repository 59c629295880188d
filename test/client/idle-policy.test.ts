import { expect, test } from '../helpers/test.ts'
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
