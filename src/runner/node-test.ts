/**
 * Cassettes for the tests of Node's own runner, one for each: what `node:test` has, under the same names.
 *
 * ```ts
 * import { describe, it, test } from 'wiretape/node-test'
 * ```
 *
 * Subtests (`t.test`) belong to the test around them, and so to its cassette.
 *
 * @packageDocumentation
 */
import * as nodeTest from 'node:test'
import { NodeTests } from './node-tests.ts'
import { type RunnerOptions, runnerOptions } from './runner-options.ts'

export type { RunnerOptions } from './runner-options.ts'

let configured: RunnerOptions = {}

/** Sets options for the tests of this process. @throws LocalProtocolError `UNKNOWN_OPTION`. */
export function configure(options: RunnerOptions): void {
  configured = { ...configured, ...runnerOptions('configure', options) }
}

const tests = new NodeTests(() => configured)

export { after, before, mock, run } from 'node:test'

/** `test` of `node:test`, with a cassette. */
export const test: typeof nodeTest.test = tests.test(nodeTest.test)
/** `it` of `node:test`, with a cassette. */
export const it: typeof nodeTest.it = tests.test(nodeTest.it)
/** `describe` of `node:test`; its title is part of the names of its cassettes. */
export const describe: typeof nodeTest.describe = tests.suite(nodeTest.describe)
/** `suite` of `node:test`; its title is part of the names of its cassettes. */
export const suite: typeof nodeTest.suite = tests.suite(nodeTest.suite)
/** `beforeEach` of `node:test`; what it does belongs to the test. */
export const beforeEach: typeof nodeTest.beforeEach = tests.hook(nodeTest.beforeEach)
/** `afterEach` of `node:test`; what it does belongs to the test. */
export const afterEach: typeof nodeTest.afterEach = tests.hook(nodeTest.afterEach)
/** `skip` of `node:test`. */
export const skip: typeof nodeTest.skip = nodeTest.skip
/** `todo` of `node:test`, with a cassette. */
export const todo: typeof nodeTest.todo = tests.test(nodeTest.todo)
/** `only` of `node:test`, with a cassette. */
export const only: typeof nodeTest.only = tests.test(nodeTest.only)

// As `node:test` does it.
// oxlint-disable-next-line import/no-default-export
export default test
