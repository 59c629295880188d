/** Files of tests as a runner has them, one after the other in one process, and what became of each. */
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { createServer, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileRun } from '../../src/runner/file-run.ts'
import { NOTES_VARIABLE, notesOfRun } from '../../src/runner/notes-file.ts'
import type { RunnerOptions } from '../../src/runner/runner-options.ts'
import type { Outcome } from '../../src/runner/tape.ts'

const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
const server = createServer((request, response) => response.end(`of ${request.url}`)).listen(0, 'localhost')
await once(server, 'listening')
const port = Number(Object(server.address()).port)

/** Whatever it comes to: tests may swallow errors. */
const ask = (path: string): Promise<void> =>
  new Promise((resolve) => {
    get({ host: 'localhost', port, path, agent: false }, (response) => response.resume().on('close', resolve)).on(
      'error',
      () => resolve(),
    )
  })

interface TestOf {
  readonly title: string
  readonly asks: readonly string[]
  readonly outcome?: Outcome
  readonly isRetry?: boolean
  /** What another process says of it. */
  readonly problem?: string
}

interface FileOf {
  readonly options?: RunnerOptions
  /** What it asks for outside of its tests. */
  readonly asks?: readonly string[]
  readonly tests: readonly TestOf[]
  readonly isPartial?: boolean
  /** Whether a test that somebody else began has failed. */
  readonly hasFailed?: boolean
}

const A: TestOf = { title: 'a', asks: ['/a'] }
const B: TestOf = { title: 'b', asks: ['/b', '/b2'] }
const FILE = ['/file']
const ALL: FileOf = { asks: FILE, tests: [A, B] }
const REPLAY: RunnerOptions = { mode: 'none' }

/** By their names in the table of outcomes. Each begins with the cassettes that the one before it has left, unless it says `anew`. */
const FILES: Readonly<Record<string, FileOf>> = {
  'anew: a test fails': { ...ALL, tests: [A, { ...B, outcome: 'failed' }] },
  'anew: a test fails, and what it did is kept': {
    ...ALL,
    options: { recordOnError: true },
    tests: [A, { ...B, outcome: 'failed' }],
  },
  'anew: a test is skipped in its middle': { ...ALL, tests: [A, { ...B, outcome: 'skipped' }] },
  'anew: a test has a problem that it does not see': { ...ALL, tests: [A, { ...B, problem: 'refused' }] },
  'anew: somebody else has a test that fails': { ...ALL, hasFailed: true },
  'anew: not all tests are asked for': { ...ALL, isPartial: true },
  'anew: tests with equal titles': { tests: [A, { ...A, asks: ['/other'] }] },
  'anew: nothing is asked for': { tests: [{ ...A, asks: [] }] },
  'anew: all pass': ALL,
  'a test is tried again': { options: { mode: 'all' }, tests: [{ ...A, asks: ['/again'], isRetry: true }] },
  'nothing is to be saved': { options: { mode: 'all', save: false }, tests: [{ ...A, asks: ['/new'] }] },
  replayed: { ...ALL, options: REPLAY },
  'replayed in part': { options: REPLAY, tests: [A, { ...B, asks: ['/b'] }] },
  'replayed by a test that fails in its middle': {
    options: REPLAY,
    tests: [A, { ...B, asks: ['/b'], outcome: 'failed' }],
  },
  'replayed, and something is missing': { ...ALL, options: REPLAY, tests: [A, { ...B, asks: ['/b', '/c'] }] },
  'replayed, and a miss may be': {
    options: { ...REPLAY, failOnMiss: false },
    tests: [{ ...B, asks: ['/b', '/c', '/b2'] }],
  },
  'replayed, and a cassette is missing': { options: REPLAY, tests: [{ title: 'c', asks: ['/c'] }] },
}

const first = (error: Error | undefined): string | undefined =>
  error?.message.split('\n')[0]?.replaceAll(dir, 'DIR').replaceAll(String(port), 'PORT')

async function ranOf(name: string, { options = {}, asks = [], tests, isPartial, hasFailed }: FileOf): Promise<unknown> {
  const folder = join(dir, 'cassettes')
  if (name.startsWith('anew')) rmSync(folder, { recursive: true, force: true })
  const notes = join(dir, name.replaceAll(/\W/g, '-'))
  process.env[NOTES_VARIABLE] = notes
  const settings: RunnerOptions = { mode: 'once', ...options, dir: folder, env: {}, hosts: ['localhost'] }
  const run = new FileRun({ file: join(process.cwd(), 'own.test.ts'), options: () => settings, flag: undefined })
  await run.started
  if (isPartial === true) run.noteLeftOut()
  if (hasFailed === true) run.noteFailed()
  for (const path of asks) await ask(path)
  const problems: (string | undefined)[] = []
  for (const { title, asks: paths, outcome = 'passed', isRetry, problem } of tests) {
    const tape = run.begin({}, { titles: [title], isRetry })
    await tape.run(async () => {
      for (const path of paths) await ask(path)
    })
    if (problem !== undefined) tape.noteProblem(new Error(problem))
    problems.push(first(await run.end(tape, outcome)))
  }
  const problem = first(await run.finish())
  if ((await run.finish()) !== undefined) throw new Error('it ended twice')
  const said = notesOfRun(notes).map(
    ({ title, played, recorded, unsaved, unused, missed, escaped, failure }) =>
      `${title}: ${Object.entries({
        played,
        recorded,
        unsaved,
        unused,
        missed,
        escaped: escaped.length,
        failed: failure === undefined ? 0 : 1,
      })
        .flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : []))
        .join(', ')}`,
  )
  const saved = existsSync(folder)
    ? readdirSync(join(folder, 'own.test.ts')).filter((file) => file.endsWith('.yaml'))
    : []
  const holds = saved.toSorted().map((file) => {
    const text = readFileSync(join(folder, 'own.test.ts', file), 'utf8')
    return `${file}: ${Array.from(text.matchAll(/GET (\S+) HTTP/g), ([, target]) => target).join(' ')}`
  })
  return { problems: [...problems, problem].filter((each) => each !== undefined), notes: said, holds }
}

const results: Record<string, unknown> = {}
for (const [name, file] of Object.entries(FILES)) results[name] = await ranOf(name, file)
server.close()
rmSync(dir, { recursive: true })
console.log(JSON.stringify(results))
