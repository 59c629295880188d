import { _baseTest, expect as full } from '@playwright/test'
import { isContained, isSame } from './alike.ts'

/** `test` of the runner without the fixtures of a browser: it makes some thirty of them for every test, asked for or not. */
export const test = _baseTest

/**
 * `expect` of the runner, which is asked only where it might say no: it keeps each of its answers as a step, with the stack
 * of the place, and sends both ends of it to another process.
 */
export const expect = new Proxy(full, {
  apply: (_full, _this, [actual, message]: [unknown, string?]) => {
    const ask = (): object => full(actual, message)
    const askNot = (): object => full(actual, message).not
    return matchers(actual, YES, ask, () => matchers(actual, NO, askNot, askNot))
  },
})

type Check = (actual: unknown, expected: unknown) => boolean

/** Matchers that look by `checks` first, and leave the answer to the runner's own if these do not say yes. */
const matchers = (actual: unknown, checks: ReadonlyMap<string, Check>, ask: () => object, not: () => object): object =>
  new Proxy(
    {},
    {
      get: (_none, name) => {
        const check = checks.get(String(name))
        if (name === 'not') return not()
        if (check === undefined) return Reflect.get(ask(), name)
        return (...expected: readonly unknown[]) => {
          if (expected.length > 1 || !check(actual, expected[0])) return Reflect.get(ask(), name)(...expected)
        }
      },
    },
  )

const isText = (value: unknown): value is string => typeof value === 'string'
const isNumber = (value: unknown): value is number => typeof value === 'number'

/** What each matcher surely says yes to. */
export const YES: ReadonlyMap<string, Check> = new Map(
  Object.entries<Check>({
    toBe: Object.is,
    toEqual: isSame,
    toMatchObject: (actual, expected) =>
      typeof actual === 'object' && typeof expected === 'object' && isContained(actual, expected),
    toContain: (actual, expected) =>
      isText(actual)
        ? isText(expected) && actual.includes(expected)
        : Array.isArray(actual) && actual.some((item) => item === expected),
    toMatch: (actual, expected) =>
      isText(actual) &&
      (isText(expected) ? actual.includes(expected) : expected instanceof RegExp && new RegExp(expected).test(actual)),
    toHaveLength: (actual, expected) => (isText(actual) || Array.isArray(actual)) && actual.length === expected,
    toBeUndefined: (actual) => actual === undefined,
    toBeLessThan: (actual, expected) => isNumber(actual) && isNumber(expected) && actual < expected,
    toBeGreaterThan: (actual, expected) => isNumber(actual) && isNumber(expected) && actual > expected,
  }),
)

/** And what behind `not`. */
export const NO: ReadonlyMap<string, Check> = new Map(
  Object.entries<Check>({
    toBe: (actual, expected) => !Object.is(actual, expected),
    toContain: (actual, expected) => isText(actual) && isText(expected) && !actual.includes(expected),
  }),
)
