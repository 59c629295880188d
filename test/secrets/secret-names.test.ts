import { expect, test } from '../helpers/test.ts'
import { encodeCassette, redactCassette } from '../../src/entries/cassette.ts'
import { labelOf } from '../../src/secrets/secret-names.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const VALUE = 'Zq7rT0kLm3XvB9'

// Written out, not taken from the table: an entry that is dropped there, or gets another label, fails here.
// oxfmt-ignore
const NAMES: readonly (readonly [name: string, label: string])[] = [
  ['Proxy-Authorization', 'authorization'], ['client_assertion', 'assertion'], ['user.password', 'password'], ['dbPasswd', 'password'],
  ['key-passphrase', 'password'], ['client_secret', 'secret'], ['X-Api-Key', 'api-key'], ['aws_access_key', 'access-key'],
  ['AccountKey', 'access-key'], ['ssh_private_key', 'private-key'], ['credentials', 'credential'], ['refreshToken', 'token'],
  ['csrf-param', 'csrf'], ['X-XSRF', 'csrf'], ['session_id', 'session'], ['X-Hub-Signature', 'signature'],
  ['pwd', 'password'], ['pass', 'password'], ['OTP', 'otp'], ['jwt', 'token'], ['code_verifier', 'code'],
  ['OpenAI-Organization', 'organization'], ['anthropic-organization-id', 'organization'], ['Cookie', 'cookie'], ['Set-Cookie', 'cookie'],
  ['SAMLResponse', 'assertion'], ['sig', 'signature'], ['sid', 'session'], ['JSESSIONID', 'session'], ['PHPSESSID', 'session'],
  ['auth', 'token'], ['bearer', 'token'], ['assertion', 'assertion'], ['code', 'code'], ['refresh', 'token'], ['key', 'api-key'],
]

test.describe('a value is a secret under', () => {
  for (const [name, label] of NAMES) test(name, () => expect(labelOf(name, VALUE, 'field')).toBe(label))
})

test('a code that a person types is in even groups, drawn, or of letters and digits', () => {
  const CODES = [
    'abcd-efgh-ijkl',
    'abcd-ef12',
    'ABCD-EFGH',
    'AbCd-EfGh',
    'abc-def-ghi-jkl',
    'a1c-def',
    'abc-def-ghi-jkl-mno-pqr-stu-vwx',
  ]
  const WORDS = [
    'abcd-efgh',
    'Abcd-Efgh',
    'abcd-1234',
    'ab-cd',
    'come-again-soon',
    'abc-def-ghi-jkl-mno-pqr-stu-vwx-yza',
  ]
  expect(CODES.filter((value) => labelOf('otp', value, 'member') === undefined)).toEqual([])
  expect(WORDS.filter((value) => labelOf('otp', value, 'member') !== undefined)).toEqual([])
})

/** What is left of one exchange. */
const redacted = (sent: string, received = answer('')): string =>
  encodeCassette(redactCassette(oneConnection('http://api.test', (c) => c.sent(sent).received(received))).cassette)

// Places that a change in one line of the code would no longer look at.
const PLACES: Readonly<Record<string, string>> = {
  'the value of a header, by the name of the header': redacted(
    `GET / HTTP/1.1\r\nHost: api.test\r\nX-Api-Key: ${VALUE}\r\n\r\n`,
  ),
  'the content of <meta name="csrf-token">': redacted(
    request('GET', '/'),
    answer(`<html><meta name="csrf-token" content="${VALUE}"></html>`),
  ),
  'an extension of the last chunk': redacted(
    request('GET', '/'),
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0;token=${VALUE}\r\n\r\n`,
  ),
  'an extension of another chunk': redacted(
    request('GET', '/'),
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;token=${VALUE}\r\na\r\n0\r\n\r\n`,
  ),
  'a part of multipart whose name is percent-encoded': redacted(
    multipart(`--b\r\nContent-Disposition: form-data; name="user%5Bpassword%5D"\r\n\r\n${VALUE}\r\n--b--\r\n`),
  ),
  'a part of multipart without quotes around its name': redacted(
    multipart(`--b\r\nContent-Disposition: form-data; name=password\r\n\r\n${VALUE}\r\n--b--\r\n`),
  ),
}

test.describe('a secret is gone from', () => {
  for (const [place, text] of Object.entries(PLACES)) test(place, () => expect(text).not.toContain(VALUE))

  test('the method, if it is a registered value', () => {
    const tape = oneConnection('http://api.test', (c) =>
      c.sent('SECRETMETHOD1 / HTTP/1.1\r\nHost: a\r\n\r\n').received(answer('')),
    )
    const { cassette } = redactCassette(tape, { secrets: ['SECRETMETHOD1'] })
    expect(encodeCassette(cassette)).not.toContain('SECRETMETHOD1')
  })
})

function multipart(body: string): string {
  const head = `POST / HTTP/1.1\r\nHost: api.test\r\nContent-Type: multipart/form-data; boundary=b\r\n`
  return `${head}Content-Length: ${body.length}\r\n\r\n${body}`
}
