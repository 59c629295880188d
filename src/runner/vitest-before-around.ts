import { beforeEach } from 'vitest'
import { getFn, setFn } from 'vitest/suite'
import type { Tape } from './tape.ts'
import type { VitestTask } from './vitest-task.ts'

type TestFunction = () => unknown

/** What a wrapped function replaced: a test that is tried again is wrapped again. */
const originals = new WeakMap<TestFunction, TestFunction>()

/** For Vitest before 4.1, which has no `aroundEach`: the test's function runs in the context of its tape, hooks beside it do not. */
export function wrapEach(
  begin: (task: VitestTask) => Promise<Tape>,
  end: (tape: Tape, task: VitestTask) => Promise<void>,
): void {
  beforeEach(async ({ task, onTestFinished }) => {
    const tape = await begin(task)
    onTestFinished(() => end(tape, task))
    const found: TestFunction = getFn(task)
    const original = originals.get(found) ?? found
    const wrapped = async (): Promise<void> => void (await tape.run(original))
    originals.set(wrapped, original)
    setFn(task, wrapped)
  })
}
