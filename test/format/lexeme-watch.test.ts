import { expect, test } from '../helpers/test.ts'
import { LexemeWatch } from '../../src/format/lexeme-watch.ts'

/** How the lexer announces the text of a plain scalar or block. */
const TEXT = '\u001f'

class Refused extends Error {}

/** Lexemes, each with how many collections are open, and the error code that they end with. */
function codeOf(lexemes: Iterable<readonly [lexeme: string, depth: number]>): string | undefined {
  const watch = new LexemeWatch((code, detail) => {
    throw new Refused(`${code} ${detail}`)
  })
  try {
    for (const [lexeme, depth] of lexemes) watch.see(lexeme, depth)
    return undefined
  } catch (error) {
    if (error instanceof Refused) return error.message.split(' ')[0]
    throw error
  }
}

const atDepth = (lexemes: readonly string[], depth = 1): readonly (readonly [string, number])[] =>
  lexemes.map((lexeme) => [lexeme, depth])

// oxfmt-ignore
const SEEN: readonly (readonly [what: string, lexemes: readonly string[], code: string | undefined])[] = [
  ['an anchor',                           ['&a'],                      'ALIAS_FORBIDDEN'],
  ['an alias',                            ['*a'],                      'ALIAS_FORBIDDEN'],
  ['a tag',                               ['!a'],                      'UNKNOWN_TAG'],
  ['a directive',                         ['%a'],                      'CASSETTE_SYNTAX'],
  ['text that looks like an anchor',      [TEXT, '&a'],                undefined],
  ['an anchor after a text',              [TEXT, 'a', '&a'],           'ALIAS_FORBIDDEN'],
  ['an anchor after a blank and a text',  [TEXT, 'a', ' ', '*a'],      'ALIAS_FORBIDDEN'],
  ['text in quotes that looks like one',  ['"&a"', "'*a'"],            undefined],
  ['a comment that looks like one',       ['#&a'],                     undefined],
  ['a comma after a text',                ['[', TEXT, 'a', ','],       undefined],
  ['a comma after an empty text',         ['[', TEXT, '', ','],        undefined],
  ['a comma after quotes',                ['[', '""', ','],            undefined],
  ['a comma after a bracket',             ['[', ','],                  'CASSETTE_SYNTAX'],
  ['a comma after a brace',               ['{', ','],                  'CASSETTE_SYNTAX'],
  ['a comma after a comma',               ['[', '"a"', ',', ','],      'CASSETTE_SYNTAX'],
  ['a comma after a comma and a blank',   ['[', '"a"', ',', ' ', ','], 'CASSETTE_SYNTAX'],
  ['a comma after a comma and a comment', ['[', '"a"', ',', '#a', '\n', ','], 'CASSETTE_SYNTAX'],
  ['a comma after a closed list',         ['[', '[', ']', ','],        undefined],
]
for (const [what, lexemes, code] of SEEN)
  test(`${what} is ${code === undefined ? 'let pass' : `refused with ${code}`}`, () =>
    expect(codeOf(atDepth(lexemes))).toBe(code))

test('a hundred thousand lexemes are let pass, and no more', () => {
  for (const count of [99_999, 100_000, 100_001])
    expect([count, codeOf(atDepth(Array.from({ length: count }, () => ' ')))]).toEqual([
      count,
      count > 100_000 ? 'CASSETTE_TOO_LARGE' : undefined,
    ])
})

const KEY = atDepth([TEXT, 'json', ':'], 3)
const times = (count: number, lexemes: readonly string[], depth: number): readonly (readonly [string, number])[] =>
  Array.from({ length: count }, () => atDepth(lexemes, depth)).flat()

// oxfmt-ignore
const LIMITS: Readonly<Record<string, readonly [most: number, of: (count: number) => readonly (readonly [string, number])[]]>> = {
  'dashes in a json piece':        [4096,        (count) => [...KEY, ...times(count, ['-'], 4)]],
  'question marks in a json piece': [4096,       (count) => [...KEY, ...times(count, ['?'], 4)]],
  'commas in a json piece':        [4096,        (count) => [...KEY, ...times(count, [']', ','], 4)]],
  'texts in a json piece':         [8192,        (count) => [...KEY, ...times(count, [TEXT, 'a'], 4)]],
  'quoted texts in a json piece':  [8192,        (count) => [...KEY, ...times(count, ['""'], 4)]],
  'texts in single quotes in one': [8192,        (count) => [...KEY, ...times(count, ["''"], 4)]],
  'characters in a json piece':    [393_216,     (count) => [...KEY, [TEXT, 4], ['a'.repeat(count), 4]]],
  'quoted characters in one':      [393_216,     (count) => [...KEY, [`"${'a'.repeat(count - 2)}"`, 4]]],
  'texts under a key in quotes':   [8192,        (count) => [...atDepth(['"json"', ':'], 3), ...times(count, ['""'], 4)]],
  'texts with keys inside':        [8192,        (count) => [...KEY, ...times(1, ['"x"', ':'], 4), ...times(count - 1, ['""'], 4)]],
}
for (const [what, [most, of]] of Object.entries(LIMITS))
  test(`up to ${most} ${what} are let pass`, () => {
    expect(codeOf(of(most))).toBeUndefined()
    expect(codeOf(of(most + 1))).toBe('CASSETTE_INVALID')
  })

test('what is counted of a json piece ends with the next key beside it', () => {
  const texts = times(5000, ['""'], 4)
  expect(codeOf([...KEY, ...texts, ...texts])).toBe('CASSETTE_INVALID')
  for (const next of [atDepth([TEXT, 'json', ':'], 3), atDepth([TEXT, 'style', ':'], 3), atDepth(['"text"', ':'], 2)])
    expect(codeOf([...KEY, ...texts, ...next, ...texts])).toBeUndefined()
  // A key with that name within it begins no other.
  expect(codeOf([...KEY, ...texts, ...atDepth([TEXT, 'json', ':'], 4), ...texts])).toBe('CASSETTE_INVALID')
  // Under another key nothing is counted.
  for (const key of ['jso', 'jsons', 'text'])
    expect(codeOf([...atDepth([TEXT, key, ':'], 3), ...texts, ...texts])).toBeUndefined()
})
