import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import type { BytesEvent } from '../../src/tape/cassette.ts'
import { summaryOf } from '../../src/format/summary.ts'
import { bytes } from '../helpers/conversations.ts'

const lines = (...rows: readonly string[]): string => rows.map((row) => `${row}\r\n`).join('')

const CASES: Readonly<Record<string, readonly [type: BytesEvent['type'], wire: string, ...summary: string[]]>> = {
  'a request': ['sent', lines('GET /users?a=b HTTP/1.1', 'Host: a', ''), '--> GET /users?a=b'],
  'requests in one segment': [
    'sent',
    `${lines('POST /a HTTP/1.1', 'Content-Length: 3', '')}a=1${lines('GET /b HTTP/1.1', '')}`,
    '--> POST /a, 3 bytes',
    '--> GET /b',
  ],
  'a response': [
    'received',
    lines('HTTP/1.1 200 OK', 'CONTENT-TYPE: text/html; charset=utf-8', 'content-length:  7', ''),
    '<-- 200 OK, text/html, 7 bytes',
  ],
  'an interim response before another': [
    'received',
    lines('HTTP/1.1 103 Early Hints', '', 'HTTP/1.1 204 ', ''),
    '<-- 103 Early Hints',
    '<-- 204',
  ],
  'the rest of a response': ['received', 'hello'],
  'a head that is not whole': ['received', lines('HTTP/1.1 200 OK')],
  'what is not HTTP': ['received', '\x15\x03\x01\r\n\r\n', '    15 03 01 0d 0a 0d 0a  .......'],
  'a picture': [
    'received',
    `${lines('HTTP/1.1 200 OK', 'Content-Type: image/png', '')}\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0`,
    '<-- 200 OK, image/png',
    '    89 50 4e 47 0d 0a 1a 0a 00 00 00 0d 49 48 44 52  .PNG........IHDR',
  ],
  'text in latin-1': ['received', 'caf\xe9 au lait'],
  'text in UTF-8': ['received', 'caf\xc3\xa9 \xe2\x82\xac'],
  'fields that come twice': [
    'received',
    `${lines('HTTP/1.1 200 OK', 'Content-Type: ', 'Content-Type: a/b', 'Content-Type: c/d', 'Content-Length: 2', 'Content-Length: 90', '')}abHTTP/1.1 204 No Content\r\n\r\n`,
    '<-- 200 OK, a/b, 2 bytes',
    '<-- 204 No Content',
  ],
  'controls in a reason': ['received', lines('HTTP/1.1 200 \x1b[2J\x85', ''), '<-- 200 \\u001b[2J\\u0085'],
  'a target longer than a line': [
    'sent',
    lines(`GET /${'x'.repeat(500)} HTTP/1.1`, ''),
    `--> GET /${'x'.repeat(84)}...`,
  ],
}

const BODY = 'first\tline\n\nthird line\u202e\nfourth line\n'
const DETAIL = ['    first line', '    third line\\u202e']
const head = (coding: string, more = 'Content-Length: 99'): string =>
  lines('HTTP/1.1 200 OK', 'Content-Type: text/plain', `Content-Encoding: ${coding}`, more, '')

test.describe('summaryOf', () => {
  for (const [name, [type, wire, ...summary]] of Object.entries(CASES)) {
    test(`describes ${name} as ${summary.length === 0 ? 'nothing' : summary.join(' | ').slice(0, 60)}`, () => {
      expect(summaryOf([{ type, connection: 1, at: 0, bytes: bytes(wire) }], 0)).toEqual(summary)
    })
  }

  for (const [coding, compress] of Object.entries({ gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync })) {
    test(`shows the beginning of a body that is compressed with ${coding}, for any cut`, () => {
      const wire = Buffer.concat([bytes(head(coding)), compress(BODY)])
      for (const cut of [head(coding).length, head(coding).length + 3, wire.length]) {
        const tape = [wire.subarray(0, cut), bytes('of another connection'), wire.subarray(cut)].map(
          (part, at): BytesEvent => ({ type: 'received', connection: at === 1 ? 2 : 1, at, bytes: part }),
        )
        expect(summaryOf(tape, 0)).toEqual([`<-- 200 OK, text/plain, ${coding}, 99 bytes`, ...DETAIL])
      }
    })
  }

  test('shows the beginning of the first chunk of a compressed body', () => {
    const body = gzipSync(BODY)
    const wire = [
      bytes(head('gzip', 'Transfer-Encoding: chunked')),
      bytes(`${body.length.toString(16)};a=b\r\n`),
      body,
      bytes('\r\n0\r\n\r\n'),
    ]
    expect(summaryOf([{ type: 'received', connection: 1, at: 0, bytes: Buffer.concat(wire) }], 0)).toEqual([
      '<-- 200 OK, text/plain, gzip, chunked',
      ...DETAIL,
    ])
  })

  test('shows no text of a body that is not as declared, not text, or grows too much', () => {
    for (const body of [
      bytes('no gzip'),
      gzipSync('\0\x01\x02'),
      gzipSync(bytes('caf\xe9 au lait')),
      brotliCompressSync(Buffer.alloc(2 ** 21)),
    ]) {
      for (const coding of ['gzip', 'br']) {
        const wire = Buffer.concat([bytes(head(coding)), body])
        const [, ...shown] = summaryOf([{ type: 'received', connection: 1, at: 0, bytes: wire }], 0)
        expect(shown.filter((line) => !/^ {4}(?:[\da-f]{2} )+ [ -~]{1,16}$/.test(line))).toEqual([])
      }
    }
  })
})
