import { expect, test } from '../helpers/test.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'
import { textOf } from './real-apis.ts'

// Clients part the scheme of credentials from them: `token.split(' ')[1]` is to be a placeholder, and a web token stays one.

const K = 'Zq7rT0kLm3XvB9cW'
const base64url = (text: string): string => Buffer.from(text).toString('base64url')
const TOKEN = [base64url('{"alg":"HS256"}'), base64url('{"sub":"a","exp":1790000000}'), base64url(K)].join('.')

const redacted = (body: string): string => {
  const plain = oneConnection('http://api.test', (connection) =>
    connection.sent(request('GET', '/')).received(answer(body)),
  )
  return textOf(redactCassette(plain).cassette).split('\r\n\r\n').at(-1) ?? ''
}

test('the scheme of credentials stays wherever they stand, but not the words of a password', () => {
  const cases = {
    [`{"token":"Bearer ${K}"}`]: '{"token":"Bearer {{token.1}}"}',
    [`{"headers":{"Authorization":"bearer ${K}"}}`]: '{"headers":{"Authorization":"bearer {{authorization.1}}"}}',
    [`{"token":"JWT ${K}"}`]: '{"token":"JWT {{token.1}}"}',
    [`token: JWT ${K}`]: 'token: JWT {{token.1}}',
    [`X-Auth-Token: DPoP ${K}\na: b`]: 'X-Auth-Token: DPoP {{token.1}}\na: b',
    [`token: JWT tokens are fine`]: 'token: JWT tokens are fine',
    [`token: Bearer ${K}`]: 'token: Bearer {{token.1}}',
    [`access_token=Bearer+${K}&a=1`]: 'access_token=Bearer+{{token.1}}&a=1',
    [`access_token=Bearer%20${K}&a=1`]: 'access_token=Bearer%20{{token.1}}&a=1',
    [`[["Authorization","Token ${K}"]]`]: '[["Authorization","Token {{authorization.1}}"]]',
    [`{"password":"Basic ${K}"}`]: '{"password":"{{password.1}}"}',
    [`{"client_secret":"token ${K}"}`]: '{"client_secret":"{{secret.1}}"}',
  }
  expect(Object.keys(cases).map(redacted)).toEqual(Object.values(cases))
})

test('a web token after its scheme can be read, and the same without it is the same', () => {
  const [one = '', other = ''] = redacted(`{"token":"Bearer ${TOKEN}","same":"${TOKEN}"}`).match(/eyJ[^"]+/g) ?? []
  expect(one).toBe(other)
  expect(JSON.parse(Buffer.from(one.split('.')[1] ?? '', 'base64url').toString())).toEqual({ exp: 4_102_444_800 })
})
