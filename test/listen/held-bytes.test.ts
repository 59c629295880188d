import { expect, test } from '../helpers/test.ts'
import { HeldBytes } from '../../src/listen/held-bytes.ts'

test('there is room for as many bytes as the limit, and for those that are released again', () => {
  const held = new HeldBytes(10)
  expect(held.take(10)).toBe(true)
  expect(held.take(1)).toBe(false)
  held.release(2)
  expect(held.take(1)).toBe(true)
  expect(held.take(1)).toBe(false)
})
