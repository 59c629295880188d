import { expect, test } from '../helpers/test.ts'
import { isFarewell, Surplus } from '../../src/client/surplus.ts'

/** A surplus of these pieces. */
function of(...pieces: readonly string[]): Surplus {
  const surplus = new Surplus()
  for (const piece of pieces) surplus.add(Buffer.from(piece, 'latin1'))
  return surplus
}

test('a surplus has begun with its first byte, and is given out once', () => {
  expect(of().hasBegun).toBe(false)
  const surplus = of('H')
  expect(surplus.hasBegun).toBe(true)
  surplus.add(Buffer.from('T'))
  expect(String(surplus.takeAll())).toBe('HT')
  expect([surplus.hasBegun, surplus.takeAll().length]).toEqual([false, 0])
})

test('a surplus keeps a copy of what was lent', () => {
  const lent = Buffer.from('H')
  const surplus = new Surplus()
  surplus.add(lent)
  lent.write('#')
  expect(String(surplus.takeAll())).toBe('H')
})

for (const [text, isUnclear, isIt] of [
  ['', true, false],
  ['H', true, false],
  ['HTTP/1.1 408', true, false],
  ['HTTP/1.0 408', true, false],
  ['HTTP/1.1 408 ', false, true],
  ['HTTP/1.0 408 ', false, true],
  ['HTTP/1.1 408 Request Timeout\r\n', false, true],
  ['HTTP/1.1 4080', false, false],
  ['HTTP/1.2', false, false],
  ['HTTP/1.1 200 OK\r\n\r\n', false, false],
  ['X', false, false],
] as const) {
  test(`${JSON.stringify(text)} ${isUnclear ? 'may become' : isIt ? 'is' : 'is not'} a farewell`, () => {
    expect(of(text).isUnclear).toBe(isUnclear)
    expect(of(...text.split('')).isUnclear).toBe(isUnclear)
    expect(isFarewell(Buffer.from(text))).toBe(isIt)
  })
}
