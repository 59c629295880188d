/**
 * Which tests reach which places of `src`, found by a run of them with counters.
 *
 * That takes as long as the tests, so the answers are kept in a folder of the system's: for each test file as it is, and all of `src` as
 * it is.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Copy, ROOT } from './copy.ts'
import { placesIn, withCounters, withMark, withNames } from './instrument.ts'
import type { Mutant } from './mutations.ts'

/** A place in a test file, as the runner wants it, that passes if nothing is changed. */
export interface Test {
  readonly name: string
  readonly milliseconds: number
  readonly reached: ReadonlySet<number>
}

/** What is kept of a test file. */
type Kept = readonly { readonly name: string; readonly milliseconds: number; readonly reached: readonly number[] }[]

export interface Reach {
  readonly tests: readonly Test[]
  /** The number of the smallest place that a mutant is in; `undefined` if it is in none, so that it runs as its file is loaded. */
  placeOf(mutant: Mutant): number | undefined
  /** The numbers of all places of a file. */
  placesOf(file: string): readonly number[]
}

const sourcesOf = (): readonly string[] =>
  readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .toSorted()

export const testFiles = (): readonly string[] =>
  readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `test/${file}`)
    .toSorted()

export async function reachOf(jobs: number): Promise<Reach> {
  const sources = sourcesOf().map((file) => ({ file, source: readFileSync(join(ROOT, 'src', file), 'utf8') }))
  const first = new Map<string, number>()
  let count = 0
  const places = new Map(
    sources.map(({ file, source }) => {
      first.set(file, count)
      const found = placesIn(file, source)
      count += found.length
      return [file, found] as const
    }),
  )
  const folder = join(
    tmpdir(),
    'wiretape-reach',
    hashOf(sources.map(({ file, source }) => `${file}\0${source}`).join('\0')),
  )
  mkdirSync(folder, { recursive: true })
  const keptIn = (test: string): string => join(folder, `${hashOf(test + readFileSync(join(ROOT, test), 'utf8'))}.json`)
  const unknown = testFiles().filter((test) => !existsSync(keptIn(test)))
  if (unknown.length > 0) {
    console.log(`${unknown.length} test files run, to see what they reach`)
    const changed = (notes: string): ReadonlyMap<string, string> =>
      new Map(sources.map(({ file, source }) => [file, withCounters(file, source, first.get(file) ?? 0, notes)]))
    const shares = Array.from({ length: jobs }, (_, job) => unknown.filter((_test, index) => index % jobs === job))
    await Promise.all(
      shares
        .filter((share) => share.length > 0)
        .map((share) => countIn(share, changed, (test, kept) => writeFileSync(keptIn(test), JSON.stringify(kept)))),
    )
  }
  const kept = testFiles()
    .filter((test) => existsSync(keptIn(test)))
    .flatMap((test): Kept => JSON.parse(readFileSync(keptIn(test), 'utf8')))
  return {
    tests: kept.map(({ name, milliseconds, reached }) => ({ name, milliseconds, reached: new Set(reached) })),
    placeOf: ({ file, start, end }) => {
      const known = places.get(file) ?? []
      const around = known
        .filter((place) => place.start <= start && end <= place.end)
        .toSorted((one, other) => one.end - one.start - (other.end - other.start))[0]
      return around === undefined ? undefined : (first.get(file) ?? 0) + known.indexOf(around)
    },
    placesOf: (file) => (places.get(file) ?? []).map((_, index) => (first.get(file) ?? 0) + index),
  }
}

/** Test files at a time: what was seen of them is kept if a run is ended in between. */
const AT_A_TIME = 20

async function countIn(
  files: readonly string[],
  changed: (notes: string) => ReadonlyMap<string, string>,
  keep: (file: string, kept: Kept) => void,
): Promise<void> {
  const copy = new Copy()
  try {
    copy.write('notes/test', '')
    await copy.build(changed(copy.notes))
    copy.write('playwright.config.ts', withMark(copy.read('playwright.config.ts')))
    for (const file of files) copy.write(file, withNames(copy.read(file), file, copy.notes))
    for (let from = 0; from < files.length; from += AT_A_TIME) {
      copy.write('notes/reached', '')
      const some = files.slice(from, from + AT_A_TIME)
      const run = await copy.test(some, ['--reporter=json'], 1_800_000)
      const reached = reachedBy(copy.read('notes/reached'))
      const results = resultsIn(run.output)
      // A file that cannot be loaded ends the run.
      if (run.status === 'failed' && results.size === 0)
        throw new Error(`no test runs in the copy: ${run.output.slice(-2000)}`)
      for (const file of some) keep(file, keptOf(file, results, reached))
    }
  } finally {
    copy.remove()
  }
}

function reachedBy(log: string): ReadonlyMap<string, ReadonlySet<number>> {
  const found = new Map<string, Set<number>>()
  for (const line of log.split('\n')) {
    const [test = '', ...numbers] = line.split(' ')
    const known = found.get(test) ?? new Set()
    found.set(test, known)
    for (const number of numbers) if (number !== '') known.add(Number(number))
  }
  return found
}

interface Suite {
  readonly specs?: readonly {
    readonly file: string
    readonly line: number
    readonly ok: boolean
    readonly tests: readonly { readonly status: string; readonly results: readonly { readonly duration: number }[] }[]
  }[]
  readonly suites?: readonly Suite[]
}

interface Result {
  readonly isGood: boolean
  readonly milliseconds: number
}

/** Tests by their places; those of one place are taken as one. */
function resultsIn(output: string): ReadonlyMap<string, Result> {
  const results = new Map<string, Result>()
  const add = ({ specs = [], suites = [] }: Suite): void => {
    for (const { file, line, ok, tests } of specs) {
      const name = `test/${file}:${line}`
      const before = results.get(name) ?? { isGood: true, milliseconds: 0 }
      const took = tests.flatMap((test) => test.results).reduce((sum, { duration }) => sum + duration, 0)
      if (tests.every((test) => test.status === 'skipped')) continue
      results.set(name, { isGood: before.isGood && ok, milliseconds: before.milliseconds + took })
    }
    suites.forEach(add)
  }
  const report: Suite = JSON.parse(output.slice(output.indexOf('{')))
  add(report)
  return results
}

function keptOf(
  file: string,
  results: ReadonlyMap<string, Result>,
  reached: ReadonlyMap<string, ReadonlySet<number>>,
): Kept {
  const whole = reached.get(file) ?? new Set()
  return [...results]
    .filter(([name, { isGood }]) => name.startsWith(`${file}:`) && isGood)
    .map(([name, { milliseconds }]) => ({
      name,
      milliseconds,
      reached: [...new Set([...whole, ...(reached.get(name) ?? [])])],
    }))
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 20)
