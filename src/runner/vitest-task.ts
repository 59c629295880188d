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
  const { current, filepath, config, ctx } = Object(Reflect.get(realm, '__vitest_worker__'))
  const { name, snapshotOptions, testNamePattern, tagsFilter } = Object(config)
  const file: unknown = Object(current).filepath ?? filepath
  return {
    file: typeof file === 'string' ? file : undefined,
    project: typeof name === 'string' && name !== '' ? name : undefined,
    updateSnapshot: Object(snapshotOptions).updateSnapshot,
    isFiltered: [testNamePattern, tagsFilter, ...choicesIn(Object(ctx).files, file)].some(isGiven),
  }
}

/** What chooses among the tests of a file: `a.test.ts:12`, or a test that was clicked. */
function choicesIn(files: unknown, file: unknown): readonly unknown[] {
  const specification: unknown = Array.isArray(files) ? files.find((each) => Object(each).filepath === file) : undefined
  const { testLocations, testIds, testNamePattern, testTagsFilter } = Object(specification)
  return [testLocations, testIds, testNamePattern, testTagsFilter]
}

const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0)

const isNamed = (value: unknown): value is { readonly name: string } =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'name') === 'string'
