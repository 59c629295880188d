import { expect, test } from '../helpers/test.ts'
import { isEscaped, ObjectAround, skipBlanks, stringEnd, walkContainer } from '../../src/content/json-strings.ts'

test('blanks of JSON are skipped, and nothing else, in either direction', () => {
  for (const blank of [' ', '\t', '\r', '\n'])
    expect([blank, skipBlanks(`${blank}${blank}x`, 0, 1), skipBlanks(`x${blank}${blank}`, 2, -1)]).toEqual([
      blank,
      2,
      0,
    ])
  for (const other of ['', '\0', '\b', '\v', '\f', '\x0e', '\x1f', '!', '\xa0', '\u2028'])
    expect([other, skipBlanks(`${other}x`, 0, 1), skipBlanks(`x${other}`, other.length, -1)]).toEqual([
      other,
      0,
      other.length,
    ])
  expect(skipBlanks('  ', 0, 1)).toBe(2)
  expect(skipBlanks('  ', 1, -1)).toBe(-1)
})

test('no more than a hundred blanks are skipped', () => {
  for (const count of [99, 100, 101, 300]) {
    const blanks = ' '.repeat(count)
    const most = Math.min(count, 100)
    expect([count, skipBlanks(`${blanks}x`, 0, 1), count - skipBlanks(`x${blanks}`, count, -1)]).toEqual([
      count,
      most,
      most,
    ])
  }
})

test('a quote is escaped by an odd number of backslashes', () => {
  for (let count = 0; count < 6; count += 1) {
    expect([count, isEscaped(`${'\\'.repeat(count)}"`, count)]).toEqual([count, count % 2 === 1])
    expect([count, isEscaped(`x${'\\'.repeat(count)}"`, count + 1)]).toEqual([count, count % 2 === 1])
  }
})

test('a string ends at its closing quote, or with the text', () => {
  expect(stringEnd('"ab"c"', 0)).toBe(3)
  expect(stringEnd('"a\\"b"', 0)).toBe(5)
  expect(stringEnd('"a\\\\"b"', 0)).toBe(4)
  expect(stringEnd('"a\\"', 0)).toBe(4)
  expect(stringEnd('""', 0)).toBe(1)
  expect(stringEnd('x"y"', 1)).toBe(3)
  expect(stringEnd('"ab', 0)).toBe(3)
})

/** What is in an object or array, `name=value` each, and where it ends. */
function walked(text: string, at = 0): readonly unknown[] {
  const values: string[] = []
  const end = walkContainer(text, at, (value) =>
    values.push(`${value.name}=${text.slice(value.start, value.end)}${value.isNumber ? '#' : ''}`),
  )
  return [values, end]
}

// oxfmt-ignore
const CONTAINERS: readonly (readonly [text: string, at: number, values: readonly string[], end: number])[] = [
  ['{}x',                                 0, [],                                         2],
  ['[]x',                                 0, [],                                         2],
  ['{"a":"b"}x',                          0, ['a=b'],                                    9],
  ['x{"a":"b"}x',                         1, ['a=b'],                                    10],
  ['{"a" : "b" , "c" : 1 }',              0, ['a=b', 'c=1#'],                            22],
  ['["a","b"]',                           0, ['undefined=a', 'undefined=b'],             9],
  ['{"a":["b",{"c":"d"},"e"],"f":"g"}',   0, ['a=b', 'c=d', 'a=e', 'f=g'],               33],
  // A string in an object in an array has no name from around it.
  ['{"a":[{"x"}]}',                       0, ['undefined=x'],                            13],
  ['{"a":{"b":[["c"]]},"d":"e"}',         0, ['b=c', 'd=e'],                             27],
  ['{"a":-1.50,"b":9,"c":0}',             0, ['a=1.50#', 'b=9#', 'c=0#'],                23],
  // Digits within a word are no number.
  ['{a1:z9,A0:Z0,_5:6}',                  0, ['undefined=5#', 'undefined=6#'],           18],
  ['[1,23]',                              0, ['undefined=1#', 'undefined=23#'],          6],
  ['[/1:2]',                              0, ['undefined=1#', 'undefined=2#'],           6],
  ['{"a":"\\"}"}x',                       0, ['a=\\"}'],                                 11],
  ['{"a\\"b":"c"}x',                      0, ['a\\"b=c'],                                12],
  ['{"a":"b',                             0, ['a=b'],                                    7],
  ['{"a":[1',                             0, ['a=1#'],                                   7],
  ['{"a',                                 0, ['undefined=a'],                            3],
]
for (const [text, at, values, end] of CONTAINERS)
  test(`what is in ${text} from ${at} on`, () => expect(walked(text, at)).toEqual([values, end]))

test('the object around a place begins at most 600 characters before it', () => {
  for (const [between, start] of [
    [598, 0],
    [599, 0],
    [600, 600],
    [601, 601],
  ] as const)
    expect([between, new ObjectAround(`{${'1'.repeat(between)}`, between + 1).start]).toEqual([between, start])
})

test('the object around a place ends at most 600 characters after it', () => {
  for (const [after, length] of [
    [598, 599],
    [599, 600],
    [600, 601],
    [601, 601],
  ] as const)
    expect([after, new ObjectAround(`{${'1'.repeat(after)}}}`, 1).source.length]).toEqual([after, length])
})

test('a string that begins further away than 600 characters does not show where the object begins', () => {
  for (const [length, start] of [
    [590, 0],
    [700, 707],
  ] as const) {
    const text = `{"a":"${'x'.repeat(length)}",`
    expect([length, new ObjectAround(text, text.length).start]).toEqual([length, start])
  }
})
