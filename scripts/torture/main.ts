/**
 * `npm run torture`: recordings that are killed, run out of disk space or compete, and the files that they leave.
 *
 * After each run the old cassette must be unchanged or the new one complete; every answer that the client had read must be
 * recovered, byte for byte; and no file may hold a secret. The exit code is 1 if something is wrong.
 */
import { randomInt } from 'node:crypto'
import { Command, InvalidArgumentError } from 'commander'
import { type ExchangeServer, startServer } from './exchange.ts'
import {
  callsOf,
  crowd,
  ended,
  faulty,
  hasStrace,
  killed,
  killedAtCall,
  killedInSystem,
  MISHAPS,
  type Outcome,
  type Scenario,
  signalled,
} from './runs.ts'

const SMALL: Scenario = { connections: 1, size: 2048, interactions: 1000, hasOld: true }
/** The size limit of a cassette is 256 MiB. */
const LARGE: Scenario = { ...SMALL, size: 262_144, interactions: 200 }
const SCENARIOS: readonly Scenario[] = [SMALL, { ...SMALL, connections: 4 }, LARGE, { ...LARGE, connections: 4 }]
const SHORT: Scenario = { ...SMALL, interactions: 20 }

type Runs = AsyncIterable<Outcome>

const PARTS: Readonly<Record<string, (server: ExchangeServer, options: Options) => Runs>> = {
  turns: async function* (server, { kills }) {
    for (const how of ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'abort', 'exit', 'throw', 'reject'] as const)
      for (let round = 0; round < (how === 'SIGKILL' ? kills : kills / 10); round += 1) {
        const scenario = { ...SMALL, connections: round % 2 === 0 ? 1 : 4, interactions: 100, hasOld: round % 4 < 2 }
        yield ended(server, scenario, { how, after: randomInt(100) })
      }
  },
  kills: async function* (server, { kills }) {
    for (let index = 0; index < kills; index += 1) {
      const scenario = SCENARIOS[index % SCENARIOS.length] ?? SMALL
      yield killed(server, { ...scenario, hasOld: index % 8 < 4 }, randomInt(scenario.interactions))
    }
  },
  calls: async function* (server) {
    const calls = await callsOf(server, SHORT)
    for (let at = 0; at < calls.length; at += 1)
      for (const moment of ['before', 'behind', 'within'] as const) {
        if (moment === 'within' && calls[at] !== 'writeSync') continue
        const outcome = await killedAtCall(server, SHORT, at, moment)
        if (outcome !== undefined) yield outcome
      }
  },
  system: async function* (server) {
    if (!hasStrace()) return console.log('system: left out, strace is not here')
    for (const call of ['write', 'rename', 'link', 'unlink', 'fsync', 'close', 'openat'])
      for (let count = 1; ; count += 1) {
        const outcome = await killedInSystem(server, SHORT, call, count)
        if (outcome === undefined) break
        yield outcome
      }
  },
  faults: async function* (server) {
    for (const hasOld of [false, true]) {
      const { length } = await callsOf(server, { ...SHORT, hasOld })
      for (let at = 0; at < length; at += 1)
        for (const mishap of MISHAPS) yield faulty(server, { ...SHORT, hasOld }, at, mishap)
    }
  },
  signals: async function* (server) {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      for (let round = 0; round < 20; round += 1)
        yield signalled(server, { ...SMALL, connections: 1 + (round % 4), interactions: 300 }, randomInt(300), signal)
  },
  crowds: async function* (server) {
    for (const processes of [2, 4, 8]) for (let round = 0; round < 10; round += 1) yield crowd(server, SHORT, processes)
  },
}

interface Options {
  readonly kills: number
  readonly only: readonly string[]
}

async function main({ only, kills }: Options): Promise<number> {
  await using server = await startServer()
  let wrongRuns = 0
  for (const [name, runs] of Object.entries(PARTS)) {
    if (!only.includes(name)) continue
    const startedAt = performance.now()
    const total = { runs: 0, acknowledged: 0, recorded: 0, saved: 0, wrong: 0 }
    for await (const outcome of runs(server, { only, kills })) {
      total.runs += 1
      total.acknowledged += outcome.acknowledged
      total.recorded += outcome.recorded
      total.saved += outcome.isSaved ? 1 : 0
      if (outcome.wrongs.length === 0) continue
      total.wrong += 1
      console.log(`${name}: ${outcome.what}\n${outcome.wrongs.map((wrong) => `  ${wrong}`).join('\n')}`)
    }
    wrongRuns += total.wrong
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    console.log(
      `${name}: ${total.runs} runs, ${total.acknowledged} answers acknowledged, ${total.recorded} found, ` +
        `${total.saved} cassettes saved, ${total.wrong} wrong; ${seconds} s`,
    )
  }
  return wrongRuns === 0 ? 0 : 1
}

function options(): Options {
  const names = Object.keys(PARTS)
  return new Command('npm run torture --')
    .description('Kills and starves recordings, and looks at what is left.')
    .option('--kills <count>', 'kills at random', parseCount, 100)
    .option('--only <part...>', `some of ${names.join(', ')}`, names)
    .parse()
    .opts<Options>()
}

function parseCount(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('A number is wanted.')
  return Number(text)
}

process.exitCode = await main(options())
