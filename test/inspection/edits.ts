import { gzipSync } from 'node:zlib'
import type { Cassette, TapeEvent } from '../../src/tape/cassette.ts'
import { cassetteOf, connectionOf, conversation, get, ok } from './wire.ts'

/** An edit by hand, and what is to be said about it. */
export interface EditCase {
  readonly what: string
  readonly cassette: Cassette
  /** Each text stands in the file once. */
  readonly edits: readonly (readonly [before: string, after: string])[]
  /** The codes beside CHECKSUM_WRONG, each with the event that it is about, counted from 0. */
  readonly findings: readonly (readonly [code: string, event: number, says: string])[]
  /** What `fmt` makes of the file, as edits of the original; absent: nothing beside checksums. */
  readonly mended?: readonly (readonly [before: string, after: string])[]
}

const chunked = (...chunks: readonly string[]): string =>
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks
    .map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`)
    .join('')}0\r\n\r\n`

const post = (body: string): string =>
  `POST /notes HTTP/1.1\r\nHost: api.test\r\nContent-Length: ${body.length}\r\n\r\n${body}`

const reset: TapeEvent = {
  type: 'close',
  connection: 1,
  at: 0,
  by: 'server',
  failure: { code: 'CONNECTION_LOST', phase: 'body', systemCode: 'ECONNRESET', message: 'read ECONNRESET' },
}

const cutOff = cassetteOf(
  connectionOf([[get('/half'), 'HTTP/1.1 200 OK\r\nX-Word: old\r\nContent-Length: 9\r\n\r\nhalf']], { end: [reset] }),
)

const cutCoded = cassetteOf(
  connectionOf(
    [[get('/half'), 'HTTP/1.1 200 OK\r\nX-Word: old\r\nContent-Encoding: gzip\r\nContent-Length: 90\r\n\r\nhalf']],
    { end: [reset] },
  ),
)

export const EDIT_CASES: readonly EditCase[] = [
  {
    what: 'the head of a coded answer that was cut off',
    cassette: cutCoded,
    edits: [['X-Word: old', 'X-Word: new']],
    findings: [],
  },
  {
    what: 'a value of the same length',
    cassette: conversation([get('/a'), ok('{"name":"Ada"}')]),
    edits: [['name: Ada', 'name: Lea']],
    findings: [],
  },
  {
    what: 'a longer body',
    cassette: conversation([get('/a'), ok('{"name":"Ada"}')], [get('/b'), ok('other')]),
    edits: [['name: Ada', 'name: Ada Lovelace']],
    findings: [['LENGTH_WRONG', 2, 'Content-Length says 14, the body has 23 bytes']],
    mended: [
      ['name: Ada', 'name: Ada Lovelace'],
      ['Content-Length: 14', 'Content-Length: 23'],
      ['200 OK, 14 bytes', '200 OK, 23 bytes'],
    ],
  },
  {
    what: 'a body that became empty',
    cassette: conversation([get('/a'), ok('gone')], [get('/b'), ok('other')]),
    edits: [['text: "gone"', 'text: ""']],
    findings: [['LENGTH_WRONG', 2, 'Content-Length says 4, the body has 0 bytes']],
  },
  {
    what: 'the body of a request',
    cassette: conversation([post('remember'), ok()], [get('/b'), ok('other')]),
    edits: [['text: "remember"', 'text: "forget"']],
    findings: [['LENGTH_WRONG', 1, 'Content-Length says 8, the body has 6 bytes']],
  },
  {
    what: 'two chunks and a removed one',
    cassette: conversation([get('/a'), chunked('first chunk', 'second', 'third')], [get('/b'), ok('other')]),
    edits: [
      ['first chunk', 'the first chunk of all'],
      ['second', ''],
    ],
    findings: [
      ['LENGTH_WRONG', 2, 'a chunk-size says 11, the chunk has 22 bytes'],
      ['LENGTH_WRONG', 2, 'a chunk of 6 bytes is empty'],
    ],
  },
  {
    what: 'a header of an answer that was cut off: how long it would have been is as the server said',
    cassette: cutOff,
    edits: [['X-Word: old', 'X-Word: new']],
    findings: [],
  },
  {
    what: 'text in the place of a compressed body',
    cassette: conversation([get('/a'), ok(gzipSync('{"a":1}'), 'Content-Encoding: gzip')]),
    edits: [[`base64: "${gzipSync('{"a":1}').toString('base64')}"`, 'text: \'{"a":2}\'']],
    findings: [
      ['LENGTH_WRONG', 2, 'Content-Length says 27, the body has 7 bytes'],
      ['CONTENT_UNDECODABLE', 2, 'the body is not gzip'],
    ],
  },
  {
    what: 'a head that is none any more',
    cassette: conversation([get('/a'), ok('hello')]),
    edits: [['HTTP/1.1 200 OK', 'HTTP/1.1 2OO OK']],
    findings: [['HTTP_BROKEN', 2, 'BAD_STATUS']],
  },
]
