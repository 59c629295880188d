import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net'

/** What the unchanged program talks to: an API, and a server that speaks Redis's protocol. */
export interface UnchangedServers {
  readonly api: string
  readonly redisPort: number
  /** Requests and commands so far. */
  readonly asked: readonly string[]
  end(): Promise<void>
}

export async function startUnchangedServers(): Promise<UnchangedServers> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const http: Server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.setHeader('Content-Type', 'application/json')
    request.resume().on('end', () => response.end(JSON.stringify({ number: asked.length, id: crypto.randomUUID() })))
  })
  let visits = 0
  const redis = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('data', (bytes) => {
      const [command = '', , value] = String(bytes)
        .split('\r\n')
        .filter((line) => /^[A-Z0-9a-z]/.test(line))
      asked.push(command)
      if (command === 'SET') visits = Number(value)
      socket.write(command === 'SET' ? '+OK\r\n' : `:${++visits}\r\n`)
    })
    socket.on('error', () => {})
  })
  const [httpPort, redisPort] = await Promise.all([http, redis].map((server) => listen(server)))
  return {
    api: `http://localhost:${httpPort}`,
    redisPort: redisPort ?? 0,
    asked,
    async end() {
      http.closeAllConnections()
      for (const socket of sockets) socket.destroy()
      await Promise.all([http, redis].map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

async function listen(server: TcpServer): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Number(Object(server.address()).port)
}
