import { expect, test } from '../helpers/test.ts'
import { meaningOf } from '../../src/content/escapes.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { answer, oneConnection } from '../helpers/tape.ts'
import { player, requestOf } from '../matching/own-client.ts'

// What a server gives in one spelling, a client sends in another: it has to be one secret, or a replay misses its own client.

const stringify = JSON.stringify
const percent = encodeURIComponent
const escaped = (text: string): string =>
  text.replaceAll(/[^\w{}.]/g, (char) => String.raw`\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
const html = (text: string): string => text.replaceAll(/[&<"']/g, (char) => `&#${char.charCodeAt(0)};`)
const form = (name: string, value: string): string => new URLSearchParams({ [name]: value }).toString()

const GIVEN: Readonly<Record<string, (token: string) => readonly [type: string, body: string]>> = {
  JSON: (token) => ['application/json', stringify({ access_token: token })],
  'JSON of escapes': (token) => ['application/json', `{"access_token":"${escaped(token)}"}`],
  XML: (token) => ['text/xml', `<r><access_token>${html(token)}</access_token></r>`],
  'a form': (token) => ['application/x-www-form-urlencoded', form('access_token', token)],
  'a form of a page': (token) => ['text/html', `<input type="hidden" name="csrf_token" value="${html(token)}">`],
}

const SENT: Readonly<Record<string, (token: string) => string>> = {
  'a query': (token) => requestOf(`GET /?access_token=${percent(token)}`),
  'a query with plus signs': (token) => requestOf(`GET /?${form('token', token)}`),
  'a path': (token) => requestOf(`GET /reset/${percent(token)}`),
  'a form': (token) =>
    requestOf('POST /', ['Content-Type: application/x-www-form-urlencoded'], form('refresh_token', token)),
  JSON: (token) => requestOf('POST /', ['Content-Type: application/json'], Buffer.from(stringify({ token }))),
  'JSON of escapes': (token) =>
    requestOf('POST /', ['Content-Type: application/json'], `{"token":"${escaped(token)}"}`),
  XML: (token) => requestOf('POST /', ['Content-Type: text/xml'], Buffer.from(`<r><token>${html(token)}</token></r>`)),
  multipart: (token) =>
    requestOf(
      'POST /',
      ['Content-Type: multipart/form-data; boundary=bb'],
      Buffer.from(`--bb\r\nContent-Disposition: form-data; name="token"\r\n\r\n${token}\r\n--bb--\r\n`),
    ),
}

const TOKENS: Readonly<Record<string, string>> = {
  base64: '1//0Zq7+rT0k/Lm3XvB9cW==',
  quotes: String.raw`Zq7"rT0k\Lm3XvB9cW`,
  letters: 'Zqé7rT0kLüm3XvB9cW',
  blanks: 'Zq7 rT0k Lm3XvB9cW',
  'signs of XML': 'Zq7&rT0k<Lm3XvB9cW',
  'an escape': 'Zq7%2BrT0kLm3XvB9cW',
}

const typed = (type: string, body: string): string => answer(body).replace('\r\n', `\r\nContent-Type: ${type}\r\n`)

for (const [name, token] of Object.entries(TOKENS))
  test(`a secret with ${name} has one placeholder, which its client may send in any spelling`, () => {
    for (const [given, give] of Object.entries(GIVEN))
      for (const [sent, send] of Object.entries(SENT)) {
        const [type, body] = give(token)
        const plain = oneConnection('http://api.test', (connection) =>
          connection
            .sent(requestOf('POST /login'))
            .received(typed(type, Buffer.from(body).toString('latin1')))
            .sent(send(token))
            .received(answer('me')),
        )
        const { cassette, report } = redactCassette(plain)
        expect(report.placeholders, `${given} and ${sent}`).toHaveLength(1)
        const [placeholder = ''] = report.placeholders
        expect(player(cassette)(send(placeholder)), `${given} and ${sent}`).toBe(1)
      }
  })

test('what a value means is the same for each of its spellings, and not for another value', () => {
  for (const token of Object.values(TOKENS)) {
    const spellings = [
      token,
      percent(token),
      percent(percent(token)),
      escaped(token),
      html(token),
      stringify(token).slice(1, -1),
    ]
    expect(new Set(spellings.map(meaningOf)).size, token).toBe(1)
    expect(meaningOf(`${token}x`)).not.toBe(meaningOf(token))
  }
  expect(meaningOf('a+b')).toBe(meaningOf('a%20b'))
  expect(meaningOf('é')).toBe(meaningOf('%C3%A9'))
  expect(meaningOf('\u20ac')).toBe(meaningOf('\xe2\x82\xac'))
  expect(meaningOf('%'.repeat(50_000))).toBe('%'.repeat(50_000))
})
