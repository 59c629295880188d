import { FileRun } from './file-run.ts'
import { areLeftOut } from './left-out.ts'
import type { RunnerOptions } from './runner-options.ts'
import type { Outcome, Tape } from './tape.ts'
import { type Around, checked, isTestFunction, wrapped } from './wrap.ts'

/** What is used of a test of Mocha. */
export interface MochaTest {
  readonly title: string
  readonly parent: MochaSuite
  readonly file?: string | undefined
  readonly state?: string | undefined
  readonly pending?: boolean | undefined
  fn?: unknown
  currentRetry(): number
  titlePath(): readonly string[]
}

/** What is used of a hook of Mocha. */
export interface MochaHook {
  readonly parent: MochaSuite
  fn?: unknown
}

/** What is used of a suite of Mocha. */
export interface MochaSuite {
  readonly suites: readonly MochaSuite[]
  readonly tests: readonly MochaTest[]
  readonly file?: string | undefined
  readonly _beforeAll: MochaHook[]
  readonly _beforeEach: readonly MochaHook[]
  readonly _afterEach: readonly MochaHook[]
  /** Whether there is an `.only`, in whatever file. */
  hasOnly?(): boolean
  beforeAll(title: string, fn: () => Promise<void>): unknown
  afterAll(title: string, fn: () => Promise<void>): unknown
  afterEach(title: string, fn: () => Promise<void>): unknown
}

/** The tests of a process of Mocha, which runs one file after another. */
export class MochaTests {
  readonly #options: () => RunnerOptions
  #run: FileRun | undefined
  #hasOnly = false
  #current: { readonly test: MochaTest; readonly tape: Tape } | undefined

  constructor(options: () => RunnerOptions) {
    this.#options = options
  }

  /** All files are loaded, and no test has begun. */
  async prepare(root: MochaSuite): Promise<void> {
    this.#hasOnly = root.hasOnly?.() === true
    // Now, so that it comes after all others.
    root.afterEach('wiretape', () => this.#end())
    root.afterAll('wiretape', () => this.#finish())
    for (const [place, suite] of root.suites.entries()) {
      const { file } = suite
      if (file === undefined) continue
      suite.beforeAll('wiretape', async () => void (await this.#turnTo(file)))
      const own = suite._beforeAll.pop()
      if (own !== undefined) suite._beforeAll.unshift(own)
      const next = root.suites[place + 1]?.file
      if (next !== file) suite.afterAll('wiretape', () => this.#leaveFor(next))
    }
    this.#wrapHooks(root)
  }

  /** A test begins, or is tried again. */
  async begin(test: MochaTest): Promise<void> {
    const run = await this.#turnTo(test.file ?? process.cwd())
    const tape = run.begin(identityOf(test), { titles: test.titlePath(), isRetry: test.currentRetry() > 0 })
    this.#current = { test, tape }
    const { fn } = test
    if (!isTestFunction(fn)) return
    const inTape = wrapped(fn, (call) => tape.run(call))
    test.fn = checked(inTape, () => tape.problem)
  }

  async #end(): Promise<void> {
    if (this.#current === undefined || this.#run === undefined) return
    const { test, tape } = this.#current
    this.#current = undefined
    const outcome = outcomeOf(test)
    const problem = await this.#run.end(tape, outcome)
    // A hook that fails ends the whole suite, so this is only for what nothing else shows.
    if (problem !== undefined && outcome === 'passed') throw problem
  }

  /** The hooks beside a test belong to it. */
  #wrapHooks(suite: MochaSuite): void {
    const inCurrent: Around = (call) => (this.#current === undefined ? call() : this.#current.tape.run(call))
    for (const hook of [...suite._beforeEach, ...suite._afterEach])
      if (isTestFunction(hook.fn)) hook.fn = wrapped(hook.fn, inCurrent)
    for (const each of suite.suites) this.#wrapHooks(each)
  }

  async #turnTo(file: string): Promise<FileRun> {
    if (this.#run?.file === file) return this.#run
    const before = this.#run
    // First, so that what is connected again as the other file ends belongs to this one.
    const run = new FileRun({ file, options: this.#options, flag: undefined })
    this.#run = run
    if (this.#hasOnly || areLeftOut()) run.noteLeftOut()
    await finished(before)
    await run.started
    return run
  }

  /** All tests of a file have ended. */
  async #leaveFor(next: string | undefined): Promise<void> {
    if (next === undefined) await this.#finish()
    else await this.#turnTo(next)
  }

  async #finish(): Promise<void> {
    const run = this.#run
    this.#run = undefined
    await finished(run)
  }
}

async function finished(run: FileRun | undefined): Promise<void> {
  const problem = await run?.finish()
  if (problem !== undefined) throw problem
}

function outcomeOf({ state, pending }: MochaTest): Outcome {
  if (pending === true) return 'skipped'
  return state === 'passed' ? 'passed' : 'failed'
}

/** A test that is tried again is a copy of the test. */
function identityOf(test: MochaTest): object {
  const first: unknown = Reflect.get(test, '_retriedTest')
  return typeof first === 'object' && first !== null ? first : test
}
