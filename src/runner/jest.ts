/**
 * Cassettes for the tests of Jest, one for each.
 *
 * ```js
 * module.exports = { setupFilesAfterEnv: ['wiretape/jest'] }
 * ```
 *
 * Jest loads set-up files as CommonJS unless it is configured otherwise, so this one is built as CommonJS; and it gives each file of tests a realm of its
 * own, so all but this file is loaded outside of it.
 *
 * @packageDocumentation
 */
import { Module } from 'node:module'
import { expect } from '@jest/globals'
import { WiretapeError } from '../errors.ts'
import { CircusTests } from './jest-circus.ts'
import { loadCore } from './load-core.ts'
import type { RunnerOptions } from './runner-options.ts'

export type { RunnerOptions } from './runner-options.ts'

const core = loadCore(outerRequire())
let configured: RunnerOptions = {}

/** Sets options for the tests of this file, or of all files if a set-up file calls it. @throws LocalProtocolError `UNKNOWN_OPTION`. */
export function configure(options: RunnerOptions): void {
  configured = { ...configured, ...core.runnerOptions('configure', options) }
}

const given = core.runnerOptions('globals.wiretape of Jest', Reflect.get(globalThis, 'wiretape'))
const state = expect.getState()
const run = new core.FileRun({
  file: String(state.testPath),
  options: () => ({ ...given, ...configured }),
  flag: core.modeOfSnapshots(Reflect.get(Object(Reflect.get(state, 'snapshotState')), '_updateSnapshot')),
})
CircusTests.listen(run)

/** `require` outside of the realm: Jest's class `Module` extends the real one. */
function outerRequire(): NodeJS.Require {
  const outer: unknown = Object.getPrototypeOf(Module)
  const createRequire: unknown = outer === null ? undefined : Reflect.get(Object(outer), 'createRequire')
  const make = typeof createRequire === 'function' ? createRequire : Module.createRequire
  const made: unknown = Reflect.apply(make, outer, [import.meta.url])
  if (isRequire(made)) return made
  throw new WiretapeError('RUNNER_UNSUPPORTED', 'Jest gives no way out of the realm of the tests')
}

function isRequire(value: unknown): value is NodeJS.Require {
  return typeof value === 'function' && 'resolve' in value
}
