import type { Outcome } from './tape.ts'

/** What is used of a task of Vitest. */
export interface VitestTask {
  readonly name: string
  readonly suite?: { readonly name: string; readonly suite?: unknown } | undefined
  readonly fails?: boolean | undefined
  readonly result?:
    | { readonly state: string; readonly retryCount?: number | undefined; readonly pending?: boolean | undefined }
    | undefined
}

/** From the outermost suite on. */
export function titlesOfTask({ name, suite }: VitestTask): readonly string[] {
  const titles = [name]
  for (let around: unknown = suite; isNamed(around) && around.name !== ''; around = Reflect.get(around, 'suite'))
    titles.unshift(around.name)
  return titles
}

/** Whether the test has failed once, and is tried again. */
export const isTried = ({ result }: VitestTask): boolean => (result?.retryCount ?? 0) > 0

/** How the test ended; one that is expected to fail has passed if it did. */
export function outcomeOf({ result, fails }: VitestTask): Outcome {
  if (result?.state === 'skip' || result?.pending === true) return 'skipped'
  return (result?.state === 'fail') === (fails === true) ? 'passed' : 'failed'
}

/** What the worker of Vitest knows before the first test. */
export interface VitestWorker {
  readonly file: string | undefined
  readonly project: string | undefined
  readonly updateSnapshot: unknown
  /** Whether the run has been asked for some tests of a file only. */
  readonly isFiltered: boolean
}

/** Reads the state of the worker, which Vitest keeps on the global object for its own modules; all of it may be missing. */
export function workerOf(realm: object): VitestWorker {
  const { current, filepath, config } = Object(Reflect.get(realm, '__vitest_worker__'))
  const { name, snapshotOptions, testNamePattern } = Object(config)
  const file: unknown = Object(current).filepath ?? filepath
  return {
    file: typeof file === 'string' ? file : undefined,
    project: typeof name === 'string' && name !== '' ? name : undefined,
    updateSnapshot: Object(snapshotOptions).updateSnapshot,
    isFiltered: testNamePattern !== undefined && testNamePattern !== null,
  }
}

const isNamed = (value: unknown): value is { readonly name: string } =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'name') === 'string'
