/**
 * An HTTPS server that decides about every byte it sends, in a process of its own.
 *
 * Started by `server-process.ts`: it receives its certificate as a message, answers with its port, and ends with its
 * parent. It does not use wiretape: the demo records a foreign server.
 */
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { createServer, type TLSSocket } from 'node:tls'
import { gzipSync } from 'node:zlib'
import type { Certificate } from './certificate.ts'
import { RequestReader } from './request-reader.ts'

/** The answer to one request: everything is written to `wire` unchanged. */
type Answer = (wire: Wire, requests: RequestReader) => Promise<void> | void

interface Wire {
  /** Hands all parts to TLS at once. */
  readonly send: (...parts: readonly (string | Uint8Array)[]) => void
  /** A TCP reset, as when a server crashes: no FIN, no close_notify. */
  readonly reset: () => void
}

const ANSWERS: Readonly<Record<string, Answer>> = {
  'GET /json': ({ send }) => {
    const body = '{"id":42,"name":"Ada","tags":["a","b"]}'
    send(
      head(
        'HTTP/1.1 200 OK',
        'Content-Type: application/json',
        'X-Request-ID: 7f3a',
        'Set-Cookie: theme=dark',
        'set-cookie: lang=en',
        `Content-Length: ${body.length}`,
      ),
      body,
    )
  },

  'GET /gzip': ({ send }) => {
    const body = gzipSync('compressed once, stored as it came\n'.repeat(40))
    send(
      head('HTTP/1.1 200 OK', 'Content-Type: text/plain', 'Content-Encoding: gzip', `Content-Length: ${body.length}`),
      body,
    )
  },

  'GET /chunked': ({ send }) => {
    send(head('HTTP/1.1 200 Fine By Me', 'Transfer-Encoding: chunked', 'Trailer: X-Checksum, X-Took'))
    send('6;position=first\r\nHello,\r\n')
    send('7;position="second"\r\n world.\r\n')
    send('0\r\nX-Checksum: 13\r\nx-TOOK: 2 ms\r\n\r\n')
  },

  'GET /hints': ({ send }) => {
    send(head('HTTP/1.1 103 Early Hints', 'Link: </style.css>; rel=preload; as=style'))
    send(head('HTTP/1.1 200 OK', 'content-type: text/html', 'CONTENT-LENGTH: 15'), '<h1>hinted</h1>')
  },

  'POST /upload': async ({ send }, requests) => {
    send(head('HTTP/1.1 100 Continue'))
    const upload = await requests.bytes('patience'.length)
    const body = `took ${upload.length} bytes: ${upload.toString()}\n`
    send(head('HTTP/1.1 201 Created', 'Location: /upload/1', `Content-Length: ${body.length}`), body)
  },

  'GET /first': ({ send }) => send(head('HTTP/1.1 200 OK', 'Content-Length: 5'), 'first'),

  'GET /second': ({ send }) => send(head('HTTP/1.1 404 Not Here', 'Content-Length: 6'), 'second'),

  'GET /binary': ({ send }) => {
    // The period is not 256, so a lost or doubled piece is noticed.
    const body = Uint8Array.from({ length: MEBIBYTE }, (_, index) => Math.imul(index, 2_654_435_761) >>> 24)
    send(head('HTTP/1.1 200 OK', 'Content-Type: application/octet-stream', `Content-Length: ${body.length}`), body)
  },

  'GET /events': async ({ send }) => {
    send(head('HTTP/1.1 200 OK', 'Content-Type: text/event-stream', 'Transfer-Encoding: chunked'))
    for (const tick of [1, 2, 3, 4]) {
      send(chunk(`id: ${tick}\nevent: tick\ndata: {"tick":${tick}}\n\n`))
      if (tick < 4) await pause(100)
    }
    send('0\r\n\r\n')
  },

  'GET /reset': async ({ send, reset }) => {
    send(head('HTTP/1.1 200 OK', 'Content-Length: 1000'), 'this body promises 1000 bytes, and then')
    await pause(50) // bytes in flight may be lost in a reset, and the demo needs them
    reset()
  },
}

const MEBIBYTE = 1 << 20

const head = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`

const chunk = (data: string): string => `${data.length.toString(16)}\r\n${data}\r\n`

/** Answers the requests of one connection one after the other, pipelined ones too. */
async function serve(socket: TLSSocket, tcp: Socket | undefined): Promise<void> {
  const requests = new RequestReader(socket)
  const wire: Wire = {
    send: (...parts) => void socket.write(Buffer.concat(parts.map((part) => Buffer.from(part)))),
    reset: () => void tcp?.resetAndDestroy(),
  }
  for (let request = await requests.head(); request !== undefined; request = await requests.head()) {
    const [method, target] = request.split(' ')
    const answer = ANSWERS[`${method} ${target}`]
    if (answer === undefined) wire.send(head('HTTP/1.1 404 Not Found', 'Content-Length: 0'))
    else await answer(wire, requests)
  }
  socket.end()
}

process.once('message', (certificate: Certificate) => {
  // TLS hides the TCP socket beneath it, and only that socket can send a reset.
  const tcpSockets = new Map<number | undefined, Socket>()
  const server = createServer({ ...certificate, ALPNProtocols: ['http/1.1'] }, (socket) => {
    socket.on('error', () => socket.destroy())
    serve(socket, tcpSockets.get(socket.remotePort)).catch(() => socket.destroy())
  })
  server.on('connection', (tcp: Socket) => tcpSockets.set(tcp.remotePort, tcp.setNoDelay()))
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (address !== null && typeof address === 'object') process.send?.(address.port)
  })
})

process.once('disconnect', () => process.exit())
