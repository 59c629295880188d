/**
 * Cassettes for the tests of Vitest, one for each.
 *
 * ```ts
 * export default defineConfig({ test: { setupFiles: ['wiretape/vitest'] } })
 * ```
 *
 * @packageDocumentation
 */
import { createRequire } from 'node:module'
import * as vitest from 'vitest'
import { loadCore } from './load-core.ts'
import type { RunnerOptions } from './runner-options.ts'
import { isTried, outcomeOf, titlesOfTask, type VitestTask, workerOf } from './vitest-task.ts'
import type { Tape } from './tape.ts'

export type { RunnerOptions } from './runner-options.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Options of `wiretape/vitest`, as `test.provide.wiretape` of the configuration; `configure` takes functions, too. */
    wiretape?: RunnerOptions
  }
}

// Vitest may load this module in a realm of its own, for each file of tests.
const core = loadCore(createRequire(import.meta.url))
let configured: RunnerOptions = {}

/** Sets options for the tests of this file, or of all files if a set-up file calls it. @throws LocalProtocolError `UNKNOWN_OPTION`. */
export function configure(options: RunnerOptions): void {
  configured = { ...configured, ...core.runnerOptions('configure', options) }
}

const provided = core.runnerOptions('provide.wiretape of Vitest', vitest.inject('wiretape'))
const worker = workerOf(globalThis)
const run = new core.FileRun({
  file: worker.file ?? String(vitest.expect.getState().testPath),
  project: worker.project,
  options: () => ({ ...provided, ...configured }),
  flag: core.modeOfSnapshots(worker.updateSnapshot),
})
if (worker.isFiltered) run.noteLeftOut()
await run.started

if ('aroundEach' in vitest) vitest.aroundEach((runTest, { task }) => around(task, runTest))
else await import('./vitest-before-around.ts').then(({ wrapEach }) => wrapEach(begin, end))
vitest.afterAll(async () => {
  const problem = await run.finish()
  if (problem !== undefined) throw problem
})

async function around(task: VitestTask, runTest: () => Promise<void>): Promise<void> {
  const tape = await begin(task)
  await tape.run(runTest)
  await end(tape, task)
}

async function begin(task: VitestTask): Promise<Tape> {
  const tape = run.begin(task, { titles: titlesOfTask(task), isRetry: isTried(task) })
  await tape.started
  return tape
}

async function end(tape: Tape, task: VitestTask): Promise<void> {
  const problem = await run.end(tape, outcomeOf(task))
  if (problem !== undefined) throw problem
}
