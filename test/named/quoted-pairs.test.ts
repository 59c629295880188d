import { expect, test } from '../helpers/test.ts'
import { readDefaults, readQuotedPairs } from '../../src/named/quoted-pairs.ts'

const matters = (name: string): boolean => /pass|token|key/i.test(name)

/** What is visited, as `type name=value`. */
function pairs(text: string): readonly string[] {
  const all: string[] = []
  readQuotedPairs(text, matters, ({ type, name, start, end }) => {
    all.push(`${type} ${name}=${text.slice(start, end)}`)
  })
  return all
}

const CASES: readonly (readonly [text: string, ...found: string[]])[] = [
  ["{ password: 'tiger' }", 'member password=tiger'],
  ["{ 'password' : `tiger` }", 'member password=tiger'],
  ['{ $token:"t1" }', 'member $token=t1'],
  ['password: """a\n"b"""', 'member password=a\n"b'],
  ['password: """a', 'member password=a'],
  ['let token: String = "t1"', 'member token=t1', 'sentence let token=String'],
  ["let token: Option<&'a str> = 't1'", 'member token=t1', 'sentence let token=Option'],
  ["['token', 'x1']", 'list token=x1'],
  ['["user", "ada", "token", "x1"]', 'list token=x1'],
  ['(\'pw_key\', "x1")', 'list pw_key=x1'],
  ["'token' => 'x1'", 'pair token=x1'],
  [":token => 'x1'", 'pair token=x1'],
  ["x['token'] = 'x1'", 'pair token=x1'],
  ["x['token']='x1'", 'pair token=x1'],
  [String.raw`["token", "a\"b"]`, String.raw`list token=a\"b`],
  ['curl -H "X-Token: abc1"', 'line X-Token=abc1', 'sentence X-Token=abc1'],
  ['curl -H "X-Token:a/b1"', 'line X-Token=a/b1'],
  ['curl -H "X-Token:/b1c"', 'line X-Token=/b1c'],
  [String.raw`"X-Token:abc1\r\nb: c"`, 'line X-Token=abc1'],
  ['Your token: abc1.', 'sentence Your token=abc1'],
  ['Your token:   abc1, then', 'sentence Your token=abc1'],
  // Nothing is named, or no value follows.
  ['"X-Token:abc1'],
  ['Your token: abc'],
  ['https://key://x'],
  ['token://abc1 "x"'],
  ['12:30 "x"'],
  ["['user', 'ada']"],
  ["['token', '']"],
  ["['token', x1]"],
  ["x 'token', 'x1'"],
  ["['TOKEN=a', 'x1']"],
  [`['${'key'.repeat(28)}', 'x1']`],
  ["token, 'x1'"],
]

for (const [text, ...found] of CASES)
  test(`${found.length === 0 ? 'nothing' : found.join(' and ')} in ${text.slice(0, 60)}`, () => {
    expect(pairs(text)).toEqual(found)
  })

const read = (text: string): readonly string[] => {
  const all: string[] = []
  readDefaults(text, matters, ({ name, start, end }) => void all.push(`${name}=${text.slice(start, end)}`))
  return all
}

test('what a variable is if it is not set', () => {
  expect(read("process.env.TOKEN || 'tiger1'")).toEqual(['process.env.TOKEN=tiger1'])
  expect(read('env["TOKEN"] ?? "tiger1"')).toEqual(['TOKEN=tiger1'])
  expect(read('fetch("TOKEN") { "tiger1" }')).toEqual(['TOKEN=tiger1'])
  expect(read('os.getenv("token") or "tiger1"')).toEqual(['token=tiger1'])
  for (const text of ['${token:tiger1}', '${token:-tiger1}', '${token:=tiger1}'])
    expect(read(text)).toEqual(['token=tiger1'])
  for (const text of ["TOKEN || 'tiger'", "HOME || 'tiger1'", '${token:tiger}', '${home:tiger1}'])
    expect(read(text)).toEqual([])
})
