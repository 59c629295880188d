import { gzipSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import { readExchanges, type Exchange } from '../../src/messages/exchanges.ts'
import { toJunit } from '../../src/verify/junit.ts'
import type { VerifiedInteraction } from '../../src/verify/verify-cassette.ts'
import { type Drift, driftsOf } from '../../src/verify/drift.ts'
import { TapeWriter } from '../helpers/tape.ts'

type Answer = string | Buffer

function exchangeOf(answer: Answer, end?: 'server' | 'client'): Exchange {
  const tape = new TapeWriter()
  const connection = tape.open('http://a.test').sent('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n').received(answer)
  if (end !== undefined) connection.ended(end).closed('client')
  const [exchange] = readExchanges(tape.cassette).exchanges
  if (exchange === undefined) throw new Error('there is no exchange')
  return exchange
}

/** As lines: `grade | place | before | after`. */
const linesOf = (drifts: readonly Drift[]): readonly string[] =>
  drifts.map(({ grade, place, before = '-', after = '-' }) => [grade, place, before, after].join(' | '))

const drifts = (recorded: Answer, live: Answer): readonly string[] =>
  linesOf(driftsOf(exchangeOf(recorded), exchangeOf(live), []))

const answer = (body: Answer, ...lines: readonly string[]): Buffer =>
  Buffer.concat([
    Buffer.from(['HTTP/1.1 200 OK', ...lines, `Content-Length: ${Buffer.from(body).length}`, '', ''].join('\r\n')),
    Buffer.from(body),
  ])
const json = (value: unknown): Buffer => answer(JSON.stringify(value), 'Content-Type: application/json')
const chunked = (...chunks: readonly string[]): string =>
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks.map((text) => `${text.length.toString(16)}\r\n${text}\r\n`).join('')}0\r\n\r\n`
const TOKEN = '{{token.1}}'

// oxfmt-ignore
const CASES: Readonly<Record<string, readonly [recorded: Answer, live: Answer, drifts: readonly string[]]>> = {
  'the same':                       [answer('a'), answer('a'), []],
  'a status':                       ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', ['status | status | 200 | 404', 'bytes | reason | OK | Not Found']],
  'a reason':                       ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 'HTTP/1.1 200 Fine\r\nContent-Length: 0\r\n\r\n', ['bytes | reason | OK | Fine']],
  'a version':                      ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', ['framing | version | 1.1 | 1.0']],
  'a body, and what follows from it': [answer('a', 'ETag: "1"', 'X-A: 1'), answer('bc', 'ETag: "2"', 'X-A: 2'), ['headers | headers | X-A: 1 | X-A: 2', 'body | body, from byte 0 on | 1 byte, at 0: a | 2 bytes, at 0: bc']],
  'an ETag of the same body':       [answer('a', 'ETag: "1"'), answer('a', 'ETag: "2"'), ['headers | headers | ETag: "1" | ETag: "2"']],
  'a header more':                  [answer('a'), answer('a', 'X-A: 1'), ['headers | headers | - | X-A: 1']],
  'a header less':                  [answer('a', 'Set-Cookie: session=abc; Path=/'), answer('a'), ['headers | headers | Set-Cookie: ******************* | -']],
  'the case of a name':             [answer('a', 'X-A: 1'), answer('a', 'x-a: 1'), ['bytes | headers | X-A: 1 | x-a: 1']],
  'the order of headers':           [answer('a', 'X-A: 1', 'X-B: 2'), answer('a', 'X-B: 2', 'X-A: 1'), ['bytes | headers, order | x-a, x-b, content-length | x-b, x-a, content-length']],
  'blanks around a value':          [answer('a', 'X-A: 1', 'X-A: 1'), answer('a', 'X-A:1', 'X-A:   1'), ['bytes | headers, blanks | X-A: 1 | X-A:1', 'bytes | headers, blanks | X-A: 1 | X-A:   1']],
  'chunks instead of a length':     [answer('ab'), chunked('ab'), ['framing | body framing | by length | 1 chunk: 2']],
  'sizes of chunks':                [chunked('ab', 'cd'), chunked('abc', 'd'), ['bytes | body framing | 2 chunks: 2, 2 | 2 chunks: 3, 1']],
  'sizes of chunks with the body':  [chunked('ab', 'cd'), chunked('abc', 'e'), ['body | body, from byte 3 on | 4 bytes, at 0: abcd | 4 bytes, at 0: abce']],
  'a member of JSON more and less': [json({ a: 1, b: 2 }), json({ a: 1, c: [3] }), ['json-shape | $.b | 2 | -', 'json-shape | $.c | - | [3]']],
  'a value of JSON':                [json({ a: 1, password: 'old' }), json({ a: 2, password: 'new' }), ['json-values | $.a | 1 | 2', 'json-values | $.password | *** | ***']],
  'a type in JSON':                 [json({ a: 1, b: null, c: [1] }), json({ a: '1', b: 2, c: {} }), ['json-shape | $.a | 1 | "1"', 'json-shape | $.b | null | 2', 'json-shape | $.c | [1] | {}']],
  'an element more':                [json({ a: [1] }), json({ a: [1, 2] }), ['json-values | $.a[1] | - | 2']],
  'JSON in another notation':       [answer('{"a":1}', 'Content-Type: application/json'), answer('{ "a": 1 }', 'Content-Type: application/json'), ['bytes | body, from byte 1 on | 7 bytes, at 0: {"a":1} | 10 bytes, at 0: { "a": 1 }']],
  'text instead of JSON':           [json({ a: 1 }), answer('no', 'Content-Type: application/json'), ['body | body, from byte 0 on | 7 bytes, at 0: {"a":1} | 2 bytes, at 0: no']],
  'lines of text':                  [answer('a\nb\nc\n'), answer('a\nx\nc\n'), ['body | body | b | x']],
  'bytes':                          [answer(Buffer.of(0, 1, 255)), answer(Buffer.of(0, 2, 255)), ['body | body, from byte 1 on | 3 bytes, at 0: 0001ff | 3 bytes, at 0: 0002ff']],
  'the same content, compressed otherwise': [answer(gzipSync('a'.repeat(99), { level: 1 }), 'Content-Encoding: gzip'), answer(gzipSync('a'.repeat(99), { level: 0 }), 'Content-Encoding: gzip'), ['bytes | body, compression | 24 bytes | 122 bytes']],
  'a placeholder for a text':       [json({ token: TOKEN, a: 1 }), json({ token: 'abc', a: 1 }), []],
  'a placeholder for a number':     [json({ token: TOKEN }), json({ token: 5 }), ['json-shape | $.token | *** | ***']],
  'a placeholder in a header':      [answer('a', `X-Token: ${TOKEN}`), answer('a', 'X-Token: abc'), []],
  'a placeholder in text':          [answer(`hello ${TOKEN}!`), answer('hello abc!'), []],
  'a placeholder in another text':  [answer(`hello ${TOKEN}!`), answer('hallo abc!'), ['body | body, from byte 1 on | 18 bytes, at 0: hello {{token.1}}! | 10 bytes, at 0: hallo abc!']],
}

for (const name of [
  'ETag',
  'Last-Modified',
  'Content-MD5',
  'Digest',
  'Content-Digest',
  'Repr-Digest',
  'content-length',
])
  test(`drifts: ${name} follows from the body, and only where that has changed`, () => {
    const [first, second] = ['1', '2'].map((value) => (name === 'content-length' ? [] : [`${name}: ${value}`]))
    if (first === undefined || second === undefined) throw new Error('there are two')
    const body = 'body | body, from byte 0 on | 1 byte, at 0: a | 2 bytes, at 0: bc'
    expect(drifts(answer('a', ...first), answer('bc', ...second))).toEqual([body])
    expect(drifts(answer('a', ...first), answer('a', ...second))).toEqual(
      first.map(() => `headers | headers | ${name}: 1 | ${name}: 2`),
    )
  })

test('drifts: an element less at any depth, but a member less of an object in a list is of the shape', () => {
  expect(drifts(json({ a: [[1, 2]] }), json({ a: [[1]] }))).toEqual(['json-values | $.a[0][1] | 2 | -'])
  expect(drifts(json([{ a: 1, b: 2 }]), json([{ a: 1 }]))).toEqual(['json-shape | $[0].b | 2 | -'])
})

const head = (...lines: readonly string[]): string => `HTTP/1.1 200 OK\r\n${lines.join('\r\n')}\r\n\r\n`

test('drifts: blanks are compared where each field has a line of its own', () => {
  expect(drifts(head('A: 1', 'B:  2', 'Content-Length: 0'), head('A:1', 'B: 2', 'Content-Length: 0'))).toEqual([
    'bytes | headers, blanks | A: 1 | A:1',
    'bytes | headers, blanks | B:  2 | B: 2',
  ])
  expect(drifts(head('A: 1', 'Content-Length: 0'), head('B: 2', 'A:1', 'Content-Length: 0'))).toEqual([
    'headers | headers | - | B: 2',
    'bytes | headers, blanks | A: 1 | A:1',
  ])
})

for (const [name, [recorded, live, expected]] of Object.entries(CASES))
  test(`drifts: ${name}`, () => {
    expect(drifts(recorded, live)).toEqual(expected)
  })

test('drifts: how the answer ended, but not who ended the connection after it', () => {
  const whole = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab'
  const cut = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na'
  expect(linesOf(driftsOf(exchangeOf(whole, 'server'), exchangeOf(whole), []))).toEqual([])
  expect(linesOf(driftsOf(exchangeOf(whole), exchangeOf(cut, 'server'), []))).toEqual([
    'ending | ending | complete | cut off',
    'body | body, from byte 1 on | 2 bytes, at 0: ab | 1 byte, at 0: a',
  ])
})

const attributesOf = (number: number): string =>
  `classname="a&#38;b" name="#${number} GET http://a.test/?a=1&#38;b=&#60;2&#62;"`

test('a JUnit file has a case for each interaction, and counts them', () => {
  const common = { method: 'GET', url: 'http://a.test/?a=1&b=<2>', drifts: [], took: 1500, skipped: undefined }
  const drift = { grade: 'headers', place: 'headers', before: undefined, after: 'X: "1"\u001b' } as const
  const results: readonly VerifiedInteraction[] = [
    { ...common, interaction: 0, outcome: 'same' },
    { ...common, interaction: 1, outcome: 'skipped', skipped: "it isn't safe" },
    { ...common, interaction: 2, outcome: 'drifted', drifts: [{ ...drift, grade: 'status' }, drift], took: 1 },
  ]
  const counts = 'tests="3" failures="1" skipped="1" errors="0" time="3.001"'
  expect(toJunit('a&b', results)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="wiretape verify" ${counts}>
<testsuite name="a&#38;b" ${counts}>
<testcase ${attributesOf(1)} time="1.500"/>
<testcase ${attributesOf(2)} time="1.500"><skipped message="it isn&#39;t safe"/></testcase>
<testcase ${attributesOf(3)} time="0.001"><failure message="2 drifts, status first">status: headers: nothing -&#62; X: &#34;1&#34;\\x1b
headers: headers: nothing -&#62; X: &#34;1&#34;\\x1b</failure></testcase>
</testsuite>
</testsuites>
`)
})
