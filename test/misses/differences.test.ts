import { expect, test } from '../helpers/test.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import { type Compared, byteDifference, headerDifferences } from '../../src/misses/differences.ts'

const fields = (text: string) =>
  text
    .split('; ')
    .filter(Boolean)
    .map((line) => ({ name: line.split(': ')[0] ?? '', value: line.split(': ')[1] ?? '' }))

/** Fields that were recorded, those that are asked, and how they differ. */
// oxfmt-ignore
const FIELDS: readonly (readonly [recorded: string, asked: string, differences: readonly string[]])[] = [
  ['', '', []],
  ['A: 1', 'A: 1', []],
  ['A: 1', 'A: 2', ['value A: 1 / A: 2']],
  ['A: 1', 'a: 1', ['case A / a']],
  ['A: 1', 'a: 2', ['case A / a', 'value A: 1 / a: 2']],
  ['A: 1', '', ['missing A: 1 / undefined']],
  ['', 'A: 1', ['extra undefined / A: 1']],
  ['A: 1; A: 2', 'A: 1; A: 3', ['value A: 1 | A: 2 / A: 1 | A: 3']],
  ['A: 1; A: 2', 'A: 1', ['case A, A / A', 'value A: 1 | A: 2 / A: 1']],
  ['A: 1; B: 2', 'B: 2; A: 1', ['order a, b / b, a']],
  ['A: 1; B: 2; C: 3', 'B: 2; A: 1', ['missing C: 3 / undefined', 'order a, b / b, a']],
  ['A: 1; B: 2', 'A: 1; C: 3; B: 2', ['extra undefined / C: 3']],
  // What stands for a secret is another text than the secret, and neither is shown.
  ['Authorization: {{authorization.1}}', 'Authorization: Bearer abc', []],
  ['Password: a', 'password: b', ['case Password / password']],
  ['Password: a', '', ['missing Password: *** / undefined']],
  ['', 'Password: a', ['extra undefined / Password: ***']],
  // Drawn anew each time.
  ['Sec-WebSocket-Key: a', 'Sec-WebSocket-Key: b', []],
  ['Sec-WebSocket-Key: a', '', []],
]
test('header fields differ in their names, their values, their presence and their order', () => {
  for (const [recorded, asked, differences] of FIELDS)
    expectEqual(
      headerDifferences(fields(recorded), fields(asked)).map(
        ({ kind, recorded: theirs, asked: ours }) => `${kind} ${theirs} / ${ours}`,
      ),
      differences,
      `${recorded} and ${asked}`,
    )
})

const compared = (text: string, shown = text): Compared => ({
  bytes: Buffer.from(text, 'latin1'),
  shown: Buffer.from(shown, 'latin1'),
})
const LONG = 'abcdefghijklmnopqrstuvwxyz0123456789'

function between(recorded: Compared, asked: Compared): string | undefined {
  const found = byteDifference('body', recorded, asked)
  return (
    found && `${found.offset}: ${found.recorded.text} / ${found.asked.text}, ${found.recorded.hex} / ${found.asked.hex}`
  )
}

test('bytes differ where the first is another one, or where one of them ends', () => {
  expect(between(compared('abc'), compared('abc'))).toBeUndefined()
  expect(between(compared('abc'), compared('abd'))).toBe('2: ab[c] / ab[d], 61 62 [63] / 61 62 [64]')
  expect(between(compared('abc'), compared('ab'))).toBe('2: ab[c] / ab[end], 61 62 [63] / 61 62 [end]')
  expect(between(compared('ab'), compared('abc'))).toBe('2: ab[end] / ab[c], 61 62 [end] / 61 62 [63]')
  expect(between(compared('\r\n\t\0\x7f~ '), compared(''))).toBe(
    String.raw`0: [\r]\n\t\x00\x7f~  / [end], [0d] 0a 09 00 7f 7e 20 / [end]`,
  )
  expect(between(compared(`${LONG}x${LONG}`), compared(`${LONG}y${LONG}`))).toBe(
    `36: ${LONG.slice(-24)}[x]${LONG.slice(0, 24)} / ${LONG.slice(-24)}[y]${LONG.slice(0, 24)}, 32 33 34 35 36 37 38 39 [78] 61 62 63 64 65 66 67 68 / 32 33 34 35 36 37 38 39 [79] 61 62 63 64 65 66 67 68`,
  )
  // What is shown hides what is secret.
  expect(between(compared('abc', '**c'), compared('abd', '**d'))).toBe('2: **[c] / **[d], 2a 2a [63] / 2a 2a [64]')
})
