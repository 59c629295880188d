import { Agent, get } from 'node:http'
import { nodeConnect } from 'wiretape/sockets'
import { type OpenCassette, useCassette } from 'wiretape'
import { REQUEST_HEADERS, targetOf } from './exchange.ts'

/** A recording under test. */
export interface Run {
  readonly dir: string
  /** Of the cassette. */
  readonly name: string
  readonly port: number
  readonly interactions: number
  readonly connections: number
  /** Bytes of each body. */
  readonly size: number
  /** Default: `HttpConnection`. */
  readonly client?: 'node:http' | 'pipelining'
}

/** Opens the cassette as a user would. */
export const openCassette = ({ dir, name }: Run): Promise<OpenCassette> =>
  useCassette(name, { dir, mode: 'update', env: {} })

/** Requests everything; calls `onAcknowledged` for each answer as soon as it was read to its end. */
export async function ask(run: Run, cassette: OpenCassette, onAcknowledged: (index: number) => void): Promise<void> {
  let next = 0
  const indices = function* (): Generator<number> {
    while (next < run.interactions) yield next++
  }
  const acknowledge = (index: number, { length }: Uint8Array): void => {
    if (length !== run.size) throw new Error(`answer ${index} has ${length} bytes`)
    onAcknowledged(index)
  }
  const work = CLIENTS[run.client ?? 'HttpConnection']
  await Promise.all(Array.from({ length: run.connections }, () => work(run, cassette, indices(), acknowledge)))
}

type Client = (
  run: Run,
  cassette: OpenCassette,
  indices: Iterable<number>,
  acknowledge: (index: number, body: Uint8Array) => void,
) => Promise<void>

const headersOf = ({ size }: Run): Record<string, string> => ({ ...REQUEST_HEADERS, 'X-Size': `${size}` })

const CLIENTS: Readonly<Record<'HttpConnection' | 'node:http' | 'pipelining', Client>> = {
  async HttpConnection(run, cassette, indices, acknowledge) {
    const connection = cassette.connect(`http://127.0.0.1:${run.port}`)
    for (const index of indices) {
      await connection.request('GET', targetOf(index), { headers: headersOf(run) })
      acknowledge(index, await (await connection.getResponse()).bytes())
    }
  },
  /** Through a socket, which does not report where answers end. */
  async 'node:http'(run, cassette, indices, acknowledge) {
    const agent = Object.assign(new Agent({ keepAlive: true, maxSockets: 1 }), {
      createConnection: nodeConnect(cassette.connector),
    })
    for (const index of indices) {
      await new Promise<void>((resolve, reject) => {
        get(`http://127.0.0.1:${run.port}${targetOf(index)}`, { agent, headers: headersOf(run) }, (answer) => {
          const pieces: Uint8Array[] = []
          answer.on('data', (piece: Uint8Array) => pieces.push(piece))
          answer.once('end', () => {
            acknowledge(index, Buffer.concat(pieces))
            resolve()
          })
        }).once('error', reject)
      })
    }
    agent.destroy()
  },
  async pipelining(run, cassette, indices, acknowledge) {
    const connection = cassette.connect(`http://127.0.0.1:${run.port}`)
    const asked: number[] = []
    for (const index of indices) {
      await connection.request('GET', targetOf(index), { headers: headersOf(run) })
      asked.push(index)
      const oldest = asked.length === DEPTH ? asked.shift() : undefined
      if (oldest !== undefined) acknowledge(oldest, await (await connection.getResponse()).bytes())
    }
    for (const index of asked) acknowledge(index, await (await connection.getResponse()).bytes())
  },
}

/** Concurrent requests. */
const DEPTH = 5
