import type { TestInfo } from '@playwright/test'
import type { OpenCassette } from '../index.ts'
import { addToRun } from '../runner/notes-file.ts'
import { summaryLines } from '../runner/summary.ts'
import { Tape } from '../runner/tape.ts'
import type { RunnerOptions } from '../runner/runner-options.ts'
import { hostsIn } from '../intercept/policy.ts'
import type { Connector, Origin } from '../transport.ts'
import { keepWatch } from '../runner/watch.ts'

/** A test of which every connection of its process is caught: a worker of Playwright runs one test at a time. */
export class CapturedTest {
  readonly title: string
  readonly hosts: readonly (string | RegExp)[]
  readonly ignoreHosts: readonly (string | RegExp)[]
  readonly #tape: Tape

  private constructor(tape: Tape, options: RunnerOptions) {
    this.title = tape.title
    this.#tape = tape
    this.hosts = hostsIn(options)
    this.ignoreHosts = options.ignoreHosts ?? []
  }

  /** Catches connections from now on. */
  static async begin(info: TestInfo, dir: string, name: string, options: RunnerOptions): Promise<CapturedTest> {
    keepWatch()
    const title = info.titlePath.slice(1).join(' › ')
    const tape = new Tape({ title, name, isOfFile: false, settings: () => ({ dir, options }), onLate: blame })
    await tape.started
    return new CapturedTest(tape, options)
  }

  /** The cassette, if something has connected. */
  get opened(): OpenCassette | undefined {
    return this.#tape.opened
  }

  /** Records or replays, for processes that have decided what they let through. */
  get connector(): Connector {
    return this.#tape.connector
  }

  /** For other clients of the test: decides as for those of this process. */
  get routed(): Connector {
    return this.#tape.routed
  }

  /** Whether its cassette is about such a server. */
  takes(origin: Origin): boolean {
    return this.#tape.takes(origin)
  }

  get replays(): boolean {
    return this.#tape.replays
  }

  /** Something was refused in another process. */
  noteProblem(problem: Error): void {
    this.#tape.noteProblem(problem)
  }

  /** The cassette, for a test that asks for it. @throws CassetteError as `useCassette`. */
  open(): Promise<OpenCassette> {
    return this.#tape.open()
  }

  /** Closes the cassette. Returns what the test has to fail with. */
  async end({ status, expectedStatus }: TestInfo): Promise<Error | undefined> {
    const outcome = status === 'skipped' ? 'skipped' : status === expectedStatus ? 'passed' : 'failed'
    const problem = await this.#tape.end(outcome)
    const { note } = this.#tape
    if (note !== undefined) addToRun([note])
    return problem
  }
}

/** No reporter hears of what comes after the end of a test. */
function blame({ title, path, late }: Tape): void {
  const note = { title, path, late: late.slice(-1), escaped: [], failure: undefined, ...NOTHING }
  process.stderr.write(`${summaryLines([note]).join('\n')}\n`)
}

const NOTHING = { played: 0, recorded: 0, unsaved: 0, unused: 0, missed: 0, passed: 0 } as const
