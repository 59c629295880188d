import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/**
 * The conversation of every run: it is known beforehand, to be compared with the cassette.
 *
 * The body of answer `i` depends only on `i`: even ones are lines of text, odd ones binary.
 */

/** Secrets that go over the wire and must not be in any file. */
export const CANARIES = ['c4n4ry-of-the-request-9f31', 'c4n4ry-of-the-query-7b02', 'c4n4ry-of-the-answer-55ae'] as const

const [AUTHORIZATION, TOKEN, SESSION] = CANARIES

export const targetOf = (index: number): string => `/items/${index}?token=${TOKEN}`

export const REQUEST_HEADERS = { Authorization: `Bearer ${AUTHORIZATION}` } as const

export function bodyOf(index: number, size: number): Buffer {
  const seed = createHash('sha256').update(`${index}`).digest()
  if (index % 2 === 1) return Buffer.alloc(size, seed)
  return Buffer.alloc(size, `${seed.toString('hex').replace(/(.{16})/g, '$1 ')}line of answer ${index}\n`)
}

export function answerTo(index: number, size: number): Buffer {
  const lines = [
    'HTTP/1.1 200 OK',
    `X-Item: ${index}`,
    `Set-Cookie: session=${SESSION}; Path=/`,
    `Content-Type: ${index % 2 === 1 ? 'application/octet-stream' : 'text/plain'}`,
    `Content-Length: ${size}`,
  ]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), bodyOf(index, size)])
}

export interface ExchangeServer extends AsyncDisposable {
  readonly port: number
  /** How many requests came. */
  readonly requests: number
}

/** A server on loopback that answers `/items/INDEX/SIZE`-like requests; the size is in the header `X-Size`. */
export async function startServer(): Promise<ExchangeServer> {
  const sockets = new Set<Socket>()
  let requests = 0
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    let received = ''
    socket.on('error', () => {}) // Clients are killed here.
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1')
      for (let end = received.indexOf('\r\n\r\n'); end !== -1; end = received.indexOf('\r\n\r\n')) {
        const head = received.slice(0, end)
        received = received.slice(end + 4)
        requests += 1
        const index = Number(/^GET \/items\/(\d+)/.exec(head)?.[1])
        socket.write(answerTo(index, Number(/^X-Size: (\d+)/m.exec(head)?.[1])))
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    get requests() {
      return requests
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
