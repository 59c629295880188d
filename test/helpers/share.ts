/** Whether the runner was asked for all cases: CI does; else some tests of many like cases take a share of them. */
export const isWhole = ['whole', 'all'].includes(process.env['WIRETAPE_TESTS'] ?? '')

/** Whether it was asked for more than CI has time for, by a command of its own. */
export const isAll = process.env['WIRETAPE_TESTS'] === 'all'

/** Why a test that starts whole runners or browsers is not in a quick run. */
export const ONLY_WHOLE = 'it takes seconds: run with WIRETAPE_TESTS=whole, as CI does'

/** A number of random cases: those of a quick run, or of a whole one. */
export const countOf = (quick: number, whole: number): number => (isWhole ? whole : quick)

/** Every nth case in a quick run, all in a whole one. */
export const every = <T>(n: number, cases: readonly T[]): readonly T[] =>
  isWhole ? cases : cases.filter((_, index) => index % n === 0)
