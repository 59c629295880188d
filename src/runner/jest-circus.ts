import { WiretapeError } from '../errors.ts'
import type { FileRun } from './file-run.ts'
import type { Tape } from './tape.ts'
import { type Around, isTestFunction, type TestFunction, wrapped } from './wrap.ts'

/** What is used of a test of jest-circus. */
interface CircusTest {
  readonly type: 'test'
  readonly name: string
  readonly parent: CircusBlock
  readonly errors: unknown[]
  readonly invocations: number
  readonly status?: string | null
  fn: unknown
}

interface CircusBlock {
  readonly type: 'describeBlock'
  readonly name: string
  readonly parent?: CircusBlock | undefined
  readonly hooks: readonly { readonly type: string; fn: unknown }[]
  readonly children: readonly (CircusBlock | CircusTest)[]
}

interface CircusState {
  readonly rootDescribeBlock: CircusBlock
  readonly currentlyRunningTest?: CircusTest | null
  readonly testNamePattern?: RegExp | null
  /** Whether there is an `.only`. */
  readonly hasFocusedTests?: boolean
  readonly unhandledErrors: unknown[]
}

interface CircusEvent {
  readonly name: string
  readonly test?: CircusTest
}

type Handler = (event: CircusEvent, state: CircusState) => Promise<void> | void

/** The tests of a file, as jest-circus reports them: the only place where the end of a test is known with its hooks. */
export class CircusTests {
  readonly #run: FileRun
  readonly #tapes = new Map<CircusTest, Tape>()

  private constructor(run: FileRun) {
    this.#run = run
  }

  /** @throws WiretapeError `RUNNER_UNSUPPORTED` if another framework runs the tests. */
  static listen(run: FileRun): void {
    // Copies of jest-circus in a realm share this list, under a registered symbol.
    const handlers: unknown = Reflect.get(globalThis, Symbol.for('EVENT_HANDLERS'))
    if (!Array.isArray(handlers))
      throw new WiretapeError('RUNNER_UNSUPPORTED', 'wiretape/jest needs jest-circus, as in Jest 30')
    const tests = new CircusTests(run)
    const handle: Handler = (event, state) => tests.#on(event, state)
    // Right after the handler that keeps the state, and before those that report.
    handlers.splice(1, 0, handle)
  }

  #on({ name, test }: CircusEvent, state: CircusState): Promise<void> | void {
    if (name === 'run_start') this.#prepare(state)
    if (name === 'test_done' && test !== undefined) return this.#end(test)
    if (name === 'run_finish') return this.#finish(state)
  }

  #prepare(state: CircusState): void {
    const { testNamePattern, hasFocusedTests } = state
    if ((testNamePattern !== null && testNamePattern !== undefined) || hasFocusedTests === true) this.#run.noteLeftOut()
    this.#wrapAll(state.rootDescribeBlock, state)
  }

  #wrapAll(block: CircusBlock, state: CircusState): void {
    const inCurrent: Around = (run) => {
      const test = state.currentlyRunningTest
      return test === null || test === undefined ? run() : this.#tapeOf(test).run(run)
    }
    for (const hook of block.hooks)
      if (hook.type.endsWith('Each') && isTestFunction(hook.fn)) hook.fn = wrapped(hook.fn, inCurrent)
    for (const child of block.children) {
      if (child.type === 'describeBlock') this.#wrapAll(child, state)
      else this.#wrapTest(child)
    }
  }

  #wrapTest(test: CircusTest): void {
    this.#run.expect(test, titlesOf(test))
    const { fn }: { fn: unknown } = test
    if (isTestFunction(fn)) test.fn = wrapped(fn satisfies TestFunction, (run) => this.#tapeOf(test).run(run))
  }

  /** Made when the first hook or the function of the test is called: concurrent tests have no hooks. */
  #tapeOf(test: CircusTest): Tape {
    const known = this.#tapes.get(test)
    if (known !== undefined) return known
    const tape = this.#run.begin(test, { titles: titlesOf(test), isRetry: test.invocations > 1 })
    this.#tapes.set(test, tape)
    return tape
  }

  async #end(test: CircusTest): Promise<void> {
    const tape = this.#tapes.get(test)
    if (tape === undefined) return
    this.#tapes.delete(test)
    const problem = await this.#run.end(tape, test.errors.length > 0 ? 'failed' : 'passed')
    if (problem !== undefined) test.errors.push(problem)
  }

  async #finish(state: CircusState): Promise<void> {
    const problem = await this.#run.finish()
    if (problem !== undefined) state.unhandledErrors.push(problem)
  }
}

function titlesOf({ name, parent }: CircusTest): readonly string[] {
  const titles = [name]
  // The outermost block stands for the file.
  for (let block = parent; block.parent !== undefined; block = block.parent) titles.unshift(block.name)
  return titles
}
