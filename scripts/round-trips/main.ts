/**
 * `npm run round-trips`: bytes -> cassette -> bytes, for 30,000 random conversations, with something between that rewrites the file.
 *
 * Each must have the same bytes, or be refused or noted with line and column. The exit code is 1 if bytes changed silently.
 */
import { Command, InvalidArgumentError } from 'commander'
import { randomConversations, sendThrough } from './round-trips.ts'
import { TRANSFORMERS } from './transformers.ts'

interface Options {
  readonly cassettes: number
  readonly only: readonly string[]
}

const PER_BATCH = 1000

process.exitCode = await main(options())

async function main({ cassettes, only }: Options): Promise<number> {
  let wrongs = 0
  for (const name of Object.keys(TRANSFORMERS))
    if (only.length === 0 || only.includes(name)) wrongs += await tryTransformer(name, cassettes)
  return wrongs === 0 ? 0 : 1
}

async function tryTransformer(name: string, count: number): Promise<number> {
  const startedAt = performance.now()
  const told = new Map<string, number>()
  const wrongs: string[] = []
  let same = 0
  for (let done = 0; done < count; done += PER_BATCH) {
    const batch = randomConversations(1 + done / PER_BATCH, Math.min(PER_BATCH, count - done))
    const fared = await sendThrough(name, batch)
    if (fared.skipped !== undefined) return tellSkipped(name, fared.skipped)
    same += fared.same
    wrongs.push(...fared.wrongs)
    for (const [what, times] of Object.entries(fared.told)) told.set(what, (told.get(what) ?? 0) + times)
  }
  const refused = Array.from(told, ([what, times]) => `, ${times} ${what}`).join('')
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  console.log(`${name}: ${count} cassettes, ${same} the same bytes${refused}, ${wrongs.length} wrong; ${seconds} s`)
  for (const wrong of wrongs.slice(0, 10)) console.log(`  ${wrong}`)
  return wrongs.length
}

function tellSkipped(name: string, reason: string): number {
  console.log(`${name}: skipped, ${reason}`)
  return 0
}

function options(): Options {
  return new Command('npm run round-trips --')
    .description('Sends random conversations through what rewrites files, and reads them again.')
    .option('--cassettes <count>', 'random conversations for each', parseCount, 30_000)
    .option('--only <name...>', `some of: ${Object.keys(TRANSFORMERS).join('; ')}`, [])
    .parse()
    .opts<Options>()
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('A number is wanted.')
  return Number(text)
}
