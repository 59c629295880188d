import { expect, test } from '../helpers/test.ts'
import { RequestReader, type WireRequest } from '../../src/interactions/request-reader.ts'
import { sharePrefix } from '../../src/matching/share-prefix.ts'

/** A request with this content, of which all has come, or the connection has ended before. */
function asked(body: string, boundary?: string): WireRequest {
  const type = boundary === undefined ? '' : `Content-Type: multipart/form-data; boundary=${boundary}\r\n`
  const reader = new RequestReader('http://api.test')
  reader.push(Buffer.from(`POST / HTTP/1.1\r\nHost: api.test\r\n${type}Content-Length: 1000\r\n\r\n${body}`))
  while (reader.next() !== undefined);
  if (reader.request === undefined) throw new Error('no request')
  return reader.request
}

const part = (boundary: string, text: string): string => `--${boundary}\r\n\r\n${text}\r\n--${boundary}`

const CASES: readonly (readonly [what: string, left: WireRequest, right: WireRequest, share: boolean])[] = [
  ['nothing and anything', asked(''), asked('b'), true],
  ['anything and nothing', asked('b'), asked(''), true],
  ['the same', asked('ab'), asked('ab'), true],
  ['a beginning', asked('ab'), asked('abc'), true],
  ['a longer one', asked('abc'), asked('ab'), true],
  ['other ends', asked('abc'), asked('abd'), false],
  ['other ends of other lengths', asked('abcd'), asked('abd'), false],
  ['parts with one boundary', asked(part('xy', 'a'), 'xy'), asked(part('xy', 'a'), 'xy'), true],
  ['parts with two boundaries', asked(part('xy', 'a'), 'xy'), asked(part('other', 'a'), 'other'), true],
  ['other parts with two boundaries', asked(part('xy', 'a'), 'xy'), asked(part('other', 'b'), 'other'), false],
  ['the beginning of a boundary', asked('--xy\r\n\r\na\r\n--x', 'xy'), asked(part('12', 'a'), '12'), true],
  ['less than a boundary', asked('--', 'boundary'), asked('--', 'other'), true],
  ['a boundary on one side', asked('--xy', 'xy'), asked('--xy'), true],
  ['another boundary on one side', asked('--xy', 'xy'), asked('--ab'), false],
]

for (const [what, left, right, share] of CASES)
  test(`${share ? 'one begins with the other' : 'neither begins with the other'}: ${what}`, () => {
    expect(sharePrefix(left, right)).toBe(share)
    expect(sharePrefix(right, left)).toBe(share)
  })
