import { test } from '../helpers/test.ts'
import { expectKeptLines, inOneLine, outcome, shown } from '../helpers/outcomes.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import { byteByByte, formatError, formatEvent, read, traceOf } from '../helpers/trace.ts'
import { parserFor } from '../helpers/wire.ts'
import { RemoteProtocolError } from '../../src/errors.ts'
import { idleTimeout, keepsAlive, listElements } from '../../src/http1/framing.ts'
import {
  isFieldValue,
  isFieldVchar,
  isMereControl,
  isObsText,
  isTarget,
  isTargetChar,
  isTchar,
  isToken,
  nameByte,
  trimBlanks,
} from '../../src/http1/grammar.ts'
import { leniencyNames, resolveLeniencies, STRICT } from '../../src/http1/leniency.ts'
import { DEFAULT_LIMITS, DEFAULT_REQUEST_LIMITS, type ParserLimits } from '../../src/http1/limits.ts'
import { chunkHead, lastChunk, planRequest } from '../../src/http1/request-writer.ts'
import { ResponseParser } from '../../src/http1/response-parser.ts'
import { REQUEST_STEPS, RESPONSE_STEPS } from '../../src/http1/state.ts'

const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`
const FINAL = 'Content-Length: 1\r\n\r\nx'

/** What a server sends, with the methods that wait for it. */
const ANSWERS: readonly (readonly [methods: string, text: string])[] = [
  ...[
    'HTTP/1.1 200 OK',
    'HTTP/1.0 200 OK',
    'HTTP/1.1 200',
    'HTTP/1.1 200 ',
    'HTTP/1.1  200 OK',
    'HTTP/1.1 200  OK',
    'HTTP/1.1  200  OK',
    'HTTP/1.1 099 A',
    'HTTP/1.1 100 A',
    'HTTP/1.1 199 A',
    'HTTP/1.1 999 A',
    'HTTP/1.1 20 A',
    'HTTP/1.1 2000 A',
    'HTTP/1.1 2x0 A',
    'HTTP/1.2 200 A',
    'HTTP/2.0 200 A',
    'HTTP/0.9 200 A',
    'HTTP/1.10 200 A',
    'HTTP/11 200 A',
    'HTTP/1,1 200 A',
    'http/1.1 200 A',
    'HTTPS/1.1 200 A',
    'HTTP 200 A',
    'HTTP/1.1\t200 A',
    'HTTP/1.1 200\tA',
    'HTTP/1.1 200 A\x01',
    'HTTP/1.1 200 \xe4\t~',
    'HTTP/1.1 200 A\x7f',
    '\r\nHTTP/1.1 200 A',
    '\r\n\r\nHTTP/1.1 200 A',
    '\r\n\r\n\r\nHTTP/1.1 200 A',
    '\nHTTP/1.1 200 A',
    ' HTTP/1.1 200 A',
    '\rHTTP/1.1 200 A',
    'HTTP/1.1 200 A\rB',
    'HTTP/1.1',
    'x',
  ].map((line) => ['GET', `${line}\r\n${FINAL}`] as const),
  ['GET', `HTTP/1.1 200 OK\n${FINAL}`],
  ['GET', 'HTTP/1.1 200 OK\r\nContent-Length: 1\n\nx'],
  ['GET', 'HTTP/1.1 200\nContent-Length: 1\n\nx'],
  ...[
    'A: b',
    'A:b',
    'A:  b \t',
    'A:',
    'A: \t',
    'A : b',
    'A\t: b',
    ': b',
    'A b: c',
    'A',
    'A\x01: b',
    'A: b\x01',
    'A: b\0',
    'A: b\rc',
    'A: b\x7f',
    'A: \xe4',
    'A: b\r\n c',
    'A: b\r\n\tc\r\n d',
    ' A: b',
    'A: b\r\n \r\nC: d',
    '\tA: b',
    'A: b\n c',
    '(A): b',
    'A\xe4: b',
    'Content-Length : 1',
    'Transfer-Encoding : chunked',
    'Content-Length\x01: 5',
    'Contént-Length: 5',
    'A: b\r\n\x00C: d',
    'Content-Length: 2',
    'Content-Length: 1, 1',
    'Content-Length: 1,2',
    'Content-Length: +1',
    'Content-Length: 0x1',
    'Content-Length: 9007199254740991',
    'Content-Length: 9007199254740992',
    'Content-Length:',
    'Content-Length: -1',
    'Content-Length: 1 1',
    'Content-Length: 01',
    'A: b\r\n c\r\nD: e',
    'A: \r\n b',
    'A:b \r\n \t\r\n c',
    ' x\r\nA: b',
    ' Content-Length: 5\r\nA: b',
    'A: b\nC: d',
    'A b\r\n c\r\nD: e',
    'A b\nD: e',
    'A: \x01b\r\n c\x01',
    'A \t: b',
    'A x: b',
    'A \r\nB: c',
    'Content-Length: 1\r\n 2',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: gzip',
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: chunked, gzip',
    'Transfer-Encoding: identity',
    'Transfer-Encoding: chunked, chunked',
    'Transfer-Encoding: Chunked',
    'Transfer-Encoding:',
    'Transfer-Encoding: x',
    'Transfer-Encoding: chunked;a=b',
    'Transfer-Encoding: identity, chunked',
  ].map((line) => ['GET', `${OK}${line}\r\n${FINAL}`] as const),
  ...[
    '0\r\n\r\n',
    '1\r\nx\r\n0\r\n\r\n',
    'A\r\n0123456789\r\n0\r\n\r\n',
    'a\r\n0123456789\r\n00\r\n\r\n',
    '01\r\nx\r\n0\r\n\r\n',
    '1 \r\nx\r\n0\r\n\r\n',
    '1\t\r\nx\r\n0\r\n\r\n',
    ' 1\r\nx\r\n0\r\n\r\n',
    '1;a\r\nx\r\n0;b\r\n\r\n',
    '1;a=b\r\nx\r\n0\r\n\r\n',
    '1;a="b;c"\r\nx\r\n0\r\n\r\n',
    '1;a="b\\"c"\r\nx\r\n0\r\n\r\n',
    '1 ; a = b ;c\r\nx\r\n0\r\n\r\n',
    '1;\r\nx\r\n0\r\n\r\n',
    '1;a=\r\nx\r\n0\r\n\r\n',
    '1;a="b\r\nx\r\n0\r\n\r\n',
    '1;a="b"c\r\nx\r\n0\r\n\r\n',
    '1;a b\r\nx\r\n0\r\n\r\n',
    '1;a=b \r\nx\r\n0\r\n\r\n',
    '1;a \r\nx\r\n0\r\n\r\n',
    '1;a="\x01"\r\nx\r\n0\r\n\r\n',
    '1;a="\\\x01"\r\nx\r\n',
    '1;(\r\nx\r\n0\r\n\r\n',
    '1,a\r\nx\r\n0\r\n\r\n',
    'g\r\nx\r\n',
    '\r\nx',
    '\r\n1\r\nx\r\n0\r\n\r\n',
    '-1\r\nx\r\n',
    '1\nx\n0\n\n',
    '1\r\nx\n0\r\n\r\n',
    '1\rx',
    '1\r\nxy\r\n0\r\n\r\n',
    '1\r\nx\ry',
    '1;a\nx\r\n0\r\n\r\n',
    `${'0'.repeat(16)}\r\n\r\n`,
    `${'0'.repeat(17)}\r\n\r\n`,
    '1fffffffffffff\r\n',
    '20000000000000\r\n',
    '0\r\nT: u\r\nV: w\r\n\r\n',
    '0\r\nT : u\r\n\r\n',
    '0\r\nT\r\n\r\n',
    '0\r\nT: u\n\n',
    '0\r\n\r\nHTTP/1.1 200 OK\r\n',
    '2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n',
    '1;a\r\nx\r\n1\r\ny\r\n0\r\n\r\n',
    '1;a\r\nx\r\n1 \r\ny\r\n0\r\n\r\n',
    '1;a b=c ;\r\nx\r\n0\r\n\r\n',
    '1;a\x01\r\nx\r\n0\r\n\r\n',
    '1 ;a=b\nx\r\n0\n\n',
    '1 \nx\n0\n\n',
    '1;a\rx',
    '1\r\nx\n1\r\ny\n0\r\n\r\n',
    '10\r\n0123456789abcdef\r\nF\r\n0123456789abcde\r\n0\r\n\r\n',
    '1\r\nx\r\n1fffffffffffff\r\n',
    '1\r\nx\r\n20000000000000\r\n',
    `1\r\nx\r\n${'0'.repeat(16)}\r\n\r\n`,
    `1\r\nx\r\n${'0'.repeat(17)}\r\n\r\n`,
    `1\r\nx\r\n${'0'.repeat(12)}1\r\ny\r\n0\r\n\r\n`,
    `1\r\nx\r\n${'0'.repeat(13)}1\r\ny\r\n0\r\n\r\n`,
    '1\r\nx\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n',
    '1\r\nx\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n',
    '1\r\nx\r\n\r\n',
    '1\r\nx\r\ng\r\n',
    '1\r\nx\r\n:\r\n',
    '0\r\nT: u\r\n v\r\n\r\n',
    '0\r\n t: u\r\n\r\n',
    '0\r\nContent-Length: 5\r\n\r\n',
    '1\r\nx\r\n1;a\r\ny\r\n0\r\n\r\n',
    '1\r\n',
    '1\r\nx',
    '0\r\n',
    '',
  ].map((body) => ['GET', `${CHUNKED}${body}`] as const),
  ...[
    'Content-Length: 1, 1',
    'Content-Length: 1,2',
    'Content-Length: 1\r\nContent-Length: 1',
    'Content-Length: x',
    'Transfer-Encoding: gzip',
    'Transfer-Encoding: identity',
    'Transfer-Encoding: identity, chunked',
    'Transfer-Encoding: chunked, chunked',
    'Transfer-Encoding: Chunked',
    'Transfer-Encoding:',
    'Transfer-Encoding: \xa0chunked',
    'Transfer-Encoding: identity,',
    'Content-Length: 1:',
    'Content-Length: /1',
    'Content-Length: 1,x',
    'Content-Length: x,1',
    'Content-Length: x,y',
    'Content-Length: 1,1,2',
    'Content-Length: ,',
    'Content-Length: 9007199254740992, 9007199254740992',
    'Content-Length: 1\r\nContent-Length: x',
    'Content-Length: x\r\nContent-Length: 1',
    'Content-Lengths: 1',
    'Content-Lengt: 1',
    'Content-Langth: 1',
    'Transfer-Encodings: chunked',
    'Transfer-Encodang: chunked',
    'Transfer-Encoding: chunked\r\n ,x',
    'Transfer-Encoding: identity, x',
    'Transfer-Encoding: identity, chunked, chunked',
    'Transfer-Encoding: chunked, identity, chunked',
    'Transfer-Encoding: x, chunked, chunked',
    'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
    'Transfer-Encoding: x\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: x',
    'Transfer-Encoding: ,',
    'Transfer-Encoding: identity\r\nContent-Length: 1',
    'Transfer-Encoding: chunked\r\nContent-Length: x',
  ].map((line) => ['GET', `${OK}${line}\r\n\r\n1\r\nx\r\n0\r\n\r\n`] as const),
  ['HEAD', `${OK}Content-Length: 5\r\n\r\n`],
  ['HEAD', CHUNKED],
  ['GET', 'HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n'],
  ['GET', 'HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n'],
  ['GET', 'HTTP/1.1 205 Reset\r\n\r\n'],
  ['CONNECT', 'HTTP/1.1 200 OK\r\n\r\nbytes'],
  ['CONNECT', 'HTTP/1.1 299 OK\r\nContent-Length: 2\r\n\r\nbytes'],
  ['CONNECT', 'HTTP/1.1 300 No\r\nContent-Length: 2\r\n\r\nby'],
  ['GET', 'HTTP/1.1 101 Switch\r\n\r\nbytes'],
  ['GET', 'HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 E\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['GET', 'HTTP/1.1 100 C\r\nContent-Length: 3\r\n\r\nHTTP/1.1 204 N\r\n\r\n'],
  ['GET', `${OK}\r\nuntil the end`],
  ['GET', 'HTTP/1.0 200 OK\r\n\r\nuntil the end'],
  ['GET', 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nxHTTP/1.1'],
  ['GET GET', `${OK}${FINAL}${OK}${FINAL}`],
  ['GET GET', `${OK}Connection: close\r\n${FINAL}${OK}${FINAL}`],
  ['GET', `${OK}${FINAL}y`],
  ['GET', `${OK}Content-Length: 5\r\n\r\nxy`],
  ['', 'x'],
  ['GET', `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`],
  ['GET', `${OK}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx`],
  ['GET', `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nx`],
  ['GET', `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['GET', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['GET', 'HTTP/1.1 200 OK\r\nA: b'],
  ['GET', 'HTT'],
  ['GET', ''],
]

