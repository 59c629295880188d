import * as fc from 'fast-check'
import { holds } from '../../src/content/marks.ts'
import { expect, test } from '../helpers/test.ts'

test('a mark is held where the text has it, whatever was asked before', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '"', '\xff', 'ÿ', '中'), maxLength: 12 })
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 4 }), fc.array(letters, { maxLength: 6 }), (texts, marks) => {
      for (const text of [...texts, ...texts.toReversed()])
        for (const mark of marks) expect(holds(text, mark)).toBe(text.includes(mark))
    }),
  )
})

test('what one text holds is forgotten with the next one', () => {
  expect(holds('ab bc', 'abc')).toBe(false)
  expect(holds('abc', 'abc')).toBe(true)
  expect(holds('', 'abc')).toBe(false)
  expect(holds('ab', 'abc')).toBe(false)
  expect(holds('', '')).toBe(true)
  expect(holds('a', 'a')).toBe(true)
})
