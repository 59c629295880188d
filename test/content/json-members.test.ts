import { expect, test } from '../helpers/test.ts'
import { isBareNumber, JsonMembers } from '../../src/content/json-members.ts'

test('a name of JSON is not taken for another one with the same low bytes', () => {
  const members = new JsonMembers((name) => name === 'password')
  const [member, ...others] = members.in('{"p\u0161ssword":"hello","password":"correct-horse-battery"}')
  expect(member).toMatchObject({ name: 'password' })
  expect(others).toEqual([])
})

/** The names that are asked for, with where their quotes and their values begin. */
const found = (text: string, matters = (name: string): boolean => name === 'key'): readonly string[] =>
  Array.from(new JsonMembers(matters).in(text), ({ name, nameStart, at }) => `${name} ${nameStart} ${at}`)

// oxfmt-ignore
const TEXTS: readonly (readonly [what: string, text: string, members: readonly string[]])[] = [
  ['a name at the start of a text',                  '"key":1',                       ['key 0 6']],
  ['a name after another one',                       '{"a":1,"key":2}',               ['key 7 13']],
  ['blanks around the colon',                        '{"key" \t\n:\r\n 2}',           ['key 1 13']],
  ['a name twice',                                   '{"key":1,"key":2}',             ['key 1 7', 'key 9 15']],
  ['a name with escapes',                            String.raw`{"\u006bey":1}`,      ['key 1 12']],
  ['a name after a quote with a backslash',          String.raw`{\"a\":1,\"b"key":2`, ['key 12 18']],
  ['a quote with a backslash before a name',         String.raw`x\"key":2`,           ['key 2 8']],
  ['no name that ends in a quote with a backslash',  String.raw`"key\":1`,            []],
  ['no name without a quote after it',               '"keyx:1',                       []],
  ['no name without a quote before it',              'key":1',                        []],
  ['no name over two lines',                         '"a\nkey":1',                    []],
  ['no name with a line end in it',                  '"key\n":1',                     []],
  ['no name with a carriage return in it',           '"key\r":1',                     []],
  ['no name that is longer',                         '"a key":1 "keys":2',            []],
  ['a name between two others without a colon',      '"a"key"b":1 "key":2',         ['key 12 18']],
]
for (const [what, text, members] of TEXTS) test(`members of JSON: ${what}`, () => expect(found(text)).toEqual(members))

test('a name with an escape is read as a whole, also if what follows the escape would do', () => {
  expect(found(String.raw`{"a\"b":1}`, (name) => name === String.raw`a\"b`)).toEqual([String.raw`a\"b 1 8`])
})

test('a line end ends the search for a name, whichever names matter', () => {
  for (const end of ['\r', '\n']) expect(found(`"a${end}b":1`, () => true)).toEqual([])
})

test('a name has at most 199 characters', () => {
  for (const length of [198, 199, 200, 201]) {
    const name = 'n'.repeat(length)
    expect([length, found(`{"${name}":1}`, (each) => each === name).length]).toEqual([length, length < 200 ? 1 : 0])
  }
})

test('whether a name matters is asked once, however often it comes and among which others', () => {
  const others = ['id', 'name', 'created_at', 'updated_at', 'email', 'first_name', 'url', 'type']
  const names = [...others, 'token', 'max', 'mex', 'mix', 'mux', 'abcde', 'abxde']
  const asked: string[] = []
  const members = new JsonMembers((name) => {
    asked.push(name)
    return name === 'token'
  })
  const text = names.map((name) => `"${name}":1`).join(',')
  for (let turn = 0; turn < 3; turn += 1) expect([...members.in(text)].map(({ name }) => name)).toEqual(['token'])
  expect(asked.toSorted()).toEqual(names.toSorted())
})

// oxfmt-ignore
const NUMBERS: readonly (readonly [before: string, number: string, after: string, isBare: boolean])[] = [
  [':', '1',        ',',   true],
  ['[', '-1.5e+3',  ']',   true],
  [',', '12',       '}',   true],
  [`:${' '.repeat(20)}`, '1', '\n ,', true],
  [`:${' '.repeat(21)}`, '1', ',',    false],
  [':', '1',        `${' '.repeat(19)},`, true],
  [':', '1',        `${' '.repeat(20)},`, false],
  [':', '1x',       ',',   false],
  [':', 'x1',       ',',   false],
  ['"', '1',        '"',   false],
  [':', '1',        'x',   false],
  ['x', '1',        ',',   false],
  [':', '1',        '',    false],
]
test('a number is bare between what stands around numbers in JSON, with blanks and without quotes', () => {
  for (const [before, number, after, isBare] of NUMBERS) {
    const text = `{"a"${before}${number}${after}`
    const start = 4 + before.length
    expect([text, isBareNumber(text, start, start + number.length)]).toEqual([text, isBare])
  }
})
