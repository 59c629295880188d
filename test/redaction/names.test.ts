import { gzipSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'
import { K, K2, leaks } from './canaries.ts'

const k2 = Buffer.from(K2).toString('latin1')
const json2 = Buffer.from(JSON.stringify(K2)).toString('latin1')
const form = encodeURIComponent

const header = (...lines: string[]): string => request('GET', '/', '', lines)
const target = (text: string): string => request('GET', text)
const body = (method: string, type: string, content: string): string =>
  request(method, '/', content, [`Content-Type: ${type}`])
const json = (content: string): string => body('POST', 'application/json', content)
const basic = (user: string): string => `Authorization: Basic ${Buffer.from(`${user}${K}`).toString('base64')}`
const multipart = (part: string): string =>
  body('POST', 'multipart/form-data; boundary="x y"', `--x y\r\n${part}\r\n--x y--\r\n`)
const utf16 = (text: string): string => Buffer.from(text, 'utf16le').toString('latin1')
const bigEndian = (text: string): string => Buffer.from(text, 'utf16le').swap16().toString('latin1')

/** What a client sends with a secret under a name, by the ids of RELIABILITY.md. Nothing is registered. */
const REQUESTS: readonly (readonly [id: string, sent: string])[] = [
  ['S01', header(`Authorization: Bearer ${K}`, `aUTHORIZATION:\t bearer  ${K}x\t`)],
  ['S02', `GET / HTTP/1.1\r\nAuthorization: Bearer\r\n ${K}\r\n\r\n`],
  ['S04 alignment 0', header(basic('us:'))],
  ['S04 alignment 1', header(basic('u:'))],
  ['S04 alignment 2', header(basic('use:'))],
  [
    'S05',
    `CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\nProxy-Authorization: Basic ${Buffer.from(`u:${K}`).toString('base64')}\r\n\r\n`,
  ],
  ['S06', target(`http://user:${K}@h/`)],
  ['S08 name', target(`/?api%5Fkey=${K}`)],
  ['S08 value', target(`/?access_token=${Array.from(K, (char) => `%${char.charCodeAt(0).toString(16)}`).join('')}`)],
  ['S08 double', target(`/?next=%2F%3Ftoken%3D${form(form(K2))}&token=${form(K2)}`)],
  ['a name behind a backslash', json(String.raw`{"log":"a cut piece \"token": "${K}"`)],
  ['a name with a quote in it', json(String.raw`{"my \"secret\"" : "${K}"}`)],
  ['S09 semicolon', target(`/?a=1;api_key=${K}`)],
  ['S09 repeated', target(`/?api_key=x&api_key=${K}`)],
  ['S09 brackets', target(`/?auth[token]=${K}`)],
  ['S12', header(`Cookie: a=1; sid=${K}; b=2`)],
  ['S12 quoted', header(`Cookie: sid="${K}"`)],
  ...[
    'x-api-key',
    'api-key',
    'x-goog-api-key',
    'x-auth-token',
    'x-amz-security-token',
    'x-vault-token',
    'private-token',
  ].map((name) => [`S13 ${name}`, header(`${name}: ${K}`)] as const),
  ...['openai-organization', 'anthropic-organization-id', 'X-CSRF-Token', 'X-Session-ID', 'apiKey', 'X_Api_Key'].map(
    (name) => [`S13 ${name}`, header(`${name}: ${K}`)] as const,
  ),
  ['S16 charset', body('POST', 'application/json; charset=utf-8', `{"password":"${K}"}`)],
  ['S16 +json', body('POST', 'application/problem+json', `{"a":[{"client_secret":"${K}"}]}`)],
  ['S16 text', body('POST', 'text/plain', `{"apiKey": "${K}"}`)],
  ...['PUT', 'PATCH', 'DELETE', 'GET'].map(
    (method) => [`S17 ${method}`, body(method, 'application/json', `{"password":"${K}"}`)] as const,
  ),
  ['S18 \\u', json(String.raw`{"pass\u0077ord":"\u0063${K.slice(1)}"}`)],
  ['S18 escapes', json(`{"password":${json2}}`)],
  [
    'S18 in a string',
    json(JSON.stringify({ body: JSON.stringify({ password: K, b: JSON.stringify({ secret: `${K}2` }) }) })),
  ],
  ['S18 nested', json(`{"credentials":{"a":["${K}",{"b":"${K}z"}]}}`)],
  ['S18 cut off', 'POST / HTTP/1.1\r\nContent-Length: 99\r\n\r\n{"password":"' + K],
  ['S20 NDJSON', body('POST', 'application/x-ndjson', `{"a":1}\n{"token":"${K}"}\n`)],
  ['S20 JSON-seq', body('POST', 'application/json-seq', `\x1e{"token":"${K}"}\n`)],
  ['S21', body('POST', 'application/x-www-form-urlencoded', `password=${K}&x=1`)],
  ['S21 name', body('POST', 'application/x-www-form-urlencoded', `pass%77ord=${K}&x=1`)],
  ['S21 value', body('POST', 'application/x-www-form-urlencoded', `x=1&password=${form(K2)}`)],
  ['S22 field', multipart(`Content-Disposition: form-data; name="password"\r\n\r\n${k2}`)],
  ['S22 file', multipart(`Content-Disposition: form-data; name="f"; filename="a.json"\r\n\r\n{"token":"${K}"}`)],
  [
    'S22 base64',
    multipart(
      `Content-Disposition: form-data; name="f"\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(`{"token":"${K}"}`).toString('base64')}`,
    ),
  ],
  ['S33', json(`{"data":"${Buffer.from(`{"password":"${K}"}`).toString('base64url')}"}`)],
  ['S33 between dashes', header(`X-Trace: before-${Buffer.from(`{"password":"${K}?>"}`).toString('base64')}-after`)],
  [
    'S34',
    json(
      `{"x":"${[`{"alg":"HS256"}`, `{"sub":"${K}"}`, 'sig-sig-sig'].map((part) => Buffer.from(part).toString('base64url')).join('.')}"}`,
    ),
  ],
  ['S36 UTF-16LE', body('POST', 'application/json', utf16(`{"password":"${K}"}`))],
  ['S36 UTF-16BE', body('POST', 'application/json', bigEndian(`\ufeff{"password":"${K}"}`))],
  ['S36 BOM', body('POST', 'application/json', `\xef\xbb\xbf{"password":"${K}"}`)],
  ['S37', body('POST', 'text/html', `<input type="hidden" name="csrf_token" value="&#99;${K.slice(1)}">`)],
  ['XML', body('POST', 'text/xml', `<a:login><a:Password>${K}</a:Password></a:login>`)],
  ['XML CDATA', body('POST', 'text/xml', `<l><Password>x<![CDATA[${K}]]></Password></l>`)],
  ['XML cut off in a CDATA section', body('POST', 'text/xml', `<l><Password><![CDATA[${K}`)],
  ['XML cut off in an inner element', body('POST', 'text/xml', `<l><Password><value>${K}`)],
  ['XML cut off in the end tag', body('POST', 'text/xml', `<l><Password>${K}</Pass`)],
  ['XML inner', body('POST', 'text/xml', `<l><password><!-- > --><value enc="a">${K}</value></password></l>`)],
  ['XML cut off', body('POST', 'text/xml', `<l><password>${K}`)],
  ['JavaScript', body('POST', 'text/javascript', `window.config = {debug: 1, apiKey: '${K}', token: "${K}z"};`)],
  ['Python', body('POST', 'text/plain', `{'api_key': '${K}'}`)],
  ['GraphQL', json(JSON.stringify({ query: `mutation { login(user: "u", password: "${K}") { id } }` }))],
  ['a pair of members', json(`{"parameters":[{"key":"password","value":"${K}"}]}`)],
  ['a form behind a BOM', body('POST', 'text/plain', `\xef\xbb\xbftoken=${K}`)],
  ['an argument of curl', body('POST', 'text/plain', `$ curl -H 'Authorization: Bearer ${K}' -H "X-Api-Key: ${K}z"`)],
  ['a parameter of a structured field', header(`X-Signed: a;token="${K}", b;secret=${K}z`)],
  ['S57', header(`Authorization: AWS4-HMAC-SHA256 Credential=x/y, SignedHeaders=host, Signature=${K}`)],
  ['S57 query', target(`/?X-Amz-Credential=${K}&X-Amz-Security-Token=${K}a&X-Amz-Signature=${K}b`)],
  ['S40 text', `garbage\r\nSet-Cookie: sid=${K}\r\n`],
]

test.describe('a secret under a name is found in a request, and where the answer repeats it', () => {
  for (const [id, sent] of REQUESTS) {
    test(id, () => {
      const { cassette, report } = redactCassette(exchange(sent, answer('{}')))
      expect(report.placeholders).not.toEqual([])
      for (const secret of [K, K2]) expect(leaks(cassette, secret)).toBe(false)

      // S38: what was removed once is removed everywhere.
      const secret = sent.includes(K) || !id.startsWith('S08 double') ? K : K2
      const echo = redactCassette(exchange(sent, answer(`{"echo":"${secret}"}`)))
      const isKnown = !/S18 escapes|S21 value|S33 between|S22 field|S34/.test(id)
      if (isKnown) expect(leaks(echo.cassette, secret)).toBe(false)
    })
  }
})

/** What a server sends. */
const ANSWERS: readonly (readonly [id: string, received: string | string[]])[] = [
  ['S12', `HTTP/1.1 200 OK\r\nSet-Cookie: sid="${K}"; Path=/; HttpOnly\r\nContent-Length: 0\r\n\r\n`],
  ['S20 in five segments', ['HTTP/1.1 200 OK\r\n\r\nda', `ta: {"tok`, `en":"${K.slice(0, 5)}`, K.slice(5), '"}\n\n']],
  [
    'S24',
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n{"token":"\r\ne\r\n${K.slice(0, 14)}\r\ne\r\n${K.slice(14)}\r\n2\r\n"}\r\n0\r\n\r\n`,
  ],
  ['S26 trailer', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Auth-Token: ' + K + '\r\n\r\n'],
  ['S40', `garbage\r\nSet-Cookie: sid=${K}`],
  ['S28', answer(gzipSync(`{"token":"${K}"}`).toString('latin1')).replace('\r\n', '\r\nContent-Encoding: gzip\r\n')],
]

test.describe('a secret under a name is found in an answer', () => {
  for (const [id, received] of ANSWERS) {
    test(id, () => {
      const cassette = exchange(request('GET', '/'), ...[received].flat())
      const redacted = redactCassette(cassette).cassette
      expect(leaks(redacted, K)).toBe(false)
      expect(redacted).not.toEqual(cassette)
    })
  }
})

test.describe('what is no secret stays', () => {
  const KEPT: readonly (readonly [what: string, from: string, to: string])[] = [
    ['the scheme of credentials', `Authorization: Bearer ${K}`, 'Authorization: Bearer {{authorization.1}}'],
    ['names of cookies', `Cookie: sid=${K}; b=xyz9Q2`, 'Cookie: sid={{cookie.1}}; b={{cookie.2}}'],
    ['a cookie that is a word', `Cookie: sid=${K}; theme=dark`, 'Cookie: sid={{cookie.1}}; theme=dark'],
    ['what stands around', `X-Foo: a?token=${K}&b=c`, 'X-Foo: a?token={{token.1}}&b=c'],
    ['a scheme that nobody knows', `Authorization: AWS4 a=b, c=d`, 'Authorization: AWS4 {{authorization.1}}'],
  ]
  for (const [what, from, to] of KEPT) {
    test(what, () => expect(textOf(redactCassette(exchange(header(from), answer(''))).cassette)).toContain(`${to}\r\n`))
  }

  const ORDINARY = [
    '<p>Write <password> and <user> where they belong, or <token> for <b>both</b>.</p>',
    '<sessions><session><user>ann</user><state>idle</state></session></sessions>',
    '<token type="identifier">count</token><token><type>word</type></token>',
    `const label = { password: 'Your password', token: 'name', tokens: [1, 2], sessionLimit: "20 minutes" }`,
    `{ key: 'name', value: "Ann", note: 'the token: "x"' }`,
    `He said: "no token", she: 'the session'.`,
  ]
  for (const text of ORDINARY) {
    test(text, () =>
      expect(textOf(redactCassette(exchange(request('GET', '/'), answer(text))).cassette)).toContain(text),
    )
  }

  test('attributes of a cookie', () => {
    const received = `HTTP/1.1 200 OK\r\nSet-Cookie: sid="${K}"; Path=/; HttpOnly\r\nContent-Length: 0\r\n\r\n`
    const text = textOf(redactCassette(exchange(request('GET', '/'), received)).cassette)
    expect(text).toContain('Set-Cookie: sid="{{cookie.1}}"; Path=/; HttpOnly\r\n')
  })
})

test('one secret has one placeholder, others have others', () => {
  const sent = header(`Authorization: Bearer ${K}`, `X-Api-Key: ${K}`, `X-Auth-Token: ${K}2`, `Cookie: a=${K}3`)
  const { cassette, report } = redactCassette(exchange(sent, answer('')))
  expect(textOf(cassette)).toContain(
    'Bearer {{authorization.1}}\r\nX-Api-Key: {{authorization.1}}\r\nX-Auth-Token: {{token.1}}\r\nCookie: a={{cookie.1}}\r\n',
  )
  expect(report.placeholders).toEqual(['{{authorization.1}}', '{{token.1}}', '{{cookie.1}}'])
})

test('S50: a placeholder that was there before is not given to another secret', () => {
  const { cassette } = redactCassette(exchange(header('X-Note: {{token.1}}', `X-Auth-Token: ${K}`), answer('')))
  expect(textOf(cassette)).toContain('X-Auth-Token: {{token.2}}')
})

test('S45: digests and the tag of a changed body go, of others they stay', () => {
  const fields = 'ETag: "abc"\r\nContent-MD5: x\r\nContent-Digest: sha-256=:eA==:\r\nRepr-Digest: y\r\nDigest: z\r\n'
  const receive = (content: string): string =>
    textOf(redactCassette(exchange(request('GET', '/'), answer(content).replace('\r\n', `\r\n${fields}`))).cassette)
  expect(receive(`{"token":"${K}"}`)).toContain(
    '200 OK\r\nETag: "{{etag.1}}"\r\nContent-Length: 23\r\n\r\n{"token":"{{token.1}}"}',
  )
  expect(receive('{"a":"b"}')).toContain(fields)
})

test.describe('bytes that are no HTTP are searched as they stand, keep their length and are named', () => {
  const OPAQUE: readonly (readonly [id: string, received: string, offset: number])[] = [
    ['S40 garbage', `garbage ${K}`, 0],
    ['S41 tunnel', `HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x1c${K}`, 36],
  ]
  for (const [id, received, offset] of OPAQUE) {
    test(id, () => {
      const before = exchange(request('GET', '/'), received)
      const { cassette, report } = redactCassette(before, { secrets: [K] })
      expect(leaks(cassette, K)).toBe(false)
      expect(report.opaque).toMatchObject([{ connection: 1, direction: 'received', offset, isWithheld: false }])
      expect(textOf(cassette)).toHaveLength(textOf(before).length)
    })
  }
})

test('S48: a value under eight characters cannot be registered, an absent one is left out', () => {
  const cassette = exchange(request('GET', '/'), answer('true'))
  for (const secret of ['', 'a', 'true', '1234567'])
    expect(() => redactCassette(cassette, { secrets: [secret] })).toThrow(
      expect.objectContaining({ code: 'SECRET_TOO_SHORT' }),
    )
  expect(redactCassette(cassette, { secrets: [undefined] }).cassette).toEqual(cassette)
})

test('S49: of overlapping secrets nothing is left', () => {
  const cassette = exchange(request('GET', `/${K}x/${K}/abcdabcdabcdabcd/`), answer(''))
  const { cassette: redacted } = redactCassette(cassette, { secrets: [K, `${K}x`, 'abcdabcd'] })
  expect(textOf(redacted)).toContain('GET /{{secret.1}}/{{secret.2}}/{{secret.3}}/ HTTP')
})

test('variables of the environment that look like secrets are registered, others are not', () => {
  const env = { OPENAI_API_KEY: K, HOME: '/home/somebody', PATH_TOKEN_FILE: '/run/secrets/token1', SHORT_TOKEN: 'abc' }
  const cassette = exchange(request('GET', `/${K}/home/somebody/run/secrets/token1/abc`), answer(''))
  expect(textOf(redactCassette(cassette, { env }).cassette)).toContain(
    'GET /{{env.1}}/home/somebody/run/secrets/token1/abc ',
  )
})

test('the message of a failure is redacted', () => {
  const failure = { code: 'CONNECT_FAILED', phase: 'tcp', message: `no route for ${K}` } as const
  const cassette = oneConnection('http://api.test', (connection) => connection.closed('client', failure))
  expect(leaks(redactCassette(cassette, { secrets: [K] }).cassette, K)).toBe(false)
})

test.describe('S56: what has the form of a secret goes without a name', () => {
  const upper = (length: number): string => random(length).toUpperCase()
  const hex = (length: number): string => random(length, '0123456789abcdef')
  // Put together here, so that no scanner of secrets takes this file for a leak.
  const MADE: readonly (readonly [prefix: string, rest: string])[] = [
    ['AKIA', upper(16)],
    ['ASIA', upper(16)],
    ['ghp_', random(36)],
    ['gho_', random(36)],
    ['ghs_', random(36)],
    ['github_pat_', random(60)],
    ['glpat-', random(20)],
    ['xoxb-', random(30)],
    ['xoxp-', random(30)],
    ['sk-', random(40)],
    ['sk-ant-api03-', random(60)],
    ['sk_live_', random(24)],
    ['rk_test_', random(24)],
    ['whsec_', random(32)],
    ['AIza', random(35)],
    ['ya29.', random(60)],
    ['GOCSPX-', random(28)],
    ['SG.', `${random(22)}.${random(43)}`],
    ['npm_', random(36)],
    ['pypi-', random(80)],
    ['dckr_pat_', random(27)],
    ['dop_v1_', hex(64)],
    ['hf_', random(34)],
    ['gsk_', random(52)],
    ['hvs.', random(24)],
    ['shpat_', hex(32)],
    ['PMAK-', `${hex(24)}-${hex(34)}`],
    ['lin_api_', random(40)],
    ['NRAK-', upper(27)],
    ['dapi', hex(32)],
    ['glsa_', `${random(32)}_${hex(8)}`],
    ['eyJ', `hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.${random(43)}`],
    ['-----BEGIN RSA PRIVATE', ` KEY-----\n${random(64)}\n${random(64)}\n-----END RSA PRIVATE KEY-----`],
  ]
  /** What clients take apart keeps its form. */
  const SHOWN: Readonly<Record<string, RegExp>> = {
    eyJ: /<p>use eyJ[\w-]+\.eyJ[\w-]+\.e3tqd3QuMX19 here<\/p>/,
    '-----BEGIN RSA PRIVATE':
      /<p>use -----BEGIN RSA PRIVATE KEY-----\n\{\{private-key\.1\}\}\n-----END RSA PRIVATE KEY----- here<\/p>/,
  }
  for (const [prefix, rest] of MADE) {
    test(prefix, () => {
      const cassette = exchange(request('GET', '/'), answer(`<p>use ${prefix}${rest} here</p>`))
      expect(textOf(redactCassette(cassette).cassette)).toMatch(SHOWN[prefix] ?? /<p>use \{\{[a-z-]+\.1\}\} here<\/p>/)
    })
  }
})

function exchange(sent: string, ...received: string[]): Cassette {
  return oneConnection('http://api.test', (connection) => connection.sent(sent).received(...received))
}

function textOf({ tape }: Cassette): string {
  return tape.map((event) => ('bytes' in event ? Buffer.from(event.bytes).toString('latin1') : '')).join('')
}

function random(length: number, chars = 'aB3dE6gH9jK2mN5pQ8sT'): string {
  return Array.from({ length }, (_, i) => chars[(i * 7 + 3) % chars.length]).join('')
}
