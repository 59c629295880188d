import { expect, test } from '../helpers/test.ts'
import {
  isBlock,
  isBlockSafe,
  isPlainBlock,
  type Plain,
  writeBlock,
  writeEntry,
  writeQuoted,
  writeText,
} from '../../src/format/yaml-writer.ts'

type Write<Value> = (lines: string[], indent: number, head: string, value: Value) => void

function written<Value>(write: Write<Value>, value: Value, indent = 2, head = 'a:'): readonly string[] {
  const lines: string[] = []
  write(lines, indent, head, value)
  return lines.flatMap((line) => line.split('\n'))
}

const X60 = 'x'.repeat(60)
const Y60 = 'y'.repeat(60)

// oxfmt-ignore
const ENTRIES: readonly (readonly [what: string, value: Plain, lines: readonly string[], indent?: number, head?: string])[] = [
  ['scalars',                  [1, -1.5, 'b', null, true, false],        ['  a: [1, -1.5, b, null, true, false]']],
  ['an empty list',            [],                                       ['  a: []']],
  ['an empty map',             {},                                       ['  a: {}']],
  ['maps and lists',           { b: 'c d', 'e f': ['g', {}], 1: { h: [] } }, ['  a: { "1": { h: [] }, b: c d, e f: [g, {}] }']],
  ['a plain text',             X60,                                      [`  a: ${X60}`]],
  ['a longer one',             `${X60}x`,                                [`  a: "${X60}x"`]],
  ['an address',               'https://a.test:8443',                    ['  a: https://a.test:8443']],
  ['an address with a path',   'https://a.test/b',                       ['  a: "https://a.test/b"']],
  ['a word of YAML 1.1',       'No',                                     ['  a: "No"']],
  ['a list that is too long',  [X60, Y60],                               ['  a:', `    - ${X60}`, `    - ${Y60}`]],
  ['a map that is too long',   { b: X60, 'c d': Y60, '1': 2 },           ['  a:', '    "1": 2', `    b: ${X60}`, `    c d: ${Y60}`]],
  ['one in an item',           { b: X60, c: Y60 },                       [`  - b: ${X60}`, `    c: ${Y60}`], 2, '-'],
  ['lists in a list',          [[X60, Y60], [1]],                        ['  a:', `    - - ${X60}`, `      - ${Y60}`, '    - [1]']],
  ['a map in a map in an item', { b: { c: X60, d: Y60 }, e: 1 },         ['  - b:', `      c: ${X60}`, `      d: ${Y60}`, '    e: 1'], 2, '-'],
  ['null without any room',    null,                                     [`${' '.repeat(97)}a: null`], 97],
  ['a map without any room',   { b: 1 },                                 [`${' '.repeat(97)}a:`, `${' '.repeat(99)}b: 1`], 97],
  ['a list without any room',  [],                                       [`${' '.repeat(97)}a: []`], 97],
]
for (const [what, value, lines, indent, head] of ENTRIES)
  test(`an entry: ${what}`, () => expect(written(writeEntry, value, indent, head)).toEqual(lines))

test('a value stands on one line of at most a hundred characters', () => {
  const [list, map] = [
    (length: number): Plain => ['1'.repeat(10), 'b'.repeat(length)],
    (length: number): Plain => ({ c: 1, d: 'b'.repeat(length) }),
  ]
  for (const [value, others] of [
    [list, '["1111111111", ]'.length],
    [map, '{ c: 1, d:  }'.length],
  ] as const)
    for (const indent of [36, 60]) {
      const most = 100 - indent - 'a: '.length - others
      expect(written(writeEntry, value(most), indent).map(({ length }) => length)).toEqual([100])
      expect(written(writeEntry, value(most + 1), indent)[0]).toBe(`${' '.repeat(indent)}a:`)
    }
  // In quotes, with one quote as an escape.
  expect(written(writeEntry, '"'.padEnd(94, 'x'), 0).map(({ length }) => length)).toEqual([100])
  expect(written(writeEntry, '"'.padEnd(95, 'x'), 0)).toHaveLength(2)
})

