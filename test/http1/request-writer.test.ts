import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import type { ErrorCode } from '../../src/errors.ts'
import type { FieldLine } from '../../src/http1/events.ts'
import { RequestParser } from '../../src/http1/request-parser.ts'
import { type BodyPlan, chunkHead, lastChunk, planRequest } from '../../src/http1/request-writer.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import { read } from '../helpers/trace.ts'
import { countOf } from '../helpers/share.ts'

/** A request with all that is not under test filled in. */
interface Asked {
  readonly method?: string
  readonly target?: string
  readonly fields?: readonly (readonly [name: string, value: string])[]
  /** Bytes of the body; `null`: not known, absent: there is none. */
  readonly body?: number | null
}

const SMUGGLED = 'x\r\n\r\nGET /2 HTTP/1.1'

/** What could be read as another request than the one asked for (RFC 9112 section 11.2). */
// oxfmt-ignore
const REFUSED: readonly (readonly [what: string, asked: Asked, code: ErrorCode])[] = [
  ['an empty method',                          { method: '' },                                   'INVALID_METHOD'],
  ['a method with a space',                    { method: 'GET /' },                              'INVALID_METHOD'],
  ['a method with a request in it',            { method: 'GET / HTTP/1.1\r\nX: 1' },             'INVALID_METHOD'],
  ['a method that ends in LF',                 { method: 'GET\n' },                              'INVALID_METHOD'],
  ['a method that is not ASCII',               { method: 'GÉT' },                                'INVALID_METHOD'],
  ['an empty target',                          { target: '' },                                   'INVALID_PATH'],
  ['a target with a space',                    { target: '/a b' },                               'INVALID_PATH'],
  ['a target with CRLF',                       { target: '/a\r\nX: 1' },                         'INVALID_PATH'],
  ['a target that ends in LF',                 { target: '/a\n' },                               'INVALID_PATH'],
  ['a target with a tab',                      { target: '/a\tb' },                              'INVALID_PATH'],
  ['a target with NUL',                        { target: '/a\0' },                               'INVALID_PATH'],
  ['a target with DEL',                        { target: '/a\x7f' },                             'INVALID_PATH'],
  ['a target that is not ASCII',               { target: '/é' },                                 'INVALID_PATH'],
  ['a target that is CRLF once cut to bytes',  { target: '/\u010d\u010aX:1' },                   'INVALID_PATH'],
  ['an empty name',                            { fields: [['', '1']] },                          'INVALID_HEADER_NAME'],
  ['a name with a space',                      { fields: [['a b', '1']] },                       'INVALID_HEADER_NAME'],
  ['a name with a colon',                      { fields: [['a:', '1']] },                        'INVALID_HEADER_NAME'],
  ['a name with CRLF',                         { fields: [['a\r\nb', '1']] },                    'INVALID_HEADER_NAME'],
  ['a name that is not ASCII',                 { fields: [['é', '1']] },                         'INVALID_HEADER_NAME'],
  ['a value with CRLF',                        { fields: [['a', 'b\r\nX-Evil: 1']] },            'INVALID_HEADER_VALUE'],
  ['a value with a whole request',             { fields: [['Content-Type', SMUGGLED]] },         'INVALID_HEADER_VALUE'],
  ['an Upgrade with CRLF',                     { fields: [['Upgrade', 'websocket\r\nX: 1']] },   'INVALID_HEADER_VALUE'],
  ['a Host with CRLF',                         { fields: [['Host', 'a\r\nX: 1']] },              'INVALID_HEADER_VALUE'],
  ['a value with CR alone',                    { fields: [['a', 'b\rc']] },                      'INVALID_HEADER_VALUE'],
  ['a value that ends in LF',                  { fields: [['a', 'b\n']] },                       'INVALID_HEADER_VALUE'],
  ['a value with NUL',                         { fields: [['a', 'b\0']] },                       'INVALID_HEADER_VALUE'],
  ['a value with an escape sequence',          { fields: [['a', '\x1b[2J']] },                   'INVALID_HEADER_VALUE'],
  ['a value above latin-1',                    { fields: [['a', 'b\u0100']] },                   'INVALID_HEADER_VALUE'],
  ['a value that is CRLF once cut to bytes',   { fields: [['a', 'b\u010d\u010a']] },             'INVALID_HEADER_VALUE'],
  ['a value with half a surrogate pair',       { fields: [['a', '\ud800']] },                    'INVALID_HEADER_VALUE'],
  ['Host twice',                               { fields: [['Host', 'a'], ['host', 'b']] },       'INVALID_HEADER_VALUE'],
  ['Content-Length twice',                     { fields: [['Content-Length', '5'], ['content-length', '6']], body: 5 }, 'CONFLICTING_CL'],
  ['Content-Length twice and equal',           { fields: [['Content-Length', '5'], ['content-length', '5']], body: 5 }, 'CONFLICTING_CL'],
  ['a Content-Length that is no number',       { fields: [['Content-Length', '5x']], body: 5 },  'CONFLICTING_CL'],
  ['a Content-Length with a sign',             { fields: [['Content-Length', '+5']], body: 5 },  'CONFLICTING_CL'],
  ['a Content-Length that is a list',          { fields: [['Content-Length', '5, 5']], body: 5 }, 'CONFLICTING_CL'],
  ['a Content-Length beyond 2^53-1',           { fields: [['Content-Length', '9007199254740992']], body: null }, 'CONFLICTING_CL'],
  ['a Content-Length other than the body',     { fields: [['Content-Length', '6']], body: 5 },   'CONFLICTING_CL'],
  ['a Content-Length without a body',          { fields: [['Content-Length', '5']] },            'CONFLICTING_CL'],
  ['Content-Length and Transfer-Encoding',     { fields: [['content-length', '5'], ['transfer-encoding', 'chunked']], body: 5 }, 'CONFLICTING_CL'],
  ['a Transfer-Encoding other than chunked',   { fields: [['Transfer-Encoding', 'gzip']], body: null }, 'INVALID_HEADER_VALUE'],
  ['chunked with an empty list element',       { fields: [['Transfer-Encoding', 'chunked,']], body: null }, 'INVALID_HEADER_VALUE'],
  ['chunked with a blank before it',           { fields: [['Transfer-Encoding', ' chunked']], body: null }, 'INVALID_HEADER_VALUE'],
  ['CONNECT with a body',                      { method: 'CONNECT', target: 'a.test:443', body: 5 },    'INVALID_OPTION'],
  ['CONNECT with a body of unknown length',    { method: 'CONNECT', target: 'a.test:443', body: null }, 'INVALID_OPTION'],
  ['CONNECT that says chunked',                { method: 'CONNECT', target: 'a.test:443', fields: [['Transfer-Encoding', 'chunked']] }, 'INVALID_OPTION'],
  ['chunked twice',                            { fields: [['Transfer-Encoding', 'chunked'], ['Transfer-Encoding', 'chunked']], body: null }, 'INVALID_HEADER_VALUE'],
]

