import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer, type Server as NetServer, type Socket } from 'node:net'
import { Client } from 'pg'
import { PASSWORD, type Server, startPostgres, startRedis } from '../helpers/servers.ts'

/** All that the shop of `examples/app` talks to, on loopback: the databases are real, and every answer of the others is another one. */
export class ShopServers {
  readonly env: Readonly<Record<string, string>>
  readonly #stops: readonly (() => Promise<unknown>)[]
  readonly #ports: readonly number[]

  private constructor(apis: readonly Api[], databases: readonly [postgres: Server, redis: Server]) {
    const [postgres, redis] = databases
    this.#stops = [...apis, ...databases].map((server) => () => server.stop())
    this.#ports = [...apis, ...databases].map(({ port }) => port)
    const [catalog, payments, model] = apis.map(({ port }) => `http://localhost:${port}`)
    this.env = {
      CATALOG_URL: catalog ?? '',
      PAYMENTS_URL: payments ?? '',
      MODEL_URL: model ?? '',
      PAYMENTS_KEY: 'pk-live-9f8e7d6c5b4a3210',
      MODEL_KEY: 'sk-model-0123456789abcdef',
      DATABASE_URL: `postgres://app:${PASSWORD}@localhost:${postgres.port}/postgres`,
      REDIS_URL: `redis://localhost:${redis.port}`,
    }
  }

  static async start(): Promise<ShopServers> {
    const apis = await Promise.all([catalog, payments, model].map((answer) => startApi(answer)))
    const [postgres, redis] = await Promise.all([startPostgres(), startRedis()])
    await createTables(postgres.port)
    return new ShopServers(apis, [postgres, redis])
  }

  async stop(): Promise<void> {
    await Promise.all(this.#stops.map((stop) => stop()))
  }

  /** Stands where the servers were, and counts who comes. */
  trap(): Promise<Trap> {
    return Trap.start(this.#ports)
  }
}

/** Servers that are not to be reached. */
export class Trap {
  readonly #servers: readonly NetServer[]
  readonly #sockets = new Set<Socket>()
  connects = 0

  private constructor(servers: readonly NetServer[]) {
    this.#servers = servers
  }

  static async start(ports: readonly number[]): Promise<Trap> {
    const trap = new Trap(ports.map(() => createServer()))
    for (const [place, server] of trap.#servers.entries()) {
      server.on('connection', (socket) => trap.#onCaught(socket))
      server.listen(ports[place], '127.0.0.1')
      await once(server, 'listening')
    }
    return trap
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }

  #onCaught(socket: Socket): void {
    this.connects++
    this.#sockets.add(socket)
    socket.on('error', () => {}).destroy()
  }
}

interface Api {
  readonly port: number
  stop(): Promise<void>
}

type Answer = (response: ServerResponse, path: string, body: unknown, count: number) => void

async function startApi(answer: Answer): Promise<Api> {
  let count = 0
  const server = createHttpServer((request, response) => {
    count++
    void bodyOf(request).then((body) => answer(response, request.url ?? '', body, count))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString())
}

const json = (response: ServerResponse, status: number, value: unknown): void =>
  void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))

const PRICES: Readonly<Record<string, number>> = { tea: 700, cup: 1200 }

const catalog: Answer = (response, path, _body, count) => {
  const price = PRICES[path.split('/').at(-1) ?? '']
  if (price === undefined) json(response, 404, { error: 'unknown' })
  else json(response, 200, { price, asked: count })
}

const payments: Answer = (response, _path, body, count) =>
  json(response, 201, { id: `ch_${count}`, status: 'paid', ...Object(body) })

/** Word by word, and the last word says which answer it is. */
const model: Answer = (response, _path, body, count) => {
  const [, customer = 'you'] = /Thank (\S+) in/.exec(JSON.stringify(body)) ?? []
  response.writeHead(200, { 'Content-Type': 'text/event-stream' })
  const words = ['Thank ', 'you, ', customer, ' and', ` ${count}`]
  const next = (): void => {
    const content = words.shift()
    const choice = content === undefined ? { delta: {}, finish_reason: 'stop' } : { delta: { content } }
    response.write(`data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, ...choice }] })}\n\n`)
    if (content === undefined) response.end('data: [DONE]\n\n')
    else setImmediate(next)
  }
  next()
}

async function createTables(port: number): Promise<void> {
  const client = new Client({ host: '127.0.0.1', port, user: 'app', password: PASSWORD, database: 'postgres' })
  await client.connect()
  await client.query('CREATE TABLE orders (id serial PRIMARY KEY, number int, customer text, total int, payment text)')
  await client.query('CREATE TABLE lines (order_id int, sku text, count int)')
  await client.end()
}
