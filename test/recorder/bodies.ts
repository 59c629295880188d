import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import type { Cassette } from '../../src/tape/cassette.ts'
import { oneConnection } from '../helpers/tape.ts'

/** A secret that is registered, and one that only its name gives away. */
export const SECRET = 'S3cr3tValue-0f-Th3-Te5ts'
const NAMED = 'hunter2hunter2'

/** Bodies that have ended a save, have taken minutes, or are of the kinds that may; `size` is about how many bytes they have. */
export const BODIES: Readonly<Record<string, (size: number) => Buffer>> = {
  nothing: () => Buffer.alloc(0),
  'one NUL': () => Buffer.from([0]),
  NULs: (size) => Buffer.alloc(size),
  'all bytes': (size) => Buffer.from(Array.from({ length: size }, (_, at) => at & 0xff)),
  'continuation bytes': (size) => Buffer.alloc(size, 0x80),
  'a control byte before a password': () => latin1(`\0\0\0<{"password":"${NAMED}"}`),
  'a form with empty fields': (size) => latin1(repeated('a=&=&&password=&', size)),
  'a form with a password': () => latin1(`user=ada&password=${NAMED}&key=${SECRET}`),
  'a form of one long value': (size) => latin1(`password=${'x'.repeat(size)}`),
  'percent signs': (size) => latin1(repeated('%2', size)),
  'escaped percent signs': (size) => latin1(`token=${repeated('%25', size)}`),
  'one empty part': () => multipart(['']),
  'parts of nothing but line ends': () => multipart(['\r\n', '\r\n\r\n', '\n\n', '\r\n\r\n\r\n']),
  'empty form fields': () => multipart([field('a', ''), field('password', ''), field('b', '')]),
  'line ends behind the last boundary': () => Buffer.concat([multipart([field('a', '')]), latin1('\r\n\r\n')]),
  'a part with a secret': () => multipart([field('password', NAMED), field('note', SECRET)]),
  'many parts': (size) => multipart(Array.from({ length: size / 60 }, (_, at) => field(`f${at}`, ''))),
  'boundaries on end': (size) => latin1(repeated('--b', size)),
  'parts in parts': (size) => latin1(nestedParts(size)),
  'a part in UTF-16 of nothing': () => multipart(['Content-Type: text/plain; charset=utf-16\r\n\r\n']),
  'UTF-16 of an odd length': () => utf16(`{"password":"${NAMED}"}`).subarray(0, -1),
  'UTF-16 with a secret': () => utf16(`{"password":"${NAMED}","note":"${SECRET}"}`),
  'UTF-16, big end first': () => utf16(`\ufeff<a password="${NAMED}"/>`).swap16(),
  'a byte order mark alone': () => Buffer.from([0xff, 0xfe]),
  'UTF-16 of half a pair': () => Buffer.from([0xff, 0xfe, 0x00, 0xd8]),
  'zeros before what grows in UTF-16': (size) => Buffer.concat([Buffer.alloc(size / 2), Buffer.alloc(size / 2, '漢')]),
  'gzip of gzip of a secret': () => gzipSync(gzipSync(`{"password":"${NAMED}"}`)),
  'gzip that is cut': () => gzipSync(`{"note":"${SECRET}"}`.repeat(20)).subarray(0, 40),
  'gzip of nothing': () => gzipSync(''),
  'the magic of gzip alone': () => Buffer.from([0x1f, 0x8b]),
  'gzip in base64': () => latin1(`{"state":"${gzipSync(`password=${NAMED}&x=${SECRET}`).toString('base64')}"}`),
  'base64 of base64': () => latin1(base64(base64(base64(base64(`{"token":"${SECRET}"}`))))),
  'base64 without end': (size) => latin1('QUJD'.repeat(size / 4)),
  'hex without end': (size) => latin1('61'.repeat(size / 2)),
  'objects in objects': (size) => latin1(`${'{"a":'.repeat(size / 10)}1${'}'.repeat(size / 10)}`),
  'tokens in tokens': (size) => latin1('{"token":'.repeat(size / 9)),
  'tokens in lists': (size) => latin1('{"token":['.repeat(size / 10)),
  'tokens whose strings do not end': (size) => latin1('"token":"'.repeat(size / 9)),
  'names of pairs without values': (size) => latin1('{"name":"token","value":'.repeat(size / 24)),
  'lists in lists': (size) => latin1('['.repeat(size)),
  'a list of empty lists': (size) => latin1(`[${'[],'.repeat(size / 3)}[]]`),
  'a list of commas': (size) => latin1(`[${','.repeat(size)}]`),
  'equal keys': (size) => latin1(`{${'"password":"a",'.repeat(size / 15)}"b":1}`),
  'many secrets': (size) => latin1(JSON.stringify(manySecrets(size))),
  'numbers under secret names': () => latin1('{"pass":42,"otp":123456,"token":1e999,"secret":-0}'),
  'a long number': (size) => latin1(`{"n":${'9'.repeat(size)}}`),
  'keys that mean something': () => latin1('{"__proto__":{"password":"hunter2hunter2"},"<<":1,"constructor":2}'),
  'halves of pairs': () => latin1(String.raw`{"a":"\ud800","password":"\udfff${NAMED}"}`),
  'a line without end': (size) => latin1('x'.repeat(size)),
  blanks: (size) => latin1(' '.repeat(size)),
  'line ends': (size) => latin1('\r\n'.repeat(size / 2)),
  'carriage returns': (size) => latin1('\r'.repeat(size)),
  'folded lines': (size) => latin1(`Authorization: a${'\r\n b'.repeat(size / 4)}`),
  'header lines': (size) => latin1('Authorization: \r\n'.repeat(size / 17)),
  cookies: (size) => latin1(`Cookie: ${'a=;'.repeat(size / 3)}`),
  quotes: (size) => latin1('"'.repeat(size)),
  apostrophes: (size) => latin1(`key: '`.repeat(size / 6)),
  backslashes: (size) => latin1('\\'.repeat(size)),
  'escaped quotes': (size) => latin1(`"a\\":`.repeat(size / 5)),
  'angle brackets': (size) => latin1('<'.repeat(size)),
  'elements in elements': (size) => latin1('<password>'.repeat(size / 10)),
  'attributes without end': (size) => latin1(`<a ${'password="'.repeat(size / 10)}`),
  'equal signs': (size) => latin1('='.repeat(size)),
  'at signs': (size) => latin1('//@'.repeat(size / 3)),
  'user names without hosts': (size) => latin1('http://a:b'.repeat(size / 10)),
  'keys that do not end': (size) => latin1('-----BEGIN RSA PRIVATE KEY-----\n'.repeat(size / 32)),
  'beginnings of tokens': (size) => latin1('eyJhbGciOiJIUzI1NiJ9.'.repeat(size / 21)),
  'braces of placeholders': (size) => latin1('{{token.1}}'.repeat(size / 11)),
  'a placeholder with a number beyond all': () => latin1(`{{token.9999999999999999999999}} token=${SECRET}`),
  'braces that do not close': (size) => latin1('{{token.'.repeat(size / 8)),
  entities: (size) => latin1('&#x10ffff;&#55296;'.repeat(size / 18)),
  'what looks like chunks': (size) => latin1('\r\n0\r\n\r\n'.repeat(size / 7)),
  'what looks like answers': (size) => latin1('HTTP/1.1 200 OK\r\n\r\n'.repeat(size / 19)),
  'server-sent events': (size) => latin1(`data: {"token":"${NAMED}"}\n\n`.repeat(size / 40)),
}

