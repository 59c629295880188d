/**
 * The cost of the hook: an unchanged client by itself, recorded, and replayed, all in one process.
 *
 * The server is a process of its own, so its work is not in the CPU time; that of a replay, which stands in for it, is.
 */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, get } from 'node:http'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Agent as UndiciAgent, fetch } from 'undici'
import { useCassette } from 'wiretape'
import { type Answer, SIXTY_FOUR_KILOBYTES, SMALL } from './answers.ts'
import { type Contender, type Group, OURS, type Row } from './harness.ts'
import { startServer } from './server-process.ts'

const PLAIN = 'the client by itself'
const PIPED = 'through a server that only pipes'

export const HOOK: Group = {
  name: 'hook',
  title: 'GETs of unchanged clients, caught by the hook; a new cassette for each sample, not redacted',
  baseline: PLAIN,
  async *rows() {
    await using server = await startServer()
    for (const [size, serves, answer] of SIZES)
      for (const width of [1, 10])
        for (const [name, open] of CLIENTS) {
          const route = { port: server.ports[serves], answer, width, open }
          const what = `${name}, ${size}, ${width === 1 ? 'one after the other' : `${width} at once`}`
          yield recorded(`recorded: ${what}`, route)
          yield replayed(`replayed: ${what}`, route)
        }
  },
}

const SIZES = [
  ['small answers', 'SMALL', SMALL],
  ['64 KiB', 'SIXTY_FOUR_KILOBYTES', SIXTY_FOUR_KILOBYTES],
] as const

interface Route {
  readonly port: number
  readonly answer: Answer
  /** Requests in flight, and connections. */
  readonly width: number
  readonly open: Open
}

/** A client with new connections. */
interface Client {
  /** Returns the length of the body. */
  get(port: number): Promise<number>
  close(): Promise<void> | void
}

type Open = (width: number) => Client

const CLIENTS: readonly (readonly [string, Open])[] = [
  [
    'node:http',
    (width) => {
      const agent = new Agent({ keepAlive: true, maxSockets: width })
      return { get: (port) => byNodeHttp(port, agent), close: () => agent.destroy() }
    },
  ],
  [
    'fetch of undici',
    (width) => {
      const dispatcher = new UndiciAgent({ connections: width })
      return {
        async get(port) {
          const response = await fetch(`http://127.0.0.1:${port}/`, { dispatcher })
          return (await response.arrayBuffer()).byteLength
        },
        close: () => dispatcher.close(),
      }
    },
  ],
]

function byNodeHttp(port: number, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/', agent }, (response) => {
      let length = 0
      response.on('data', (piece: Buffer) => (length += piece.length))
      response.on('end', () => resolve(length))
      response.on('error', reject)
    }).on('error', reject)
  })
}

async function getAll({ port, answer, width, open }: Route, operations: number): Promise<void> {
  const client = open(width)
  let left = operations
  const lane = async (): Promise<void> => {
    for (; left > 0;) {
      left -= 1
      const length = await client.get(port)
      if (length !== answer.bodyLength) throw new Error(`read ${length} bytes`)
    }
  }
  await Promise.all(Array.from({ length: width }, lane))
  await client.close()
}

const plain = (route: Route): Contender => ({ name: PLAIN, run: (operations) => getAll(route, operations) })

/** What its name says: no cassette, and nothing that looks at a byte. */
async function piped(route: Route): Promise<Contender> {
  const server: Server = createServer({ noDelay: true }, (socket: Socket) => {
    const upstream = connect({ port: route.port, host: '127.0.0.1', noDelay: true })
    socket.on('error', () => upstream.destroy()).pipe(upstream)
    upstream.on('error', () => socket.destroy()).pipe(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = Object(server.address())
  return { name: PIPED, run: (operations) => getAll({ ...route, port }, operations), close: () => void server.close() }
}

function recorded(name: string, route: Route): Row {
  return {
    name,
    operation: 'a GET',
    goals: { [PLAIN]: 1 / 1.25 },
    async open() {
      const dir = await mkdtemp(path.join(tmpdir(), 'wiretape-bench-'))
      const ours: Contender = {
        name: OURS,
        async run(operations) {
          await rm(path.join(dir, 'ours.yaml'), { force: true })
          await using _cassette = await useCassette('ours', { ...captured(dir), mode: 'update', redact: false })
          await getAll(route, operations)
        },
        close: () => rm(dir, { recursive: true, force: true }),
      }
      return [ours, plain(route), await piped(route)]
    },
  }
}

/** So many interactions are recorded, and played again and again. */
const RECORDED = 100

function replayed(name: string, route: Route): Row {
  return {
    name,
    operation: 'a GET',
    goals: { [PLAIN]: 1 },
    async open() {
      const dir = await mkdtemp(path.join(tmpdir(), 'wiretape-bench-'))
      {
        await using _cassette = await useCassette('ours', { ...captured(dir), redact: false })
        await getAll(route, RECORDED)
      }
      const ours: Contender = {
        name: OURS,
        async run(operations) {
          await using _cassette = await useCassette('ours', {
            ...captured(dir),
            mode: 'none',
            allowPlaybackRepeats: true,
          })
          await getAll(route, operations)
        },
        close: () => rm(dir, { recursive: true, force: true }),
      }
      return [ours, plain(route)]
    },
  }
}

const captured = (dir: string) => ({ dir, env: {}, capture: { hosts: ['127.0.0.1'] } })
