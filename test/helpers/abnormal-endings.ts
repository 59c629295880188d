import http from 'node:http'
import https from 'node:https'
import type { LookupFunction, Socket } from 'node:net'
import type { SecureVersion } from 'node:tls'
import { Agent, fetch as undiciFetch, request as undiciRequest } from 'undici'
import type { Connector } from '../../src/index.ts'
import { nodeConnect, undiciConnect } from '../../src/entries/sockets.ts'
import { certificateOf } from './certificate-of.ts'
import { type LiveServer, serve } from './live-server.ts'
import { nextTurn } from './scripted-transport.ts'
import { seenError } from './seen-error.ts'
import { serveTls } from './tls-server.ts'

/** How the connections of a client are made, beyond where to. */
export interface Place {
  readonly ca?: string | undefined
  readonly maxVersion?: SecureVersion | undefined
  readonly lookup?: LookupFunction | undefined
}

/** A server that ends connections in its way, and how a client gets there. */
export interface Scene extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly place?: Place | undefined
}

export interface Ending {
  readonly open: () => Promise<Scene>
  /** When the client gives up by itself. */
  readonly abort?: 'once sent' | 'at the head' | undefined
  /** How many requests there are, one after the other. Default: 1. */
  readonly requests?: number | undefined
}

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

/** Waits until what was written has been read by a client in this process: a reset would overtake it. */
async function untilRead(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await nextTurn()
}

/** A server that says something after each request and then ends the connection. */
function answering(bytes: string, end: (socket: Socket) => void): () => Promise<Scene> {
  return onRequest((socket) => {
    if (bytes !== '') socket.write(bytes, 'latin1')
    void untilRead().then(() => end(socket))
  })
}

function onRequest(act: (socket: Socket) => void): () => Promise<Scene> {
  return async () => {
    const server = await serve((socket) => void socket.on('data', () => act(socket)))
    return sceneOf(server, `http://127.0.0.1:${server.port}/`)
  }
}

