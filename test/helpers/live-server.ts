import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** A server on loopback that is closed, with its connections, at the end of the scope. */
export interface LiveServer extends AsyncDisposable {
  readonly port: number
}

/** A TCP server; `serve` gets each connection. */
export async function serve(onConnection: (socket: Socket) => void): Promise<LiveServer> {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket)
    // Clients in these tests reset connections; that is their right.
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    onConnection(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Waits for `count` request heads on a connection, then calls `answer`. */
export function afterRequests(socket: Socket, count: number, answer: () => void): void {
  if (count === 0) return answer()
  let received = ''
  socket.on('data', function onData(bytes: Buffer) {
    received += bytes.toString('latin1')
    if (received.split('\r\n\r\n').length <= count) return
    socket.off('data', onData)
    socket.resume()
    answer()
  })
}
