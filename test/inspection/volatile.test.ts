import { expect, test } from '../helpers/test.ts'
import type { Change } from '../../src/inspection/content-changes.ts'
import { DEFAULT_RULES, hasBothOfOneType, isVolatile, parseVolatileRule } from '../../src/inspection/volatile.ts'

const REQUEST = { method: 'GET', target: '/a' }
const UUIDS = ['1b4e28ba-2fa1-4d3b-8a5e-0a1b2c3d4e5f', '9c4e28ba-2fa1-4d3b-8a5e-0a1b2c3d4e5f'] as const

const changed = (field: string, before: string | undefined, after: string | undefined): Change => ({
  kind: 'value',
  field,
  before,
  after,
})
const header = (
  before: string | undefined,
  after: string | undefined,
  change: 'value' | 'case' = 'value',
  field = 'headers',
): Change => ({ kind: 'header', field, change, before, after })
const json = (before: string | undefined, after: string | undefined, path = '$.a', field = 'body'): Change => ({
  kind: 'json',
  field,
  path,
  before,
  after,
})
const lines = (...hunks: readonly (readonly string[])[]): Change => ({
  kind: 'lines',
  field: 'body',
  hunks: hunks.map((some) => ({ before: 1, after: 1, lines: some })),
})
const drawnAnew = (change: Change): boolean => isVolatile(change, [], REQUEST)

// oxfmt-ignore
const FORMS: readonly (readonly [name: string, one: string, other: string])[] = [
  ['an id', ...UUIDS],
  ['an id in capitals', UUIDS[0].toUpperCase(), UUIDS[1]],
  ['a time', '2026-01-02T03:04', '2027-11-12T13:14:15.123456+02:00'],
  ['a time with a blank and a comma', '2026-01-02 03:04:05,1', '2026-01-02 03:04:05Z'],
  ['a time with an offset that has no colon', '2026-01-02T03:04:05-0700', '2026-01-02T03:04:05Z'],
  ['a date', 'Mon, 05 Jan 2026 03:04:05 GMT', 'Sunday, 06-Jan-26 03:04:05 GMT'],
  ['a ULID', '01ARZ3NDEKTSV4RRFFQ69G5FAV', '7ZZZZZZZZZZZZZZZZZZZZZZZZZ'],
  ['hexadecimal', '0123456789abcdef', 'ABCDEF01234567890ABCDEF012'],
  ['seconds', '1000000000', '2999999999'],
  ['milliseconds', '1700000000000', '1700000000'],
  ['seconds with a fraction', '1700000000.123', '1700000000'],
]

// oxfmt-ignore
const NOT: readonly (readonly [name: string, one: string, other: string])[] = [
  ['a word', 'red', 'blue'],
  ['an id that is too long', `${UUIDS[0]}a`, `${UUIDS[1]}b`],
  ['a day without a time', '2026-01-02', '2026-01-03'],
  ['a date of another zone', 'Mon, 05 Jan 2026 03:04:05 CET', 'Mon, 05 Jan 2026 03:04:06 CET'],
  ['a ULID that is too large', '81ARZ3NDEKTSV4RRFFQ69G5FAV', '8ZZZZZZZZZZZZZZZZZZZZZZZZZ'],
  ['letters that could be hexadecimal', 'abcdefabcdefabcd', 'bbcdefabcdefabcd'],
  ['hexadecimal that is too short', '0123456789abcde', '1123456789abcde'],
  ['seconds before this century', '0999999999', '0999999998'],
  ['seconds after it', '3000000000', '3000000001'],
  ['a number of eleven digits', '17000000001', '17000000002'],
  ['a number that is part of a name', 'v1.1700000000', 'v1.1700000001'],
  ['seconds with a minus', '-1700000000', '-1700000001'],
  ['two forms in another order', `${UUIDS[0]} 1700000000`, `1700000000 ${UUIDS[1]}`],
]

