import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { expect, test } from '../helpers/test.ts'
import { Agent as UndiciAgent, type Dispatcher, Pool, request } from 'undici'
import { type Connector, connectSocket, type OpenCassette, useCassette } from '../../src/index.ts'
import { nodeConnect, undiciConnect } from '../../src/entries/sockets.ts'

/** A client that keeps its connections for the next request, and keeps asking `over` for new ones. */
type KeptClient = (over: () => Connector, url: string) => (path: string) => Promise<string>

const CLIENTS: Readonly<Record<string, KeptClient>> = {
  'an agent of node:http': (over, url) => {
    const agent = Object.assign(new Agent({ keepAlive: true }), { createConnection: nodeConnect(following(over)) })
    return async (path) => {
      const asked = get(`${url}${path}`, { agent })
      const [answer] = await once(asked, 'response')
      return text(answer)
    }
  },
  'an agent of undici': (over, url) =>
    withDispatcher(new UndiciAgent({ connect: undiciConnect(following(over)) }), url),
  'a pool of undici': (over, url) => withDispatcher(new Pool(url, { connect: undiciConnect(following(over)) }), url),
}

const withDispatcher =
  (dispatcher: Dispatcher, url: string): ((path: string) => Promise<string>) =>
  async (path) =>
    (await request(`${url}${path}`, { dispatcher })).body.text()

const following =
  (over: () => Connector): Connector =>
  (origin, options) =>
    over()(origin, options)

for (const [name, clientOf] of Object.entries(CLIENTS)) {
  test.describe(`eject, with ${name} that keeps its connections`, () => {
    test('recording: closes them, and the next cassette gets the next request', async () => {
      await using world = await start()
      let cassette = await world.open('one')
      const ask = clientOf(() => cassette.connector, world.url)
      expect(await ask('/1')).toBe('/1')
      await cassette.eject()
      await expect.poll(() => world.sockets.size).toBe(0)
      await expect(ask('/lost')).rejects.toThrow()
      expect(world.seen).toEqual(['/1'])
      cassette = await world.open('two')
      expect(await ask('/2')).toBe('/2')
      expect(cassette.isRecording).toBe(true)
      await cassette.eject()
      await using one = await world.open('one')
      await using two = await world.open('two')
      expect([one, two].map(({ interactions }) => interactions.map((it) => it.request.target))).toEqual([
        ['/1'],
        ['/2'],
      ])
    })

    test('replaying: nothing goes to the server or to the old cassette', async () => {
      await using world = await start()
      let cassette = await world.open('one')
      const ask = clientOf(() => cassette.connector, world.url)
      await ask('/1')
      await cassette.eject()
      cassette = await world.open('one')
      expect(await ask('/1')).toBe('/1')
      await cassette.eject()
      await expect(ask('/1')).rejects.toThrow()
      expect(world.seen).toEqual(['/1'])
      const again = await world.open('one')
      cassette = again
      expect(await ask('/1')).toBe('/1')
      expect(again.playCount).toBe(1)
      await again.eject()
      expect(world.seen).toEqual(['/1'])
    })
  })
}

/** Leaves an agent of each kind with an idle connection, and ejects; says whether it recorded. */
const PROGRAM = `
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { text } from 'node:stream/consumers'
import { Agent as UndiciAgent, request } from 'undici'
import { useCassette } from 'wiretape'
import { nodeConnect, undiciConnect } from 'wiretape/sockets'
const [url, dir] = process.argv.slice(-2)
const cassette = await useCassette('one', { dir, env: {} })
const agent = Object.assign(new Agent({ keepAlive: true }), { createConnection: nodeConnect(cassette.connector) })
const [answer] = await once(get(url + '/node', { agent }), 'response')
const dispatcher = new UndiciAgent({ connect: undiciConnect(cassette.connector) })
const { body } = await request(url + '/undici', { dispatcher })
console.log(await text(answer), await body.text(), String(cassette.isRecording))
await cassette.eject()
`

test('a process whose agents keep connections ends by itself after eject, recording and replaying', async () => {
  await using world = await start()
  const dir = await mkdtemp(join(tmpdir(), 'ended-'))
  const run = async (): Promise<string> => {
    const args = ['--input-type=module', '-e', PROGRAM, world.url, dir]
    // The limit ends a process that would not: that rejects.
    return (await promisify(execFile)(process.execPath, args, { timeout: 25_000 })).stdout
  }
  expect(await run()).toBe('/node /undici true\n')
  expect(await run()).toBe('/node /undici false\n')
  expect(world.seen).toEqual(['/node', '/undici'])
  await rm(dir, { recursive: true })
})

test.describe('the connector of an ejected cassette', () => {
  test('refuses with a code', async () => {
    await using world = await start()
    const cassette = await world.open('one')
    await cassette.eject()
    await expect(cassette.connector(world.origin, {})).rejects.toMatchObject({ code: 'CASSETTE_EJECTED' })
  })

  test('gives what holds one of its transports that code, too', async () => {
    await using world = await start()
    const cassette = await world.open('one')
    const transport = await cassette.connector(world.origin, {})
    const read = transport.read()
    read.catch(() => {})
    await cassette.eject()
    await expect(read).rejects.toMatchObject({ code: 'CASSETTE_EJECTED' })
    await expect(Promise.resolve(transport.write(Buffer.from('GET')))).rejects.toMatchObject({
      code: 'CASSETTE_EJECTED',
    })
    transport.end()
    await expect.poll(() => world.sockets.size).toBe(0)
  })

  test('gives up a connection that is being made, and closes one that is made too late', async () => {
    await using world = await start()
    const late = newGate()
    const slow: Connector = async (origin) => {
      await late.promise
      return connectSocket(origin, {})
    }
    const cassette = await world.open('one', slow)
    const attempt = cassette.connector(world.origin, {})
    attempt.catch(() => {})
    await cassette.eject()
    await expect(attempt).rejects.toMatchObject({ code: 'CASSETTE_EJECTED' })
    late.resolve()
    await expect.poll(() => world.accepted()).toBe(1)
    await expect.poll(() => world.sockets.size).toBe(0)
  })
})

interface World extends AsyncDisposable {
  readonly url: string
  readonly origin: { readonly protocol: 'http'; readonly host: string; readonly port: number }
  /** The paths that were asked for. */
  readonly seen: readonly string[]
  readonly sockets: ReadonlySet<Socket>
  accepted(): number
  open(name: string, connector?: Connector): Promise<OpenCassette>
}

/** A server that echoes the path, and a folder for cassettes. */
async function start(): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-eject-'))
  const seen: string[] = []
  const sockets = new Set<Socket>()
  let accepted = 0
  const server: Server = createServer((socket) => {
    accepted += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    socket.on('data', (bytes) => {
      const path = bytes.toString('latin1').split(' ')[1] ?? ''
      seen.push(path)
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`)
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = Object(server.address())
  return {
    url: `http://127.0.0.1:${port}`,
    origin: { protocol: 'http', host: '127.0.0.1', port },
    seen,
    sockets,
    accepted: () => accepted,
    open: (name, connector) => useCassette(name, { dir, mode: 'once', env: {}, connector }),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  await once(signal, 'abort')
}

function newGate(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  const opened = new AbortController()
  return { promise: untilAborted(opened.signal), resolve: () => opened.abort() }
}
