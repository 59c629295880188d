/** Set in the environment of the workers if arguments of the runner leave tests out. */
const LEFT_OUT = 'WIRETAPE_LEFT_OUT'

/** The runner loads the files of tests, too, before it starts its workers. */
export function noteArguments(): void {
  const isWorker = process.env['TEST_WORKER_INDEX'] !== undefined
  if (!isWorker && process.argv.some((argument) => leavesTestsOut(argument))) process.env[LEFT_OUT] = '1'
}

/** Whether an argument selects tests in a way that the configuration does not show: `a.spec.ts:12`, `-g` ... */
export const leavesTestsOut = (argument: string): boolean =>
  /:\d+$|^-[gG]|^--(?:grep|last-failed|only-changed|test-list)/.test(argument)

/** In a worker: whether the runner was asked for some tests only. */
export const areLeftOut = (): boolean => process.env[LEFT_OUT] !== undefined