test.describe('what is drawn anew', () => {
  for (const [name, one, other] of FORMS)
    test(`is ${name} instead of another`, () => {
      for (const [before, after] of [
        [one, other],
        [other, one],
      ] as const) {
        expect(drawnAnew(json(`"${before}"`, `"${after}"`))).toBe(true)
        expect(drawnAnew(header(`X-A: ${before}`, `X-A: ${after}`))).toBe(true)
        expect(drawnAnew(changed('url', `http://a.test/${before}?b=1`, `http://a.test/${after}?b=1`))).toBe(true)
      }
    })

  for (const [name, one, other] of NOT)
    test(`is not ${name}`, () => {
      expect(drawnAnew(json(`"${one}"`, `"${other}"`))).toBe(false)
    })

  test('is nothing that one side does not have, whose name differs, or that is the same', () => {
    const [one, other] = UUIDS
    for (const change of [
      json(undefined, `"${one}"`),
      json(`"${one}"`, undefined),
      header(undefined, `X-A: ${one}`),
      header(`X-A: ${one}`, `X-B: ${other}`),
      header(`X-A: ${one}`, `x-a: ${one}`, 'case'),
      json('"<uuid>"', `"${one}"`),
      { kind: 'bytes', field: 'body', offset: 0, before: EXCERPT, after: EXCERPT } as const,
    ])
      expect(drawnAnew(change)).toBe(false)
  })

  test('of values only the URL: a status, a reason and a framing do not hold ids', () => {
    const [one, other] = UUIDS
    for (const field of ['status', 'reason', 'body framing', 'request version', 'ending'])
      expect(drawnAnew(changed(field, `Failed as ${one}`, `Failed as ${other}`))).toBe(false)
  })

  test('are lines if all that was taken away is of the form of all that came, hunk by hunk', () => {
    const [one, other] = UUIDS
    const id = ['-id ' + one, '+id ' + other, ' same']
    expect(drawnAnew(lines(id))).toBe(true)
    expect(drawnAnew(lines(id, ['-at 1700000000', '-id ' + one, '+at 1700000001', '+id ' + other]))).toBe(true)
    expect(drawnAnew(lines(id, ['-red', '+blue']))).toBe(false)
    expect(drawnAnew(lines(['-id ' + one]))).toBe(false)
    expect(drawnAnew(lines(['-a', String.raw`\ No newline at end of file`, '+a']))).toBe(false)
  })
})

const EXCERPT = { length: 1, excerptStart: 0, excerpt: Buffer.from('a') }

const allowed = (rule: string, change: Change, request = REQUEST): boolean =>
  isVolatile(change, [parseVolatileRule(rule)], request)

