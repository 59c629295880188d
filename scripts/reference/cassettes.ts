import { gzipSync } from 'node:zlib'
import { type Cassette, encodeCassette, redactCassette } from '../../src/entries/cassette.ts'
import { type ConnectionWriter, oneConnection } from '../../test/helpers/tape.ts'

interface Example {
  readonly title: string
  readonly text: string
  readonly origin: string
  readonly write: (connection: ConnectionWriter) => void
}

const ORDERS = JSON.stringify({
  orders: [
    { id: 17, item: 'tape', count: 2, tags: ['new', 'red'] },
    { id: 18, item: 'reel', count: 1, tags: [] },
  ],
  next: null,
})

const RESET = { code: 'CONNECTION_LOST', phase: 'open', systemCode: 'ECONNRESET', message: 'read ECONNRESET' } as const

const event = (text: string): string => `data: {"choices":[{"delta":{"content":${JSON.stringify(text)}}}]}\n\n`
const chunk = (data: string): string => `${Buffer.byteLength(data).toString(16)}\r\n${data}\r\n`

const EXAMPLES: readonly Example[] = [
  {
    title: 'A JSON API that compresses',
    text: 'The token has become a placeholder, before the file was written. The compressed body stands as it came; a comment shows the beginning of what is in it.',
    origin: 'https://api.example.com',
    write: (connection) => {
      const body = gzipSync(ORDERS)
      body[9] = 3 // the operating system, made the same everywhere (RFC 1952 section 2.3)
      connection
        .sent(
          [
            'GET /orders?page=1 HTTP/1.1',
            'Host: api.example.com',
            'Authorization: Bearer 7d3f0b9c2a514e68b1',
            'Accept-Encoding: gzip',
            '',
            '',
          ].join('\r\n'),
        )
        .received(
          'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n' +
            `Set-Cookie: sid=f81d4fae7dec11d0a765; Path=/; HttpOnly\r\nContent-Length: ${body.length}\r\n\r\n`,
          body,
        )
      const order = '{"item":"tape","count":2}'
      connection
        .sent(
          'POST /orders HTTP/1.1\r\nHost: api.example.com\r\nAuthorization: Bearer 7d3f0b9c2a514e68b1\r\n' +
            `Content-Type: application/json\r\nContent-Length: ${order.length}\r\n\r\n${order}`,
        )
        .received(
          'HTTP/1.1 201 Created\r\ncontent-type: application/json\r\nLocation: /orders/19\r\nContent-Length: 39\r\n\r\n' +
            '{"id":19,"item":"tape","state":"open"}\n',
        )
    },
  },
  {
    title: 'An answer that streams, as language models give it',
    text: 'Each item is one segment, as the socket gave it: the second event came in two, cut in the middle of a word. Chunk sizes and the trailer stay.',
    origin: 'https://llm.example.com',
    write: (connection) => {
      const question = '{"model":"small","stream":true,"messages":[{"role":"user","content":"Tea?"}]}'
      const second = chunk(event('kettle '))
      connection
        .sent(
          'POST /v1/chat HTTP/1.1\r\nHost: llm.example.com\r\nX-Api-Key: sk-4f9a1c77e0b2d583\r\n' +
            `Content-Type: application/json\r\nContent-Length: ${question.length}\r\n\r\n${question}`,
        )
        .received(
          'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nTrailer: Server-Timing\r\n\r\n',
          chunk(event('Put the ')),
          second.slice(0, 50),
          second.slice(50),
          chunk(event('on.')) + chunk('data: [DONE]\n\n'),
          '0\r\nServer-Timing: tokens;dur=412\r\n\r\n',
        )
    },
  },
  {
    title: 'A conversation that ends in a reset',
    text: 'The server promised 1,000 bytes, sent 26 and reset the connection. A replay gives the client those bytes and then the same error.',
    origin: 'http://files.example.com',
    write: (connection) => {
      connection
        .sent('GET /report.csv HTTP/1.1\r\nHost: files.example.com\r\n\r\n')
        .received(
          'HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: 1000\r\n\r\n',
          'id,item,count\r\n17,tape,2\r\n',
        )
        .closed('server', RESET)
    },
  },
]

const INTRODUCTION = `# Cassettes as a reviewer sees them

Three cassettes with the default redaction. [The format](cassette-format.md) says what each line means. This page is made by \`npm run docs\`.
`

/** `docs/cassettes.md`: the cassettes of three conversations. */
export function cassetteReference(): string {
  const sections = EXAMPLES.map(({ title, text, origin, write }) => {
    const { cassette }: { cassette: Cassette } = redactCassette(oneConnection(origin, write))
    return `## ${title}\n\n${text}\n\n\`\`\`yaml\n${encodeCassette(cassette)}\`\`\`\n`
  })
  return [INTRODUCTION, ...sections].join('\n')
}
