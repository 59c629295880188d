/**
 * `npm run mutants -- FOLDER|FILE ... [--count N] [--seed S] [--jobs J] [--bar P] [--only N,N] [--quick] [--together] [--list FILE]`
 *
 * Makes small changes of files in `src`, runs the tests that reach each, and reports those that no test detects. It works on copies; the
 * checkout stays unchanged. All changes are in one build and switched on one at a time. A test counts as one that detects a change only if
 * it passes without the change. Exit code 1: fewer than P percent were detected (default: 0, a report only).
 *
 * `--only` takes numbers of the same list, as of those that lived; `--quick` leaves out the long runs of many tests; `--together` tries them
 * in common processes first, which is for thousands (`together.ts`); `--list` takes changes that somebody thought of (`by-hand.ts`).
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Random } from '../fuzz/random.ts'
import { mutantsByHand } from './by-hand.ts'
import { Copy, ROOT } from './copy.ts'
import { withMutants } from './instrument.ts'
import { type Mutant, mutantsOf } from './mutations.ts'
import { groupsOf, type Group } from './order.ts'
import { reachOf } from './reach.ts'
import { seenTogether } from './together.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    bar: { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
    list: { type: 'string' },
    together: { type: 'boolean', default: false },
  },
})

const jobs = Number(values.jobs)
const sourceOf = (file: string): string => readFileSync(join(ROOT, 'src', file), 'utf8')
const all =
  values.list === undefined
    ? chosen(positionals.flatMap(sourcesIn), Number(values.count), Number(values.seed))
    : mutantsByHand(JSON.parse(readFileSync(values.list, 'utf8')), sourceOf)
const only = new Set(values.only.split(',').filter(Boolean).map(Number))
const mutants = all
  .map((mutant, index) => ({ mutant, id: index + 1 }))
  .filter(({ id }) => only.size === 0 || only.has(id))
const originals = new Map(mutants.map(({ mutant: { file } }) => [file, sourceOf(file)] as const))
const reach = await reachOf(jobs)
const together = values.together ? await seenTogether(mutants, reach, jobs) : new Map<number, string>()
const left = mutants.filter(({ id }) => !together.has(id))
const alive: string[] = []
const unsure: string[] = []

await Promise.all(Array.from({ length: jobs }, work))
const killed = mutants.length - alive.length - unsure.length
const percent = (100 * killed) / Math.max(1, mutants.length)
console.log(`\n${killed} of ${mutants.length} seen (${percent.toFixed(1)} %), seed ${values.seed}`)
for (const mutant of alive) console.log(`  lives: ${mutant}`)
for (const mutant of unsure) console.log(`  unsure, as a test also failed or took too long without it: ${mutant}`)
if (percent < Number(values.bar)) process.exitCode = 1

async function work(): Promise<void> {
  const copy = new Copy()
  try {
    copy.write('notes/active', '0')
    const changed = [...originals].map(([file, source]) => {
      const inFile = mutants.filter(({ mutant }) => mutant.file === file)
      return [file, withMutants(source, inFile, copy.notes)] as const
    })
    await copy.build(new Map(changed))
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const { mutant, id } = next
      const start = Date.now()
      const { kind, by } = await outcomeOf(copy, mutant, id)
      const name = `${id} src/${mutant.file}:${mutant.line} ${mutant.what}`
      if (kind !== 'seen') (kind === 'lives' ? alive : unsure).push(name)
      console.log(`${kind.padEnd(6)} ${name} by ${by}, ${((Date.now() - start) / 1000).toFixed(0)} s`)
    }
  } finally {
    copy.remove()
  }
}

interface Outcome {
  readonly kind: 'seen' | 'lives' | 'unsure'
  /** The test that failed, or what else happened. */
  readonly by: string
}

async function outcomeOf(copy: Copy, mutant: Mutant, id: number): Promise<Outcome> {
  let count = 0
  for (const group of values.quick ? groupsOf(mutant, reach).slice(0, 2) : groupsOf(mutant, reach)) {
    const failed = await firstFailure(copy, group, id)
    count += group.tests.length
    if (failed === undefined) continue
    // That the others pass without the mutant was seen as it was found out what they reach.
    if (!failed.isUnsure) return { kind: 'seen', by: failed.test }
    const isSure = (await firstFailure(copy, { ...group, tests: failed.tests }, 0)) === undefined
    return { kind: isSure ? 'seen' : 'unsure', by: failed.test }
  }
  // Tests begin with a build, which checks types; last, as few changes are seen by it.
  const source = originals.get(mutant.file) ?? ''
  const alone = source.slice(0, mutant.start) + mutant.text + source.slice(mutant.end)
  const isValid = await copy.compiles(new Map([...originals, [mutant.file, alone]]))
  return isValid ? { kind: 'lives', by: `${count} tests or files` } : { kind: 'seen', by: 'the compiler' }
}

interface Failure {
  readonly test: string
  /** Whether it might fail without the mutant, too: it took too long, or is one of many cases that have not run before. */
  readonly isUnsure: boolean
  /** What is to pass without the mutant then. */
  readonly tests: readonly string[]
}

/** The first test that fails while the mutant of this number is on; `undefined` if all pass. */
async function firstFailure(
  copy: Copy,
  { tests, limit, isWhole = false }: Group,
  id: number,
): Promise<Failure | undefined> {
  copy.write('notes/active', String(id))
  const options = ['-x', '--reporter=dot', '--timeout=30000']
  const { status, output } = await copy.test(tests, options, limit, isWhole ? { env: { WIRETAPE_TESTS: 'whole' } } : {})
  if (status === 'passed') return undefined
  const test = /^ +1\) (test\S+?:\d+)/m.exec(output)?.[1]
  // On a busy machine a run may be cut for its length.
  if (status === 'cut' || test === undefined) return { test: `no end: ${tests[0]}`, isUnsure: true, tests }
  const isKnown = tests.includes(test) && !/timeout/i.test(output)
  return { test, isUnsure: !isKnown, tests: [test] }
}

/** Source files of a folder or file, by path from `src`. */
function sourcesIn(place: string): readonly string[] {
  const path = resolve(ROOT, place)
  const paths = statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => join(path, name))
    : [path]
  return paths.filter((each) => each.endsWith('.ts')).map((each) => relative(join(ROOT, 'src'), each))
}

/** As many mutants as asked for, spread over the files by their size. */
function chosen(files: readonly string[], count: number, seed: number): readonly Mutant[] {
  const every = files.toSorted().flatMap((file) => mutantsOf(file, sourceOf(file)))
  const random = new Random(seed, 0)
  const picked: Mutant[] = []
  while (picked.length < count && every.length > 0) picked.push(...every.splice(random.below(every.length), 1))
  return picked
}
