import * as fc from 'fast-check'
import { expect, test } from '../helpers/test.ts'
import { Grams } from '../../src/redaction/grams.ts'

test('grams say of each text whether it stands in another, as a search does', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\xff'), maxLength: 12 })
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 12 }), letters, (parts, part) => {
      const text = parts.join('')
      expect(new Grams(text).has(part)).toBe(text.includes(part))
    }),
  )
  const long = 'Zq7rT0kLm3XvB9cW'.repeat(50_000)
  const grams = new Grams(long)
  expect([grams.has('kLm3XvB9cWZq7r'), grams.has('kLm3XvB9cWZq7s'), grams.has('Zq'), grams.has('')]).toEqual([
    true,
    false,
    true,
    true,
  ])
})