// oxfmt-ignore
const QUOTED: readonly (readonly [what: string, text: string, lines: readonly string[]])[] = [
  ['nothing',                     '',                        ['  a: ""']],
  ['one that fits',               'x'.repeat(93),            [`  a: "${'x'.repeat(93)}"`]],
  ['one that does not fit',       'x'.repeat(94),            [`  a: "${'x'.repeat(88)}\\`, `    ${'x'.repeat(6)}"`]],
  ['short lines',                 'one\ntwo\n',              ['  a: "one\\ntwo\\n"']],
  ['longer lines',                `${X60}\n${Y60}\nz`,       [`  a: "${X60}\\n\\`, `    ${Y60}\\n\\`, '    z"']],
  ['lines with empty ones',       `${X60}\n\n${Y60}`,        [`  a: "${X60}\\n\\n\\`, `    ${Y60}"`]],
  ['a line that begins with a blank', `${X60}\n ${Y60}`,     [`  a: "${X60}\\n\\`, `    \\ ${Y60}"`]],
  ['a first line that does',      ` ${X60}\n${Y60}`,         [`  a: " ${X60}\\n\\`, `    ${Y60}"`]],
  ['words',                       'word '.repeat(30),        [`  a: "${'word '.repeat(17)}\\`, `    ${'word '.repeat(13)}"`]],
  ['words with commas',           'word,'.repeat(30),        [`  a: "${'word,'.repeat(17)}\\`, `    ${'word,'.repeat(13)}"`]],
  ['a long word after a short one', `a ${'x'.repeat(99)}`,   [`  a: "a ${'x'.repeat(86)}\\`, `    ${'x'.repeat(13)}"`]],
  ['characters of two units',     '\u{1f600}'.repeat(89),    [`  a: "${'\u{1f600}'.repeat(88)}\\`, '    \u{1f600}"']],
]
for (const [what, text, lines] of QUOTED)
  test(`a text in quotes: ${what}`, () => expect(written(writeQuoted, text)).toEqual(lines))

// oxfmt-ignore
const BLOCKS: readonly (readonly [text: string, lines: readonly string[]])[] = [
  ['a',         ['  a: |-', '    a']],
  ['a\n',       ['  a: |', '    a']],
  ['a\n\n',     ['  a: |+', '    a', '']],
  ['a\n\n\n',   ['  a: |+', '    a', '', '']],
  ['a\nb',      ['  a: |-', '    a', '    b']],
  ['a\nb\n',    ['  a: |', '    a', '    b']],
  ['a\n\nb\n',  ['  a: |', '    a', '', '    b']],
  ['a\n b',     ['  a: |-', '    a', '     b']],
  [' a\n',      ['  a: |2', '     a']],
  ['\na',       ['  a: |-', '', '    a']],
  ['\n a\n',    ['  a: |2', '', '     a']],
  ['\n\n a\n\n', ['  a: |2+', '', '', '     a', '']],
]
for (const [text, lines] of BLOCKS)
  test(`a text in a block: ${JSON.stringify(text)}`, () => expect(written(writeBlock, text)).toEqual(lines))

test('one line without quotes or backslashes stands in quotes up to eighty characters, others in a block', () => {
  for (const [text, isOne] of [
    ['', false],
    ['a', false],
    ['a\n', false],
    ['a\n\n', false],
    ['a\n\n\n', true],
    ['a\nb', true],
    ['a"', true],
    ['a\\', true],
    ['x'.repeat(80), false],
    ['x'.repeat(81), true],
    [`${'x'.repeat(80)}\n`, false],
    [`${'x'.repeat(81)}\n`, true],
    ['\n\n', false],
    ['\n\n\n', false],
    ['"a" ', false],
  ] as const) {
    expect([text, isBlock(text)]).toEqual([text, isOne])
    expect([text, written(writeText, text)[0]?.startsWith('  a: |')]).toEqual([text, isOne])
  }
})

test('what an editor may damage is not safe in a block', () => {
  for (const [text, isPlain, isSafe] of [
    ['a', true, true],
    ['a\n', true, true],
    ['\na', true, true],
    ['~ !', true, true],
    [' a', true, true],
    ['', false, false],
    ['\n', false, false],
    ['a ', false, false],
    ['a \nb', false, false],
    ['a\n b', true, true],
    ['\u00e4', false, true],
    ['\u00e4 ', false, false],
    ['\u00e4 \nb', false, false],
    ['\u00e4\t', false, false],
    ['a\tb', false, true],
    ['\ta', false, false],
    ['a\n\tb', false, false],
    ['a\n  \tb', false, false],
    ['a\rb', false, false],
    ['a\x7f', false, false],
    ['a\x1f', false, false],
    ['\u200bab', false, false],
    ['a\u2028b', false, false],
    ['x'.repeat(4096), true, true],
    ['x'.repeat(4097), false, false],
    ['\u00e4'.repeat(4096), false, true],
    ['\u00e4'.repeat(4097), false, false],
  ] as const)
    // The last one that was plain is remembered.
    expect([text, isPlainBlock(text), isPlainBlock(text), isBlockSafe(text)]).toEqual([text, isPlain, isPlain, isSafe])
})