/** What a client sends. */
const REQUESTS: readonly string[] = [
  ...[
    'GET / HTTP/1.1',
    'GET / HTTP/1.0',
    "G!#$%&'*+.^_`|~ / HTTP/1.1",
    'GET  / HTTP/1.1',
    'GET /  HTTP/1.1',
    'GET / HTTP/1.1 ',
    'GET /',
    'GET',
    ' GET / HTTP/1.1',
    'G(T / HTTP/1.1',
    'GET /\xe4 HTTP/1.1',
    'GET /\x01 HTTP/1.1',
    'GET /\x7f HTTP/1.1',
    'GET /a b HTTP/1.1',
    'GET\t/ HTTP/1.1',
    'GET / HTTP/1.2',
    'GET / HTTP/2.0',
    'GET / http/1.1',
    'GET / HTTP/1.12',
    'GET / HTTP/1.',
    'GET / HTTP/x.1',
    '\r\nGET / HTTP/1.1',
    '\r\n\r\n\r\nGET / HTTP/1.1',
    '\nGET / HTTP/1.1',
    'GET / HTTP/1.1\rX',
    'GET  /  HTTP/1.1',
    'GET    /   HTTP/1.0',
    'GET  HTTP/1.1',
    'GET / HTTP/1.1\r\nA: b\r\n c',
    'GET / HTTP/11',
    'GET / HTTP/1:1',
    'GET / HTTP/1./',
    'GET / HTTP/1.:',
    'GET / HTTP/0.9',
    'GET / HTTP/1.1x',
    'GET http://a/b?c HTTP/1.1',
    'OPTIONS * HTTP/1.1',
  ].map((line) => `${line}\r\nHost: a\r\n\r\n`),
  'GET / HTTP/1.1\nHost: a\n\n',
  'CONNECT a:1 HTTP/1.1\r\n\r\nbytes',
  'POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\n\r\n',
  'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: u\r\n\r\nGET /2 HTTP/1.1\r\n\r\n',
  'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET',
  'POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nx',
  'POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n',
  'POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'GET / HTTP/1.1\r\nConnection: close\r\n\r\nGET',
  'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET',
  'POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\na',
  'GET / HTT',
  '',
  '\r\n',
  'GET / HTTP/1.1\r\n\r\n\r\n',
]

