import { expect, test } from '../helpers/test.ts'
import { blanksIn } from '../../src/matching/blanks.ts'

const blanks = (text: string, disguised?: ReadonlyMap<string, string>): readonly string[] =>
  blanksIn(Buffer.from(`<${text}>`, 'latin1').subarray(1, -1), disguised).map(({ start, end }) =>
    text.slice(start, end),
  )

test('blanks are placeholders with the asterisks after them, and asterisks alone', () => {
  const stars = '*'.repeat(40)
  expect(blanks('nothing here')).toEqual([])
  expect(blanks('a {{token.1}}** b {{token.2}}c')).toEqual(['{{token.1}}**', '{{token.2}}'])
  expect(blanks(`a ${stars} b`)).toEqual([stars])
  expect(blanks('a * ** b')).toEqual([])
})

test('what stands for a secret without showing it is a blank where it is known, in order with the others', () => {
  const disguised = new Map([['404001', 'otp.1']])
  expect(blanks('code 404001 {{token.1}} 404001', disguised)).toEqual(['404001', '{{token.1}}', '404001'])
  expect(blanks('code 404001')).toEqual([])
  expect(blanks('code 404002', disguised)).toEqual([])
})
