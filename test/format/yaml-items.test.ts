import { expect, test } from '../helpers/test.ts'
import { readParts } from '../../src/format/yaml-items.ts'
import { MOST_ROOT_KEYS, type YamlMap, type YamlNode } from '../../src/format/yaml-node.ts'
import { readAnyYaml, YamlSource } from '../../src/format/yaml-reader.ts'

/** What is read of a text, and which parts of it were given to the other reader. */
function parts(text: string): { readonly root: YamlMap | undefined; readonly others: readonly string[] } {
  const others: string[] = []
  const root = readParts(text, (start, end, isItem) => {
    const part = text.slice(start, end)
    others.push(`${isItem ? 'item' : 'entry'} ${part}`)
    const prefix = isItem ? 'tape:\n' : ''
    const read = readAnyYaml(new YamlSource(prefix + part, undefined))
    return moved(
      isItem && read.type === 'map' ? (read.entries.get('tape')?.value ?? read) : read,
      start - prefix.length,
    )
  })
  return { root, others }
}

/** The same at another place. */
function moved(node: YamlNode, by: number): YamlNode {
  const offset = node.offset + by
  switch (node.type) {
    case 'scalar':
      return { ...node, offset }
    case 'list':
      return { ...node, offset, items: node.items.map((item) => moved(item, by)) }
    case 'map':
      return {
        ...node,
        offset,
        entries: new Map(
          Array.from(node.entries, ([key, { keyOffset, value }]) => [
            key,
            { keyOffset: keyOffset + by, value: moved(value, by) },
          ]),
        ),
      }
  }
}

const OURS = '  - end: 1\n    at: 5\n    by: client\n'
const OTHER = "  - end: 1\n    at: 6\n    by: 'server'\n"

// oxfmt-ignore
const TEXTS: readonly (readonly [what: string, text: string, others: readonly string[]])[] = [
  ['a value in another form',                "a: 1\nb: 'x'\nc: 2\n",                          ["entry b: 'x'\n"]],
  ['the first value',                        "a: 'x'\nc: 2\n",                                ["entry a: 'x'\n"]],
  ['the last value',                         "a: 1\nc: 'x'\n",                                ["entry c: 'x'\n"]],
  ['two values',                             "a: 'x'\nb: 1\nc: 'y'\n",                        ["entry a: 'x'\n", "entry c: 'y'\n"]],
  ['a value without comments after it',      "a: 'x'\n# one\n\n# two\nb: 1\n",                ["entry a: 'x'\n"]],
  ['a value with comments before it',        "# one\n\n   # two\na: 'x'\nb: 1\n",             ["entry a: 'x'\n"]],
  ['a value of several lines',               "a:\n    b: 1\nc: 1\n",                          ['entry a:\n    b: 1\n']],
  ['an event',                               `a: 1\ntape:\n${OURS}${OTHER}${OURS}events: 3\n`, [`item ${OTHER}`]],
  ['the first event',                        `tape:\n${OTHER}${OURS}events: 2\n`,             [`item ${OTHER}`]],
  ['the last event',                         `tape:\n${OURS}${OTHER}`,                        [`item ${OTHER}`]],
  ['two events',                             `tape:\n${OTHER}${OURS}${OTHER}`,                [`item ${OTHER}`, `item ${OTHER}`]],
  ['an event after a comment',               `tape:\n  # one\n\n${OTHER}  # two\n${OURS}`,    [`item ${OTHER}  # two\n`]],
  ['events that are indented less',          "tape:\n - end: 1\n   at: 'x'\n   by: client\n - end: 2\n   at: 6\n   by: client\n", ["item  - end: 1\n   at: 'x'\n   by: client\n"]],
  ['events that are not indented',           "tape:\n- end: 1\n  at: 'x'\n  by: client\n- end: 2\n  at: 6\n  by: client\n", ["item - end: 1\n  at: 'x'\n  by: client\n"]],
  ['nothing, where all is as we write it',   `a: 1\ntape:\n${OURS}${OURS}events: 2\n`,        []],
]
for (const [what, text, others] of TEXTS)
  test(`the other reader reads ${what} alone, and all is as if it had read everything`, () => {
    const read = parts(text)
    expect(read.others).toEqual(others)
    expect(read.root).toEqual(readAnyYaml(new YamlSource(text, undefined)))
  })

test('after something that is no event the tape is not read on', () => {
  for (const wrong of ['  - a\n', '  - 1\n', '  - [a]\n', '  - end: 1\n    by: client\n', '  - end: 1\n    at: 1\n']) {
    const { root, others } = parts(`tape:\n${OURS}${wrong}${OTHER}events: 3\n`)
    const tape = root?.entries.get('tape')?.value
    expect([wrong, tape?.type === 'list' && tape.items.length]).toEqual([wrong, 2])
    expect(others.join()).not.toContain(OTHER)
    expect([...(root?.entries.keys() ?? [])]).toEqual(['tape', 'events'])
  }
  const saved = parts(`tape:\n${OURS}  - saved: crc32 00000000\n${OURS}`).root?.entries.get('tape')?.value
  expect(saved?.type === 'list' && saved.items.length).toBe(3)
})

