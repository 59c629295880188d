import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { notesOfRun } from '../../src/runner/notes-file.ts'
import type { TapeNote } from '../../src/runner/tape-note.ts'
import { Project, type RunResult } from './project.ts'
import { RUNNERS, type RunnerCase, type RunOptions } from './runners.ts'
import { TicketServer } from './scenario.ts'

// Each run starts a runner with two workers, on whatever machine this is.
test.describe.configure({ timeout: 300_000 })

interface Ran extends RunResult {
  readonly notes: readonly TapeNote[]
  /** What the tests have seen, by the names that they give it. */
  readonly seen: Readonly<Record<string, unknown>>
}

/** A project, and its runs in order. */
class Runs {
  readonly project: Project
  readonly #runner: RunnerCase
  readonly #port: number
  #count = 0

  constructor(project: Project, runner: RunnerCase, port: number) {
    this.project = project
    this.#runner = runner
    this.#port = port
  }

  async run(options: RunOptions, env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    const place = join(this.project.dir, `run-${++this.#count}`)
    await mkdir(place)
    const [seen, notes] = [join(place, 'seen'), join(place, 'notes.jsonl')]
    const result = await this.project.run(this.#runner.args({ workers: 2, ...options }), {
      API_URL: `http://localhost:${this.#port}`,
      SEEN: seen,
      WIRETAPE_NOTES: notes,
      ...(options.update === true ? this.#runner.updateEnv : {}),
      ...env,
    })
    return { ...result, notes: notesOfRun(notes), seen: await this.project.notes(seen) }
  }
}

const titled = (notes: readonly TapeNote[], title: string): TapeNote | undefined =>
  notes.find((note) => note.title.endsWith(title))

for (const runner of RUNNERS) {
  test(`${runner.name}: records, replays with the servers stopped, and updates one test`, async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    await using project = await Project.create(runner.files)
    const server = await TicketServer.start()
    const { port } = server
    const runs = new Runs(project, runner, port)

    const first = await runs.run({})
    const recorded = await project.cassettes()
    await test.step('a run records each test, but not one that fails', async () => {
      expect(first.code, first.output).not.toBe(0)
      const names = Object.keys(recorded).map((name) => name.replace(/^.*-cassettes\//, ''))
      expect(names.filter((name) => name === 'users/lists-users.yaml')).toHaveLength(2)
      expect(names.filter((name) => /fails|asks-nobody/.test(name))).toEqual([])
      // A request that a test has left behind is of its file, where nothing shows whose it is.
      const ofFiles = runner.knowsLate ? [] : [expect.stringMatching(/^_file\.yaml$/)]
      expect([[], ofFiles]).toContainEqual(names.filter((name) => name.includes('_file')))
      expect(first.output).toContain('as it should')
      expect(titled(first.notes, 'fails')).toMatchObject({ recorded: 0, unsaved: 1 })
      // Under Playwright the late request may come between two tests: then it is the file's, which is not saved.
      const ofTests = first.notes.filter(({ path }) => !path.endsWith('_file.yaml'))
      expect(names).toHaveLength(ofTests.length - 1)
    })
    await test.step('each concurrent test has tickets of its own', () => {
      const tickets = Object.entries(first.seen).filter(([name]) => /^(?:one|two)/.test(name))
      const taken: readonly unknown[] = tickets.flatMap(([, list]) => list)
      expect(new Set(taken).size).toBe(4 * tickets.length)
      expect(tickets.length).toBeGreaterThanOrEqual(4)
    })
    await test.step('a late request is refused, and its test is blamed', () => {
      if (!runner.knowsLate) return
      expect(first.seen['late']).toBe('refused')
      expect(titled(first.notes, 'leaves a request behind')?.late).toEqual(['localhost'])
      expect(titled(first.notes, 'goes on')).toMatchObject({ recorded: 1, late: [] })
      expect(server.requests).not.toContain('GET /late')
    })

    await server.stop()
    const gone = Object.keys(recorded).find((name) => name.includes('has-no-cassette')) ?? 'has no cassette'
    await project.remove(gone)
    const second = await runs.run({}, { CI: 'true', VARIANT: '-but-other' })
    await test.step('it replays with the servers stopped, the same to each test', async () => {
      const { late: _, ...same } = first.seen
      expect(second.seen, second.output).toMatchObject(same)
      const { [gone]: __, ...kept } = recorded
      expect(await project.cassettes()).toEqual(kept)
      const played = second.notes.filter(({ path }) => !/[/\\]c\.[^/\\]*-cassettes/.test(path))
      expect(
        played.filter(({ missed, recorded: news, failure }) => missed + news > 0 || failure !== undefined),
      ).toEqual([])
    })
    await test.step('a miss that the code swallows fails the test with the report', () => {
      expect(second.code).not.toBe(0)
      expect(titled(second.notes, 'swallows a miss')?.missed).toBe(1)
      expect(second.output).toContain('/old-but-other')
    })
    await test.step('in CI a test without its cassette fails with its name', () => {
      expect(titled(second.notes, 'has no cassette')?.failure).toContain('there is no such cassette')
      expect(second.output).toContain('there is no such cassette')
      expect(second.output).toContain('has no cassette')
    })

    const again = await TicketServer.start(port)
    again.version = 2
    const before = await project.cassettes()
    const third = await runs.run({ only: 'lists users', update: true })
    await again.stop()
    await test.step('an update of one test changes its cassettes only', async () => {
      expect(third.code, third.output).toBe(0)
      const after = await project.cassettes()
      const changed = Object.keys(after).filter((name) => after[name] !== before[name])
      expect(changed.map((name) => name.replace(/^.*-cassettes\//, ''))).toEqual(
        Array.from({ length: 2 }, () => 'users/lists-users.yaml'),
      )
      expect(Object.keys(after)).toEqual(Object.keys(before))
      expect(again.requests).toHaveLength(2)
    })
  })
}
