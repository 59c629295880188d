import { expect, test } from '../helpers/test.ts'
import { callAtOnce, callBounded, refusePromise } from '../../src/hooks/bounded-call.ts'

const same = (value: unknown): unknown => value
const LONG = 60_000
const forEver = (): never => {
  for (;;);
}

const withThen = (value: unknown): object => Object.fromEntries(['then'].map((name) => [name, value]))

/** How a call fails: the same at once and where a promise is allowed. */
const FAILURES: readonly (readonly [what: string, call: () => unknown, reason: string])[] = [
  [
    'an error',
    () => {
      throw new TypeError('no')
    },
    'TypeError: no',
  ],
  [
    'another value',
    () => {
      throw 7
    },
    'it threw 7',
  ],
  [
    'null',
    () => {
      throw null
    },
    'it threw null',
  ],
  [
    'what has no text',
    () => {
      throw Object.create(null)
    },
    'it threw something that has no text',
  ],
  [
    'an error of Node, whatever its code',
    () => {
      throw Object.assign(new Error('x'), { code: 'ENOENT' })
    },
    'Error: x',
  ],
]

for (const [what, call, reason] of FAILURES)
  test(`a function that throws ${what} has failed, and says how`, async () => {
    const failed = { type: 'failed', code: 'HOOK_FAILED', reason }
    expect(callBounded(call, same, LONG)).toEqual(failed)
    expect(callAtOnce(call, same, LONG)).toEqual(failed)
    expect(await callBounded(async () => call(), same, LONG)).toEqual(failed)
  })

const read = (value: unknown): string => `read ${String(value)}`

const refuse = (): never => {
  throw new RangeError('not so')
}

test('a result is read within the same bounds, at once or when it is there', async () => {
  expect(callBounded(() => 1, read, LONG)).toEqual({ type: 'done', value: 'read 1' })
  expect(callAtOnce(() => undefined, read, LONG)).toEqual({ type: 'done', value: 'read undefined' })
  expect(await callBounded(async () => 2, read, LONG)).toEqual({ type: 'done', value: 'read 2' })
  const failed = { type: 'failed', code: 'HOOK_FAILED', reason: 'RangeError: not so' }
  expect(callBounded(() => 1, refuse, LONG)).toEqual(failed)
  expect(callAtOnce(() => 1, refuse, LONG)).toEqual(failed)
  expect(await callBounded(async () => 1, refuse, LONG)).toEqual(failed)
})

test('a function, its promise or what reads its result may take so many milliseconds', async () => {
  const failed = { type: 'failed', code: 'HOOK_TIMEOUT', reason: 'it took more than 5 ms' }
  expect(callBounded(forEver, same, 5)).toEqual(failed)
  expect(callAtOnce(forEver, same, 5)).toEqual(failed)
  expect(callBounded(() => 1, forEver, 5)).toEqual(failed)
  expect(callAtOnce(() => 1, forEver, 5)).toEqual(failed)
  expect(await callBounded(() => new Promise(() => {}), same, 5)).toEqual(failed)
  expect(await callBounded(async () => 1, forEver, 5)).toEqual(failed)
  expect(await callBounded(() => withThen(forEver), same, 5)).toEqual(failed)
})

test('what only looks like a promise is a result', () => {
  for (const value of [null, 'then', withThen(1), [], () => {}])
    expect(callBounded(() => value, same, LONG)).toEqual({ type: 'done', value })
})

test('calls may be within calls: each has its own bounds and its own result', () => {
  const inner = (): unknown => callBounded(() => 'inner', same, LONG)
  expect(callBounded(() => [inner(), callBounded(forEver, same, 2), inner()], same, LONG)).toEqual({
    type: 'done',
    value: [
      { type: 'done', value: 'inner' },
      { type: 'failed', code: 'HOOK_TIMEOUT', reason: 'it took more than 2 ms' },
      { type: 'done', value: 'inner' },
    ],
  })
})

test('a synchronous hook may not return a promise, and one that rejects is nobody’s', async () => {
  const reported: unknown[] = []
  const note = (error: unknown): void => void reported.push(error)
  process.on('unhandledRejection', note)
  try {
    const failed = {
      type: 'failed',
      code: 'HOOK_FAILED',
      reason: 'TypeError: it returned a promise, and is synchronous',
    }
    expect(callAtOnce(() => Promise.reject(new Error('unseen')), same, LONG)).toEqual(failed)
    expect(callAtOnce(() => Promise.resolve(1), same, LONG)).toEqual(failed)
    await new Promise((resolve) => void setImmediate(resolve))
    await new Promise((resolve) => void setImmediate(resolve))
  } finally {
    process.off('unhandledRejection', note)
  }
  expect(reported).toEqual([])
  expect(refusePromise(5)).toBe(5)
})
