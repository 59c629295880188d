import * as fc from 'fast-check'
import type { BytesEvent, Cassette, TapeEvent } from '../../src/tape/cassette.ts'
import { anyText } from './any-text.ts'

/** Bytes of a string of latin-1, one character a byte. */
export const bytes = (wire: string): Uint8Array => Buffer.from(wire, 'latin1')

/** A cassette of one connection that carried these segments. */
export function cassetteOf(...segments: readonly Uint8Array[]): Cassette {
  const tape = segments.map((segment, index): BytesEvent => ({
    type: 'received',
    connection: 1,
    at: index,
    bytes: segment,
  }))
  return { version: 1, recorded: RECORDED, tape: [OPEN, ...tape] }
}

/** The bytes of all segments, for comparing. */
export function segmentsOf(cassette: Cassette): readonly string[] {
  return cassette.tape.flatMap((event) => ('bytes' in event ? [Buffer.from(event.bytes).toString('latin1')] : []))
}

const RECORDED = { at: '2026-11-22T12:00:00.000Z', by: 'wiretape 0.1.0', node: '20.20.2' }
const OPEN: TapeEvent = { type: 'open', connection: 1, to: 'https://api.example.com', at: 0, took: 1.5 }

/** What YAML, editors, `git` or HTTP take for something of their own. */
// oxfmt-ignore
const TRAPS = [
  '\r\n', '\n', '\r', '\0', '\t', ' ', '  ', '\u00a0', '\u3000', '\u0085', '\u2028', '\ufeff', '\u202e', '\u001b[2J', '\ud83d\ude00',
  '---', '...', '- ', '- x', '#', ' # c', '? ', ': ', 'a: b', '|', '|2-', '>', '%YAML', '!tag', '&a', '*a', '<<', '{', '}', '[', ']', ',',
  '"', "'", '\\', '\\n', '`', '@', '~', 'null', 'NO', 'on', 'yes', '0755', '1e3', '1:30', '.inf', '2026-01-01', '=',
  '<<<<<<< HEAD\n', '=======\n', 'x'.repeat(120), 'word '.repeat(40), 'line\n  indented\n\n\tTab\nblank \n',
] as const

// oxfmt-ignore
const HTTP = [
  'GET /users?q=a&b=1 HTTP/1.1\r\nHost: api.example.com\r\nAccept: */*\r\n\r\n', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 204 \r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n', 'Content-Type: application/json\r\n', 'Content-Length: 12\r\n', 'Content-Encoding: gzip\r\n',
  'Transfer-Encoding: chunked\r\n', 'X-Blank: value \r\n', 'X-Name: caf\u00e9\r\n', ' folded\r\n', '\r\n\r\n', '5\r\nhello\r\n', '\r\n1f4;ext="v"\r\n',
  '0\r\n\r\n', '0\r\nX-Trailer: a\r\n\r\n', 'data: {"a":1}\n\n', '{"id":42,"name":"Ada"}', '{"a": 1}', '[1.5,-3,1e+30,9007199254740993]',
] as const

const trap = fc.constantFrom(...TRAPS, ...HTTP)

const part: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: trap.map((text) => Buffer.from(text, 'utf8')) },
  { weight: 2, arbitrary: trap.map((text) => Buffer.from(text, 'latin1')) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 24 }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }).map((value) => Buffer.from(JSON.stringify(value))) },
)

const segment = fc.array(part, { maxLength: 8 }).map((parts) => Buffer.concat(parts))

const event = fc.record(
  {
    type: fc.constantFrom('sent' as const, 'received' as const),
    connection: fc.constant(1),
    at: fc.double({ min: 0, max: 1e9, noNaN: true }).map((at) => Math.round(at * 1000) / 1000),
    bytes: segment,
  },
  { noNullPrototype: true },
)

/** Conversations that would break a careless writer or reader of YAML. */
export const conversations: fc.Arbitrary<Cassette> = fc
  .record({
    recorded: fc.record(
      { at: fc.constantFrom(...TRAPS), by: fc.string(), node: fc.constant('20.20.2') },
      { noNullPrototype: true },
    ),
    events: fc.array(event, { maxLength: 5 }),
    message: anyText,
  })
  .map(({ recorded, events, message }) => {
    const failure = { code: 'CONNECTION_LOST', phase: 'body', systemCode: 'ECONNRESET', message } as const
    return {
      version: 1,
      recorded,
      tape: [OPEN, ...events, { type: 'close', connection: 1, at: 9, by: 'server', failure }],
    }
  })
