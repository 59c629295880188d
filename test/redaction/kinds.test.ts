import { gzipSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import { every } from '../helpers/share.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { isSecretName } from '../../src/secrets/secret-names.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'
import { secretsOf } from './kinds.ts'
import { textOf } from './real-apis.ts'

const V = 'Zq7rT0kLm3XvB9'
const HEX = '9f38120bd0099d83592895a1ed8b6c31'

/** What is left of a body in an answer. */
const inAnswer = (body: string): string => {
  const cassette = oneConnection('http://api.test', (c) => c.sent(request('GET', '/')).received(answer(body)))
  return textOf(redactCassette(cassette).cassette)
}
const inRequest = (sent: string): string =>
  textOf(redactCassette(oneConnection('http://api.test', (c) => c.sent(sent).received(answer('')))).cassette)
const header = (...lines: string[]): string => inRequest(request('GET', '/', '', lines))

const SECRET = secretsOf(V, HEX)

for (const [kind, texts] of Object.entries(SECRET))
  test.describe(`a secret goes ${kind}`, () => {
    for (const text of texts)
      test(JSON.stringify(text), () => {
        const left = inAnswer(text)
        expect(left).not.toContain(V)
        expect(left).not.toContain(HEX)
        expect(left).not.toContain(Buffer.from(HEX).toString('base64'))
      })
  })

test.describe('a secret goes from a request', () => {
  // oxfmt-ignore
  const SENT: readonly (readonly [line: string, left: string])[] = [
    [`X-Honeycomb-Team: ${V}xY3z`, 'X-Honeycomb-Team: {{header.1}}'], [`Ocp-Apim-Subscription-Key: ${HEX}`, 'Ocp-Apim-Subscription-Key: {{api-key.1}}'],
    ['npm-otp: 123456', 'npm-otp: {{otp.1}}'], ['X-GitHub-OTP: 123456', 'X-GitHub-OTP: {{otp.1}}'], [`X-Functions-Key: ${V}`, 'X-Functions-Key: {{api-key.1}}'],
  ]
  for (const [line, left] of SENT) test(line, () => expect(header(line)).toContain(`${left}\r\n`))

  test('the first parameter of a fragment, and a plus sign in a name', () => {
    expect(inRequest(request('GET', `/cb#access_token=${V}&x=1`))).toContain('#access_token={{token.1}}&x=1')
    expect(inRequest(request('GET', `/?private+key=${V}`))).toContain('?private+key={{private-key.1}} ')
  })
})

test('cookies that a proxy joined with commas go, and the comma of a date joins nothing', () => {
  const fields = `Set-Cookie: sid=${V}; path=/,remember=${V}1; path=/,exp_shared=${V}2; expires=Wed, 21 Oct 2026 07:28:00 GMT\r\n`
  const received = `HTTP/1.1 200 OK\r\n${fields}Content-Length: 0\r\n\r\n`
  const cassette = oneConnection('http://api.test', (c) => c.sent(request('GET', '/')).received(received))
  expect(textOf(redactCassette(cassette).cassette)).toContain(
    'sid={{cookie.1}}; path=/,remember={{cookie.2}}; path=/,exp_shared={{cookie.3}}; expires=Wed, 21 Oct 2026 07:28:00 GMT\r\n',
  )
})

test.describe('what is harmless stays', () => {
  // oxfmt-ignore
  const HARMLESS: readonly string[] = [
    `{"passwordless":"${V}","secretary":"${V}","author":"${V}","monkey":"${V}","keyboard":"${V}"}`, '{"session_started":1732233600000,"prompt_tokens":12345,"tokens":98765}',
    '{"pass":4211,"fail":3}', ...['next_page_token', 'nextToken', 'continuationToken', 'pageToken', 'sync_token', 'cursor', 'resumeToken', 'public_key', 'etag', 'cache_key',
      'idempotency_key', 'commit_hash'].map((name) => `{"${name}":"${V}"}`),
    `<NextContinuationToken>${V}</NextContinuationToken>`, `<Contents><Key>a/${V}.jpg</Key><ETag>x</ETag></Contents>`, '<Code>NoSuchKey</Code>', '{"key":"PROJ-123"}',
    '{"code":"ERR_BAD_REQUEST"}', '{"code":404}', '{"sid":"ACfbab0ae6df008674e4f84197c5b20f31"}', `{"sid":"${V}","upgrades":["websocket"]}`, '{"sessions":[{"title":"Opening keynote"}]}',
    '{"secrets":[{"name":"GH_TOKEN","created_at":"2019-08-10T14:59:22Z"}]}', 'PWD=/home/user/project\nOLDPWD=/home/user\n', `{"public_key":{"key_id":"1","key":"${V}"}}`,
    '{"token":" Hello","logprob":-1}', '{"token":"_getElementById2(","logprob":-1}', '{"required":["password","token","email"]}', '{"password":{"type":"string","minLength":8}}',
    '-----BEGIN PGP SIGNATURE-----\n\nwsBcBAABCAAQBQJ\n-----END PGP SIGNATURE-----', '{"ARN":"arn:aws:secretsmanager:us-west-2:1:secret:x-a1B2c3"}', '<td>Password</td><td>Choose a strong one</td>',
    '{"factorType":"token:software:totp"}', '{"password_policy":"at least 12 characters"}', `{"kind":"Secret","data":{"username":"YWRtaW4="}}`,
  ]
  for (const text of HARMLESS) test(JSON.stringify(text), () => expect(inAnswer(text)).toContain(text))

  for (const line of [
    `traceparent: 00-${HEX}-00f067aa0ba902b7-01`,
    `Idempotency-Key: ${HEX}`,
    `X-Request-Id: ${HEX}`,
    `If-None-Match: "${HEX}"`,
    `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==`,
    'Cookie: theme=dark; locale=en-US',
    `npm-session: ${HEX}`,
    `X-Goog-Hash: md5=${HEX}`,
  ])
    test(line, () => expect(header(line)).toContain(`${line}\r\n`))
})

test('a number of a placeholder that nobody counts up to does not make secrets share one', () => {
  const left = header('X-Note: {{token.9999999999999999999999}}', `X-Auth-Token: ${V}`, `X-Other-Token: ${V}2`)
  expect(left).toContain('X-Auth-Token: {{token.1}}\r\nX-Other-Token: {{token.2}}')
})

test('gzip that unzips to megabytes is left as it is and named, and takes little time', () => {
  const body = JSON.stringify({ a: gzipSync(Buffer.alloc(50 << 20)).toString('base64') })
  const cassette = oneConnection('http://api.test', (c) => c.sent(request('GET', '/')).received(answer(body)))
  const before = process.cpuUsage()
  const { report } = redactCassette(cassette)
  // A tenth of it on an idle machine; without a budget it is 14 s.
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(1500)
  expect(report.opaque).toMatchObject([{ isWithheld: false, reason: 'gzip inside it that unzips to too much' }])
})

test.describe('the time is linear in', () => {
  // oxfmt-ignore
  const REPEATED: readonly string[] = ['{"token":', '{"token":[', '{"value":"a",', 'token=', 'token="', 'token: ', '<input name=token ', '<token>', '{"kind":"Secret","data":{', "'token'=>'", 'x://a:b@', ' is token is ', '"name":"token","value":"aXc7Gq9Lm2Kp4",', '"value":"aXc7Gq9Lm2Kp4",', '-----BEGIN PRIVATE KEY-----\n', '\\"token\\":', "INSERT INTO t (token) VALUES ('a'),", 'COPY t (token) FROM stdin;\n', '/reset?a=b', '[[{"name":"token"},', 'token=A("']
  for (const text of every(5, REPEATED))
    test(JSON.stringify(text), () => {
      took(text, 3000)
      // Four times as much; the square of that is 16.
      expect(took(text, 12_000) / Math.max(took(text, 3000), 15_000)).toBeLessThan(9)
    })
})

const plainName = (k: number): string => `aFormOf${k}Fields`

/** The time of asking of so many names whether they are secret. */
function tookToAsk(name: (k: number) => string): number {
  const names = Array.from({ length: 30_000 }, (_, k) => name(k))
  const before = process.cpuUsage()
  for (const each of names) isSecretName(each)
  return process.cpuUsage(before).user
}

test('names that have nothing of a secret in them are not taken apart, so that forms of a million take little time', () => {
  tookToAsk(plainName)
  // 20 times as much on an idle machine.
  expect(tookToAsk((k) => `aKeyOf${k}Fields`) / tookToAsk(plainName)).toBeGreaterThan(3)
})

test('a value that is one sign again and again is not compared with each place of itself', () => {
  const before = process.cpuUsage()
  const left = inAnswer(`token=${'!'.repeat(8000)}\n${'!'.repeat(400_000)}`)
  // Else it takes seconds.
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000)
  expect(left).toContain('token={{token.1}}\n')
})

function took(text: string, count: number): number {
  const times = [1, 2].map(() => {
    const before = process.cpuUsage()
    inAnswer(text.repeat(count))
    return process.cpuUsage(before).user
  })
  return Math.min(...times)
}
