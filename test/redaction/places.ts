import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import type { Cassette } from '../../src/tape/cassette.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

/** Ways to write a secret; what they give is a byte string. */
export const ENCODINGS: Readonly<Record<string, (secret: string) => string>> = {
  'as it is': (secret) => bytes(secret),
  'percent-encoded': (secret) => encodeURIComponent(secret),
  'percent-encoded to the last character': (secret) => everyByte(secret, (byte) => `%${hex(byte)}`),
  'percent-encoded twice': (secret) => encodeURIComponent(everyByte(secret, (byte) => `%${hex(byte).toUpperCase()}`)),
  'as JSON': (secret) => bytes(JSON.stringify(secret).slice(1, -1)),
  'as JSON in JSON': (secret) => bytes(JSON.stringify(JSON.stringify(secret)).slice(3, -3)),
  'as JSON escapes': (secret) =>
    Array.from(secret, (char) => String.raw`\u${hex(char.charCodeAt(0)).padStart(4, '0')}`).join(''),
  'as HTML': (secret) => bytes(secret.replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)),
  'as HTML entities': (secret) => Array.from(secret, (char) => `&#x${hex(char.charCodeAt(0))};`).join(''),
  base64: (secret) => base64(secret),
  'base64 behind one byte': (secret) => base64(`:${secret}`),
  'base64 behind two bytes': (secret) => base64(`a:${secret}`),
  'base64 behind bytes that are no text': (secret) =>
    Buffer.concat([Buffer.from([255, 0, 254, 1]), Buffer.from(secret)]).toString('base64'),
  'base64 for URLs': (secret) => Buffer.from(`{"k":${JSON.stringify(secret)}}`).toString('base64url'),
  'base64 in lines': (secret) =>
    base64(`${'many words before it, '.repeat(5)}${secret}${' and after it'.repeat(9)}`).replaceAll(
      /.{76}(?=.)/g,
      '$&\n',
    ),
  'base64 in short lines': (secret) =>
    base64(`words before it, ${secret}, and after it`).replaceAll(/.{20}(?=.)/g, '$&\r\n'),
  'base64 in indented lines': (secret) =>
    base64(`${'many words before it, '.repeat(5)}${secret}${' and after'.repeat(9)}`).replaceAll(
      /.{64}(?=.)/g,
      '$&\n    ',
    ),
  'hex in lines': (secret) => hexOf(`words before it, ${secret}, and after it`).replaceAll(/.{32}(?=.)/g, '$&\n'),
  'base64 of base64': (secret) => base64(base64(`a:${secret}`)),
  'base64 of JSON': (secret) => base64(JSON.stringify({ a: secret })),
  'base64 of gzip': (secret) => gzipSync(JSON.stringify({ a: secret })).toString('base64'),
  'base64 of gzip without padding': (secret) => unpadded(secret),
  hex: (secret) => hexOf(secret),
  HEX: (secret) => hexOf(secret).toUpperCase(),
}

/** What follows such base64 cannot be told from it. */
function unpadded(secret: string): string {
  const coded = ['a', 'ab', 'abc', 'abcd', 'abcde', 'abcdef']
    .map((name) => gzipSync(JSON.stringify({ [name]: secret })).toString('base64'))
    .find((text) => !text.endsWith('='))
  if (coded === undefined) throw new Error(`gzip of ${secret} always needs padding`)
  return coded
}

type Place = (written: string) => Cassette

const URL = 'http://api.test'
const exchange = (sent: string, received: string): Cassette =>
  oneConnection(URL, (connection) => connection.sent(sent).received(received))
const get = request('GET', '/')
const sending = (body: string, ...headers: string[]): Cassette =>
  exchange(request('POST', '/', body, headers), answer('{}'))
const receiving = (body: string | Uint8Array, ...headers: string[]): Cassette => {
  const content = typeof body === 'string' ? body : Buffer.from(body).toString('latin1')
  return exchange(
    get,
    `HTTP/1.1 200 OK\r\n${headers.map((line) => `${line}\r\n`).join('')}Content-Length: ${content.length}\r\n\r\n${content}`,
  )
}
const chunks = (content: string, size: number): string =>
  Array.from({ length: Math.ceil(content.length / size) }, (_, k) => content.slice(k * size, (k + 1) * size))
    .map((data) => `${data.length.toString(16)}\r\n${data}\r\n`)
    .join('')
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')
const json = (written: string): string => `{"id":1,"note":"before ${written} after"}`

