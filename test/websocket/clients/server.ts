import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type PerMessageDeflateOptions, type RawData, type WebSocket, WebSocketServer } from 'ws'
import { toBytes } from './client.ts'

/** A server of WebSockets whose paths say what it does. */
export interface SocketServer {
  readonly port: number
  /** Connections that it has had. */
  readonly hits: number
  close(): Promise<void>
}

const DEFLATE: PerMessageDeflateOptions = { threshold: 0 }
const NO_TAKEOVER: PerMessageDeflateOptions = {
  threshold: 0,
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
}

export async function socketServer(): Promise<SocketServer> {
  const http = createServer((request, response) => {
    const isPage = request.url === '/'
    response.writeHead(isPage ? 200 : 404, { 'Content-Type': 'text/html' })
    response.end(isPage ? '<!doctype html><link rel="icon" href="data:,"><title>sockets</title>' : '')
  })
  let hits = 0
  http.on('connection', () => (hits += 1))
  const servers = {
    plain: new WebSocketServer({ noServer: true, perMessageDeflate: false }),
    deflate: new WebSocketServer({ noServer: true, perMessageDeflate: DEFLATE }),
    fresh: new WebSocketServer({ noServer: true, perMessageDeflate: NO_TAKEOVER }),
  }
  http.on('upgrade', (request, socket, head) => {
    const [, kind = '', what = ''] = (request.url ?? '').replace(/\?.*/, '').split('/')
    const server = kind === 'deflate' ? servers.deflate : kind === 'fresh' ? servers.fresh : servers.plain
    server.handleUpgrade(request, socket, head, (client) => BEHAVIOURS[what]?.(client))
  })
  await new Promise<void>((resolve) => void http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo // oxlint-disable-line typescript/no-unsafe-type-assertion -- it listens on TCP
  return {
    port,
    get hits() {
      return hits
    },
    close: async () => {
      for (const { clients } of Object.values(servers)) for (const client of clients) client.terminate()
      http.closeAllConnections()
      await new Promise<void>((resolve) => void http.close(() => resolve()))
    },
  }
}

const LOREM = 'the same words come again and again, '.repeat(8)

const textOf = (data: RawData): string => Buffer.from(toBytes(data)).toString()

/** What a client meets, by the second part of the path. */
const BEHAVIOURS: Readonly<Record<string, (socket: WebSocket) => void>> = {
  echo: (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
  push: (socket) => {
    for (const n of [1, 2, 3]) socket.send(JSON.stringify({ n, words: LOREM }))
    socket.on('message', (data) => {
      socket.send(JSON.stringify({ got: JSON.parse(textOf(data)), words: LOREM }))
      socket.send(Buffer.from([0, 1, 2, 255]))
    })
  },
  fragments: (socket) => {
    socket.on('message', () => {
      socket.send('one ', { fin: false })
      socket.ping('between')
      socket.send('two ', { fin: false })
      socket.send('three', { fin: true })
    })
  },
  close1000: closing(1000, 'done'),
  close1001: closing(1001, 'going away'),
  close4001: closing(4001, 'no such room'),
  close1006: (socket) => socket.on('message', () => socket.terminate()),
  long: (socket) => socket.on('message', (data) => socket.send(`${textOf(data)} ${LOREM.repeat(400)}`)),
}

function closing(code: number, reason: string): (socket: WebSocket) => void {
  return (socket) =>
    socket.on('message', (data) => {
      socket.send(`bye ${textOf(data)}`)
      socket.close(code, reason)
    })
}
