/**
 * `npm run bench`: our speed and that of our peers, measured in one run.
 *
 * Prints a table for each piece of work, and writes all measurements to `results/latest.json`. Times differ from machine to
 * machine and from hour to hour; only the ratios within one run are meaningful.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, Option } from 'commander'
import { CASSETTE } from './cassette.ts'
import { CLIENT } from './client.ts'
import { HOOK } from './hook.ts'
import { type Effort, type Group, measureRow, type RowResult } from './harness.ts'
import { PARSER } from './parser.ts'
import { PROXIES } from './proxies.ts'
import { RECORDING } from './recording.ts'
import { REPLAY } from './replay.ts'
import { SOCKETS } from './sockets.ts'
import { formatGroup, formatRow } from './table.ts'

const GROUPS: readonly Group[] = [PARSER, CLIENT, RECORDING, CASSETTE, REPLAY, SOCKETS, PROXIES, HOOK]

const EFFORT: Readonly<Record<'full' | 'quick', Effort>> = {
  full: { rounds: 9, sample: 200 },
  quick: { rounds: 7, sample: 25 },
}

const FILE = fileURLToPath(new URL('results/latest.json', import.meta.url))

await main()

async function main(): Promise<void> {
  const { quick, only } = options()
  const effort = EFFORT[quick ? 'quick' : 'full']
  const machine = describeMachine()
  console.log(
    `Node ${machine.node}, ${machine.cores} x ${machine.cpu}; medians of ${effort.rounds} rounds of ${effort.sample} ms`,
  )
  if (machine.load > machine.cores / 2) console.log(`The machine is busy (load ${machine.load}): expect wide spreads.`)

  const groups = []
  for (const group of GROUPS.filter(({ name }) => only.includes(name))) {
    const { name, title, baseline } = group
    groups.push({ name, title, baseline, rows: await measureGroup(group, effort) })
  }

  await mkdir(path.dirname(FILE), { recursive: true })
  await writeFile(FILE, `${JSON.stringify({ date: new Date(), ...machine, effort, groups }, undefined, 2)}\n`)
  console.log(`\n${path.relative('', FILE)}`)
}

function describeMachine() {
  const [load = 0] = loadavg()
  return { node: process.versions.node, cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism(), load }
}

async function measureGroup(group: Group, effort: Effort): Promise<RowResult[]> {
  console.log(formatGroup(group))
  const results = []
  for await (const row of group.rows()) {
    const result = await measureRow(row, group.baseline, effort)
    console.log(formatRow(result))
    results.push(result)
  }
  return results
}

interface Options {
  readonly quick: boolean
  /** Names of groups. */
  readonly only: readonly string[]
}

function options(): Options {
  const names = GROUPS.map(({ name }) => name)
  return new Command('npm run bench --')
    .description('Measures us beside our peers, in one run.')
    .option('--quick', 'short samples: a first impression, in seconds', false)
    .addOption(new Option('--only <group...>', 'leave the others out').choices(names).default(names, 'all'))
    .parse()
    .opts<Options>()
}
