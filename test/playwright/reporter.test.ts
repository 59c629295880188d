import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { FullConfig, FullResult, Suite, TestCase, TestResult } from '@playwright/test/reporter'
import { expect, test } from '../helpers/test.ts'
import { CASSETTE_ANNOTATION, type CassetteNote, formatNote, readNote } from '../../src/playwright/cassette-note.ts'
import CassetteReporter, { type CassetteReporterOptions } from '../../src/playwright/reporter.ts'

const root = join(tmpdir(), `wiretape-reporter-${process.pid}`)
const dir = join(root, 'a.spec.ts-cassettes')
test.beforeAll(() => mkdirSync(root))
test.afterAll(() => rmSync(root, { recursive: true, force: true }))

const NOTE: CassetteNote = {
  path: 'a.spec.ts-cassettes/one.yaml',
  dir: 'a.spec.ts-cassettes',
  mode: 'none',
  isRecording: false,
  hasFailed: false,
  isExpired: false,
  played: 2,
  recorded: 0,
  unused: 0,
  used: [0, 1],
  misses: 0,
}

/** What the runner gives, as much of it as is read. */
const config = (more: object = {}): FullConfig =>
  Object.assign(Object.create(null), {
    rootDir: root,
    shard: null,
    grep: /.*/,
    grepInvert: null,
    projects: [{}],
    ...more,
  })
const testCase = (id: string, titles: readonly string[] = ['a title']): TestCase =>
  Object.assign(Object.create(null), {
    id,
    annotations: [],
    location: { file: join(root, 'a.spec.ts') },
    titlePath: () => ['', '', 'a.spec.ts', ...titles],
  })
const suiteOf = (tests: readonly TestCase[]): Suite =>
  Object.assign(Object.create(null), { allTests: () => tests, suites: [{}] })
const PASSED: FullResult = Object.assign(Object.create(null), { status: 'passed' })

interface Run {
  readonly notes: readonly (Partial<CassetteNote> | undefined)[]
  readonly misfits?: readonly string[]
  readonly options?: CassetteReporterOptions
  readonly config?: object
  readonly tests?: readonly TestCase[]
  readonly result?: FullResult
}

/** What is printed at the end of a run of tests with these notes, and the status that is given. */
async function ending({ notes, misfits = [], options, config: more, tests, result = PASSED }: Run): Promise<unknown> {
  const lines: string[] = []
  const reporter = new CassetteReporter({ print: (line) => void lines.push(line), ...options })
  const cases = notes.map((_, index) => testCase(String(index)))
  reporter.onBegin(config(more), suiteOf(tests ?? cases))
  for (const [index, note] of notes.entries()) {
    const own =
      note === undefined ? [] : [{ type: CASSETTE_ANNOTATION, description: JSON.stringify({ ...NOTE, ...note }) }]
    const ofMisfits = misfits.map((description) => ({ type: 'wiretape', description }))
    const ended: TestResult = Object.assign(Object.create(null), { annotations: [...own, ...ofMisfits] })
    reporter.onTestEnd(cases[index] ?? testCase('none'), ended)
  }
  const given = await reporter.onEnd(result)
  return [...lines.map((line) => line.replace(relative(process.cwd(), root), 'ROOT')), given?.status]
}

const ONE = 'ROOT/a.spec.ts-cassettes/one.yaml'

test('nothing is printed of a run without a cassette', async () => {
  expect(await ending({ notes: [] })).toEqual([undefined])
  expect(await ending({ notes: [undefined] })).toEqual([undefined])
})

test('cassettes are counted once, and what was done with them in sum', async () => {
  const notes = [{}, { played: 3, recorded: 1 }, { path: 'b.yaml', played: 0, unused: 4 }]
  expect(await ending({ notes })).toEqual([
    'wiretape: 2 cassettes, 5 played, 1 recorded, 4 unused',
    `  recorded  ${ONE}: 1 interaction`,
    '  unused    ROOT/b.yaml: 4 of 4',
    undefined,
  ])
})

const NEARLY = { misses: 2, recorded: 2, unused: 1, isExpired: true }

