import { expect, test } from './helpers/test.ts'
import { type ExchangeServer, startServer } from '../scripts/torture/exchange.ts'
import {
  callsOf,
  crowd,
  ended,
  failedExit,
  faulty,
  killed,
  killedAtCall,
  MISHAPS,
  type Outcome,
  type Scenario,
  signalled,
} from '../scripts/torture/runs.ts'
import { every, isWhole, ONLY_WHOLE } from './helpers/share.ts'

test.describe.configure({ mode: 'parallel' })

// A share of `npm run torture` that takes seconds.

const withServer = test.extend<{ server: ExchangeServer }>({
  server: async ({}, use) => {
    await using server = await startServer()
    await use(server)
  },
})

const SCENARIO: Scenario = { connections: 1, size: 2048, interactions: 20, hasOld: true }
const MANY: Scenario = { ...SCENARIO, connections: 4, interactions: 300 }

function expectSound({ what, wrongs }: Outcome): void {
  expect(wrongs, what).toEqual([])
}

for (const [scenario, after] of every(3, [
  [MANY, 40],
  [{ ...MANY, size: 262_144, interactions: 40 }, 5],
  [{ ...SCENARIO, hasOld: false }, 0],
] as const)) {
  withServer(
    `what was acknowledged survives a kill after ${after} of ${scenario.interactions} answers`,
    async ({ server }) => {
      const outcome = await killed(server, scenario, after)
      expectSound(outcome)
      expect(outcome.recorded).toBeGreaterThan(0)
    },
  )
}

withServer('it survives a kill before, behind and within calls of the file system', async ({ server }) => {
  const calls = await callsOf(server, SCENARIO)
  const inAction = calls.lastIndexOf('writeSync') - 7
  const points = [
    [calls.indexOf('linkSync'), 'behind'],
    [inAction, 'within'],
    [inAction, 'behind'],
    [calls.lastIndexOf('renameSync'), 'before'],
    [calls.lastIndexOf('renameSync'), 'behind'],
  ] as const
  for (const [at, moment] of every(4, points)) {
    const outcome = await killedAtCall(server, SCENARIO, at, moment)
    expect(outcome?.wrongs, `${moment} ${calls[at]}`).toEqual([])
  }
})

withServer('a disk that fails at any call costs nothing that was acknowledged before', async ({ server }) => {
  const { length } = await callsOf(server, SCENARIO)
  for (const at of every(15, [...Array.from({ length }).keys()])) {
    const mishap = MISHAPS[at % MISHAPS.length]
    if (mishap !== undefined) expectSound(await faulty(server, SCENARIO, at, mishap))
  }
})

for (const [c, client] of ([undefined, 'node:http', 'pipelining'] as const).entries())
  for (const [n, connections] of [1, 4].entries())
    withServer(
      `what ${client ?? 'HttpConnection'} has read on ${connections} connections survives an end in the same turn`,
      async ({ server }) => {
        // Each client, and each number of connections.
        test.skip(!isWhole && (c + n) % 2 === 1, ONLY_WHOLE)
        const scenario = { ...MANY, connections, interactions: 60, ...(client && { client }) }
        const endings = ['SIGKILL', 'abort', 'SIGTERM', 'exit', 'SIGHUP', 'throw', 'SIGINT'] as const
        // In a quick run each has an ending of its own.
        const first = 2 * c + n
        const all = [...endings.slice(first), ...endings.slice(0, first)]
        for (const [at, how] of every(7, [...all.entries()])) {
          const outcome = await ended(server, scenario, { how, after: at * 7 })
          expectSound(outcome)
          expect(outcome.acknowledged).toBeGreaterThan(at)
        }
      },
    )

withServer('it survives signals, an uncaught error and process.exit', async ({ server }) => {
  for (const signal of every(2, ['SIGINT', 'SIGTERM'] as const)) expectSound(await signalled(server, MANY, 20, signal))
  for (const how of every(2, ['throw', 'exit'] as const)) expectSound(await ended(server, MANY, { how, after: 20 }))
})

withServer('of processes that record one cassette, one does', async ({ server }) => {
  expectSound(await crowd(server, SCENARIO, 4))
})

withServer('a process that could not save ends with 1, and says what and how much is lost', async ({ server }) => {
  const calls = await callsOf(server, SCENARIO)
  const writes = [...calls.keys()].filter((index) => calls[index] === 'writeSync')
  const at = writes[Math.floor(writes.length / 2)] ?? 0
  const mishap = { at, what: { type: 'error', code: 'ENOSPC', persists: true } } as const
  for (const ending of every(2, [undefined, { how: 'exit', after: 15 } as const])) {
    const { code, stderr, wrongs } = await failedExit(server, SCENARIO, mishap, ending)
    expect(wrongs).toEqual([])
    expect(code).toBe(1)
    expect(stderr).toMatch(/part of the recording could not be written: \d+ of \d+ records.*ENOSPC.*users\.yaml/)
  }
})