// oxfmt-ignore
const WRONG_TAPES: readonly (readonly [tape: string, shown: string])[] = [
  ['a',      'scalar 6'],
  ['"a"',    'scalar 6'],
  ["'a'",    'scalar 6'],
  ['|\n  a', 'scalar 6'],
  ['>\n  a', 'scalar 6'],
  ['  1',    'scalar 8'],
  ['[a]',    'list 6 [list 7]'],
  ['[ 1]',   'list 6 [list 8]'],
  ['["a"]',  'list 6 [list 7]'],
  ["['a']",  'list 6 [list 7]'],
  ['[[]]',   'list 6 [list 7]'],
  ['[{}]',   'list 6 [map 7]'],
  ['[ { }]', 'list 6 [map 8]'],
  ['[\n  {}]', 'list 6 [map 10]'],
]
test('a tape that is no list of events is not read, and has its place', () => {
  const outline = (node: YamlNode | undefined): string =>
    node === undefined
      ? 'nothing'
      : `${node.type} ${node.offset}${node.type === 'list' && node.items.length > 0 ? ` [${node.items.map(outline).join()}]` : ''}`
  for (const [tape, shown] of WRONG_TAPES) {
    const { root, others } = parts(`# a\ntape: ${tape}\nevents: 1\n`)
    const entry = root?.entries.get('tape')
    const there = shown.replaceAll(/\d+/g, (digits) => String(Number(digits) + 4))
    expect([tape, outline(entry?.value), entry?.keyOffset, others]).toEqual([tape, there, 4, []])
  }
})

test('an empty tape, and a list of maps in one line, are read as any value', () => {
  expect(parts('tape: []\nevents: 0\n').others).toEqual([])
  expect(parts('tape: [ ]\nevents: 0\n').others).toEqual(['entry tape: [ ]\n'])
  expect(parts('tape: [{end: 1}]\nevents: 0\n').others).toEqual(['entry tape: [{end: 1}]\n'])
})

// oxfmt-ignore
const LEFT: Readonly<Record<string, string>> = {
  'a text without keys':                  '# nothing\n',
  'a text that begins with something':    'x\na: 1\n',
  'a key in quotes':                      'a: 1\n"b": 1\n',
  'a key with a capital':                 'a: 1\nB: 1\n',
  'a key with a blank before its colon':  'a : 1\n',
  'equal keys':                           'a: 1\nb: 1\na: 2\n',
  'a start of a document':                '---\na: 1\n',
  'an end of a document':                 'a: 1\n...\n',
  'a line that begins with a tab':        'a: 1\n\tb: 1\n',
  'text before the first key':            '  b: 1\na: 1\n',
  'a tape without items':                 'tape:\nevents: 0\n',
  'a tape that is a map':                 'tape:\n  a: 1\nevents: 0\n',
}
for (const [what, text] of Object.entries(LEFT))
  test(`a text does not consist of parts with ${what}`, () => expect(parts(text).root).toBeUndefined())

const keys = (count: number): string => Array.from({ length: count }, (_, k) => `${'a'.repeat(k + 1)}: 'x'\n`).join('')
test('a text has at most sixteen keys', () => {
  expect(parts(keys(MOST_ROOT_KEYS)).root?.entries.size).toBe(16)
  expect(parts(keys(MOST_ROOT_KEYS + 1)).root).toBeUndefined()
})

test('a part that has more than one entry or item leaves the text to the other reader', () => {
  const one: YamlNode = { type: 'scalar', offset: 0, value: 1 }
  const entries = (count: number): YamlMap => ({
    type: 'map',
    offset: 0,
    entries: new Map(Array.from({ length: count }, (_, k) => [`k${k}`, { keyOffset: 0, value: one }])),
  })
  expect(readParts("a: 'x'\n", () => entries(1))?.entries.size).toBe(1)
  for (const other of [entries(0), entries(2), one, { type: 'list', offset: 0, items: [one] } as const])
    expect(readParts("a: 'x'\n", () => other)).toBeUndefined()
  const text = `tape:\n${OTHER}`
  expect(readParts(text, () => ({ type: 'list', offset: 0, items: [one] }))?.entries.size).toBe(1)
  for (const other of [
    { type: 'list', offset: 0, items: [] },
    { type: 'list', offset: 0, items: [one, one] },
    one,
    entries(1),
  ] as const)
    expect(readParts(text, () => other)).toBeUndefined()
})

const comments = (length: number): string => `tape:\n${'#'.repeat(length - 'tape:\n'.length)}\n`
test('the first item is looked for in the first 65,536 characters of a tape', () => {
  // The border is a line end, the blanks, the dash and a blank.
  expect(parts(`${comments(65_536 - 5)}${OTHER}`).root?.entries.size).toBe(1)
  expect(parts(`${comments(65_536 - 4)}${OTHER}`).root).toBeUndefined()
})