/** All leniencies but one. */
const onBut = (off?: string): object => Object.fromEntries(Object.keys(STRICT).map((name) => [name, name !== off]))

/** What a parser says strictly of all bytes at once, and, at once or one after the other, with an end and with the leniencies that change it. */
function linesFor(to: readonly string[] | undefined, text: string): readonly string[] {
  const bytes = Buffer.from(text, 'latin1')
  const say = (lenient: object, eof: boolean): string => {
    const readings = [[bytes], ...(eof ? [byteByByte(bytes)] : [])].map((segments) =>
      read(parserFor({ to, limits: {}, lenient }), segments, eof),
    )
    const [said = '', ...others] = readings.map((one) => inOneLine(`${traceOf(one).join(' ')} -> ${one.state}`))
    for (const other of others) expectEqual(other, said, `byte by byte: ${inOneLine(text)}`)
    return said
  }
  const strict = say({}, false)
  const ended = say({}, true)
  const names = Object.keys(STRICT)
  const lenient = names.map((name) => [name, say({ [name]: true }, true)] as const)
  const all = say(onBut(), true)
  const allBut = names.map((name) => [name, say(onBut(name), true)] as const)
  const lastOfThem = lenient.findLast(([, said]) => said !== ended)?.[1] ?? ended
  return [
    strict,
    ...(ended === strict ? [] : [`end: ${ended}`]),
    ...lenient.filter(([, said]) => said !== ended).map(([name, said]) => `${name}: ${said}`),
    ...(all === lastOfThem ? [] : [`all: ${all}`]),
    ...allBut.filter(([, said]) => said !== all && said !== ended).map(([name, said]) => `all but ${name}: ${said}`),
  ].map((line) => `  ${line}`)
}