const sceneOf = (server: LiveServer, url: string, place?: Place): Scene => ({
  url,
  port: server.port,
  place,
  [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
})

/** A port where nobody listens any more. */
async function closed(place?: Place): Promise<Scene> {
  const server = await serve(() => {})
  await server[Symbol.asyncDispose]()
  const host = place === undefined ? '127.0.0.1' : 'two.test'
  return { url: `http://${host}:${server.port}/`, port: server.port, place, [Symbol.asyncDispose]: async () => {} }
}

const TWO_ADDRESSES: LookupFunction = (_name, _options, callback) =>
  callback(null, [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ])

function overTls(name: string, from: number, to: number, isTrusted: boolean, place: Place = {}): () => Promise<Scene> {
  return async () => {
    const server = await serveTls((socket) => socket.resume(), await certificateOf(name, from, to), undefined, {
      minVersion: 'TLSv1.3',
    })
    return sceneOf(server, `https://localhost:${server.port}/`, { ...place, ...(isTrusted && { ca: server.ca }) })
  }
}

/** A TLS server whose carrier ends in the middle of a body. */
async function cutTls(): Promise<Scene> {
  const carriers: Socket[] = []
  const server = await serveTls(
    (socket) => {
      socket.on('data', () => {
        socket.write(`${HEAD}hello`)
        void untilRead().then(() => carriers.forEach((carrier) => carrier.end()))
      })
    },
    await certificateOf('localhost', -1, 1),
    (carrier) => carriers.push(carrier),
  )
  return sceneOf(server, `https://localhost:${server.port}/`, { ca: server.ca })
}

const inHandshake =
  (act: (socket: Socket) => void): (() => Promise<Scene>) =>
  async () => {
    const server = await serve((socket) => void socket.once('data', () => act(socket)))
    return sceneOf(server, `https://localhost:${server.port}/`)
  }

const reset = (socket: Socket): void => void socket.resetAndDestroy()
const fin = (socket: Socket): void => void socket.end()

export const ENDINGS: Readonly<Record<string, Ending>> = {
  'nobody listens': { open: () => closed() },
  'nobody listens at either address': { open: () => closed({ lookup: TWO_ADDRESSES }) },
  'a name that is not known': {
    open: async () => ({ url: 'http://name.invalid/', port: 80, [Symbol.asyncDispose]: async () => {} }),
  },
  'a reset before the head': { open: answering('', reset) },
  'a reset in the head': { open: answering('HTTP/1.1 200 OK\r\nServ', reset) },
  'a reset in a body': { open: answering(`${HEAD}hello`, reset) },
  'a reset in chunks': { open: answering(`${CHUNKED}5\r\nhello\r\n`, reset) },
  'a reset together with the bytes before it': {
    open: onRequest((socket) => {
      socket.write(`${HEAD}hello`)
      reset(socket)
    }),
  },
  'an end before the head': { open: answering('', fin) },
  'an end in the head': { open: answering('HTTP/1.1 200 OK\r\nServ', fin) },
  'an end in a body': { open: answering(`${HEAD}hello`, fin) },
  'an end in chunks': { open: answering(`${CHUNKED}5\r\nhello\r\n`, fin) },
  'a certificate that nobody trusts': { open: overTls('localhost', -1, 1, false) },
  'a certificate for another name': { open: overTls('other.test', -1, 1, true) },
  'a certificate that has expired': { open: overTls('localhost', -9, -2, true) },
  'no TLS version in common': { open: overTls('localhost', -1, 1, true, { maxVersion: 'TLSv1.2' }) },
  'plain text on a TLS port': { open: inHandshake((socket) => void socket.write('HTTP/1.1 400 Bad\r\n\r\n')) },
  'an end in the handshake': { open: inHandshake(fin) },
  'a reset in the handshake': { open: inHandshake(reset) },
  'TLS that is cut in a body': { open: cutTls },
  'the client gives up before the head': { open: answering('', () => {}), abort: 'once sent' },
  'the client gives up in a body': { open: answering(`${HEAD}hello`, () => {}), abort: 'at the head' },
  'an idle connection is closed': { open: answering(`${HEAD}helloworld`, fin), requests: 2 },
  'no HTTP': { open: answering('SSH-2.0-OpenSSH_9.6\r\n', () => {}) },
  'no HTTP behind the head': { open: answering(`${CHUNKED}no size\r\n`, () => {}) },
}

/** What a client that was not written for us saw of a request: what came, and how it ended. */
export type Seen = readonly unknown[]

/** A client, over connections of its own or those of a connector. */
export interface Client extends AsyncDisposable {
  get(url: string, signal: AbortSignal, onHead: () => void): Promise<Seen>
}

export const CLIENTS = {
  node: (place, connector) => {
    const own = connector && { createConnection: nodeConnect(connector) }
    const agents = [new http.Agent({ keepAlive: true, ...place }), new https.Agent({ keepAlive: true, ...place })]
    for (const agent of agents) Object.assign(agent, own)
    const [plain, secure] = agents
    return {
      get: (url, signal, onHead) => getByNode(url, url.startsWith('https:') ? secure : plain, signal, onHead),
      [Symbol.asyncDispose]: async () => agents.forEach((agent) => agent.destroy()),
    }
  },
  'undici request': (place, connector) => {
    const dispatcher = new Agent({ connect: connector === undefined ? place : undiciConnect(connector) })
    return {
      async get(url, signal, onHead) {
        const seen: unknown[] = []
        try {
          const { statusCode, body } = await undiciRequest(url, { dispatcher, signal })
          seen.push(statusCode)
          onHead()
          for await (const piece of body) seen.push(String(piece))
          seen.push('end')
        } catch (error) {
          seen.push(error)
        }
        return seen
      },
      [Symbol.asyncDispose]: () => dispatcher.destroy(),
    }
  },
  'undici fetch': (place, connector) => {
    const dispatcher = new Agent({ connect: connector === undefined ? place : undiciConnect(connector) })
    return {
      async get(url, signal, onHead) {
        const seen: unknown[] = []
        try {
          const response = await undiciFetch(url, { dispatcher, signal })
          seen.push(response.status)
          onHead()
          seen.push(await response.text())
        } catch (error) {
          seen.push(error)
        }
        return seen
      },
      [Symbol.asyncDispose]: () => dispatcher.destroy(),
    }
  },
} satisfies Readonly<Record<string, (place: Place, connector: Connector | undefined) => Client>>

function getByNode(url: string, agent: http.Agent | undefined, signal: AbortSignal, onHead: () => void): Promise<Seen> {
  return new Promise((resolve) => {
    const seen: unknown[] = []
    const request = (url.startsWith('https:') ? https : http).get(url, { agent, signal })
    request.on('response', (response) => {
      seen.push(response.statusCode)
      onHead()
      response.on('data', (piece: Buffer) => seen.push(String(piece)))
      response.on('aborted', () => seen.push('aborted'))
      response.on('end', () => seen.push('end'))
      response.on('error', (error) => seen.push(['of the response', error]))
    })
    request.on('error', (error) => seen.push(error))
    request.on('close', () => resolve(seen))
  })
}

/** Runs the requests of an ending; every error is taken apart. */
export async function run({ abort, requests = 1 }: Ending, scene: Scene, client: Client): Promise<unknown[]> {
  const all: unknown[] = []
  for (let count = 0; count < requests; count += 1) {
    const controller = new AbortController()
    const answer = client.get(scene.url, controller.signal, () => {
      if (abort === 'at the head') controller.abort()
    })
    if (abort === 'once sent')
      void untilRead()
        .then(untilRead)
        .then(untilRead)
        .then(() => controller.abort())
    all.push((await answer).map((item) => see(item, scene.port)))
    // An idle connection is closed before the next request goes out.
    await untilRead()
    await untilRead()
  }
  return all
}

const see = (item: unknown, port: number): unknown =>
  Array.isArray(item) ? item.map((each) => see(each, port)) : seenError(item, port)

/** Runs an ending with a server of its own. */
export async function inScene(
  ending: Ending,
  open: (scene: Scene) => Client,
): Promise<{ seen: unknown[]; scene: Scene }> {
  await using scene = await ending.open()
  await using client = open(scene)
  return { seen: await run(ending, scene, client), scene }
}