test('problems are named; one of a test that has failed is not that it left something', async () => {
  const lines = [`  recorded  ${ONE}: 2 interactions`, `  miss      ${ONE}: 2 requests`]
  const others = [`  origin    ${ONE}: refused\\x1b`, `  expired   ${ONE}`]
  const summary = 'wiretape: 1 cassette, 2 played, 2 recorded, 1 unused'
  const misfits = ['refused\u001b']
  expect(await ending({ notes: [NEARLY], misfits })).toEqual([
    summary,
    ...lines,
    `  unused    ${ONE}: 1 of 3`,
    ...others,
    undefined,
  ])
  expect(await ending({ notes: [{ ...NEARLY, hasFailed: true }], misfits })).toEqual([
    summary,
    ...lines,
    ...others,
    undefined,
  ])
})

test('a run fails for the problems that are named, and stays what else it was', async () => {
  const notes = [{ misses: 1, recorded: 1 }]
  const last = async (failOn: CassetteReporterOptions['failOn'], result = PASSED): Promise<unknown> =>
    [await ending({ notes, options: { failOn }, result })].flat().slice(3)
  expect(await last([])).toEqual([undefined])
  expect(await last(['unused', 'orphan', 'expired', 'origin'])).toEqual([undefined])
  expect(await last(['miss'])).toEqual(['wiretape: the run fails for miss', 'failed'])
  expect(await last(['miss', 'recorded'])).toEqual(['wiretape: the run fails for recorded, miss', 'failed'])
  expect(await last(['miss'], Object.assign(Object.create(null), { status: 'timedout' }))).toEqual([
    'wiretape: the run fails for miss',
    'timedout',
  ])
})

test('cassettes that belong to no test are named, if all tests have run', async () => {
  mkdirSync(join(dir, 'chromium'), { recursive: true })
  for (const name of [
    'one.yaml',
    'old.yaml',
    'skipped.yaml',
    '_file.yaml',
    'chromium/_file.yaml',
    'chromium/old.yml',
    'note.txt',
  ])
    writeFileSync(join(dir, name), '')
  const summary = 'wiretape: 1 cassette, 2 played, 0 recorded, 0 unused'
  const orphans = ['chromium/old.yml', 'old.yaml'].map((name) => `  orphan    ROOT/a.spec.ts-cassettes/${name}`)
  const run = { notes: [{}], tests: [testCase('0'), testCase('1', ['skipped'])] }
  expect(await ending(run)).toEqual([summary, ...orphans, undefined])
  for (const more of [
    { shard: { current: 1, total: 2 } },
    { grep: /one/ },
    { grep: [/.*/] },
    { grepInvert: /one/ },
    { projects: [{}, {}] },
  ])
    expect(await ending({ ...run, config: more })).toEqual([summary, undefined])
})

test('a played list has a line for each test', async () => {
  const playedList = join(root, 'played.jsonl')
  await ending({ notes: [{}, { path: 'b.yaml', used: [] }], options: { playedList } })
  await ending({ notes: [{ used: [7] }], options: { playedList } })
  const rows = readFileSync(playedList, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
  const at = (name: string): string => join(relative(process.cwd(), root), name)
  expect(rows).toEqual([
    { path: at(NOTE.path), played: [0, 1] },
    { path: at('b.yaml'), played: [] },
    { path: at(NOTE.path), played: [7] },
  ])
})

test('an option that is not known is refused', () => {
  expect(() => Reflect.construct(CassetteReporter, [{ failsOn: [] }])).toThrow('"failsOn"')
  expect(new CassetteReporter().printsToStdio()).toBe(false)
})

test('paths of a note are those of its folder where they are in it', () => {
  const cassette = {
    mode: 'none',
    isRecording: true,
    isExpired: true,
    summary: { played: 1, recorded: 2, unused: 3 },
    used: [4],
    misses: [1, 2],
  }
  for (const [path, local] of [
    ['/app/t/a.yaml', 't/a.yaml'],
    ['/app/..t/a.yaml', '..t/a.yaml'],
    ['/apps/a.yaml', '/apps/a.yaml'],
    ['/a.yaml', '/a.yaml'],
  ] as const) {
    const text = formatNote(Object.assign(Object.create(null), { ...cassette, path }), {
      rootDir: '/app',
      dir: '/app/t',
      hasFailed: true,
    })
    const note: unknown = JSON.parse(text)
    expect(note).toEqual({
      path: local,
      dir: 't',
      mode: 'none',
      isRecording: true,
      hasFailed: true,
      isExpired: true,
      played: 1,
      recorded: 2,
      unused: 3,
      used: [4],
      misses: 2,
    })
    expect(readNote([{ type: CASSETTE_ANNOTATION, description: text }], '/app')).toMatchObject({ path, dir: '/app/t' })
  }
})
