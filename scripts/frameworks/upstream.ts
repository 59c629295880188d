import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { WebSocketServer } from 'ws'

/** The API of the apps: no two of its answers are equal. */
export class Upstream {
  readonly asked: string[] = []
  #server: Server | undefined
  #port = 0
  #count = 0

  static async start(): Promise<Upstream> {
    const upstream = new Upstream()
    await upstream.resume()
    return upstream
  }

  get env(): Record<string, string> {
    return { API_URL: `http://127.0.0.1:${this.#port}`, API_HOST: `127.0.0.1:${this.#port}` }
  }

  get preflights(): number {
    return this.asked.filter((line) => line.startsWith('OPTIONS')).length
  }

  /** Listens where it did before. */
  async resume(): Promise<void> {
    if (this.#server !== undefined) return
    const server = createServer((request, response) => void this.#answer(request, response))
    new WebSocketServer({ server }).on('connection', (socket, { url }) => {
      this.asked.push(`WebSocket ${url}`)
      socket.on('message', () => socket.send(`message ${++this.#count}`))
    })
    await once(server.listen(this.#port, '127.0.0.1'), 'listening')
    this.#port = Object(server.address()).port
    this.#server = server
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    const closed = once(server, 'close')
    server.close().closeAllConnections()
    await closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.asked.push(`${request.method} ${request.url}`)
    const cors = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': 'X-Page' }
    if (request.method === 'OPTIONS') return void response.writeHead(204, cors).end()
    const said = request.method === 'POST' ? await text(request) : 'ticket'
    response.writeHead(200, cors).end(`${said} ${++this.#count}`)
  }
}
