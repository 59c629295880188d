import { isDeepStrictEqual } from 'node:util'
import { expect } from './test.ts'

/**
 * `expect(actual, how).toEqual(expected)` for loops.
 *
 * Every `expect` is a step that the runner stores, some milliseconds each; so it is called only where it would fail.
 */
export function expectEqual(actual: unknown, expected: unknown, how: string): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual, how).toEqual(expected)
}