test('answers and requests, byte for byte: what the parsers say, strictly and with each leniency', () => {
  const lines: string[] = []
  for (const [methods, text] of ANSWERS)
    lines.push(`${methods}: ${inOneLine(text)}`, ...linesFor(methods === '' ? [] : methods.split(' '), text))
  for (const text of REQUESTS) lines.push(`request: ${inOneLine(text)}`, ...linesFor(undefined, text))
  expectKeptLines(new URL('whole-traces.txt', import.meta.url), lines)
})

/** The same events and errors so many bytes further on. */
const movedBy = (bytes: number, trace: readonly string[]): readonly string[] =>
  trace.map((line) =>
    line.replace(/^(\[?)(\d+)(,\d+)?/, (_, open: string, start: string, end?: string) => {
      const moved = end === undefined ? '' : `,${Number(end.slice(1)) + bytes}`
      return `${open}${Number(start) + bytes}${moved}`
    }),
  )

test('a message means the same after another one, in one segment or byte by byte', () => {
  const cases = [
    ...ANSWERS.filter(([methods]) => methods !== '').map(
      ([methods, text]) => [methods.split(' '), text, 'GET', `${OK}A: b\r\n${FINAL}`] as const,
    ),
    ...REQUESTS.map(
      (text) => [undefined, text, undefined, 'POST /first HTTP/1.1\r\nContent-Length: 1\r\n\r\nx'] as const,
    ),
  ]
  for (const [to, text, method, first] of cases)
    for (const lenient of [{}, onBut(), onBut('invalidFieldLines')]) {
      const said = (before: string, by: readonly string[] | undefined, isByteByByte: boolean): readonly string[] => {
        const bytes = Buffer.from(before + text, 'latin1')
        const reading = read(
          parserFor({ to: by, limits: {}, lenient }),
          isByteByByte ? byteByByte(bytes) : [bytes],
          true,
        )
        return [...traceOf(reading), reading.state]
      }
      const alone = movedBy(first.length, said('', to, false))
      const before = to && [method, ...to]
      for (const isByteByByte of [false, true])
        expectEqual(
          said(first, before, isByteByByte).slice(3),
          alone,
          `${inOneLine(text)}${isByteByByte ? ', byte by byte' : ''}`,
        )
    }
})

/** What a parser makes of the first bytes of a segment, and what is left of them. */
function ofFirst(length: number, segment: Uint8Array, methods: readonly string[]): unknown {
  const parser = new ResponseParser()
  for (const method of methods) parser.expectResponseTo(method)
  parser.push(segment, length)
  const said: unknown[] = []
  try {
    for (let event = parser.next(); event !== undefined; event = parser.next()) said.push(formatEvent(event))
  } catch (error) {
    said.push(error instanceof RemoteProtocolError ? formatError(error.code, error.offset) : error)
  }
  return [...said, parser.state, parser.buffered]
}

test('what stands in a segment after the bytes that count is not looked at', () => {
  for (const [methods, text] of ANSWERS) {
    const bytes = Buffer.from(text, 'latin1')
    const to = methods === '' ? [] : methods.split(' ')
    for (let length = 1; length < bytes.length; length += 1)
      expectEqual(
        ofFirst(length, bytes, to),
        ofFirst(length, Buffer.from(bytes.subarray(0, length)), to),
        `${length} of ${inOneLine(text)}`,
      )
  }
})

test('limits, to the byte', () => {
  const lines = [shown(DEFAULT_LIMITS), shown(DEFAULT_REQUEST_LIMITS)]
  const answer = `HTTP/1.1 100 C\r\nA: b\r\n\r\nHTTP/1.1 100 C\r\n\r\n\r\n${CHUNKED}1;a\r\nx\r\n01\r\ny\r\n0;b\r\nT: u\r\nV: w\r\n\r\n`
  for (const name of Object.keys(DEFAULT_LIMITS))
    for (let limit = 0; limit < 60; limit += 1) {
      const limits: Partial<ParserLimits> = { [name]: limit }
      const { state, error } = read(parserFor({ to: ['GET'], limits, lenient: {} }), [Buffer.from(answer)], true)
      const line = `${name} ${limit}: ${state} ${error === undefined ? 'fine' : shown(error)}`
      if (!(lines.at(-1) ?? '').endsWith(line.slice(line.indexOf(':')))) lines.push(line)
    }
  expectKeptLines(new URL('limits.txt', import.meta.url), lines)
})

const H = (name: string, value: string) => ({ name, value })
test('characters, fields, states and requests that are written', () => {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte)
  const lines: string[] = [shown(RESPONSE_STEPS), shown(REQUEST_STEPS)]
  for (const [name, is] of Object.entries({ isTchar, isFieldVchar, isTargetChar, isMereControl, isObsText }))
    lines.push(`${name}: ${inOneLine(String.fromCharCode(...bytes.filter(is)))}`)
  for (const [name, is] of Object.entries({ isToken, isFieldValue, isTarget }))
    lines.push(
      `${name}: ${inOneLine(
        bytes
          .map((byte) => String.fromCharCode(byte))
          .filter(is)
          .join(''),
      )}, empty ${is('')}`,
    )
  lines.push(
    [undefined, 0, 9, 10, 13, 32, 33, 126, 127, 200].map(nameByte).join(', '),
    [' a ', '\ta\t', 'a b', '', '  '].map((text) => shown(trimBlanks(text))).join(', '),
  )
  for (const value of ['', 'a', 'A, b', ' , a ,, "b, c" ,d', 'a;b="c\\"d,e"', '"open', ','])
    lines.push(`list ${value}: ${outcome(() => listElements(value))}`)
  for (const version of ['1.0', '1.1'] as const)
    for (const value of ['', 'close', 'keep-alive', 'Close', 'upgrade', 'keep-alive, close', 'upgrade, keep-alive'])
      lines.push(`${version} ${value}: ${keepsAlive(version, value === '' ? [] : [H('connection', value)])}`)
  for (const value of [
    'timeout=5',
    'timeout=5, max=100',
    'max=1',
    'timeout=x',
    'timeout=0',
    'TIMEOUT=7',
    'timeout="5"',
    'timeout=-1',
    'timeout=1.5',
    'xtimeout=5',
  ])
    lines.push(`keep-alive ${value}: ${outcome(() => idleTimeout([H('Keep-Alive', value)]))}`)
  lines.push(`none: ${idleTimeout([])}`)
  for (const given of [undefined, {}, { bareLf: true, obsFold: false }, { nothing: true }])
    lines.push(`${shown(given)}: ${outcome(() => [leniencyNames(given), resolveLeniencies(given)])}`)
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'B@D', ''])
    for (const body of [undefined, { bytes: undefined }, { bytes: 0 }, { bytes: 5 }])
      for (const fields of [
        [],
        [H('Content-Length', '5')],
        [H('Content-Length', '0')],
        [H('Transfer-Encoding', 'chunked')],
      ])
        lines.push(
          `${method} ${shown(body)} ${fields.map(({ name, value }) => `${name}: ${value}`).join()}: ${outcome(() => planRequest({ method, target: '/', fields }, 'a.test', body))}`,
        )
  for (const fields of [
    [H('Host', 'b')],
    [H('Host', 'b'), H('host', 'c')],
    [H('a b', 'c')],
    [H('a', 'b\n')],
    [H('a', 'b\u0100')],
    [H('Content-Length', '1'), H('content-length', '1')],
    [H('Content-Length', 'x')],
    [H('Content-Length', '9007199254740992')],
    [H('Transfer-Encoding', 'gzip')],
    [H('Transfer-Encoding', 'Chunked')],
    [H('Transfer-Encoding', 'chunked'), H('Transfer-Encoding', 'chunked')],
    [H('Transfer-Encoding', 'chunked'), H('Content-Length', '1')],
    [H('a', 'x'.repeat(80) + '\n')],
    [H('a', 'x'.repeat(79) + '\n')],
  ])
    lines.push(
      `${shown(fields)}: ${outcome(() => planRequest({ method: 'GET', target: '/', fields }, 'a.test', { bytes: 1 }))}`,
    )
  for (const target of ['/a b', '', '/\xe4', '/~'])
    lines.push(
      `${inOneLine(target)}: ${outcome(() => planRequest({ method: 'GET', target, fields: [] }, 'a.test', undefined).head)}`,
    )
  lines.push(
    [1, 10, 255, 65536].map(chunkHead).map(inOneLine).join(' '),
    shown(lastChunk([])),
    shown(lastChunk([H('A', 'b'), H('C', 'd')])),
  )
  for (const name of [
    'Content-Length',
    'transfer-encoding',
    'host',
    'connection',
    'te',
    'trailer',
    'upgrade',
    'expect',
    'authorization',
    'proxy-authorization',
    'content-encoding',
    'content-type',
    'content-range',
    'etag',
    'b@d',
    'set-cookie',
  ])
    lines.push(`trailer ${name}: ${outcome(() => lastChunk([H(name, 'x')]))}`)
  expectKeptLines(new URL('whole-rules.txt', import.meta.url), lines)
})
