import type { BytesEvent, Cassette } from '../../src/tape/cassette.ts'

const segment = (
  type: BytesEvent['type'],
  connection: number,
  at: number,
  ...parts: readonly (string | Uint8Array)[]
): BytesEvent => {
  const bytes = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)))
  return { type, connection, at, bytes }
}

const lines = (...rows: readonly string[]): string => rows.map((row) => `${row}\r\n`).join('')

// Written out: what a compressor makes of a text differs between versions of Node.
const GZIP = Buffer.from(
  'H4sIAAAAAAAA/6tWyk0tLk5MT1WyUkrOzy0oSi0uTk3RUUjMS1EoLsnMyVEoyVdISlUoSk1MUcjMU0hUKEoty0wtV6rlAgChAWbROwAAAA==',
  'base64',
)
const BROTLI = Buffer.from('GyQA+I2Ubt6qnKtSqDK5bOQVYRKDFTQ5qukA', 'base64')
const NOTES = '# Notes\n\n  indented\na line that ends in a blank \n'
const PIXELS = Buffer.from(Array.from({ length: 120 }, (_, at) => (at * 37) % 256))

/** One of everything that a cassette can hold. The golden file beside it shows what each looks like. */
export const READABLE: Cassette = {
  version: 1,
  recorded: { at: '2026-11-22T12:00:00.000Z', by: 'wiretape 0.1.0', node: '20.20.2' },
  tape: [
    {
      type: 'open',
      connection: 1,
      to: 'https://api.example.com',
      at: 0,
      took: 31.204,
      tls: { version: 'TLSv1.3', alpn: 'http/1.1', authorized: true },
    },
    segment('sent', 1, 31.912, lines('GET /users/42 HTTP/1.1', 'Host: api.example.com', 'Accept: */*', '')),
    segment(
      'received',
      1,
      74.1,
      lines(
        'HTTP/1.1 200 OK',
        'Content-Type: application/json',
        'Content-Length: 22',
        '',
        '{"id":42,"name":"Ada"}',
      ).slice(0, -2),
    ),
    segment(
      'sent',
      1,
      75,
      lines('GET /a HTTP/1.1', 'Host: api.example.com', '', 'GET /b HTTP/1.1', 'Host: api.example.com', ''),
    ),
    segment(
      'received',
      1,
      80.25,
      lines('HTTP/1.1 200 OK', 'Content-Type: application/json', 'Transfer-Encoding: chunked', '', '2d'),
      '{"users":["Ada","Grace","Linus"],"next":null}',
      lines('', '5;note="an extension"', 'hello', '0', 'X-Checksum: 6f2a', ''),
    ),
    segment(
      'received',
      1,
      81,
      lines(
        'HTTP/1.1 200 OK',
        'Content-Type: application/json',
        'Content-Encoding: gzip',
        `Content-Length: ${GZIP.length}`,
        '',
      ),
      GZIP,
    ),
    segment(
      'received',
      1,
      82,
      lines(
        'HTTP/1.1 103 Early Hints',
        'Link: </style.css>; rel=preload',
        '',
        'HTTP/1.1 200 OK',
        'Content-Type: text/html; charset=utf-8',
      ),
      lines('Content-Encoding: br', 'Transfer-Encoding: chunked', '', BROTLI.length.toString(16)),
      BROTLI,
    ),
    segment('received', 1, 82.5, lines('', '0', '')),
    segment(
      'sent',
      1,
      85,
      lines('DELETE /a HTTP/1.1', 'Host: api.example.com', '', 'DELETE /b HTTP/1.1', 'Host: api.example.com', ''),
    ),
    {
      ...segment('received', 1, 86, lines('HTTP/1.1 204 No Content', '', 'HTTP/1.1 204 No Content', '')),
      ends: [27],
    },
    segment(
      'sent',
      1,
      90,
      lines(
        'POST /notes HTTP/1.1',
        'Host: api.example.com',
        'Content-Type: text/plain',
        `Content-Length: ${NOTES.length}`,
        'Expect: 100-continue',
        '',
      ),
    ),
    segment('received', 1, 91, lines('HTTP/1.1 100 Continue', '')),
    segment('sent', 1, 92, NOTES),
    segment(
      'received',
      1,
      93,
      lines(
        'HTTP/1.1 201 Created',
        'X-Blank: at the end ',
        'X-Latin: caf\xe9',
        'X-Control: \x07',
        'Content-Length: 2',
        '',
        'ok',
      ).slice(0, -2),
    ),
    { type: 'end', connection: 1, at: 94, by: 'server' },
    { type: 'close', connection: 1, at: 94.5, by: 'client' },
    {
      type: 'failed',
      connection: 2,
      to: 'http://localhost:1',
      at: 95,
      took: 0.4,
      failure: {
        code: 'CONNECT_FAILED',
        phase: 'tcp',
        systemCode: 'ECONNREFUSED',
        message: 'connect ECONNREFUSED 127.0.0.1:1',
      },
    },
    {
      type: 'open',
      connection: 3,
      to: 'http://localhost:8080',
      at: 96,
      took: 0.8,
      lenient: ['bareLf', 'obsFold'],
    },
    segment('sent', 3, 97, 'a=1&b=2'),
    segment('received', 3, 98, lines('HTTP/1.1 200 OK', 'Content-Type: image/raw', 'Content-Length: 5000', ''), PIXELS),
    segment(
      'received',
      3,
      99,
      JSON.stringify({
        page: 1,
        items: [
          { id: 1, title: 'A first title', tags: ['a', 'b'], on: 'yes', link: 'https://example.com/items/1?full=1' },
          {
            id: 2,
            title:
              'A text that is too long for one line of this file and so is broken after a blank or a comma, where there is one',
            tags: [],
          },
        ],
      }),
      '\n',
    ),
    {
      type: 'close',
      connection: 3,
      at: 100,
      by: 'server',
      failure: { code: 'CONNECTION_LOST', phase: 'body', systemCode: 'ECONNRESET', message: 'read ECONNRESET' },
    },
  ],
}
