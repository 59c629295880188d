import { deflateSync, gzipSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import type { MatchList } from '../../src/matching/match-on.ts'
import { isAnswered, player, recordingOf, requestOf } from './own-client.ts'

const JSON_TYPE = 'Content-Type: application/json'
const FORM_TYPE = 'Content-Type: application/x-www-form-urlencoded'
const K = 'hunter2-Hunter2-zQ9'
const OTHER = 'swordfish-Swordfish-7xW1'

/** Requests with a secret under a name that says so, each as a function of the secret and of something that is none. */
const FORMS: Readonly<Record<string, (secret: string, other: string) => string>> = {
  'gzip with JSON': (secret, other) =>
    requestOf(
      'POST /',
      [JSON_TYPE, 'Content-Encoding: gzip'],
      gzipSync(JSON.stringify({ password: secret, a: other })),
    ),
  'gzip of another level': (secret, other) =>
    requestOf(
      'POST /',
      [JSON_TYPE, 'Content-Encoding: gzip'],
      gzipSync(JSON.stringify({ password: secret, a: other }), { level: 1 }),
    ),
  'deflate with JSON': (secret, other) =>
    requestOf(
      'POST /',
      [JSON_TYPE, 'Content-Encoding: deflate'],
      deflateSync(JSON.stringify({ password: secret, a: other })),
    ),
  'base64 of JSON in JSON': (secret, other) =>
    requestOf(
      'POST /',
      [JSON_TYPE],
      JSON.stringify({ data: Buffer.from(JSON.stringify({ password: secret, a: other })).toString('base64') }),
    ),
  'base64 in a query': (secret, other) =>
    requestOf(
      `GET /?d=${encodeURIComponent(Buffer.from(JSON.stringify({ password: secret, a: other })).toString('base64'))}`,
    ),
  'quotes in JSON': (secret, other) =>
    requestOf('POST /', [JSON_TYPE], JSON.stringify({ password: `${secret}"quoted"`, a: other })),
  'a hash in a form': (secret, other) =>
    requestOf('POST /', [FORM_TYPE], `password=${encodeURIComponent(`${secret}#1`)}&a=${other}`),
  'a hash in a form that is not escaped': (secret, other) =>
    requestOf('POST /', [FORM_TYPE], `password=${secret}#1&a=${other}`),
  'a key of several lines': (secret, other) =>
    requestOf(
      'POST /',
      [JSON_TYPE],
      JSON.stringify({
        private_key: `-----BEGIN PRIVATE KEY-----\n${secret}\n${secret}\n-----END PRIVATE KEY-----\n`,
        a: other,
      }),
    ),
  'UTF-16': (secret, other) =>
    requestOf(
      'POST /',
      ['Content-Type: application/json; charset=utf-16le'],
      Buffer.from(JSON.stringify({ password: secret, a: other }), 'utf16le'),
    ),
  XML: (secret, other) =>
    requestOf('POST /', ['Content-Type: text/xml'], `<r><password>${secret}</password><a>${other}</a></r>`),
  'a part of multipart': (secret, other) => {
    const boundary = `b${secret.length}`
    return requestOf(
      'POST /',
      [`Content-Type: multipart/form-data; boundary=${boundary}`],
      `--${boundary}\r\nContent-Disposition: form-data; name="password"\r\n\r\n${secret}\r\n--${boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n${other}\r\n--${boundary}--\r\n`,
    )
  },
}

for (const [name, write] of Object.entries(FORMS))
  test(`B1: ${name} replays itself, and with another secret`, () => {
    const recorded = write(K, 'x')
    expect(isAnswered(recorded, recorded), 'itself').toBe(true)
    expect(isAnswered(recorded, write(OTHER, 'x')), 'another secret').toBe(true)
    expect(isAnswered(recorded, write(K, 'y')), 'another request').toBe(false)
  })

/** Requests that mean the same, and ones that do not. */
const SAME: readonly (readonly [name: string, one: string, other: string, matchOn?: MatchList])[] = [
  ['fields of a form in another order', form('a=1&b=2'), form('b=2&a=1')],
  ['blanks in a form', form('a=x+y'), form('a=x%20y')],
  ['NDJSON', ndjson('{"a":1,"b":2}\n{"c":3}'), ndjson('{"b": 2, "a": 1}\r\n{"c":3}\n')],
  ['JSON behind a byte order mark', json('{"a":1}'), json('\xef\xbb\xbf{"a":1}')],
  ['JSON that says it is a form', form('{"a":1,"b":2}'), form('{"b":2,"a":1}')],
  ['parts in another order', multipart('b', ['a', '1'], ['c', '2']), multipart('other', ['c', '2'], ['a', '1'])],
  ['gzip of another level', gzipped('{"a":1}', 9), gzipped('{ "a": 1 }', 1)],
  ...['ISO-8859-1', 'utf-16', 'utf-16le', 'utf8mb4', 'klingon', '"'].map((charset): (typeof SAME)[number] => [
    `JSON whose charset is said to be ${charset}`,
    requestOf('POST /', [`${JSON_TYPE}; charset=${charset}`], '{"a":"\xc3\xa9","b":1}'),
    requestOf('POST /', [`${JSON_TYPE}; charset=${charset}`], '{ "b": 1, "a": "\\u00e9" }'),
  ]),
  [
    'a place that is ignored inside gzip',
    gzipped('{"a":1,"at":1}', 9),
    gzipped('{"a":1,"at":2}', 9),
    ['method', 'url', { body: { ignore: ['$.at'] } }],
  ],
  ['a boundary in a boundary', batch('one', 'two'), batch('three', 'four')],
  ['the folder of a file', file('/tmp/x7/a.png'), file('/tmp/y8/a.png')],
  ['escapes of what needs none', 'GET /s/~ada?q=%7e', 'GET /s/%7Eada?q=~'],
  ['digits of escapes in small letters', 'GET /caf%c3%a9?q=caf%c3%a9', 'GET /caf%C3%A9?q=caf%C3%A9'],
  ['what may not stand in a URL', 'GET /?filter[name]=a', 'GET /?filter%5Bname%5D=a'],
  ['dot segments', 'GET /a/./b/../c', 'GET /a/c'],
  ['a blank in a query, decoded', 'GET /?q=a+b', 'GET /?q=a%20b', ['method', { url: 'decoded' }, 'body']],
]

const DIFFERENT: typeof SAME = [
  ['a slash that is escaped', 'GET /a%2Fb', 'GET /a/b'],
  ['a slash that is escaped, decoded', 'GET /a%2Fb', 'GET /a/b', ['method', { url: 'decoded' }]],
  ['a plus and a blank', 'GET /?q=a+b', 'GET /?q=a%20b'],
  ['an ampersand that is escaped', 'GET /?q=a%26b', 'GET /?q=a&b'],
  ['spellings of a URL where these count', 'GET /~a', 'GET /%7Ea', ['method', { url: 'spelled' }]],
  ['gzip of another level as bytes', gzipped('{"a":1}', 9), gzipped('{ "a": 1 }', 1), ['method', { body: 'bytes' }]],
  ['values of one name in another order', form('a=1&a=2'), form('a=2&a=1')],
  ['documents in another order', ndjson('{"a":1}\n{"b":2}'), ndjson('{"b":2}\n{"a":1}')],
  ['a number and a text', json('{"a":1}'), json('{"a":"1"}')],
  ['another file', file('/tmp/a.png'), file('/tmp/b.png')],
  ['long numbers', json('{"a":12345678901234567890}'), json('{"a":12345678901234567891}')],
]

for (const [name, one, other, matchOn] of SAME)
  test(`are the same: ${name}`, () => {
    expect(isAnswered(whole(one), whole(other), [], matchOn)).toBe(true)
    expect(isAnswered(whole(other), whole(one), [], matchOn)).toBe(true)
  })

for (const [name, one, other, matchOn] of DIFFERENT)
  test(`are not the same: ${name}`, () => {
    expect(isAnswered(whole(one), whole(other), [], matchOn)).toBe(false)
    expect(isAnswered(whole(other), whole(one), [], matchOn)).toBe(false)
    expect(isAnswered(whole(one), whole(one), [], matchOn)).toBe(true)
  })

test.describe('B18: header fields choose between requests that are the same otherwise', () => {
  for (const field of [
    'Range: bytes=0-',
    'SOAPAction: urn:',
    'X-Amz-Target: Dynamo.',
    'Depth: ',
    'Accept-Language: x-',
    'X-Tenant: t',
    'Accept: text/',
  ])
    test(field, () => {
      const requests = ['1', '2', '3'].map((value) =>
        requestOf('POST /', [`${field}${value}`, 'X-Request-Id: 8f1e6a3c-2222-4bbb-9ccc-abcdefabcdef'], '{}'),
      )
      const ask = player(recordingOf(requests))
      expect([2, 0, 1].map((index) => ask(requests[index] ?? ''))).toEqual([2, 0, 1])
    })

  test('a range that was never recorded is a miss', () => {
    expect(isAnswered(range('0-9'), range('10-19'))).toBe(false)
    expect(isAnswered(range('0-9'), requestOf('GET /'))).toBe(false)
    expect(isAnswered(range('0-9'), range('10-19'), [], ['method', 'url', { headers: ['Accept'] }])).toBe(true)
  })

  test('values that are new in each request do not', () => {
    const ask = player(recordingOf([at('8f1e6a3c22224bbb', 'a'), at('9f1e6a3c22224bbb', 'b')]))
    expect([ask(at('1111111122224bb1', 'b')), ask(at('2222222222224bb2', 'a'))]).toEqual([1, 0])
  })
})

test.describe('values are known from what came before', () => {
  test('B4: a placeholder of the cassette stands for itself, however it is written', () => {
    const cassette = recordingOf([get('aB3dE6gH9jK2mN5pQ8sT'), get('zY9xW8vU7tS6rQ5pO4nM')])
    for (const written of ['{{token.2}}', '%7B%7Btoken.2%7D%7D', '%7b%7btoken%2e2%7d%7d'])
      expect(player(cassette)(get(written)), written).toBe(1)
    const ask = player(cassette)
    expect([ask(get('{{token.2}}')), ask(get('{{token.2}}')), ask(get('{{token.1}}'))]).toEqual([1, undefined, 0])
  })

  test('the same value is the same user', () => {
    const [a, b] = ['aB3dE6gH9jK2mN5pQ8sT', 'zY9xW8vU7tS6rQ5pO4nM']
    const ask = player(recordingOf([get(a, '/login'), get(b, '/login'), get(a), get(a), get(b)]))
    const [x, y] = ['Live-Value-0123456789', 'Live-Value-9876543210']
    expect([ask(get(x, '/login')), ask(get(y, '/login'))]).toEqual([0, 1])
    expect([ask(get(y)), ask(get(x)), ask(get(x))]).toEqual([4, 2, 3])
  })

  test('a number replays itself', () => {
    expect(isAnswered(withCode(123456, 1), withCode(123456, 1))).toBe(true)
    expect(isAnswered(withCode(123456, 1), withCode(654321, 1))).toBe(true)
    expect(isAnswered(withCode(123456, 1), withCode(123456, 2))).toBe(false)
  })
})

function form(body: string): string {
  return requestOf('POST /', [FORM_TYPE], body)
}

function json(body: string): string {
  return requestOf('POST /', [JSON_TYPE], body)
}

function ndjson(body: string): string {
  return requestOf('POST /', ['Content-Type: application/x-ndjson'], body)
}

function gzipped(body: string, level: number): string {
  return requestOf('POST /', [JSON_TYPE, 'Content-Encoding: gzip'], gzipSync(body, { level }))
}

function multipart(boundary: string, ...parts: readonly (readonly [name: string, value: string])[]): string {
  const all = parts.map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  return requestOf(
    'POST /',
    [`Content-Type: multipart/form-data; boundary=${boundary}`],
    `${all.join('')}--${boundary}--\r\n`,
  )
}

function file(path: string): string {
  return requestOf(
    'POST /',
    ['Content-Type: multipart/form-data; boundary=b'],
    `--b\r\nContent-Disposition: form-data; name="f"; filename="${path}"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--b--\r\n`,
  )
}

function batch(outer: string, inner: string): string {
  const request = 'POST /users HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{"a":1}'
  const set = `--${inner}\r\nContent-Type: application/http\r\n\r\n${request}\r\n--${inner}--\r\n`
  return requestOf(
    'POST /$batch',
    [`Content-Type: multipart/mixed; boundary=${outer}`],
    `--${outer}\r\nContent-Type: multipart/mixed; boundary=${inner}\r\n\r\n${set}\r\n--${outer}--\r\n`,
  )
}

/** A request line alone is a request without anything else. */
const whole = (request: string): string => (request.includes('\r\n') ? request : requestOf(request))

const range = (value: string): string => requestOf('GET /', [`Range: bytes=${value}`])

const at = (id: string, tenant: string): string => requestOf('GET /', [`X-Request-Id: ${id}`, `X-Tenant: ${tenant}`])

const get = (token: string, path = '/me'): string => requestOf(`GET ${path}?access_token=${token}`)

const withCode = (otp: number, n: number): string => requestOf('POST /', [JSON_TYPE], JSON.stringify({ otp, n }))