test.describe('a rule', () => {
  test('for a header is for its value, in whatever section of headers, whatever the case', () => {
    const change = header('ETag: a', 'ETAG: b')
    expect(allowed('header:etag', change)).toBe(true)
    expect(allowed('header:etag', header('ETag: a', 'ETAG: b', 'value', 'request headers'))).toBe(true)
    expect(allowed('header:etag', header('ETag: a', 'ETAG: b', 'value', 'trailers'))).toBe(false)
    expect(allowed('trailer:etag', header('ETag: a', 'ETAG: b', 'value', 'interim 1 trailers'))).toBe(true)
    expect(allowed('trailer:etag', change)).toBe(false)
    expect(allowed('header:eta', change)).toBe(false)
    expect(allowed('header:etag', header('ETag: a', 'ETAG: a', 'case'))).toBe(false)
    expect(allowed('header:etag', header('ETag: a', undefined))).toBe(false)
    expect(allowed('header:headers', changed('headers', 'a', 'b'))).toBe(false)
  })

  test('for a body is for any change of one', () => {
    expect(allowed('body', json('1', '"a"'))).toBe(true)
    expect(allowed('body', lines(['-red', '+blue']))).toBe(true)
    expect(allowed('body', json('1', '2', '$', 'request body'))).toBe(true)
    expect(allowed('body', changed('body framing', 'a', 'b'))).toBe(false)
    expect(allowed('body', header('A: b', 'A: c'))).toBe(false)
  })

  // oxfmt-ignore
  const PATHS: readonly (readonly [rule: string, fits: readonly string[], not: readonly string[]])[] = [
    ['$', ['$', '$.a', '$[0]'], ['a']],
    ['$.a', ['$.a', '$.a.b', '$.a[1]'], ['$.ab', '$', '$.b.a']],
    ['$.a[*].b', ['$.a[0].b', '$.a[12].b.c'], ['$.a.b', '$.a[x].b', '$.a[0]']],
    ['$.*.b', ['$.a.b', '$.x-y.b', '$["a.b"].b', String.raw`$["a\"]"].b`], ['$.a.c.b', '$[0].b', '$.b']],
    ['$..id', ['$.id', '$.a[0].id', '$["x"].id', '$.a.id.b'], ['$.ids', '$.aid']],
    ['$.a..b', ['$.a.b', '$.a[3].c.b'], ['$.b', '$.a']],
    ['$.a+b', ['$.a+b'], ['$.aab']],
  ]
  for (const [rule, fits, not] of PATHS)
    test(`for ${rule} of JSON is for values there and below`, () => {
      expect(fits.filter((path) => !allowed(`json:${rule}`, json('1', '2', path)))).toEqual([])
      expect(not.filter((path) => allowed(`json:${rule}`, json('1', '2', path)))).toEqual([])
    })

  test('for JSON is for values of one type', () => {
    for (const [before, after] of [
      ['1', '-2'],
      ['"a"', '"b"'],
      ['true', 'false'],
      ['null', 'null'],
      ['{}', '{"a":1}'],
      ['[]', '[1]'],
    ]) {
      expect(hasBothOfOneType({ before, after })).toBe(true)
      expect(allowed('json:$.a', json(before, after))).toBe(true)
    }
    for (const [before, after] of [
      ['1', '"1"'],
      ['true', 'null'],
      ['{}', '[]'],
      [undefined, '1'],
      ['1', undefined],
    ])
      expect(allowed('json:$.a', json(before, after))).toBe(false)
    expect(allowed('json:$.a', lines(['-1', '+2']))).toBe(false)
  })

  test('may be for some requests only', () => {
    const rule = 'GET /users/* json:$.a'
    expect(allowed(rule, json('1', '2'), { method: 'GET', target: '/users/1?b' })).toBe(true)
    expect(allowed(rule, json('1', '2'), { method: 'POST', target: '/users/1' })).toBe(false)
    expect(allowed(rule, json('1', '2'), { method: 'GET', target: '/orders/users/1' })).toBe(false)
  })

  for (const text of [
    '',
    'header',
    'header:',
    'trailer',
    'json',
    'json:a',
    'body:a',
    'etag',
    'GET /a',
    'GET a body',
    'a header:b c',
  ])
    test(`is not ${JSON.stringify(text)}`, () => {
      expect(() => parseVolatileRule(text)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    })

  // oxfmt-ignore
  const ALWAYS = [
    'Date', 'Age', 'Expires', 'Server-Timing', 'X-Runtime', 'X-Response-Time', 'X-Request-Id', 'X-Correlation-Id', 'X-Trace-Id', 'Traceparent', 'CF-Ray',
    'X-Amzn-RequestId', 'X-Amzn-Trace-Id',
  ]
  test('is there for fields that differ in every answer, and for no others', () => {
    for (const name of ALWAYS) expect(isVolatile(header(`${name}: a`, `${name}: b`), DEFAULT_RULES, REQUEST)).toBe(true)
    for (const name of ['ETag', 'X-Dates', 'Content-Length'])
      expect(isVolatile(header(`${name}: a`, `${name}: b`), DEFAULT_RULES, REQUEST)).toBe(false)
  })
})
