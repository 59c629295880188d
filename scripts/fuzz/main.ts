/**
 * `npm run fuzz`: makes messages and breaks them at random, for a given time.
 *
 * docs/fuzzing.md describes the laws, and what to do with a find. The exit code is 1 if there is one.
 */
import { Command, InvalidArgumentError, Option } from 'commander'
import { tryBodies } from './bodies.ts'
import { type Cut, type CutCase, cutCases, everyCut, everyPair, randomCuts } from './cuts.ts'
import type { InputFind, Rivals } from './differential.ts'
import { FLOODS, timeBreach } from './floods.ts'
import { type Find, shrink, sideOf, Tally, tryIndex } from './fuzz.ts'
import { type Breach, outcomeOf, segmentationBreach } from './laws.ts'
import { type Side, SIDES } from './grammar.ts'
import { LEDGER } from './ledger.ts'
import { NativeReader } from './native.ts'
import { Progress } from './progress.ts'
import { Random } from './random.ts'
import { ourParser, read } from './subject.ts'
import { wireCase } from './wire-case.ts'

const RIVALS: Rivals = { makeParser: ourParser, native: new NativeReader(), ledger: LEDGER }

function main(given: Options): number {
  const { node, llhttp } = process.versions
  console.log(`seed ${given.seed}; Node ${node} with llhttp ${llhttp}`)
  const report = runOf(given)
  if (report === undefined) return 0
  console.log(`\n${report}`)
  return 1
}

/** Each run returns the report of its find. */
type Report = string | undefined

function runOf(given: Options): Report {
  if (given.only === 'cuts') return runCuts(given)
  if (given.only === 'bodies') return runBodies(given)
  return given.case === undefined ? runInputs(given) : runInput(given, given.case)
}

/** Bodies go through redaction and are written, as when they are recorded. */
function runBodies({ seed, seconds, cases }: Options): Report {
  const progress = new Progress(cases === undefined ? seconds : Infinity)
  let tried = 0
  for (const { breach, made } of tryBodies(seed)) {
    if (breach !== undefined) return `${breach}\n  ${made}\n\nnpm run fuzz -- --only bodies --seed ${seed}`
    tried += 1
    if (tried === cases || progress.isOver) break
    progress.tick(() => `${count(tried)} bodies`)
  }
  progress.finish(`${count(tried)} bodies redacted and written in ${progress.seconds.toFixed(1)} s, 0 wrong`)
  return undefined
}

function runInputs({ seed, seconds, cases, only }: Options): Report {
  for (const flood of FLOODS) {
    const breach = timeBreach(ourParser, flood)
    if (breach !== undefined) return describeBreach(breach)
  }
  const progress = new Progress(cases === undefined ? seconds : Infinity)
  const tally = new Tally()
  for (let index = 0; tally.inputs !== cases && !progress.isOver; index += 1) {
    if (only !== undefined && sideOf(index) !== only) continue
    const find = tryIndex(RIVALS, seed, index, tally)
    if (find !== undefined) return describeFind(find, seed, index)
    progress.tick(() => describeTally(tally, progress.seconds))
  }
  progress.finish(`${describeTally(tally, progress.seconds)}; ${describeDifferences(tally)}; unexplained 0`)
  return undefined
}

function runInput({ seed }: Options, index: number): Report {
  const find = tryIndex(RIVALS, seed, index, new Tally())
  if (find === undefined) console.log(`input ${index}: nothing found`)
  return find && describeFind(find, seed, index)
}

const THREE_WAY_CUTS = 250_000
const RANDOM_CUTS = 20_000

function runCuts({ seed }: Options): Report {
  const cases = cutCases()
  const bytes = cases.reduce((sum, { input }) => sum + input.bytes.length, 0)
  console.log(`${count(cases.length)} cases, ${count(bytes)} bytes`)
  return (
    tryCuts('in two at every place', everyCut(cases)) ??
    tryCuts('in three', everyPair(cases, THREE_WAY_CUTS)) ??
    tryCuts('at random', randomCuts(cases, RANDOM_CUTS, new Random(seed, 0)))
  )
}

function tryCuts(how: string, cuts: Iterable<Cut>): Report {
  const progress = new Progress()
  const outcomes = new Map<CutCase, string>()
  let tried = 0
  for (const { one, places } of cuts) {
    const { input, name } = one
    const expected = outcomes.get(one) ?? outcomeOf(read(ourParser(input), [input.bytes], input.eof))
    outcomes.set(one, expected)
    const breach = segmentationBreach(ourParser, input, expected, places)
    tried += 1
    if (breach !== undefined) return `${describeBreach(breach)}\n\n${wireCase(ourParser, input, name)}`
    progress.tick(() => `cut ${how}: ${count(tried)}`)
  }
  progress.finish(
    `cut ${how}: ${count(tried)} of ${count(outcomes.size)} cases in ${progress.seconds.toFixed(1)} s, 0 differences`,
  )
  return undefined
}

function describeTally({ inputs, compared }: Tally, seconds: number): string {
  return `${count(inputs)} inputs, ${count(inputs / seconds)} a second; ${count(compared)} compared with Node`
}

function describeDifferences({ differences }: Tally): string {
  const counts = LEDGER.map(({ id }) => [id, differences.get(id) ?? 0] as const).filter(([, times]) => times > 0)
  return `differences: ${counts.map(([id, times]) => `${id} ${count(times)}`).join(', ') || 'none'}`
}

const count = (value: number): string => Math.round(value).toLocaleString('en')

function describeFind(find: Find, seed: number, index: number): string {
  const origin = `npm run fuzz -- --seed ${seed} --case ${index}`
  if (!('input' in find)) return `${describeBreach(find.breach)}\n\n${origin}`
  console.log(`\nInput ${index} of seed ${seed} is a find of ${find.input.bytes.length} bytes; making it smaller.`)
  return describeInput(shrink(RIVALS, find), origin)
}

const describeInput = ({ breach, input }: InputFind, origin: string): string =>
  [
    describeBreach(breach),
    '',
    `# ${origin}`,
    '# The maps are what our parser says today; correct them, name the case, put it into fixtures/wire.',
    wireCase(ourParser, input, 'what holds of such bytes'),
  ].join('\n')

const describeBreach = ({ law, what, details }: Breach): string =>
  [`law of ${law}: ${what}`, ...details.map((line) => `  ${line}`)].join('\n')

interface Options {
  readonly seed: number
  readonly seconds: number
  readonly cases?: number
  readonly case?: number
  readonly only?: Side | 'cuts' | 'bodies'
}

function options(): Options {
  return new Command('npm run fuzz --')
    .description(
      'Tries the parsers on messages that are made and broken at random, beside the parser of Node; or redaction on bodies.',
    )
    .option('--seconds <n>', 'how long to go on', wholeNumber, 30)
    .option('--cases <n>', 'how many inputs to try, instead of a time', wholeNumber)
    .option('--seed <n>', 'which inputs', wholeNumber, Date.now() % 1_000_000)
    .option('--case <n>', 'only this input of the seed', wholeNumber)
    .addOption(new Option('--only <what>', 'leave the rest out').choices([...SIDES, 'cuts', 'bodies']))
    .addOption(new Option('--cuts', 'the same as --only cuts').implies({ only: 'cuts' }))
    .parse()
    .opts<Options>()
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('It has to be a whole number.')
  return value
}

process.exitCode = main(options())
