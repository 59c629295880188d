import { readdirSync, readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { INLINE } from '../../src/format/blob-access.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { readCassette } from '../../src/format/reader.ts'
import { JsonTooLong, readLines } from '../../src/format/line-reader.ts'
import type { YamlNode } from '../../src/format/yaml-node.ts'
import { readAnyYaml, YamlSource } from '../../src/format/yaml-reader.ts'
import { CassetteError } from '../../src/errors.ts'
import { countOf } from '../helpers/share.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import { conversations } from '../helpers/conversations.ts'

const FIXTURES = new URL('../../fixtures/cassettes/', import.meta.url)

const surplus = (text: string): number | undefined => {
  try {
    expect(readLines(text)).toEqual(readAnyYaml(new YamlSource(text, 'a.yaml')))
    return undefined
  } catch (error) {
    if (error instanceof JsonTooLong) return error.offset
    throw error
  }
}

const values = (count: number): string => `[${Array.from({ length: count }, () => 1).join(', ')}]`

/** A text below a key. Items of a list directly below one are events. */
const inMap = (text: string): string => `o:\n${text.replaceAll(/^(?=.)/gm, '  ')}`

test.describe('readLines', () => {
  for (const name of readdirSync(FIXTURES).filter((file) => file.endsWith('.yaml'))) {
    test(`reads ${name} as the library does, places included`, () => {
      const text = readFileSync(new URL(name, FIXTURES), 'utf8')
      expect(readLines(text)).toEqual(readAnyYaml(new YamlSource(text, name)))
    })
  }

  test('reads every written cassette as the library does', () => {
    fc.assert(
      fc.property(conversations, (cassette) => isSame(encodeCassette(cassette))),
      { seed: 11, numRuns: countOf(60, 500) },
    )
  })

  test('never differs from the library for an edited text', () => {
    let accepted = 0
    const law = (text: string): boolean => {
      const node = readLines(text)
      if (node === undefined || !isSeen(text)) return true
      accepted += 1
      return isDeepStrictEqual(node, read(text))
    }
    const property = fc.property(conversations, edits, (cassette, changes) => {
      return law(changes.reduce(edit, encodeCassette(cassette)))
    })
    fc.assert(property, { seed: 12, numRuns: countOf(300, 1500) })
    expect(accepted).toBeGreaterThan(countOf(20, 50))
  })

  test('reads the same with the library for edited parts as the library alone', () => {
    let inOtherForms = 0
    const property = fc.property(conversations, fc.oneof(edits, restylings), (cassette, changes) => {
      const text = changes.reduce(edit, encodeCassette(cassette))
      const whole = outcome(() => readCassette(sourceOf(text), readAnyYaml(sourceOf(text)), INLINE))
      if (typeof whole !== 'string' && readLines(text) === undefined) inOtherForms += 1
      const inParts = outcome(() => decodeCassette(text, 'a.yaml'))
      expectEqual(typeof inParts, typeof whole, text)
      if (typeof whole !== 'string') expectEqual(inParts, whole, text)
    })
    fc.assert(property, { seed: 13, numRuns: countOf(50, 4000) })
    expect(inOtherForms).toBeGreaterThan(countOf(8, 20))
  })

  test('counts the values of a JSON piece over all its lines, and says where there are too many', () => {
    const piece = (...lines: readonly string[]): string =>
      `json:\n${lines.map((line, index) => `  k${index}: ${line}\n`).join('')}other: ${values(3000)}\n`
    // The keys count as the values that they have.
    expect(surplus(piece(values(2000), values(2094)))).toBeUndefined()
    const over = piece(values(2000), values(2095))
    expect(surplus(over)).toBe(over.indexOf(']', over.indexOf('k1')) - 1)
    const nested = piece(values(4000), `[[${values(50)}, 2], ${values(100)}]`)
    expect(surplus(nested)).toBeGreaterThan(nested.indexOf('2], '))
    expect(surplus(nested)).toBeLessThan(nested.indexOf('other'))
  })

  for (const [name, text] of Object.entries({
    'comments and empty lines around all': '# a\n\nb: 1\n  # c\n\nd: 2\n# e\n',
    'a comment below a key': 'a:\n  # b\n\n  c: 1\n',
    'a comment before an item': inMap('a:\n  # b\n  - 1\n    # c\n  - 2\n'),
    'a comment before the key of a map in a map': 'a:\n  b:\n    # c\n    d: 1\n  e: 2\nf: 3\n',
    'lists in a list': inMap('a:\n  - - 1\n    - - 2\n      - 3\n  - [4, [5]]\n'),
    'maps in a list': inMap('a:\n  - b: 1\n    c: 2\n  - d: 3\n'),
    'maps and lists in one line': 'a: { b: [1, { c: d }], e: {}, f: [] }\n',
    'a list in an item of one line': inMap('a:\n  - { b: 1 }\n  - [2]\n  - "c"\n  - d\n'),
    'a key in quotes': '"a b": 1\n"c\\"d": { "e": 2 }\n"": 3\n',
    'a key of a thousand characters': `"${'k'.repeat(997)}": 1\n`,
    'an address as a key': 'https://a.test:8443: 1\n',
    'an address': 'a: [https://a.test:8443, tcp://b.test]\n',
    words: 'a: b c/d.e+f-g\nh: null\ni: true\nj: false\n',
    numbers: 'a: [0, 1, -1, 10, 1.5, -0.5, 1e5, 1.5e+5, 2e-7, 12345678901234567890]\n',
    'quotes with escapes': 'a: "b\\n\\t\\"\\\\c\\u00e4\\U0001f600"\n',
    'quotes of several lines': 'a: "b\\\n  c\\\n  \\ d\\\n  e"\n',
    'quotes of several lines in an item': inMap('a:\n  - "b\\\n    c"\n  - d: "e\\\n      f"\n'),
    'a block': 'a: |\n  b\n   c\n\n  d\ne: 1\n',
    'a block without a line end': 'a: |-\n  b\n\ne: 1\n',
    'a block with line ends': 'a: |+\n  b\n\n\ne: 1\n',
    'a block that begins with a blank': 'a: |2\n   b\n  c\n',
    'a block that begins with an empty line': 'a: |\n\n  b\n',
    'a block at the end': 'a: |\n  b\n',
    'a block with what looks like a comment': 'a: |\n  # b\n  - c: d\n',
    'sixteen keys': Array.from({ length: 16 }, (_, k) => `k${k}: 1\n`).join(''),
    'lists as deep as they may be': `a: ${'['.repeat(15)}${']'.repeat(15)}\n`,
    'maps as deep as they may be': `a: ${'{ a: '.repeat(14)}{}${' }'.repeat(14)}\n`,
    'as many values as JSON may have': `json: ${values(4095)}\n`,
    'more maps than may be in each other': `o:\n${Array.from({ length: 20 }, (_, k) => `  k${k}:\n    b: 1\n`).join('')}`,
    'more lists than may be in each other': `o:\n${Array.from({ length: 20 }, (_, k) => `  k${k}:\n    - 1\n`).join('')}`,
    'more of both in one line than may be in each other': `a: [${'{ b: 1 }, [2], {}, [], '.repeat(20)}3]\n`,
    'a blank at the start of the second line of quotes': 'a: "b\\\n  \\ c"\n',
    'as many values in one line as there may be': `a: ${values(4096)}\n`,
    'a text that is long': `a: "${'x'.repeat(5000)}"\n`,
  })) {
    test(`reads ${name} by itself`, () => {
      expect(readLines(text)).toBeDefined()
      expect(readLines(text)).toEqual(readAnyYaml(new YamlSource(text, 'a.yaml')))
    })
  }

  for (const [name, text] of Object.entries({
    'a key of more than a thousand characters': `"${'k'.repeat(1000)}": 1\n`,
    'a key that goes on without blanks': '"a\\\nb": 1\n',
    'an escaped blank that is not at the start of a line': 'a: "\\ b"\n',
    'more values in one line': `a: ${values(4097)}\n`,
    'a key of several lines': '"a\\\n  b": 1\n',
    'a seventeenth key': Array.from({ length: 17 }, (_, k) => `k${k}: 1\n`).join(''),
    'lists that are too deep': `a: ${'['.repeat(16)}${']'.repeat(16)}\n`,
    'maps that are too deep': `a: ${'{ a: '.repeat(15)}{}${' }'.repeat(15)}\n`,
    'blocks that are too deep': `a:\n${Array.from({ length: 16 }, (_, k) => `${' '.repeat(2 * k + 2)}a:\n`).join('')}${' '.repeat(34)}b: 1\n`,
    'a map that is indented by one': 'a:\n b: 1\n',
    'a map that is indented by three': 'a:\n   b: 1\n',
    'an entry that is indented more': 'a: 1\n  b: 2\n',
    'an item that is indented more': 'a:\n  - 1\n    - 2\n',
    'a first key that is indented': '  a: 1\n',
    'a list without blanks after its dashes': 'a:\n  -1\n  -2\n',
    'equal keys in one line': 'a: { b: 1, b: 2 }\n',
    'a key without a blank after it in one line': 'a: { b:1 }\n',
    'a map without blanks in its braces': 'a: {b: 1}\n',
    'a list with blanks in its brackets': 'a: [ 1 ]\n',
    'a list without blanks after its commas': 'a: [1,2]\n',
    'a comma at the end of a list': 'a: [1, 2, ]\n',
    'a list that goes on in the next line': 'a: [1,\n  2]\n',
    'a list that has no end': 'a: [1\n',
    'something after a list': 'a: [1] 2\n',
    'a key that is a word of YAML 1.1': 'no: 1\n',
    'a number that is long': `a: ${'1'.repeat(21)}\n`,
    'an escape of YAML': 'a: "\\x41"\n',
    'quotes that go on with less blanks': 'a:\n  b: "c\\\n  d"\n',
    'quotes without an end': 'a: "b\n',
    'a tab at the start of a block': 'a: |\n  \tb\n',
    'a block with a hint of other blanks': 'a: |3\n   b\n',
    'a block without text': 'a: |\n\nb: 1\n',
    'a character beyond the last one': 'a: "\\U00110000"\n',
    'a number with a zero before it': 'a: 0755\n',
    'a sign before zero': 'a: -0\n',
    'a hexadecimal number': 'a: 0x1F\n',
    'a truth value of another case': 'a: True\n',
    'an exponent that some readers take for text': 'a: 1.e3\n',
    'text in single quotes': "a: 'b'\n",
    'a folded block': 'a: >\n  b\n',
    'a comment behind a value': 'a: b # c\n',
    'a value that goes on in the next line': 'a: b\n  c\n',
    'quotes that go on without a backslash': 'a: "b\n  c"\n',
    'a list that is not indented': 'a:\n- b\n',
    'a block with a line of blanks': 'a: |\n  b\n  \n',
    'a block of blanks': 'a: |\n   \n  b\n',
    'a block without lines': 'a: |\nb: c\n',
    'equal keys': 'a: 1\na: 2\n',
    'a tag': 'a: !b c\n',
    'an alias': 'a: *b\n',
    'an end that is missing': 'a: b',
  })) {
    test(`leaves ${name} to the library`, () => {
      expect(readLines(text)).toBeUndefined()
    })
  }
})

const isSame = (text: string): boolean => isDeepStrictEqual(readLines(text), read(text))

/** Blanks and comments where YAML lets one put them. */
const restylings = fc.array(
  fc.record({
    place: fc.double({ min: 0, max: 1, noNaN: true }),
    removed: fc.constant(0),
    added: fc.constant(''),
    behind: fc.constantFrom(
      ['at:', ' '],
      ['via:', '  '],
      ['\n', '\n'],
      ['\n', '# a\n'],
      ['\n', '      # - b\n'],
      ['events:', ' '],
    ),
  }),
  { minLength: 1, maxLength: 3 },
)

const sourceOf = (text: string): YamlSource => new YamlSource(text, 'a.yaml')

/** What is read, or the code of the error. */
function outcome(decode: () => unknown): unknown {
  try {
    return decode()
  } catch (error) {
    if (error instanceof CassetteError) return error.code
    throw error
  }
}

const edits = fc.array(
  fc.record({
    place: fc.double({ min: 0, max: 1, noNaN: true }),
    removed: fc.constantFrom(0, 0, 1, 2, 9),
    // oxfmt-ignore
    added: fc.constantFrom('', ' ', '  ', '\n', '\n\n', 'a', ': ', ', ', '- ', '"', '\\', '\\ ', '|', '|-', '|+', '#', '{', '}', '[', ']', '0', '1', '-', '.', 'e', '\t', '\n        ', '\n  # a\n', 'null', '\\U0001F600', '\\/', '\\x41'),
  }),
  { minLength: 1, maxLength: 2 },
)

interface Change {
  readonly place: number
  readonly removed: number
  readonly added: string
  /** Something that comes behind the place, and what is added after it. */
  readonly behind?: readonly string[]
}

function edit(text: string, { place, removed, added, behind: [mark = '', more = ''] = [] }: Change): string {
  const somewhere = Math.floor(place * text.length)
  const found = text.indexOf(mark, somewhere)
  const at = found === -1 ? somewhere : found + mark.length
  return text.slice(0, at) + added + more + text.slice(at + removed)
}

/** Whether the caller of `readLines` would have let the text pass. */
const isSeen = (text: string): boolean =>
  failureOf(text)?.code !== 'CASSETTE_CONFLICT' && !/(?![\t\n])\p{Cc}/u.test(text)

function read(text: string): YamlNode | undefined {
  return failureOf(text) === undefined ? readAnyYaml(new YamlSource(text, undefined)) : undefined
}

function failureOf(text: string): CassetteError | undefined {
  try {
    readAnyYaml(new YamlSource(text, undefined))
  } catch (error) {
    if (error instanceof CassetteError) return error
    throw error
  }
  return undefined
}
