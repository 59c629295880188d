import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** The words that a recording should not hold. */
export const SECRET = 'aB3dE6gH9jK2mN5pQ8rS'

/** How long the server waits between two pieces, ms. */
export const PAUSE = 150

const head = (...lines: readonly string[]): string => [...lines, 'Connection: close', '', ''].join('\r\n')
const whole = (body: string, ...lines: readonly string[]): string =>
  head('HTTP/1.1 200 Fine', ...lines, `Content-Length: ${body.length}`) + body

/** What is sent for a path: pieces, a pause between each, and whether a reset follows. */
interface Answer {
  readonly pieces: readonly string[]
  readonly isReset?: boolean
}

/** All that a tool might not keep, one at a time, byte by byte. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  '/fields': { pieces: [whole('ok', 'X-Zulu: 1', 'x-alpha: 2', 'X-Zulu: 3')] },
  '/trailers': {
    pieces: [
      head('HTTP/1.1 200 Fine', 'Transfer-Encoding: chunked', 'Trailer: X-Sum') +
        '5;note=first\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n',
    ],
  },
  '/early': { pieces: [`HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n${whole('ok')}`] },
  '/pieces': { pieces: [head('HTTP/1.1 200 Fine', 'Content-Length: 6') + 'one', 'two'] },
  '/cut': { pieces: [head('HTTP/1.1 200 Fine', 'Content-Length: 100') + 'one'] },
  '/reset': { pieces: [head('HTTP/1.1 200 Fine', 'Content-Length: 100') + 'one', ''], isReset: true },
  '/malformed': { pieces: [head('HTTP/1.1 200 Fine', 'X-Space : 1', 'Content-Length: 2') + 'ok'] },
  '/secret': { pieces: [whole('ok', `Set-Cookie: session=${SECRET}`)] },
}

export interface ComparedServer {
  readonly port: number
  /** Requests since the start. */
  readonly asked: () => number
  stop(): Promise<void>
}

/** A server on loopback that also echoes a WebSocket's greeting, and answers `PING` in a protocol that is not HTTP. */
export async function startServer(): Promise<ComparedServer> {
  let asked = 0
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    let text = ''
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      if (text === 'PING\n') socket.end('+PONG\r\n')
      if (!text.includes('\r\n\r\n')) return
      asked += 1
      void answer(socket, text)
      text = ''
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await once(server.close(), 'close')
  }
  return { port: Object(server.address()).port, asked: () => asked, stop }
}

async function answer(socket: Socket, request: string): Promise<void> {
  const [, target = '/'] = request.split(' ')
  // A proxy that is spoken to sends a path; a browser adds what it likes to it.
  const path = new URL(target, 'http://localhost').pathname
  const key = /^sec-websocket-key: *(\S+)/im.exec(request)?.[1]
  if (key !== undefined) return greet(socket, key)
  const { pieces, isReset = false } = ANSWERS[path] ?? { pieces: [whole('ok', 'Content-Type: text/html')] }
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE))
    socket.write(piece, 'latin1')
  }
  if (isReset) socket.resetAndDestroy()
  else socket.end()
}

/** One text message, then the closing handshake (RFC 6455). */
function greet(socket: Socket, key: string): void {
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
  socket.write([...lines, `Sec-WebSocket-Accept: ${accept}`, '', ''].join('\r\n'))
  socket.end(Buffer.concat([Buffer.from([0x81, 5]), Buffer.from('hello'), Buffer.from([0x88, 2, 0x03, 0xe8])]))
}
