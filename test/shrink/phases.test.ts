import { gzipSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import { PHASES, RAW_PHASE } from '../../src/shrink/phases.ts'
import type { Part, Parts } from '../../src/shrink/parts.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { TapeWriter } from '../helpers/tape.ts'

const API = 'http://a.test'

/** A request with JSON, and an answer in chunks with everything that chunks may have. */
const tape = new TapeWriter()
tape
  .open(API)
  .sent(
    'POST /x HTTP/1.1\r\nHost: a.test\r\nX-Empty:\r\nX-A:  b\u00e9\r\nContent-Length: 19\r\n\r\n{"a":["\\n"],"b":{}}',
  )
  .received(
    'HTTP/1.1 200 Fine day\r\nTransfer-Encoding: chunked\r\nS: s\r\n\r\n4;e=1\r\nab\n',
    'c\r\n2\r\nde\r\n3\r\nfgh\r\n0;z\r\nX-T: 1\r\n\r\n',
  )
  .closed('client')
const { cassette: CHUNKED } = tape

const REQUEST =
  'POST /x HTTP/1.1\r\nHost: a.test\r\nX-Empty:\r\nX-A:  b\u00e9\r\nContent-Length: 19\r\n\r\n{"a":["\\n"],"b":{}}'
const HEAD = 'HTTP/1.1 200 Fine day\r\nTransfer-Encoding: chunked\r\nS: s\r\n\r\n'
const BODY = '4;e=1\r\nab\n|c\r\n2\r\nde\r\n3\r\nfgh\r\n0;z\r\nX-T: 1\r\n\r\n'

/** All bytes of one side, a stroke between segments. */
const textOf = ({ tape: events }: Cassette, type: 'sent' | 'received'): string =>
  events.flatMap((event) => (event.type === type ? [Buffer.from(event.bytes).toString('latin1')] : [])).join('|')

/** What is at the place of a part. */
function placed(cassette: Cassette, { place }: Part): string {
  if (place === undefined) return ''
  return textOf(cassette, place.type).replaceAll('|', '').slice(place.start, place.end)
}

function partsOf(name: string, cassette: Cassette = CHUNKED): Parts {
  const phase = [...PHASES, RAW_PHASE].find((each) => each.name === name)
  if (phase === undefined) throw new Error(`there is no phase ${name}`)
  return phase.partsOf(cassette)
}

/** Each part of a phase, what it is of the bytes, and its side without it. */
function eachOf(name: string, cassette: Cassette = CHUNKED): readonly (readonly string[])[] {
  const found = partsOf(name, cassette)
  return found.parts.map((part, index) => [
    part.what,
    placed(cassette, part),
    textOf(found.without(new Set([index])), part.place?.type ?? 'received'),
  ])
}

/** Both sides without any part of a phase. */
function noneOf(name: string, cassette: Cassette = CHUNKED): readonly string[] {
  const found = partsOf(name, cassette)
  const left = found.without(new Set(found.parts.keys()))
  return [textOf(left, 'sent'), textOf(left, 'received')]
}

const withoutLine = (line: string): string => REQUEST.replace(line, '')

test('headers: each but those of the framing', () => {
  expect(eachOf('headers')).toEqual([
    ['header Host of the request', 'Host: a.test\r\n', withoutLine('Host: a.test\r\n')],
    ['header X-Empty of the request', 'X-Empty:\r\n', withoutLine('X-Empty:\r\n')],
    ['header X-A of the request', 'X-A:  b\u00e9\r\n', withoutLine('X-A:  b\u00e9\r\n')],
    ['header S of the answer', 'S: s\r\n', HEAD.replace('S: s\r\n', '') + BODY],
  ])
  expect(noneOf('headers')).toEqual([
    'POST /x HTTP/1.1\r\nContent-Length: 19\r\n\r\n{"a":["\\n"],"b":{}}',
    HEAD.replace('S: s\r\n', '') + BODY,
  ])
})

test('values of headers: what stands behind the blanks, but not the host', () => {
  expect(eachOf('values of headers')).toEqual([
    ['value of X-A in the request', 'b\u00e9', withoutLine('b\u00e9')],
    ['value of S in the answer', 's', HEAD.replace('S: s', 'S: ') + BODY],
  ])
})

test('characters of headers: one at a time', () => {
  expect(eachOf('characters of headers')).toEqual([
    ['value of X-A in the request', 'b', withoutLine('b\u00e9').replace('X-A:  ', 'X-A:  \u00e9')],
    ['value of X-A in the request', '\u00e9', withoutLine('\u00e9')],
    ['value of S in the answer', 's', HEAD.replace('S: s', 'S: ') + BODY],
  ])
})

test('reasons, chunk extensions and trailers', () => {
  const name = 'reasons, chunk extensions and trailers'
  expect(eachOf(name)).toEqual([
    ['reason Fine day', 'Fine day', HEAD.replace('Fine day', '') + BODY],
    ['chunk extension ;e=1', ';e=1', HEAD + BODY.replace(';e=1', '')],
    ['chunk extension ;z', ';z', HEAD + BODY.replace(';z', '')],
    ['trailer X-T', 'X-T: 1\r\n', HEAD + BODY.replace('X-T: 1\r\n', '')],
  ])
  expect(noneOf(name)[1]).toBe(
    HEAD.replace('Fine day', '') + BODY.replace(';e=1', '').replace(';z', '').replace('X-T: 1\r\n', ''),
  )
})

test('bodies: the framing is mended', () => {
  expect(eachOf('bodies')).toEqual([
    ['body of the request', '{"a":["\\n"],"b":{}}', REQUEST.replace(/19[^]*/, '0\r\n\r\n')],
    ['body of the answer', 'ab\nc\r\n2\r\nde\r\n3\r\nfgh', `${HEAD}|0;z\r\nX-T: 1\r\n\r\n`],
  ])
})

test('JSON: members and elements, by their depth', () => {
  const without = (cut: string, length: number): string => REQUEST.replace(cut, '').replace('19', String(length))
  expect(eachOf('JSON, depth 1')).toEqual([
    ['JSON $.a of the request', '"a":["\\n"]', without('"a":["\\n"],', 8)],
    ['JSON $.b of the request', '"b":{}', without(',"b":{}', 12)],
  ])
  expect(eachOf('JSON, depth 2')).toEqual([['JSON $.a[0] of the request', '"\\n"', without('"\\n"', 15)]])
  expect(eachOf('JSON, depth 3')).toEqual([])
  expect(noneOf('JSON, depth 1')[0]).toBe(REQUEST.replace(/19[^]*/, '2\r\n\r\n{}'))
  expect(eachOf('texts in JSON')).toEqual([['text of $.a[0] in the request', '\\n', without('\\n', 17)]])
  // Of text, every character; of JSON, those of its texts: an escape is one.
  const characters = eachOf('characters of bodies')
  expect(characters.map(([what, text]) => [what, text])).toEqual([
    ['body of the request', '\\n'],
    ...['a', 'b', '\n', 'c', 'd', 'e', 'f', 'g', 'h'].map((text) => ['body of the answer', text]),
  ])
  expect(characters[1]?.[2]).toBe(`${HEAD}${BODY.replace('4;e=1\r\na', '3;e=1\r\n')}`)
})

test('lines: of text, with their ends', () => {
  expect(eachOf('lines')).toEqual([
    ['line 1 of the answer', 'ab\n', `${HEAD}1;e=1\r\nc|\r\n2\r\nde\r\n3\r\nfgh\r\n0;z\r\nX-T: 1\r\n\r\n`],
    ['line 2 of the answer', 'c\r\n2\r\nde\r\n3\r\nfgh', `${HEAD}3;e=1\r\nab|\n\r\n0;z\r\nX-T: 1\r\n\r\n`],
  ])
})

test('borders: of segments and of chunks, alone and together', () => {
  expect(eachOf('borders of segments')).toEqual([
    [`border between two segments at byte ${HEAD.length + 10} of what was received`, '', HEAD + BODY.replace('|', '')],
  ])
  const border = 'border between two chunks of the answer'
  expect(eachOf('borders of chunks')).toEqual([
    [border, '\r\n2\r\n', HEAD + BODY.replace('c\r\n2\r\nde', 'cde').replace('4;', '6;')],
    [border, '\r\n3\r\n', HEAD + BODY.replace('2\r\nde\r\n3\r\nfgh', '5\r\ndefgh')],
  ])
  expect(noneOf('borders of chunks')[1]).toBe(HEAD + BODY.replace(/c[^]*fgh/, 'cdefgh').replace('4;', '9;'))
})

test('borders of chunks: what has an extension says something of its own', () => {
  const written = new TapeWriter()
  const answer =
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n6;e\r\nabcdef\r\n1\r\nx\r\n0\r\n\r\n'
  written.open(API).sent('GET / HTTP/1.1\r\n\r\n').received(answer)
  expect(eachOf('borders of chunks', written.cassette)).toEqual([
    [
      'border between two chunks of the answer',
      '\r\n1\r\n',
      answer.replace('6;e\r\nabcdef\r\n1\r\nx', '7;e\r\nabcdefx'),
    ],
  ])
  const one = new TapeWriter()
  one
    .open(API)
    .sent('GET / HTTP/1.1\r\n\r\n')
    .received('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n')
  expect(eachOf('borders of chunks', one.cassette)).toEqual([])
})

const chunkedAnswer = (more: string): Cassette => {
  const written = new TapeWriter()
  written
    .open(API)
    .sent('GET / HTTP/1.1\r\n\r\n')
    .received(`HTTP/1.1 200 OK\r\nTransfer-Encoding:  Chunked\r\nA: b\r\n\r\n${more}`)
  return written.cassette
}

test('chunked coding: a length instead, where nothing else is lost', () => {
  expect(eachOf('chunked coding', chunkedAnswer('2\r\nab\r\n1\r\nc\r\n0\r\n\r\n'))).toEqual([
    [
      'chunked coding of the answer',
      'Transfer-Encoding:  Chunked\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nA: b\r\n\r\nabc',
    ],
  ])
  for (const more of [
    '2;e\r\nab\r\n0\r\n\r\n',
    '2\r\nab\r\n0;e\r\n\r\n',
    '2\r\nab\r\n0\r\nT: 1\r\n\r\n',
    '2\r\nab\r\n0\r\n',
  ])
    expect(eachOf('chunked coding', chunkedAnswer(more)), JSON.stringify(more)).toEqual([])
})

const coded = (coding: string, body: Buffer): Cassette => {
  const written = new TapeWriter()
  const head = `HTTP/1.1 200 OK\r\ncontent-encoding: ${coding}\r\nContent-Length: ${body.length}\r\n\r\n`
  written
    .open(API)
    .sent('GET / HTTP/1.1\r\n\r\n')
    .received(Buffer.concat([Buffer.from(head), body]))
  return written.cassette
}

test('compression: the content as it decodes, with its length', () => {
  expect(eachOf('compression', coded('gzip', gzipSync('plain')))).toEqual([
    [
      'Content-Encoding gzip of the answer',
      'content-encoding: gzip\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nplain',
    ],
  ])
  expect(eachOf('compression', coded('gzip', Buffer.from('no gzip')))).toEqual([])
  expect(eachOf('compression', coded('nobody-knows', Buffer.from('x')))).toEqual([])
  // What is coded is no text.
  expect(eachOf('lines', coded('gzip', gzipSync('plain')))).toEqual([])
})

test('connections, interactions and endings', () => {
  const written = new TapeWriter()
  written.open(API).sent('GET /1 HTTP/1.1\r\n\r\n').received('HTTP/1.1 204 No\r\n\r\n').ended('server').closed('client')
  written
    .open('http://b.test')
    .sent('GET /2 HTTP/1.1\r\n\r\n')
    .closed('server', { code: 'CONNECTION_LOST', phase: 'headers', systemCode: 'ECONNRESET', message: 'gone' })
  const { cassette } = written
  const left = (name: string, index: number): readonly string[] =>
    partsOf(name, cassette)
      .without(new Set([index]))
      .tape.map(({ type, connection }) => `${type} ${connection}`)
  const whats = (name: string): readonly string[] => partsOf(name, cassette).parts.map(({ what }) => what)
  const [first, second] = [
    ['open 1', 'sent 1', 'received 1', 'end 1', 'close 1'],
    ['open 2', 'sent 2', 'close 2'],
  ] as const

  expect(whats('connections')).toEqual(['connection 1', 'connection 2'])
  expect(left('connections', 0)).toEqual(second)
  expect(left('connections', 1)).toEqual(first)
  expect(whats('interactions')).toEqual(['GET http://a.test/1', 'GET http://b.test/2'])
  expect(left('interactions', 1)).toEqual(first)
  expect(whats('endings')).toEqual([
    'the server ends its side after 19 received bytes',
    'the client closes the connection after 19 received bytes',
    'the connection fails after 0 received bytes: CONNECTION_LOST ECONNRESET',
  ])
  expect(left('endings', 0)).toEqual([...first.filter((event) => event !== 'end 1'), ...second])
  expect(left('endings', 2)).toEqual([...first, 'open 2', 'sent 2'])
})

test('borders of segments keep where answers end, and what was redacted', () => {
  const one = Buffer.from('HTTP/1.1 204 A\r\n\r\n')
  const two = Buffer.from('HTTP/1.1 204 B\r\n\r\n')
  const written = new TapeWriter()
  written.open(API).sent('GET /1 HTTP/1.1\r\n\r\n', 'GET /2 HTTP/1.1\r\n\r\n').received(one, two)
  const { cassette } = written
  const marked = cassette.tape.map((event) => {
    if (event.type !== 'received') return event
    return Buffer.from(event.bytes).equals(one)
      ? { ...event, ends: [18], redacted: { a: 'x' } }
      : { ...event, ends: [18], redacted: { b: 'y' } }
  })
  const found = partsOf('borders of segments', { ...cassette, tape: marked })
  expect(found.parts.map(({ what }) => what)).toEqual([
    'border between two writes at byte 19 of what was sent',
    'border between two segments at byte 18 of what was received',
  ])
  expect(found.without(new Set([0, 1])).tape).toMatchObject([
    { type: 'open' },
    { type: 'sent', bytes: Buffer.from('GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n') },
    { type: 'received', bytes: Buffer.concat([one, two]), ends: [18, 36], redacted: { a: 'x', b: 'y' } },
  ])
})

test('borders of segments are cut without a mark where there was none', () => {
  const written = new TapeWriter()
  written.open(API).sent('GET / HTTP/1.1\r\n\r\n').received('HTTP/1.1 204 A\r\n', '\r\n').closed('client')
  const found = partsOf('borders of segments', written.cassette)
  const received = found.without(new Set([0])).tape.filter(({ type }) => type === 'received')
  expect(received.map((event) => [Object.keys(event), event.at])).toEqual([[['type', 'connection', 'at', 'bytes'], 2]])
})

test('lines and texts: not of what is coded or no text, and an empty text is none', () => {
  const written = new TapeWriter()
  written
    .open(API)
    .sent(Buffer.from('POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n\xff\na', 'latin1'))
    .received('HTTP/1.1 200 OK\r\nContent-Encoding: x\r\nContent-Length: 7\r\n\r\n["a"]\nb')
    .sent('POST / HTTP/1.1\r\nContent-Length: 8\r\n\r\n["","a"]')
    .received('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
  expect(eachOf('lines', written.cassette)).toEqual([])
  expect(eachOf('texts in JSON', written.cassette).map(([what, text]) => [what, text])).toEqual([
    ['text of $[1] in the request', 'a'],
  ])
  expect(eachOf('JSON, depth 1', written.cassette).map(([what, text]) => [what, text])).toEqual([
    ['JSON $[0] of the request', '""'],
    ['JSON $[1] of the request', '"a"'],
  ])
  expect(eachOf('bodies', written.cassette).map(([, text]) => text)).toEqual(['\xff\na', '["","a"]', '["a"]\nb'])
})

test('bytes: all of both sides, one by one, or in runs where there are too many', () => {
  const sides = textOf(CHUNKED, 'sent') + textOf(CHUNKED, 'received').replace('|', '')
  const found = eachOf('bytes')
  expect(found.map(([, text]) => text).join('')).toBe(sides)
  expect(found[0]).toEqual(['bytes that were sent', 'P', REQUEST.slice(1)])
  const long = new TapeWriter()
  long.open(API).received('x'.repeat(4001))
  expect(partsOf('bytes', long.cassette).parts.map((part) => placed(long.cassette, part).length)).toEqual([
    ...Array.from({ length: 1333 }, () => 3),
    2,
  ])
})

test('each phase has a name and parts of its own', () => {
  const phases = [...PHASES, RAW_PHASE]
  expect(phases.filter(({ isTelling }) => !isTelling).map(({ name }) => name)).toEqual([
    'connections',
    'interactions',
    'bodies',
    'texts in JSON',
    'values of headers',
    'characters of bodies',
    'characters of headers',
    'bytes',
  ])
  expect(phases.filter(({ name }) => name.startsWith('JSON')).map(({ name }) => name)).toEqual(
    Array.from({ length: 12 }, (_, depth) => `JSON, depth ${depth + 1}`),
  )
  expect(new Set(phases.map(({ name }) => name)).size).toBe(phases.length)
  expect(new Set(phases.map((phase) => phase.partsOf)).size).toBe(phases.length)
})
