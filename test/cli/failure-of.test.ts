import { expect, test } from '../helpers/test.ts'
import { failureOf, type Outcome, type Sameness } from '../../src/cli/shrink/failure-of.ts'

const ended = (stderr: string, stdout = '', code: number | undefined = 1, signal?: string): Outcome => ({
  code,
  signal,
  stdout,
  stderr,
})
const failure = (outcome: Outcome, sameness: Sameness = {}): string | undefined => failureOf(outcome, sameness)

test('a command that ends with 0 has not failed, whatever it prints', () => {
  for (const sameness of [{}, { match: 'Error' }, { codeOnly: true }])
    expect(failure(ended('Error: no', 'Error: no', 0), sameness)).toBe(undefined)
})

test('a failure is named by its exit code, or by the signal', () => {
  expect(failure(ended(''))).toBe('exit code 1')
  expect(failure(ended('', '', 7))).toBe('exit code 7')
  expect(failureOf({ ...ended(''), code: undefined, signal: 'SIGKILL' }, {})).toBe('ended by SIGKILL')
  expect(failureOf({ ...ended(''), code: undefined }, {})).toBe('ended by a signal')
})

// oxfmt-ignore
const NAMES: readonly string[] = [
  'TypeError: x', 'Error', 'AssertionError', 'my.pkg.FooException: x', 'Failure: x', 'CassetteMiss: x', 'ServeRefusal: x', 'Error [ERR_X]: x',
  '[cause]: Error: x', 'Uncaught Error: x', '  RangeError: x', '>> ValueError: x', 'panic: x', 'fatal: x', 'error: x', "thread 'main' panicked at a", 'assert failed: x', 'error[E0308]: x',
]
// oxfmt-ignore
const NO_NAMES: readonly string[] = ['no error here: x', 'Errors', 'an Error: x', 'error without a colon', 'FooError happened', 'failed', '1 failed']

test('a failure is named by its last line that names an error', () => {
  for (const line of NAMES) {
    const said = `exit code 1, ${line.trim()}`.replace('0308', '#')
    expect([line, failure(ended(`before\n${line}\nafter`))]).toEqual([line, said])
  }
  for (const line of NO_NAMES) expect([line, failure(ended(line))]).toEqual([line, 'exit code 1'])
  expect(failure(ended('Error: a\r\nError: b\r\n    at c'))).toBe('exit code 1, Error: b')
})

test('what standard error says counts before what standard output says', () => {
  expect(failure(ended('Error: a', 'Error: b'))).toBe('exit code 1, Error: a')
  expect(failure(ended('a', 'Error: b'))).toBe('exit code 1, Error: b')
})

test('numbers, hashes, paths and colours of a line do not count', () => {
  for (const [line, said] of [
    ['Error: 12 of 3.4.5 items', 'Error: # of # items'],
    ['Error: in /home/ada/a@1+2/b-c.js', 'Error: in /...'],
    ['Error: in file:///home/ada/b.js:10:2', 'Error: in /...:#:#'],
    ['Error: GET /users', 'Error: GET /users'],
    ['Error: 0xdeadbeef1 and DEADBEEF1', 'Error: # and #'],
    ['Error: deadbeef and abc1', 'Error: deadbeef and abc#'],
    ['\u001b[31mError: red\u001b[39m', 'Error: red'],
  ] as const)
    expect(failure(ended(line))).toBe(`exit code 1, ${said}`)
})

test('with a text or an expression, only a failure that prints it is one', () => {
  const outcome = ended('Error: a.b', 'and Two\nLines')
  for (const [match, isSame] of [
    ['a.b', true],
    ['Two', true],
    ['two', false],
    ['/two/i', true],
    ['/two/', false],
    ['/^Lines$/m', true],
    ['/^Lines$/', false],
    ['/Two.Lines/s', true],
    ['/Two.Lines/', false],
    ['/a.b', false],
    ['Error: a.b\n', false],
  ] as const)
    expect([match, failure(outcome, { match })]).toEqual([match, isSame ? `exit code 1, ${match}` : undefined])
})

test('where only the exit code counts, nothing that is printed does', () => {
  expect(failure(ended('Error: a'), { codeOnly: true })).toBe('exit code 1')
  expect(failure(ended('Error: a'), { codeOnly: true, match: 'Error' })).toBe('exit code 1, Error')
})
