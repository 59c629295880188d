/**
 * Many mutants in one process: each short test runs once for every mutant that it reaches. This finds thousands in the time of a hundred
 * runs of their own, and is less sure: what runs once in a process, or is remembered, ran before the mutant was on. So what it calls seen is
 * seen nearly always, and the others are left to runs of their own.
 */
import { appendFileSync, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Copy, ROOT } from './copy.ts'
import { withEach, withMutants } from './instrument.ts'
import type { Mutant } from './mutations.ts'
import { fileOf, nearTo } from './order.ts'
import type { Reach, Test } from './reach.ts'

export interface Numbered {
  readonly mutant: Mutant
  readonly id: number
}

/** Tests for a mutant, near it or not: milliseconds of the longest, and of all of them. */
const PASSES = [
  { isNear: true, longest: 250, share: 600 },
  { isNear: false, longest: 250, share: 1000 },
  { isNear: true, longest: 3000, share: 6000 },
] as const
/** What a test costs beside its own time, in milliseconds. */
const BESIDE = 5
/** Test files that are loaded at a time. */
const FILES = 12
/** Milliseconds without a sign after which a mutant has made an endless loop; more than `each.ts` waits for the longest test. */
const silenceOf = (longest: number): number => 1500 + 8 * longest
/** Runs of the same files: each loop without an end, and each mutant that leaves something behind, ends one. */
const MOST_RUNS = 40

interface Seen {
  /** The test that saw each mutant, by its number. */
  readonly by: Map<number, string>
  /** Tests that fail if they run again in one process. */
  readonly unrepeatable: Set<string>
}

/** By the number of a mutant, the test that saw it. */
export async function seenTogether(
  mutants: readonly Numbered[],
  reach: Reach,
  jobs: number,
): Promise<ReadonlyMap<number, string>> {
  const seen: Seen = { by: new Map(), unrepeatable: new Set() }
  const shares = Array.from({ length: jobs }, (_, job) => mutants.filter((_one, index) => index % jobs === job))
  await Promise.all(shares.map((share) => runShare(share, reach, seen)))
  return seen.by
}

async function runShare(mutants: readonly Numbered[], reach: Reach, seen: Seen): Promise<void> {
  const copy = new Copy()
  try {
    copy.write('notes/active', '0')
    await copy.build(sourcesWith(mutants, copy.notes))
    copy.write('playwright.config.ts', `import './scripts/mutants/each.ts'; ${copy.read('playwright.config.ts')}`)
    const changed = new Set<string>()
    for (const pass of PASSES) {
      const left = mutants.filter(({ id }) => !seen.by.has(id))
      const byFile = groupedByFile(pairsOf(left, reach, pass))
      const order = [...byFile.keys()].toSorted()
      for (let from = 0; from < order.length; from += FILES) {
        const files = order.slice(from, from + FILES)
        for (const file of files.filter((each) => !changed.has(each))) copy.write(file, withEach(copy.read(file), file))
        for (const file of files) changed.add(file)
        await runAll(
          copy,
          new Map(files.flatMap((file) => [...(byFile.get(file) ?? [])])),
          silenceOf(pass.longest),
          seen,
        )
        const count = mutants.filter(({ id }) => seen.by.has(id)).length
        console.log(`${from + files.length} of ${order.length} test files: ${count} of ${mutants.length} seen`)
      }
    }
  } finally {
    copy.remove()
  }
}

function sourcesWith(mutants: readonly Numbered[], notes: string): ReadonlyMap<string, string> {
  const files = new Set(mutants.map(({ mutant }) => mutant.file))
  return new Map(
    Array.from(files, (file) => {
      const source = readFileSync(join(ROOT, 'src', file), 'utf8')
      const own = mutants.filter(({ mutant }) => mutant.file === file)
      return [file, withMutants(source, own, notes)]
    }),
  )
}

/** By the place of a test, the numbers of the mutants that it is to run with. */
type Pairs = ReadonlyMap<string, readonly number[]>

/** The short tests that reach each mutant: those near it, or the others. A mutant that runs as its file is loaded has none. */
function pairsOf(
  mutants: readonly Numbered[],
  reach: Reach,
  { isNear, longest, share }: (typeof PASSES)[number],
): Pairs {
  const pairs = new Map<string, number[]>()
  const byPlace = new Map<number, Test[]>()
  const short = reach.tests
    .filter(({ milliseconds }) => milliseconds <= longest)
    .toSorted((one, other) => one.milliseconds - other.milliseconds)
  for (const test of short) for (const place of test.reached) addTo(byPlace, place, test)
  const nearOf = new Map<string, ReadonlySet<string>>()
  for (const { mutant, id } of mutants) {
    const near = nearOf.get(mutant.file) ?? new Set(nearTo(mutant.file))
    nearOf.set(mutant.file, near)
    let sum = 0
    for (const { name, milliseconds } of byPlace.get(reach.placeOf(mutant) ?? -1) ?? []) {
      if (near.has(fileOf(name)) !== isNear) continue
      sum += milliseconds + BESIDE
      if (sum > share) break
      addTo(pairs, name, id)
    }
  }
  return pairs
}

function addTo<Key, Item>(lists: Map<Key, Item[]>, key: Key, item: Item): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [item])
  else list.push(item)
}

function groupedByFile(pairs: Pairs): ReadonlyMap<string, Pairs> {
  const files = new Map<string, Map<string, readonly number[]>>()
  for (const [name, ids] of pairs) {
    const file = fileOf(name)
    files.set(file, (files.get(file) ?? new Map<string, readonly number[]>()).set(name, ids))
  }
  return files
}

async function runAll(copy: Copy, pairs: Pairs, silence: number, seen: Seen): Promise<void> {
  const done = new Set<string>()
  for (let run = 0; run < MOST_RUNS; run += 1) {
    const left = [...pairs]
      .filter(([name]) => !seen.unrepeatable.has(name))
      .map(([name, ids]) => [name, ids.filter((id) => !seen.by.has(id) && !done.has(`${id} ${name}`))] as const)
      .filter(([, ids]) => ids.length > 0)
    if (left.length === 0) return
    const before = done.size
    copy.write('notes/todo', JSON.stringify(Object.fromEntries(left)))
    copy.write('notes/seen', '')
    copy.write('notes/now', '0 none')
    await runWatched(
      copy,
      left.map(([name]) => name),
      silence,
    )
    for (const line of copy.read('notes/seen').split('\n')) takeLine(line, done, seen)
    if (done.size === before) return
  }
}

function takeLine(line: string, done: Set<string>, seen: Seen): void {
  const [kind, id = '', name = ''] = line.split(' ')
  if (kind === 'unrepeatable') seen.unrepeatable.add(id)
  if (kind !== 'seen' && kind !== 'passed') return
  done.add(`${id} ${name}`)
  if (kind === 'seen') seen.by.set(Number(id), name)
}

/** Runs these tests; a mutant that is on for too long counts as seen, and the run is ended. */
async function runWatched(copy: Copy, tests: readonly string[], silence: number): Promise<void> {
  const stop = new AbortController()
  const now = join(copy.notes, 'now')
  const timer = setInterval(() => {
    if (!existsSync(now) || Date.now() - statSync(now).mtimeMs < silence) return
    const [id = '0', name = ''] = readFileSync(now, 'utf8').split(' ')
    // A process that does not start its tests is ended by the limit of the run.
    if (id === '0') return
    appendFileSync(join(copy.notes, 'seen'), `seen ${id} ${name}\n`)
    stop.abort()
  }, 1000)
  await copy.test(tests, ['--reporter=dot'], 600_000, { signal: stop.signal })
  clearInterval(timer)
}
