import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { ROOT } from './copy.ts'
import type { Mutant } from './mutations.ts'
import { type Reach, type Test, testFiles } from './reach.ts'

/** Tests that run together. */
export interface Group {
  /** Test files, or places in them. */
  readonly tests: readonly string[]
  /** Milliseconds after which the run does not count as one that will end. */
  readonly limit: number
  /** Whether all cases run, as in CI, instead of the quick share. */
  readonly isWhole?: boolean
}

/** Milliseconds of tests, and of loading their files, for the groups of the quick share: most mutants die in the first. */
const SHARES = [3000, 12_000, 40_000]
/** What it takes to load a test file. */
const LOADING = 400
/** Files that run with all their cases before a mutant is said to live. */
const WHOLE_FILES = 10

/**
 * Groups of tests for a mutant, the most likely to detect it first: those that reach its place, of its own folder before others, the short
 * ones before the long ones. The last group is of whole files, also of those that are of its folder but do not seem to reach it, as what
 * runs once in a process was noted for one test only.
 */
export function groupsOf(mutant: Mutant, reach: Reach): readonly Group[] {
  const place = reach.placeOf(mutant)
  const places = place === undefined ? reach.placesOf(mutant.file) : [place]
  const near = new Set(nearTo(mutant.file))
  const isNear = (test: Test): boolean => near.has(fileOf(test.name))
  const reaching = reach.tests
    .filter((test) => places.some((each) => test.reached.has(each)))
    .toSorted((one, other) => Number(isNear(other)) - Number(isNear(one)) || one.milliseconds - other.milliseconds)
  const groups: Group[] = []
  let from = 0
  for (const share of SHARES) {
    const end = endOf(reaching, from, share)
    const some = reaching.slice(from, end)
    from = end
    if (some.length > 0) groups.push({ tests: some.map(({ name }) => name), limit: 90_000 + 5 * sumOf(some) })
  }
  const reachingFiles = reaching.map(({ name }) => fileOf(name))
  const files = new Set([...[...near].slice(0, WHOLE_FILES), ...new Set(reachingFiles)])
  const whole = [...files].slice(0, Math.max(WHOLE_FILES, Math.min(near.size, WHOLE_FILES)))
  return whole.length === 0 ? groups : [...groups, { tests: whole, limit: 240_000, isWhole: true }]
}

const sumOf = (tests: readonly Test[]): number => tests.reduce((sum, { milliseconds }) => sum + milliseconds, 0)

/** Where the tests end that take so many milliseconds together; one at least. */
function endOf(tests: readonly Test[], from: number, share: number): number {
  const files = new Set<string>()
  let sum = 0
  for (const [index, { name, milliseconds }] of tests.slice(from).entries()) {
    sum += milliseconds + (files.has(fileOf(name)) ? 0 : LOADING)
    files.add(fileOf(name))
    if (sum > share && index > 0) return from + index
  }
  return tests.length
}

/** The file of a place in it. */
export const fileOf = (test: string): string => test.replace(/:\d+$/, '')

/** Test files that import the file, have its name, or are of its folder. */
export function nearTo(file: string): readonly string[] {
  const room = file.split('/')[0]?.replace('.ts', '') ?? file
  const name = file.replace(/^.*\//, '').replace(/\.ts$/, '')
  const tests = testFiles()
  const near = tests.filter((test) => test.endsWith(`/${name}.test.ts`) || importsOf(test).has(`src/${file}`))
  const own = tests.filter((test) => test.startsWith(`test/${room}/`) || test === `test/${room}.test.ts`)
  return [...new Set([...near, ...own])]
}

function importsOf(test: string): ReadonlySet<string> {
  const text = readFileSync(join(ROOT, test), 'utf8')
  const targets = Array.from(text.matchAll(/from '(\.[^']+)'/g), ([, target = '']) =>
    relative(ROOT, resolve(ROOT, dirname(test), target)),
  )
  return new Set(targets)
}
