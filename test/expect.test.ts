import { expect as full } from '@playwright/test'
import * as fc from 'fast-check'
import { isContained, isSame } from './helpers/alike.ts'
import { expect, NO, test, YES } from './helpers/test.ts'

class Thing {
  readonly a = 1
}

/** Whether an expectation holds. */
const holds = (expectation: () => unknown): boolean => {
  try {
    expectation()
    return true
  } catch {
    return false
  }
}

/** Pairs that are easily taken for the same, or for different. */
const PAIRS: readonly (readonly [actual: unknown, expected: unknown])[] = [
  [0, -0],
  [Number.NaN, Number.NaN],
  ['1', 1],
  [null, undefined],
  [{ a: 1 }, { a: 1 }],
  [{ a: 1, b: undefined }, { a: 1 }],
  [{ a: 1 }, { a: 1, b: undefined }],
  [{ a: undefined }, { b: undefined }],
  [{ a: 1, b: 2 }, { a: 1 }],
  [{ a: { b: [1, { c: 2, d: 3 }] } }, { a: { b: [1, { c: 2 }] } }],
  [{ a: [1, 2] }, { a: [1] }],
  [[1, undefined], [1]],
  [Array.from({ length: 1 }), Array(1)],
  [/b/.exec('abc'), ['b']],
  [{ [Symbol.for('a')]: 1 }, { [Symbol.for('a')]: 2 }],
  [new Thing(), { a: 1 }],
  [{ a: 1 }, new Thing()],
  [new Error('a'), new Error('b')],
  [Object.assign(new Error('a'), { code: 'b' }), { message: 'a', code: 'b' }],
  [Object.assign(new Error('a'), { code: 'b' }), { message: 'a', code: 'c' }],
  [new Date(1), new Date(2)],
  [new Map([[1, 2]]), new Map([[1, 3]])],
  [new Set([1]), new Set([2])],
  [new Map([[1, 2]]), { size: 1 }],
  [new URL('http://a.test'), new URL('http://b.test')],
  [Buffer.from('a'), Buffer.from('a')],
  [Buffer.from('a'), Buffer.from('b')],
  [Buffer.from('a'), new Uint8Array([97])],
  [new Uint8Array([97]), [97]],
  [{ a: 1 }, { a: full.any(Number) }],
  [{ a: 1 }, { a: full.any(String) }],
  [[1], full.arrayContaining([2])],
  [{}, []],
  [[], {}],
  [{}, null],
  ['abc', 'b'],
  ['abc', /d/],
  ['abc', /B/gi],
  ['abc', 3],
  [[1, Number.NaN], Number.NaN],
  [[1, 2], 2],
  [[{ a: 1 }], { a: 1 }],
  [1, 2],
  [2n, 1],
]

test('it says yes where the one of the runner does, and nowhere else', () => {
  const wrong: unknown[] = []
  let count = 0
  const ask = (matchers: object, checks: typeof YES, [actual, expected]: (typeof PAIRS)[number]): void => {
    for (const [name, check] of checks) {
      if (!check(actual, expected)) continue
      count += 1
      const args = name === 'toBeUndefined' ? [] : [expected]
      if (!holds(() => Reflect.get(matchers, name)(...args))) wrong.push([name, actual, expected])
    }
  }
  for (const pair of PAIRS) {
    ask(full(pair[0]), YES, pair)
    ask(full(pair[0]).not, NO, pair)
  }
  expect(wrong).toEqual([])
  expect(count).toBeGreaterThan(60)
})

test('what is the same to it is the same to the runner', () => {
  const value = fc.anything({ maxDepth: 2, withDate: true, withMap: true, withSet: true, withSparseArray: true })
  fc.assert(
    fc.property(value, value, fc.boolean(), (one, other, isCopied) => {
      const actual = isCopied ? structuredCloneOf(one) : other
      fc.pre(isSame(actual, one) || isContained(actual, one))
      if (isSame(actual, one)) full(actual).toEqual(one)
      else if (typeof actual === 'object') full(actual).toMatchObject(Object(one))
    }),
    { numRuns: 100 },
  )
})

/** A copy where one can be made. */
function structuredCloneOf(value: unknown): unknown {
  try {
    return structuredClone(value)
  } catch {
    return value
  }
}

test('it fails as the one of the runner does, with its words', () => {
  let words = ''
  try {
    expect({ a: 1 }, 'of a thing').toEqual({ a: 2 })
  } catch (error) {
    // oxlint-disable-next-line no-control-regex
    words = String(error).replaceAll(/\u001B\[\d+m/g, '')
  }
  expect(words).toMatch(/of a thing[^]+expect\(received\)\.toEqual\(expected\)[^]+\+ {3}"a": 1/)
})
