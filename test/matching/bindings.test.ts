import { expect, test } from '../helpers/test.ts'
import { Bindings } from '../../src/matching/bindings.ts'

const values = (pairs: Readonly<Record<string, string>>): Map<string, string> => new Map(Object.entries(pairs))

test('values fit best where they stood before, and worst where they belong to something else', () => {
  const bindings = new Bindings()
  expect(bindings.rankOf(values({ token: 'a' }))).toBe('new')
  bindings.bind(values({ token: 'a', name: 'ada' }))
  expect(bindings.rankOf(values({}))).toBe('known')
  expect(bindings.rankOf(values({ token: 'a', name: 'ada' }))).toBe('known')
  expect(bindings.rankOf(values({ token: 'a', other: 'x' }))).toBe('new')
  expect(bindings.rankOf(values({ token: 'b' }))).toBe('other')
  expect(bindings.rankOf(values({ other: 'a' }))).toBe('other')
  expect(bindings.rankOf(values({ new: 'x', token: 'b' }))).toBe('other')
})

test('a value may stand for several, and is of the first', () => {
  const bindings = new Bindings()
  bindings.bind(values({ one: 'a' }))
  bindings.bind(values({ two: 'a' }))
  expect(bindings.rankOf(values({ one: 'a', two: 'a' }))).toBe('known')
  expect(bindings.rankOf(values({ three: 'a' }))).toBe('other')
  bindings.bind(values({ one: 'b' }))
  expect(bindings.rankOf(values({ one: 'b' }))).toBe('known')
  expect(bindings.rankOf(values({ one: 'a' }))).toBe('other')
})

test('values are fresh if none of them has come before', () => {
  const bindings = new Bindings()
  expect(bindings.areFresh(values({ token: 'a' }))).toBe(true)
  bindings.bind(values({ token: 'a' }))
  expect(bindings.areFresh(values({ other: 'b', token: 'a' }))).toBe(false)
  expect(bindings.areFresh(values({ token: 'b' }))).toBe(true)
  expect(bindings.areFresh(values({}))).toBe(true)
})
