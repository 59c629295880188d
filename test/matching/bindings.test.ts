import { expect, test } from '../helpers/test.ts'
import { Bindings } from '../../src/matching/bindings.ts'

const values = (pairs: Readonly<Record<string, string>>): Map<string, string> => new Map(Object.entries(pairs))

/** How many values belong to something else, and how many are new. */
const fitOf = (bindings: Bindings, pairs: Readonly<Record<string, string>>): readonly number[] => {
  const { others, news } = bindings.fitOf(values(pairs))
  return [others, news]
}

test('values fit best where they stood before, and worst where they belong to something else', () => {
  const bindings = new Bindings()
  expect(fitOf(bindings, { token: 'a' })).toEqual([0, 1])
  bindings.bind(values({ token: 'a', name: 'ada' }))
  expect(fitOf(bindings, {})).toEqual([0, 0])
  expect(fitOf(bindings, { token: 'a', name: 'ada' })).toEqual([0, 0])
  expect(fitOf(bindings, { token: 'a', other: 'x' })).toEqual([0, 1])
  expect(fitOf(bindings, { token: 'b' })).toEqual([1, 0])
  expect(fitOf(bindings, { other: 'a' })).toEqual([1, 0])
  expect(fitOf(bindings, { new: 'x', token: 'b', name: 'bob' })).toEqual([2, 1])
})

test('a value may stand for several: one password may be that of many', () => {
  const bindings = new Bindings()
  bindings.bind(values({ one: 'a' }))
  bindings.bind(values({ two: 'a' }))
  expect(fitOf(bindings, { one: 'a', two: 'a' })).toEqual([0, 0])
  expect(fitOf(bindings, { three: 'a' })).toEqual([1, 0])
  bindings.bind(values({ one: 'b' }))
  expect(fitOf(bindings, { one: 'b' })).toEqual([0, 0])
  expect(fitOf(bindings, { one: 'a' })).toEqual([1, 0])
})
