import { expect, test } from '../helpers/test.ts'
import { ItemCursor } from '../../src/format/item-cursor.ts'

/** What is read at the start of a text, and where the cursor stands then. */
function reading<T>(text: string, read: (cursor: ItemCursor) => T): readonly [T, number] {
  // What stands before it is not looked at.
  const cursor = new ItemCursor(Buffer.from(`9${text}`))
  cursor.moveTo(1)
  return [read(cursor), cursor.at - 1]
}

test('bytes are taken if all of them come next, and none otherwise', () => {
  for (const [text, expected, isTaken] of [
    ['abc', 'ab', true],
    ['abc', 'abc', true],
    ['abc', 'abcd', false],
    ['abc', 'bc', false],
    ['abc', 'ax', false],
    ['', 'a', false],
    ['', '', true],
  ] as const)
    expect([text, expected, ...reading(text, (it) => it.takes(Buffer.from(expected)))]).toEqual([
      text,
      expected,
      isTaken,
      isTaken ? expected.length : 0,
    ])
})

test('digits of a checksum are lower-case and as many as they must be', () => {
  for (const [text, length, isTaken] of [
    ['0123456789abcdef', 16, true],
    ['09af', 4, true],
    ['09afx', 4, true],
    ['09a', 4, false],
    ['09ag', 4, false],
    ['09a`', 4, false],
    ['09a:', 4, false],
    ['09a/', 4, false],
    ['09aF', 4, false],
    ['x9af', 4, false],
    ['', 0, true],
  ] as const)
    expect([text, ...reading(text, (it) => it.takesHex(length))]).toEqual([text, isTaken, isTaken ? length : 0])
})

test('a count is a whole number from 1 on at the end of its line', () => {
  for (const [text, count] of [
    ['1\n', 1],
    ['7\nx', 7],
    ['1230456789\n', 1_230_456_789],
    ['999999999999999\n', 999_999_999_999_999],
    ['9999999999999999\n', undefined],
    ['0\n', undefined],
    ['01\n', undefined],
    ['00\n', undefined],
    ['\n', undefined],
    ['1', undefined],
    ['1 \n', undefined],
    ['1.0\n', undefined],
    ['-1\n', undefined],
    ['1:\n', undefined],
    ['/1\n', undefined],
    ['', undefined],
  ] as const)
    expect([text, reading(text, (it) => it.count())[0]]).toEqual([text, count])
  expect(reading('12\nx', (it) => it.count())).toEqual([12, 2])
})

test('a time is a number with or without a fraction at the end of its line', () => {
  for (const [text, time] of [
    ['0\n', 0],
    ['1\n', 1],
    ['10\n', 10],
    ['1.5\n', 1.5],
    ['0.5\n', 0.5],
    ['0.001\n', 0.001],
    ['1.50\n', 1.5],
    ['12.034\n', 12.034],
    ['0.0\n', 0],
    ['99999999999999.9\n', 99_999_999_999_999.9],
    ['999999999999999.9\n', undefined],
    ['9.99999999999999\n', 9.99999999999999],
    ['9.999999999999999\n', undefined],
    ['999999999999999\n', 999_999_999_999_999],
    ['1000000000000000\n', undefined],
    ['00.5\n', undefined],
    ['01\n', undefined],
    ['01.5\n', undefined],
    ['1.\n', undefined],
    ['.\n', undefined],
    ['\n', undefined],
    ['1.5', undefined],
    ['1', undefined],
    ['1.5.5\n', undefined],
    ['1.5 \n', undefined],
    ['1e3\n', undefined],
    ['-1\n', undefined],
    ['', undefined],
  ] as const)
    // Once a number is refused, the whole is read in another way, wherever the cursor stands.
    expect([text, reading(text, (it) => it.time())[0]]).toEqual([text, time])
  expect(reading('1.25\nx', (it) => it.time())).toEqual([1.25, 4])
  expect(reading('125\nx', (it) => it.time())).toEqual([125, 3])
})

const INDENT = ' '.repeat(8)
test('a head is printable lines that neither begin nor end with a blank, and an empty line', () => {
  for (const [lines, isHead] of [
    [['GET / HTTP/1.1', 'Host: a'], true],
    [['a'], true],
    [['~!'], true],
    [['a b'], true],
    [[], false],
    [[''], false],
    [['a', ''], false],
    [[' a'], false],
    [['a', ' b'], false],
    [['a '], false],
    [[' '], false],
    [['a\tb'], false],
    [['a\x1fb'], false],
    [['a\x7fb'], false],
    [['a\u00e4b'], false],
    [['a', 'b\x7f'], false],
  ] as const) {
    const text = lines.map((line) => `${INDENT}${line}\n`).join('')
    const found = reading(`${text}\n  - `, (it) => it.head())
    const where = isHead ? [text.length + 1, text.length + 1] : [undefined]
    expect([lines, ...(isHead ? found : [found[0]])]).toEqual([lines, ...where])
  }
})

test('a head that has no empty line after it is none', () => {
  for (const after of ['', '  - ', 'x\n', `${INDENT.slice(1)}\n`, ' \n'])
    expect([after, reading(`${INDENT}a\n${after}`, (it) => it.head())[0]]).toEqual([after, undefined])
  expect(reading(`${INDENT}a`, (it) => it.head())[0]).toBeUndefined()
  expect(reading(`${INDENT.slice(1)}a\n\n`, (it) => it.head())[0]).toBeUndefined()
})

test('an item, or the end, is reached after comments', () => {
  for (const [text, isReached, at] of [
    ['  - a', true, 0],
    ['', true, 0],
    ['  # a\n  - b', true, 6],
    ['  # a\n  # ~ b\n  - c', true, 14],
    ['  #\n', true, 4],
    ['  # \u00e4\u65e5\n  - b', true, 10],
    ['  # a\n   - b', false, 6],
    [' - a', false, 0],
    ['  -a', false, 0],
    ['   # a\n  - b', false, 0],
    ['# a\n  - b', false, 0],
    ['  # a', false, undefined],
    ['  # \u00e4', false, undefined],
    ['  # a\x7fb\n  - b', false, undefined],
    ['  # a\u0085b\n  - b', false, undefined],
    ['  # a\tb\n  - b', true, 8],
  ] as const) {
    const [is, where] = reading(text, (it) => it.reachesItem(Buffer.byteLength(text) + 1))
    expect([text, is, at === undefined ? undefined : where]).toEqual([text, isReached, at])
  }
})

test('the end of the tape is reached only there', () => {
  expect(reading('abc', (it) => it.reachesItem(1))[0]).toBe(true)
  expect(reading('abc', (it) => it.reachesItem(2))[0]).toBe(false)
  expect(reading('  # a\nb', (it) => it.reachesItem(7))).toEqual([true, 6])
})
