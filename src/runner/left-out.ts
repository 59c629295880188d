/** Set by the runner's first process, for its workers, if it was asked for some tests only: workers do not see its arguments. */
const LEFT_OUT = 'WIRETAPE_LEFT_OUT'

export function setLeftOut(areTestsLeftOut: boolean): void {
  if (areTestsLeftOut) process.env[LEFT_OUT] = '1'
  else delete process.env[LEFT_OUT]
}

/** Whether the runner was asked for some tests only. */
export const areLeftOut = (): boolean => process.env[LEFT_OUT] !== undefined