export const TYPES: readonly string[] = [
  '',
  'application/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=b',
  'multipart/mixed; boundary="b"',
  'multipart/mixed; boundary=""',
  'text/plain; charset=utf-16',
  'text/html; charset=utf-7',
  'text/plain; charset=nonsense',
  'text/event-stream',
  'application/octet-stream',
  'multipart/mixed;;;=;boundary=',
]

/** Codings as they are said, and what is done to the body; some do not tell the truth. */
export const CODINGS: Readonly<Record<string, readonly [said: string, encode: (body: Buffer) => Uint8Array]>> = {
  none: ['', (body) => body],
  gzip: ['gzip', (body) => gzipSync(body)],
  'gzip twice': ['gzip, gzip', (body) => gzipSync(gzipSync(body))],
  deflate: ['deflate', (body) => deflateSync(body)],
  'bare deflate': ['deflate', (body) => deflateRawSync(body)],
  br: ['br', (body) => brotliCompressSync(body, { params: { 1: 2 } })],
  'gzip that is cut': ['gzip', (body) => gzipSync(body).subarray(0, -9)],
  'gzip with something behind': ['gzip', (body) => Buffer.concat([gzipSync(body), Buffer.from('tail')])],
  'gzip that is said only': ['gzip', (body) => body],
  'gzip that is not said': ['', (body) => gzipSync(body)],
  'zstd that is said only': ['zstd', (body) => body],
  'one that nobody knows': ['snappy', (body) => body],
  'more than are undone': ['gzip, gzip, gzip, gzip, gzip, gzip', (body) => gzipSync(body)],
}

