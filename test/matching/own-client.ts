import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { Conversations } from '../../src/interactions/conversations.ts'
import { RequestReader, type WireRequest } from '../../src/interactions/request-reader.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { InteractionPool } from '../../src/matching/interaction-pool.ts'
import { DEFAULT_MATCH, type MatchList } from '../../src/matching/match-on.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { answer, oneConnection } from '../helpers/tape.ts'

const ORIGIN = 'http://api.test'

/** A request as the bytes of a client, one character a byte. */
export function requestOf(line: string, headers: readonly string[] = [], body: string | Uint8Array = ''): string {
  const content = typeof body === 'string' ? body : Buffer.from(body).toString('latin1')
  const length = content === '' ? [] : [`Content-Length: ${content.length}`]
  return `${[`${line} HTTP/1.1`, 'Host: api.test', ...headers, ...length].join('\r\n')}\r\n\r\n${content}`
}

/** The same in chunks of one byte. */
function chunked(line: string, headers: readonly string[], content: string): string {
  const head = [`${line} HTTP/1.1`, 'Host: api.test', ...headers, 'Transfer-Encoding: chunked'].join('\r\n')
  return `${head}\r\n\r\n${content.replaceAll(/[^]/g, '1\r\n$&\r\n')}0\r\n\r\n`
}

/** The requests, each with an answer, as they are saved. */
export function recordingOf(requests: readonly string[], secrets: readonly string[] = []): Cassette {
  const plain = oneConnection(ORIGIN, (connection) =>
    requests.reduce((all, request, index) => all.sent(request).received(answer(String(index))), connection),
  )
  return redactCassette(plain, { secrets }).cassette
}

export function read(request: string, origin = ORIGIN): WireRequest {
  const reader = new RequestReader(origin)
  reader.push(Buffer.from(request, 'latin1'))
  while (reader.next() !== undefined);
  if (reader.request?.isComplete !== true) throw new Error(`no request: ${JSON.stringify(request)}`)
  return reader.request
}

/** Plays a cassette: gives for each request the place of the recorded one that answers it. */
export function player(
  cassette: Cassette,
  matchOn: MatchList = DEFAULT_MATCH,
  origin = ORIGIN,
  allowPlaybackRepeats = false,
): (request: string) => number | undefined {
  const source = new Conversations(cassette)
  const pool = new InteractionPool(source, { matchOn, allowPlaybackRepeats, order: 'any', barrier: false })
  return (request) => {
    const found = pool.find(read(request, origin), undefined)
    if (found === undefined) return undefined
    pool.play(found.interaction)
    return found.interaction.index
  }
}

/** Whether one request, recorded with `secrets` known, answers another. */
export const isAnswered = (
  recorded: string,
  asked: string,
  secrets: readonly string[] = [],
  matchOn?: MatchList,
): boolean => player(recordingOf([recorded], secrets), matchOn)(asked) === 0

/** A request with a text somewhere in it, and something that is no secret. */
export type Place = (written: string, other: string) => string

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')
const json = (written: string, other: string): string => `{"id":1,"note":"before ${written} after","other":"${other}"}`
const JSON_TYPE = 'Content-Type: application/json'

/** Places where what can stand in a string of JSON may stand. */
export const BODIES: Readonly<Record<string, Place>> = {
  JSON: (written, other) => requestOf('POST /', [JSON_TYPE], json(written, other)),
  'JSON of no type': (written, other) => requestOf('POST /', [], json(written, other)),
  NDJSON: (written, other) =>
    requestOf('POST /', ['Content-Type: application/x-ndjson'], `{"a":1}\n${json(written, other)}\n`),
  'chunks of one byte': (written, other) => chunked('POST /', [JSON_TYPE], json(written, other)),
  'quoted-printable': (written, other) =>
    requestOf(
      'POST /',
      ['Content-Type: multipart/mixed; boundary=b'],
      `--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nsee ${quotedPrintable(written)} there\r\n--b\r\n\r\n${other}\r\n--b--\r\n`,
    ),
  text: (written, other) => requestOf('POST /', ['Content-Type: text/plain'], `see ${written} there, ${other}`),
  XML: (written, other) =>
    requestOf('POST /', ['Content-Type: application/xml'], `<a><b c="d">${written}</b><c>${other}</c></a>`),
  multipart: (written, other) =>
    requestOf(
      'POST /',
      ['Content-Type: multipart/form-data; boundary=b'],
      `--b\r\nContent-Disposition: form-data; name="note"\r\n\r\n${written}\r\n--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n${other}\r\n--b--\r\n`,
    ),
  gzip: (written, other) =>
    requestOf('POST /', [JSON_TYPE, 'Content-Encoding: gzip'], gzipSync(latin1(json(written, other)))),
  deflate: (written, other) =>
    requestOf('POST /', [JSON_TYPE, 'Content-Encoding: deflate'], deflateSync(latin1(json(written, other)))),
  br: (written, other) =>
    requestOf('POST /', [JSON_TYPE, 'Content-Encoding: br'], brotliCompressSync(latin1(json(written, other)))),
  'gzip that does not say so': (written, other) =>
    requestOf('POST /', [JSON_TYPE], gzipSync(latin1(json(written, other)))),
  form: (written, other) =>
    requestOf(
      'POST /',
      ['Content-Type: application/x-www-form-urlencoded'],
      `a=1&note=x${encodeBytes(written)}&other=${encodeURIComponent(other)}`,
    ),
  query: (written, other) => requestOf(`GET /?a=1&b=x${encodeBytes(written)}&c=${encodeURIComponent(other)}`),
  path: (written, other) => requestOf(`GET /bot${encodeBytes(written)}/${encodeURIComponent(other)}`),
}

/** Lines of twelve characters. */
const quotedPrintable = (text: string): string =>
  text
    .replaceAll(
      /[^\x20-\x3c\x3e-\x7e]/g,
      (char) => `=${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .replaceAll(/(?:=[\dA-F]{2}|[^=]){12}(?=.)/g, '$&=\r\n')

/** Of a byte string, which is one already. */
const encodeBytes = (text: string): string =>
  text.replaceAll(/[^\w.~-]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