test.describe('planRequest', () => {
  for (const [what, asked, code] of REFUSED) {
    test(`refuses ${what}`, () => {
      expect(() => plan(asked)).toThrow(expect.objectContaining({ name: 'LocalProtocolError', code }))
    })
  }

  test('writes the given request, with Host first', () => {
    const { head, body } = plan({
      method: 'get',
      target: '/a?b#c',
      fields: [
        ['X-y', 'é '],
        ['x-Y', ''],
      ],
    })
    expect(head).toBe('get /a?b#c HTTP/1.1\r\nHost: example.com\r\nX-y: é \r\nx-Y: \r\n\r\n')
    expect(body).toEqual({ kind: 'none' })
  })

  test('keeps the place and case of a given Host', () => {
    const { head } = plan({
      fields: [
        ['A', '1'],
        ['hOST', 'other'],
      ],
    })
    expect(head).toBe('GET / HTTP/1.1\r\nA: 1\r\nhOST: other\r\n\r\n')
  })

  test('sends names such as __proto__ as ordinary names', () => {
    const { head } = plan({
      fields: [
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ],
    })
    expect(head).toContain('\r\n__proto__: x\r\nconstructor: y\r\n')
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false)
  })

  // oxfmt-ignore
  const FRAMINGS: readonly (readonly [what: string, asked: Asked, framing: string, body: BodyPlan])[] = [
    ['no body with GET',               { method: 'GET' },                          '',                                 { kind: 'none' }],
    ['no body with POST',              { method: 'POST' },                         'Content-Length: 0\r\n',            { kind: 'length', bytes: 0 }],
    ['a body of known length',         { method: 'GET', body: 5 },                 'Content-Length: 5\r\n',            { kind: 'length', bytes: 5 }],
    ['an empty body',                  { method: 'GET', body: 0 },                 'Content-Length: 0\r\n',            { kind: 'length', bytes: 0 }],
    ['a body of unknown length',       { method: 'PUT', body: null },              'Transfer-Encoding: chunked\r\n',   { kind: 'chunked' }],
    ['a stream with its length given', { body: null, fields: [['content-length', '5']] }, 'content-length: 5\r\n',     { kind: 'length', bytes: 5 }],
    ['a body to be sent in chunks',    { body: 5, fields: [['transfer-encoding', 'Chunked']] }, 'transfer-encoding: Chunked\r\n', { kind: 'chunked' }],
  ]
  for (const [what, asked, framing, body] of FRAMINGS) {
    test(`frames ${what}`, () => {
      const planned = plan(asked)
      expect(planned.head).toBe(`${asked.method ?? 'GET'} / HTTP/1.1\r\nHost: example.com\r\n${framing}\r\n`)
      expect(planned.body).toEqual(body)
    })
  }

  test('throws, or writes exactly the one request that was given', () => {
    const wild = fc.string({ unit: fc.constantFrom(...'aZ0/:; \t\r\n\0,é\u010a\ud800'.split('')), maxLength: 6 })
    const method = fc.oneof(fc.constantFrom('GET', 'POST', 'HEAD'), wild)
    const target = fc.oneof(fc.constant('/'), wild)
    const name = fc.oneof(fc.constantFrom('Host', 'Content-Length', 'transfer-encoding', 'A'), wild)
    const value = fc.oneof(fc.constantFrom('0', '5', 'chunked', 'a'), wild)
    const body = fc.option(fc.nat(9))
    const asked = fc.record({ method, target, fields: fc.array(fc.tuple(name, value), { maxLength: 3 }), body })
    let written = 0
    fc.assert(
      fc.property(asked, (one) => {
        const planned = planOrUndefined(one)
        if (planned === undefined) return
        written += 1
        const bytes = Buffer.from(`${planned.head}${bodyOf(planned.body)}`, 'latin1')
        const { events, error } = read(new RequestParser(), [bytes], true)
        const heads = events.filter((event) => event.type === 'request-head')
        expectEqual(error, undefined, planned.head)
        expectEqual(
          heads.map((head) => ({ method: head.method, target: head.target, version: head.version })),
          [{ method: one.method, target: one.target, version: '1.1' }],
          planned.head,
        )
        expectEqual(events.at(-1)?.end, bytes.length, planned.head)
        const sent = linesOf(heads.flatMap(({ fields }) => fields))
        const given = linesOf(one.fields.map(([fieldName, fieldValue]) => ({ name: fieldName, value: fieldValue })))
        expectEqual(sent.includes(given), true, `${given} in ${sent}`)
      }),
      { numRuns: countOf(400, 2000) },
    )
    expect(written).toBeGreaterThan(countOf(10, 100))
  })
})