/** How a body is put into a message: the fields, and the bytes behind the head. */
export const FRAMINGS: Readonly<Record<string, (body: Uint8Array) => readonly [fields: string, bytes: Buffer]>> = {
  'a length': (body) => [`Content-Length: ${body.length}\r\n`, Buffer.from(body)],
  chunks: (body) => ['Transfer-Encoding: chunked\r\n', chunks(body, 1 + Math.floor(body.length / 3))],
  'small chunks': (body) => ['Transfer-Encoding: chunked\r\n', chunks(body, 1 + Math.floor(body.length / 500))],
  'the end of the connection': (body) => ['Connection: close\r\n', Buffer.from(body)],
  'a length that is not reached': (body) => [`Content-Length: ${body.length + 7}\r\n`, Buffer.from(body)],
  'chunks that are cut': (body) => ['Transfer-Encoding: chunked\r\n', chunks(body, 4096).subarray(0, -3)],
}

export interface MadeBody {
  readonly body: Buffer
  readonly type: string
  readonly coding: string
  readonly framing: string
}

/** A request and an answer with that body, on one connection that the server closes. */
export function conversationWith({ body, type, coding, framing }: MadeBody): Cassette {
  const [said, encode] = CODINGS[coding] ?? CODINGS['none'] ?? ['', (bytes: Buffer) => bytes]
  const [fields, bytes] = (FRAMINGS[framing] ?? fail)(encode(body))
  const about = `${type && `Content-Type: ${type}\r\n`}${said && `Content-Encoding: ${said}\r\n`}`
  // A request cannot end with its connection.
  const [requestFields, sent] = framing === 'the end of the connection' ? ['', Buffer.alloc(0)] : [fields, bytes]
  return oneConnection('http://api.test', (connection) =>
    connection
      .sent(`POST /a HTTP/1.1\r\nHost: api.test\r\n${about}${requestFields}\r\n`, sent)
      .received(`HTTP/1.1 200 OK\r\n${about}${fields}\r\n`, bytes)
      .ended('server')
      .closed('server'),
  )
}

function fail(): never {
  throw new Error('there is no such framing')
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le')
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const repeated = (text: string, size: number): string => text.repeat(Math.ceil(size / text.length))
const field = (name: string, value: string): string => `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`

const multipart = (parts: readonly string[]): Buffer =>
  latin1(`${parts.map((part) => `--b\r\n${part}\r\n`).join('')}--b--\r\n`)

function nestedParts(size: number): string {
  const levels = Array.from({ length: Math.ceil(size / 60) }, (_, level) => `b${level === 0 ? '' : level}`)
  return levels.map((name, at) => `--${name}\r\nContent-Type: multipart/mixed; boundary=b${at + 1}\r\n\r\n`).join('')
}

const manySecrets = (size: number): Readonly<Record<string, string>>[] =>
  Array.from({ length: Math.ceil(size / 60) }, (_, at) => ({
    access_token: `Zx${(at * 7919).toString(36)}Kp9${at}qWvT4`,
  }))

function chunks(body: Uint8Array, size: number): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < body.length; at += size) {
    const part = body.subarray(at, at + size)
    parts.push(latin1(`${part.length.toString(16)}\r\n`), Buffer.from(part), latin1('\r\n'))
  }
  return Buffer.concat([...parts, latin1('0\r\n\r\n')])
}
