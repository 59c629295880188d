import { expect, test } from '../helpers/test.ts'
import { contentKey, RequestPattern } from '../../src/msw/request-pattern.ts'

const URL = 'http://api.test/bot{{token.1}}/send?api_key={{api-key.1}}&page=2'

test('a URL is the recorded one with any value in the place of a placeholder', () => {
  const pattern = new RequestPattern(new globalThis.URL(URL).href, '')
  expect(pattern.isUrl('http://api.test/bot123:ABC/send?api_key=xyz&page=2')).toBe(true)
  expect(pattern.isUrl('http://api.test/bot123:ABC/send?api_key=xyz&page=3')).toBe(false)
  expect(pattern.isUrl('http://api.test/bot/a/send?api_key=xyz&page=2')).toBe(false)
  expect(pattern.isUrl('http://api.test/bot1/send?api_key=x&b=1&page=2')).toBe(false)
})

const CONTENTS: readonly (readonly [recorded: string, asked: string, fits: boolean])[] = [
  ['a=1', 'a=1', true],
  ['a=1', 'a=2', false],
  ['', 'a', false],
  ['{"a":1,"b":2}', '{ "b": 2, "a": 1 }', true],
  ['{"a":1}', '{"a":2}', false],
  ['{"password":"{{password.1}}","n":1}', '{"n":1,"password":"a \\"quoted\\" word"}', true],
  ['{"password":"{{password.1}}","n":1}', '{"n":2,"password":"x"}', false],
  ['{"password":"{{password.1}}","n":1}', '{"n":1,"password":"x","role":"admin"}', false],
]
for (const [recorded, asked, fits] of CONTENTS)
  test(`${recorded} ${fits ? 'is' : 'is not'} ${asked}`, () => {
    expect(new RequestPattern('http://api.test/', recorded).isContent(contentKey(asked))).toBe(fits)
  })

test('any value matches a placeholder without braces: a token, a UUID, a number that is named', () => {
  const token = `eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjQxMDI0NDQ4MDB9.${Buffer.from('{{token.1}}').toString('base64url')}`
  const session = 'dddddddd-4cf7-4ddd-8ddd-000000000001'
  const pattern = new RequestPattern(
    `http://api.test/a?jwt=${token}`,
    `{"otp":40400001,"session":"${session}","n":1}`,
    ['40400001'],
  )
  expect(pattern.isUrl('http://api.test/a?jwt=x.y.z')).toBe(true)
  expect(pattern.isContent(contentKey('{"otp":7,"session":"s","n":1}'))).toBe(true)
  expect(pattern.isContent(contentKey('{"otp":7,"session":"s","n":2}'))).toBe(false)
  const exact = new RequestPattern('http://api.test/', '{"otp":40400001}')
  expect(exact.isContent(contentKey('{"otp":7}'))).toBe(false)
})
