/**
 * Fixtures and matchers for `@playwright/test`: a cassette for every test.
 *
 * ```ts
 * import { expect, test } from 'wiretape/playwright'
 *
 * test('lists users', async ({ fetch }) => {
 *   const response = await fetch('https://api.example.com/users')
 *   expect(response).toHaveStatus(200)
 * })
 * ```
 *
 * @packageDocumentation
 */
export { type AppEnvironmentOptions, wiretapeEnv } from './app-environment.ts'
export type { BothSidesOptions } from './both-sides.ts'
export { type CassetteFixtures, type CassetteTestOptions, test } from './fixtures.ts'
export {
  type AnyResponse,
  type ExpectedValue,
  expect,
  type HeaderExpectation,
  type SentExpectation,
} from './matchers.ts'