test.describe('chunkHead and lastChunk', () => {
  for (const name of ['Content-Length', 'transfer-encoding', 'HOST', 'Connection', 'Trailer', 'Authorization']) {
    test(`refuse ${name} as a trailer`, () => {
      const refused = expect.objectContaining({ code: 'INVALID_HEADER_NAME' })
      expect(() =>
        lastChunk([
          { name: 'X-Sum', value: '1' },
          { name, value: '5' },
        ]),
      ).toThrow(refused)
    })
  }

  test('write chunks and trailers that RequestParser reads back', () => {
    const head = 'PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n'
    const sent = `${head}${chunkHead(26)}${'a'.repeat(26)}\r\n${lastChunk([{ name: 'A', value: 'b' }])}`
    const { events } = read(new RequestParser(), [Buffer.from(sent)])
    expect(events).toMatchObject([
      { type: 'request-head' },
      { type: 'chunk-head', size: 26, extensions: '' },
      { type: 'data' },
      { type: 'end-of-message', trailers: [{ name: 'A', value: 'b' }] },
    ])
  })

  test('refuse a trailer that could be read as another message', () => {
    expect(() => lastChunk([{ name: 'A', value: 'b\r\n\r\nGET /2 HTTP/1.1' }])).toThrow(
      expect.objectContaining({ code: 'INVALID_HEADER_VALUE' }),
    )
    expect(() => lastChunk([{ name: 'A b', value: '' }])).toThrow(
      expect.objectContaining({ code: 'INVALID_HEADER_NAME' }),
    )
  })
})

function plan({ method = 'GET', target = '/', fields = [], body }: Asked): ReturnType<typeof planRequest> {
  const lines = fields.map(([name, value]): FieldLine => ({ name, value }))
  return planRequest(
    { method, target, fields: lines },
    'example.com',
    body === undefined ? undefined : { bytes: body ?? undefined },
  )
}

function planOrUndefined(asked: Asked): ReturnType<typeof planRequest> | undefined {
  try {
    return plan(asked)
  } catch (error) {
    expectEqual(error instanceof Error && error.name, 'LocalProtocolError', String(error))
    return undefined
  }
}

/** The fields as a parser gives them: without the blanks around a value. */
const linesOf = (fields: readonly FieldLine[]): string =>
  fields.map(({ name, value }) => `${name}: ${value.replace(/^[ \t]+|[ \t]+$/g, '')}\n`).join('')

/** A body as the plan wants it. */
function bodyOf(body: BodyPlan): string {
  switch (body.kind) {
    case 'none':
      return ''
    case 'length':
      return 'x'.repeat(body.bytes)
    case 'chunked':
      return `${chunkHead(2)}hi\r\n${lastChunk([])}`
  }
}
