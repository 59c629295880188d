import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setLeftOut } from '../runner/left-out.ts'

/** Set in the environment of the workers: a folder with a mark for each file of tests that one of them has begun. */
const BEGUN = 'WIRETAPE_BEGUN'

/** The runner loads the files of tests, too, before it starts its workers. */
export function prepareWorkers(): void {
  if (process.env['TEST_WORKER_INDEX'] !== undefined) return
  setLeftOut(process.argv.some((argument) => leavesTestsOut(argument)))
  const marks = join(tmpdir(), `wiretape-${randomUUID()}`)
  process.env[BEGUN] = marks
  process.once('exit', () => rmSync(marks, { recursive: true, force: true }))
}

/** Whether an argument selects tests in a way that the configuration does not show: `a.spec.ts:12`, `-g` ... */
export const leavesTestsOut = (argument: string): boolean =>
  /:\d+$|^-[gG]|^--(?:grep|last-failed|only-changed|test-list)/.test(argument)

/**
 * In a worker that begins a file of tests: whether the run has begun it before, in another worker.
 *
 * After a test has failed, Playwright goes on in a new worker, which does not see the tests before.
 */
export function isBegunBefore(file: string, project: string): boolean {
  const marks = process.env[BEGUN]
  if (marks === undefined) return false
  mkdirSync(marks, { recursive: true, mode: 0o700 })
  const mark = createHash('sha256')
    .update(JSON.stringify([project, file]))
    .digest('hex')
  try {
    writeFileSync(join(marks, mark), '', { flag: 'wx' })
    return false
  } catch (error) {
    if (Reflect.get(Object(error), 'code') === 'EEXIST') return true
    throw error
  }
}
