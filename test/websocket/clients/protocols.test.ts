import { mkdtempSync, rmSync } from 'node:fs'
import { Agent as HttpAgent, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test as base } from '../../helpers/test.ts'
import { Server } from 'socket.io'
import { io, type ManagerOptions, type SocketOptions } from 'socket.io-client'
import { WebSocket, WebSocketServer } from 'ws'
import { nodeConnect } from '../../../src/client/to-socket.ts'
import type { Connector } from '../../../src/transport.ts'
import { useCassette } from '../../../src/use/use-cassette.ts'
import { countOf } from '../../helpers/share.ts'

const test = base.extend<{ folder: string }>({
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'wiretape-protocols-'))
    await use(folder)
    rmSync(folder, { recursive: true })
  },
})

const agentOf = (connector: Connector): HttpAgent =>
  Object.assign(new HttpAgent({ keepAlive: true }), { createConnection: nodeConnect(connector) })

/** Listens on loopback; the port. */
async function listen(http: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => void http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo // oxlint-disable-line typescript/no-unsafe-type-assertion -- it listens on TCP
  return port
}

/** Records what a client does with a server, stops that, and plays it: what was seen live, and in each replay. */
async function recordAndPlay(
  folder: string,
  http: ReturnType<typeof createServer>,
  client: (connector: Connector, port: number) => Promise<readonly string[]>,
): Promise<{ readonly live: readonly string[]; readonly replays: readonly (readonly string[])[] }> {
  const port = await listen(http)
  const options = { dir: folder, env: {}, failOnMiss: true } as const
  const recording = await useCassette('talk', { ...options, mode: 'all' })
  const live = await client(recording.connector, port)
  await recording.eject()
  http.closeAllConnections()
  http.close()
  const replays: (readonly string[])[] = []
  for (let n = 0; n < countOf(2, 20); n += 1) {
    await using cassette = await useCassette('talk', { ...options, mode: 'none' })
    replays.push(await client(cassette.connector, port))
  }
  return { live, replays }
}

/** A talk over Socket.IO: welcomed, one message with an acknowledgement, a goodbye. */
function socketIoTalk(transports: readonly ('polling' | 'websocket')[]) {
  return (connector: Connector, port: number): Promise<readonly string[]> =>
    new Promise((resolve) => {
      const seen: string[] = []
      const agent = agentOf(connector)
      // Its type names a browser's agent.
      const options: Partial<ManagerOptions & SocketOptions> = {
        transports: [...transports],
        reconnection: false,
        forceNew: true,
        timestampRequests: false,
        ...Object({ agent }),
      }
      const socket = io(`http://127.0.0.1:${port}`, options)
      const { engine } = socket.io
      const say = (): void =>
        void socket.emit('say', { text: 'hello' }, (ok: unknown) => {
          seen.push(`acknowledged ${JSON.stringify(ok)}`)
          socket.disconnect()
        })
      for (const name of ['welcome', 'said'])
        socket.on(name, (message: unknown) => seen.push(`${name} ${JSON.stringify(message)}`))
      socket.on('connect_error', (error) => resolve([...seen, `error ${error.message}`]))
      socket.on('connect', () => {
        seen.push('connected')
        if (transports.length === 1 || engine.transport.name === 'websocket') say()
        else engine.once('upgrade', say)
      })
      socket.on('disconnect', (reason) => {
        agent.destroy()
        resolve([...seen, `disconnected: ${reason}`])
      })
    })
}

for (const transports of [['websocket'], ['polling'], ['polling', 'websocket']] as const)
  test(`Socket.IO over ${transports.join(' and then ')}`, async ({ folder }) => {
    const http = createServer()
    new Server(http).on('connection', (socket) => {
      socket.emit('welcome', { room: 1 })
      socket.on('say', (message: unknown, acknowledge: (answer: object) => void) => {
        socket.emit('said', message)
        acknowledge({ ok: true })
      })
    })
    const { live, replays } = await recordAndPlay(folder, http, socketIoTalk(transports))
    expect(live).toEqual([
      'connected',
      'welcome {"room":1}',
      'said {"text":"hello"}',
      'acknowledged {"ok":true}',
      'disconnected: io client disconnect',
    ])
    for (const seen of replays) expect(seen).toEqual(live)
  })

/** A subscription as graphql-ws has it: init, acknowledgement, subscribe, results, complete. */
function subscription(query: string) {
  return (connector: Connector, port: number): Promise<readonly string[]> =>
    new Promise((resolve) => {
      const seen: string[] = []
      const agent = agentOf(connector)
      const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws', { agent })
      const say = (message: object): void => socket.send(JSON.stringify(message))
      socket.on('open', () => say({ type: 'connection_init', payload: { authToken: 'Zx81qLw0Tn55kEy99' } }))
      socket.on('message', (data: Buffer) => {
        const message = data.toString()
        seen.push(message)
        if (message.includes('connection_ack')) say({ id: '1', type: 'subscribe', payload: { query } })
        if (message.includes('"ping"')) say({ type: 'pong' })
        if (message.includes('"complete"')) socket.close(1000)
      })
      socket.on('close', (code, reason) => {
        agent.destroy()
        resolve([socket.protocol, ...seen, `closed ${code} ${reason.toString()}`])
      })
    })
}

function graphQlServer(): ReturnType<typeof createServer> {
  const http = createServer()
  const server = new WebSocketServer({ server: http, handleProtocols: () => 'graphql-transport-ws' })
  server.on('connection', (socket) => {
    const say = (message: object): void => socket.send(JSON.stringify(message))
    socket.on('message', (data: Buffer) => {
      const message = data.toString()
      if (message.includes('connection_init')) say({ type: 'connection_ack' })
      if (!message.includes('subscribe')) return
      say({ type: 'ping' })
      for (const n of [1, 2, 3]) say({ id: '1', type: 'next', payload: { data: { counted: n } } })
      say({ id: '1', type: 'complete' })
    })
  })
  return http
}

test('a GraphQL subscription, whose token is not in the cassette', async ({ folder }) => {
  const { live, replays } = await recordAndPlay(folder, graphQlServer(), subscription('subscription { counted }'))
  expect(live).toHaveLength(8)
  expect(live.at(-1)).toMatch(/^closed 1000/)
  for (const seen of replays) expect(seen).toEqual(live)
  const { readFileSync } = await import('node:fs')
  const yaml = readFileSync(join(folder, 'talk.yaml'), 'utf8')
  expect(yaml).not.toContain('Zx81qLw0Tn55kEy99')
  expect(yaml).toContain('{ type: connection_init, payload: { authToken: "{{token.1}}" } }')
})

test('another GraphQL subscription is a miss that shows the query', async ({ folder }) => {
  const http = graphQlServer()
  let port = 0
  const { live } = await recordAndPlay(folder, http, (connector, at) => {
    port = at
    return subscription('subscription { counted }')(connector, at)
  })
  expect(live).toHaveLength(8)
  const cassette = await useCassette('talk', { dir: folder, env: {}, mode: 'none', failOnMiss: true })
  const seen = await subscription('subscription { other }')(cassette.connector, port)
  expect(seen.at(-1)).toMatch(/^closed 10/)
  await expect(cassette.eject()).rejects.toThrow(
    /\$\.payload\.query: recorded "subscription \{ counted \}", asked "subscription \{ other \}"/,
  )
})
