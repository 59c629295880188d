import { expect, test } from '../helpers/test.ts'
import { blanksIn } from '../../src/matching/blanks.ts'

const UUID = 'dddddddd-1234-4ddd-8ddd-000000000001'

const CASES: readonly (readonly [text: string, blanks: readonly string[]])[] = [
  ['plain', []],
  ['a{{token.1}}***b', ['{{token.1}}***']],
  ['a********b*******c', ['********']],
  [`id ${UUID};`, [UUID]],
  ['otp=123456&n=1234567', ['123456']],
  ['{{token.1}} 123456', ['{{token.1}}', '123456']],
]

for (const [text, blanks] of CASES)
  test(`the blanks in ${JSON.stringify(text)} are ${JSON.stringify(blanks)}`, () => {
    const found = blanksIn(Buffer.from(text), new Map([['123456', 'otp.1']]))
    expect(found.map(({ start, end }) => text.slice(start, end))).toEqual(blanks)
  })