/** Places where anything may stand. */
export const BODIES: Readonly<Record<string, Place>> = {
  'a JSON request': (written) => sending(json(written), 'Content-Type: application/json; charset=utf-8'),
  'a JSON answer': (written) => receiving(json(written), 'Content-Type: application/problem+json'),
  'plain text': (written) => receiving(`see ${written} there`, 'Content-Type: text/plain'),
  'a body of no type': (written) => receiving(written),
  NDJSON: (written) => receiving(`{"a":1}\n${json(written)}\n{"b":2}\n`, 'Content-Type: application/x-ndjson'),
  'server-sent events': (written) =>
    receiving(`event: x\ndata: ${json(written)}\n\n`, 'Content-Type: text/event-stream'),
  XML: (written) => receiving(`<a><b c="d">${written}</b></a>`, 'Content-Type: application/xml'),
  'a multipart field': (written) =>
    sending(
      `--b\r\nContent-Disposition: form-data; name="note"\r\n\r\n${written}\r\n--b--\r\n`,
      'Content-Type: multipart/form-data; boundary=b',
    ),
  'a body until close': (written) =>
    oneConnection(URL, (connection) =>
      connection
        .sent(get)
        .received(`HTTP/1.1 200 OK\r\n\r\n${json(written)}`)
        .ended('server'),
    ),
  'chunks of 5 bytes': (written) =>
    exchange(get, `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks(json(written), 5)}0\r\n\r\n`),
  'chunks of 1 byte, each in a segment': (written) =>
    oneConnection(URL, (connection) =>
      connection
        .sent(get)
        .received(...Array.from(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks(written, 1)}0\r\n\r\n`)),
    ),
  gzip: (written) => receiving(gzipSync(latin1(json(written))), 'Content-Encoding: gzip'),
  deflate: (written) => receiving(deflateSync(latin1(json(written))), 'Content-Encoding: deflate'),
  'raw deflate': (written) => receiving(deflateRawSync(latin1(json(written))), 'Content-Encoding: deflate'),
  br: (written) => receiving(brotliCompressSync(latin1(json(written))), 'Content-Encoding: br'),
  'gzip of gzip': (written) => receiving(gzipSync(gzipSync(latin1(json(written)))), 'Content-Encoding: gzip, gzip'),
  'two members of gzip': (written) =>
    receiving(Buffer.concat([gzipSync('{"a":1}\n'), gzipSync(latin1(written))]), 'Content-Encoding: gzip'),
  'gzip in chunks': (written) =>
    exchange(
      get,
      `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n${chunks(gzipSync(latin1(json(written))).toString('latin1'), 9)}0\r\n\r\n`,
    ),
  'gzip that was cut off': (written) => {
    const coded = gzipSync(latin1(`${json(written)}${'0123456789'.repeat(20)}`)).subarray(0, -9)
    return exchange(
      get,
      `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${coded.length + 9}\r\n\r\n${coded.toString('latin1')}`,
    )
  },
  'text that says it is gzip': (written) => receiving(json(written), 'Content-Encoding: gzip'),
  'gzip that does not say so': (written) => receiving(gzipSync(latin1(json(written)))),
  'an unknown coding': (written) => receiving(`\x80\x81 ${written} \xff`, 'Content-Encoding: x-snappy'),
  'bytes that are no HTTP': (written) => exchange(get, `garbage\r\n${written}`),
  'bytes that nobody asked for': (written) => exchange(get, `${answer('{}')}${written}`),
  'a tunnel': (written) =>
    exchange(
      request('GET', '/', '', ['Connection: Upgrade', 'Upgrade: x']),
      `HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n\x81\x7e${written}`,
    ),
}

/** Places where only field characters may stand. */
export const LINES: Readonly<Record<string, Place>> = {
  'a request header': (written) => exchange(request('GET', '/', '', [`X-Foo: before-${written}-after`]), answer('{}')),
  'a response header': (written) =>
    exchange(get, `HTTP/1.1 200 OK\r\nX-Foo: (${written})\r\nContent-Length: 0\r\n\r\n`),
  'a trailer': (written) =>
    exchange(get, `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-End: ${written}\r\n\r\n`),
  'a reason phrase': (written) => exchange(get, `HTTP/1.1 401 bad ${written}\r\nContent-Length: 0\r\n\r\n`),
  'an interim answer': (written) => exchange(get, `HTTP/1.1 103 Hints\r\nLink: <${written}>\r\n\r\n${answer('{}')}`),
}

/** Places where only what may stand in a URL may stand. */
export const TARGETS: Readonly<Record<string, Place>> = {
  'a path': (written) => exchange(request('GET', `/bot${written}/send`), answer('{}')),
  'a query': (written) => exchange(request('GET', `/?a=1&b=x${written}&c=2`), answer('{}')),
  'a Location': (written) =>
    exchange(get, `HTTP/1.1 302 Found\r\nLocation: https://other.test/${written}?a=b\r\nContent-Length: 0\r\n\r\n`),
  'a chunk extension': (written) =>
    exchange(
      get,
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;t="${written.replaceAll(/["\\]/g, String.raw`\$&`)}"\r\nhello\r\n0\r\n\r\n`,
    ),
}

const bytes = (text: string): string => Buffer.from(text).toString('latin1')
const hex = (code: number): string => code.toString(16).padStart(2, '0')
const hexOf = (text: string): string => Buffer.from(text).toString('hex')
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const everyByte = (text: string, write: (byte: number) => string): string =>
  Array.from(Buffer.from(text), write).join('')
