/**
 * `npm run soak`: what `npm test` tries of the client over real sockets, at full length. Ten minutes at most.
 *
 * Prints a line for each part. The exit code is 1 when something is not as it must be.
 */
import { Command, InvalidArgumentError, Option } from 'commander'
import { inParallel } from '../test/helpers/in-parallel.ts'
import { MiB } from '../test/helpers/memory.ts'
import { runTypeScript, runTypeScriptWithRoom } from '../test/helpers/ts-process.ts'
import { EVERY_ENDING, serveEndings, tryEnding } from '../test/reliability/endings.ts'
import type { FailureReport } from '../test/reliability/failures-process.ts'
import { FLOODS, SEGMENT } from '../test/reliability/floods.ts'
import type { FloodsReport } from '../test/reliability/floods-process.ts'
import { tryRequests } from '../test/reliability/requests.ts'
import type { SlowReaderReport } from '../test/reliability/slow-reader-process.ts'
import { SLOW_TAINT_TRIALS, TAINT_TRIALS, tallyTaint } from '../test/reliability/taint.ts'

/** What a part has to say. */
interface Result {
  readonly figures: string
  /** What is not as it must be, one line each. */
  readonly wrong: readonly string[]
}

const PARTS: Readonly<Record<string, (seed: number) => Promise<Result>>> = {
  endings: soakEndings,
  taint: soakTaint,
  failures: soakFailures,
  floods: soakFloods,
  'slow-reader': soakSlowReader,
  requests: soakRequests,
}

const { only, seed } = new Command('npm run soak --')
  .description('Tries the client over real sockets, at full length.')
  .addOption(new Option('--only <part>').choices(Object.keys(PARTS)))
  .addOption(new Option('--seed <number>', 'of the random requests').default(9112).argParser(parseSeed))
  .parse()
  .opts<{ readonly only?: string; readonly seed: number }>()

console.log(`Node ${process.versions.node}, seed ${seed}`)
for (const [name, part] of Object.entries(PARTS)) {
  if (only !== undefined && only !== name) continue
  const began = performance.now()
  const { figures, wrong } = await part(seed)
  console.log(
    `${name.padEnd(12)} ${figures}; ${wrong.length} wrong, ${Math.round((performance.now() - began) / 1_000)} s`,
  )
  for (const line of wrong.slice(0, 20)) console.log(`  ${line}`)
  if (wrong.length > 0) process.exitCode = 1
}

/** FIN and RST after every byte of thirty answers, ten times. */
async function soakEndings(): Promise<Result> {
  await using server = await serveEndings()
  const all = Array.from({ length: 10 }, () => EVERY_ENDING).flat()
  const wrong = await inParallel(16, all, (broken) => tryEnding(server.port, broken))
  return { figures: `${all.length} ends of ${new Set(EVERY_ENDING.map(({ one }) => one)).size} answers`, wrong }
}

/** 300 trials of each kind. */
async function soakTaint(): Promise<Result> {
  const quick = await tallyTaint(TAINT_TRIALS, 300)
  const slow = await tallyTaint(SLOW_TAINT_TRIALS, 50)
  const wrong = [quick, slow].flatMap(({ WRONG = 0, none = 0 }) =>
    WRONG + none === 0 ? [] : [`${WRONG} wrong answers without a mark, ${none} without an answer`],
  )
  return { figures: `${JSON.stringify(quick)}, slow server ${JSON.stringify(slow)}`, wrong }
}

async function soakFailures(): Promise<Result> {
  const file = new URL('../test/reliability/failures-process.ts', import.meta.url)
  const { code, stdout, stderr, lingered } = await runTypeScript(file, '5000')
  if (code !== 0 || stderr !== '') return { figures: `exit code ${code}`, wrong: [stderr] }
  const { requests, kinds, wrong, heapGrowth, handles, listeners, warnings }: FailureReport = JSON.parse(stdout)
  const isLean = heapGrowth < 5 * MiB && handles.length === 0 && listeners === 0 && warnings.length === 0
  const figures =
    `${requests} requests of ${kinds} kinds: heap ${megabytes(heapGrowth)}, ${handles.length} handles, ` +
    `${listeners} listeners, ${warnings.length} warnings, exit after ${Math.round(lingered)} ms`
  return { figures, wrong: isLean ? wrong : [...wrong, figures] }
}

async function soakFloods(): Promise<Result> {
  const file = new URL('../test/reliability/floods-process.ts', import.meta.url)
  const { floods, timeOfChunks }: FloodsReport = JSON.parse((await runTypeScriptWithRoom(file, '5000000')).stdout)
  const wrong = floods.flatMap(({ name, end, read, growth, ratio }, index) => {
    const { code = 'complete', limit = 0 } = FLOODS[index] ?? {}
    const isRight = end === code && read <= limit + SEGMENT && growth < 4 * MiB && ratio < 2.3
    return isRight ? [] : [`${name}: ${end} after ${read}, ${megabytes(growth)}, ${ratio.toFixed(2)} times as long`]
  })
  const most = (of: (flood: (typeof floods)[number]) => number): number => Math.max(...floods.map(of))
  const figures =
    `${floods.length} floods of 10 MB: at most ${megabytes(most(({ growth }) => growth))}, twice takes ` +
    `${most(({ ratio }) => ratio).toFixed(2)} times as long; 65,536 chunks ${Math.round(timeOfChunks)} ms`
  return { figures, wrong }
}

async function soakSlowReader(): Promise<Result> {
  const file = new URL('../test/reliability/slow-reader-process.ts', import.meta.url)
  const { stdout } = await runTypeScript(file, String(1_024 * MiB))
  const { bytes, isSame, rssGrowth, heldGrowth, ahead }: SlowReaderReport = JSON.parse(stdout)
  const figures =
    `${megabytes(bytes)}: RSS ${megabytes(rssGrowth)}, live ${megabytes(heldGrowth)}, ` +
    `server ahead ${megabytes(ahead)}, ${isSame ? 'same' : 'another'} digest`
  return { figures, wrong: isSame && rssGrowth < 64 * MiB ? [] : [figures] }
}

async function soakRequests(from: number): Promise<Result> {
  const result = await tryRequests(from, 0, 200_000)
  if ('what' in result) return { figures: `request ${result.index}`, wrong: [JSON.stringify(result)] }
  const { requests, read, thrown, refused } = result
  const others = Object.entries(refused).map(([code, count]) => `, ${count} ${code}`)
  return { figures: `${requests} requests: ${read} read as meant, ${thrown} thrown${others.join('')}`, wrong: [] }
}

function parseSeed(text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number)) return number
  throw new InvalidArgumentError('a whole number is wanted')
}

function megabytes(bytes: number): string {
  return `${(bytes / MiB).toFixed(1)} MiB`
}
