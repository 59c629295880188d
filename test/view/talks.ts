import { gzipSync } from 'node:zlib'
import type { Cassette } from '../../src/tape/cassette.ts'
import { answer, request, TapeWriter } from '../helpers/tape.ts'

const API = 'https://api.example.com'
const AUTH = 'https://auth.example.com'

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAGUlEQVR4nGNkYPjPQApgIkn1qIZRDUNKAwDDNwEfXKr7bQAAAABJRU5ErkJggg==',
  'base64',
)

/** A day in a shop: JSON below gzip, an image, events, frames, an answer that was cut off, and a server that is down. */
export function shop({
  state = 'open',
  hasMore = false,
}: { readonly state?: string; readonly hasMore?: boolean } = {}): Cassette {
  const tape = new TapeWriter()
  const orders = {
    orders: [
      { id: 7, total: 12.5, state },
      { id: 8, total: 3, state: 'paid' },
    ],
    next: null,
  }
  const json = gzipSync(JSON.stringify(orders))
  const second = hasMore ? '01' : '00'
  const head = [
    'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK',
    `Date: Sun, 22 Nov 2026 12:00:${second} GMT`,
    'X-cAsE: kept',
    'Content-Type: application/json',
    'Content-Encoding: gzip',
    `Content-Length: ${json.length}`,
  ].join('\r\n')
  tape
    .open(API)
    .sent(request('GET', '/orders?open=1', '', ['Accept: application/json']))
    .received(Buffer.concat([Buffer.from(`${head}\r\n\r\n`), json]))
    .sent(request('POST', '/orders', '{"id":9,"note":"two \u00c3\u00a9clairs"}', ['Content-Type: application/json']))
    .received(
      'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\nTrailer: Server-Timing\r\n\r\n',
      '5\r\nsaved\r\n0\r\nServer-Timing: db;dur=4\r\n\r\n',
    )
    .closed('client')
  const events = [
    'id: 1\ndata: {"token":"two"}\n\n',
    'id: 2\ndata: {"token":" \u00c3\u00a9clairs"}\n\n',
    'event: done\ndata: bye\n\n',
  ]
  tape
    .open(API)
    .sent(request('GET', '/logo.png'))
    .received(
      Buffer.concat([
        Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: ${PNG.length}\r\n\r\n`),
        PNG,
      ]),
    )
    .sent(request('GET', '/advice', '', ['Accept: text/event-stream']))
    .received(
      'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n',
      ...events.map((event) => `${event.length.toString(16)}\r\n${event}\r\n`),
      '0\r\n\r\n',
    )
    .sent(request('GET', '/orders/8/receipt'))
    .received('HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nContent-Length: 4096\r\n\r\n%PDF-1.7 half of')
    .closed('server', { code: 'CONNECTION_LOST', phase: 'body', systemCode: 'ECONNRESET', message: 'read ECONNRESET' })
  const auth = tape.open(AUTH)
  auth
    .sent(
      request('POST', '/token', 'grant_type=refresh&scope=a+b', ['Content-Type: application/x-www-form-urlencoded']),
    )
    .received(answer('{"error":"expired"}', '401 Unauthorized'))
    .sent(request('GET', '/keys'))
    .received(answer('try later', '503 Service Unavailable'))
  if (hasMore) auth.sent(request('GET', '/keys')).received(answer('{"keys":[]}'))
  tape
    .open(API)
    .sent(request('GET', '/live', '', ['Connection: Upgrade', 'Upgrade: websocket']))
    .received('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    .sent('\u0081\u0085\u0001\u0002\u0003\u0004igohn')
    .received('\u0081\u0005world', '\u0088\u0005\u0003\u00e8bye')
  tape.failed('https://down.example.com', {
    code: 'CONNECT_FAILED',
    phase: 'tcp',
    systemCode: 'ECONNREFUSED',
    message: 'connect ECONNREFUSED',
  })
  return tape.cassette
}

/** `count` interactions of about a kilobyte on forty connections. */
export function crowd(count: number): Cassette {
  const tape = new TapeWriter()
  const connections = Array.from({ length: 40 }, (_, index) => tape.open(`https://api${index % 4}.example.com`))
  for (let number = 0; number < count; number += 1) {
    const body = JSON.stringify({ id: number, text: `word${number} `.repeat(80) })
    connections[number % 40]
      ?.sent(request(number % 7 === 0 ? 'POST' : 'GET', `/items/${number}`))
      .received(answer(body, number % 11 === 0 ? '404 Not Found' : '200 OK'))
  }
  return tape.cassette
}

// oxfmt-ignore
export const PAYLOADS = [
  '<script>hit()</script>', '</script><script>hit()</script>', '<img src=x: onerror=hit()>', '"><script>hit()</script>', "'><script>hit()</script>",
  '</title><script>hit()</script>', '</style><script>hit()</script>', '</pre><script>hit()</script>', '</textarea><svg onload=hit()>',
  '<svg onload=hit()>', '<svg><script>hit()</script></svg>', '<iframe srcdoc="<script>parent.hit()</script>">', '<iframe src="javascript:parent.hit()">',
  '<details open ontoggle=hit()>', '<body onload=hit()>', '<input autofocus onfocus=hit()>', '<a href="javascript:hit()">x</a>', '" onmouseover="hit()',
  "' autofocus onfocus='hit()", '` onerror=`hit()', '<!--><script>hit()</script>-->', '<!--<script>hit()', ']]><script>hit()</script>',
  '<math><mtext></mtext><script>hit()</script>', '<style>@import "//evil.test"</style>', '<meta http-equiv=refresh content="0;url=//evil.test">',
  '<base href="//evil.test/">', '<object data="//evil.test">', '<embed src="//evil.test">', '<link rel=stylesheet href="//evil.test">',
  '<img src="//evil.test/x">', 'javascript:hit()', 'data:text/html,<script>hit()</script>', '&lt;script&gt;hit()&lt;/script&gt;', '\u0000<script>hit()</script>',
  '\\u003cscript>hit()\\u003c/script>', '{"a":"</script><script>hit()</script>"}', 'event: x\ndata: <img src=//evil.test onerror=hit()>\n\n', '${hit()}', '__proto__',
] as const

/** A payload everywhere: targets, fields, reasons, contents of each kind, chunk extensions, trailers, failures, frames. */
export function hostile(payload: string, type: string): Cassette {
  const tape = new TapeWriter()
  const word = payload.replaceAll(/[\0\s]/g, '/')
  const value = payload.replaceAll(/[\0\n]/g, '')
  const chunk = `${Buffer.byteLength(payload).toString(16)};${word}\r\n${payload}\r\n`
  tape
    .open('https://api.test')
    .sent(`GET /${word} HTTP/1.1\r\nHost: api.test\r\nX-Value: ${value}\r\n\r\n`)
    .received(
      `HTTP/1.1 200 ${value}\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}0\r\nX-Trailer: ${value}\r\n\r\n`,
    )
    .sent(request('POST', '/image', `\u0089PNG\r\n\u001a\n${payload}`))
    .received(answer(`<svg xmlns="http://www.w3.org/2000/svg">${payload}</svg>`), `${payload}\r\n\r\n`)
  tape.failed(`https://${payload}`, { code: payload, phase: 'tcp', message: payload })
  return { ...tape.cassette, recorded: { at: payload, by: payload, node: payload } }
}
