/**
 * Cassettes for the tests of Mocha, one for each.
 *
 * ```json
 * { "require": ["wiretape/mocha"] }
 * ```
 *
 * @packageDocumentation
 */
import { setLeftOut } from './left-out.ts'
import { MochaTests, type MochaHook, type MochaTest } from './mocha-tests.ts'
import { RunSummary } from './run-summary.ts'
import { type RunnerOptions, runnerOptions } from './runner-options.ts'

export type { RunnerOptions } from './runner-options.ts'

let configured: RunnerOptions = {}

/** Sets options for all tests; another module of `--require` may call it. @throws LocalProtocolError `UNKNOWN_OPTION`. */
export function configure(options: RunnerOptions): void {
  configured = { ...configured, ...runnerOptions('configure', options) }
}

const tests = new MochaTests(() => configured)

/** Mocha's root hooks. */
export const mochaHooks = {
  beforeAll(this: { readonly test: MochaHook }): Promise<void> {
    return tests.prepare(this.test.parent)
  },
  beforeEach(this: { readonly currentTest: MochaTest }): Promise<void> {
    return tests.begin(this.currentTest)
  },
}

let summary: RunSummary | undefined

/** Called once in a run, in the first process, before there are others. `this` is Mocha's runner. */
export function mochaGlobalSetup(this: object): void {
  // A filter, wherever it comes from: an argument, or a file of options.
  // oxlint-disable-next-line oxc/no-this-in-exported-function -- that is how Mocha gives it
  setLeftOut(Reflect.get(this, '_grep') !== Reflect.get(this, '_defaultGrep'))
  summary = RunSummary.begin()
}

/** Called once in a run, when all is over. */
export function mochaGlobalTeardown(): void {
  summary?.end()
}
