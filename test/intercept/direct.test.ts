import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { Agent, createServer as createHttpServer, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { AsyncResource } from 'node:async_hooks'
import { expect, test as base } from '../helpers/test.ts'
import { H2CClient } from 'undici'
import type { UseCassetteOptions } from '../../src/use/use-options.ts'
import { useCassette } from '../../src/use/use-cassette.ts'
import { certificateOf } from '../helpers/certificate-of.ts'
import { serveTls } from '../helpers/tls-server.ts'

const test = base.extend<{ options: UseCassetteOptions & { readonly dir: string } }>({
  options: async ({}, use) => {
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
    await use({ dir, env: {}, capture: { hosts: ['localhost'] } })
    await rm(dir, { recursive: true })
  },
})

interface Server extends AsyncDisposable {
  readonly port: number
  /** The client's port of each request. */
  readonly clients: (number | undefined)[]
}

async function serve(): Promise<Server> {
  const clients: (number | undefined)[] = []
  const server = createHttpServer((asked, answer) => {
    clients.push(asked.socket.remotePort)
    answer.end(`${asked.url} ${clients.length}`)
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  // A proxy, as far as a tunnel needs one.
  server.on('connect', ({ url = '' }: IncomingMessage, socket: Socket) => {
    const upstream = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(upstream).pipe(socket)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: portOf(server.address()),
    clients,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await once(server.close(), 'close')
    },
  }
}

const portOf = (address: AddressInfo | string | null): number => Number(Object(address).port)

function get(port: number, path: string, agent: Agent): Promise<{ readonly text: string; readonly socket: Socket }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: 'localhost', port, path, agent }, (answer) => {
      const { socket } = answer
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      answer.on('end', () => resolve({ text, socket }))
    })
    asked.on('error', reject).end()
  })
}

const inContext = <Result>(run: () => Promise<Result>): Promise<Result> =>
  new AsyncResource('a test').runInAsyncScope(run)

test.describe('a client that is only recorded', () => {
  test('keeps its own connection to the server', async ({ options }) => {
    await using server = await serve()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const tape = await useCassette('one', options)
    const { socket, text } = await get(server.port, '/a', agent)
    expect(text).toBe('/a 1')
    expect(socket.remotePort).toBe(server.port)
    expect(server.clients).toEqual([socket.localPort])
    await get(server.port, '/b', agent)
    expect(server.clients).toEqual([socket.localPort, socket.localPort])
    await tape.eject()
    expect(tape.summary.recorded).toBe(2)
    agent.destroy()
  })

  test('is on the cassette with a request after which it left at once', async ({ options }) => {
    await using server = await serve()
    const tape = await useCassette('left', options)
    const asked = request({ host: 'localhost', port: server.port, method: 'POST', path: '/left', agent: false })
    asked.on('error', () => {}).end('metric')
    asked.once('finish', () => asked.destroy())
    await new Promise((resolve) => asked.once('close', resolve))
    await expect.poll(() => tape.interactions.map(({ request: { target } }) => target)).toEqual(['/left'])
    await tape.eject()
    const text = await readFile(tape.path, 'utf8')
    expect(text).toContain('POST /left HTTP/1.1')
    expect(text).toContain('text: "metric"')
    await using replay = await useCassette('left', { ...options, mode: 'none' })
    const again = request({ host: 'localhost', port: server.port, method: 'POST', path: '/left', agent: false })
    again.on('error', () => {}).end('metric')
    again.once('finish', () => again.destroy())
    await new Promise((resolve) => again.once('close', resolve))
    await expect.poll(() => replay.playCount).toBe(1)
    expect(replay.misses).toEqual([])
  })

  test('sends nothing to the server of what a replay is asked on the same connection', async ({ options }) => {
    await using server = await serve()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    await inContext(async () => {
      const tape = await useCassette('played', options)
      expect((await get(server.port, '/played', agent)).text).toBe('/played 1')
      await tape.eject()
    })
    const [recording, recordMore] = await inContext(async () => {
      const tape = await useCassette('recorded', options)
      expect((await get(server.port, '/recorded', agent)).text).toBe('/recorded 2')
      return [tape, AsyncResource.bind(() => get(server.port, '/more', agent))] as const
    })
    await inContext(async () => {
      const tape = await useCassette('played', { ...options, mode: 'none' })
      expect((await get(server.port, '/played', agent)).text).toBe('/played 1')
      await tape.eject()
    })
    expect(server.clients).toHaveLength(2)
    expect((await recordMore()).text).toBe('/more 3')
    await recording.eject()
    expect(recording.summary.recorded).toBe(2)
    agent.destroy()
  })

  test('hears all of a long answer of a replay on the same connection, however slowly it reads', async ({
    options,
  }) => {
    const long = 'x'.repeat(1_000_000)
    const server = createHttpServer((asked, answer) => answer.end(asked.url === '/long' ? long : 'short'))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const port = portOf(server.address())
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    await inContext(async () => {
      await using _ = await useCassette('long', options)
      expect((await get(port, '/long', agent)).text).toBe(long)
    })
    const recording = await inContext(async () => {
      const tape = await useCassette('short', options)
      expect((await get(port, '/short', agent)).text).toBe('short')
      return tape
    })
    await inContext(async () => {
      await using _ = await useCassette('long', { ...options, mode: 'none' })
      const asked = request({ host: 'localhost', port, path: '/long', agent }).end()
      const [answer]: IncomingMessage[] = await once(asked, 'response')
      let length = 0
      for await (const piece of answer ?? []) {
        length += Buffer.from(piece).length
        await new Promise((resolve) => void setImmediate(resolve))
      }
      expect(length).toBe(long.length)
    })
    await recording.eject()
    agent.destroy()
    await once(server.close(), 'close')
  })

  test('is seen inside of the TLS that it speaks through a tunnel', async ({ options }) => {
    await using proxy = await serve()
    await using server = await serveTls(
      (socket) => void socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret')),
      await certificateOf('localhost', -1, 1),
    )
    const ask = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const tunnel = request({
          port: proxy.port,
          method: 'CONNECT',
          path: `localhost:${server.port}`,
          agent: new Agent(),
        })
        tunnel.on('error', reject).on('connect', (_answer, socket) => {
          const secured = connectTls({ socket, servername: 'localhost', ca: server.ca })
          let text = ''
          secured
            .on('error', reject)
            .setEncoding('latin1')
            .on('data', (piece: string) => (text += piece))
          secured.on('end', () => resolve(text))
          secured.write('GET /inside HTTP/1.1\r\nHost: localhost\r\n\r\n')
        })
        tunnel.end()
      })
    const plain = await ask()
    const first = await useCassette('tunnel', options)
    expect(await ask()).toBe(plain)
    await first.eject()
    expect(await readFile(join(options.dir, 'tunnel.yaml'), 'utf8')).toContain('GET /inside HTTP/1.1')
    const second = await useCassette('tunnel', { ...options, mode: 'none' })
    expect(await ask()).toBe(plain)
    await second.eject()
    expect(second.misses).toEqual([])
    await server[Symbol.asyncDispose]()
  })

  test('may not start TLS on a connection that went on as that of another test', async ({ options }) => {
    await using server = await serve()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const tapes = ['first', 'second'].map((name) =>
      inContext(async () => {
        const tape = await useCassette(name, options)
        return { tape, ask: AsyncResource.bind(() => get(server.port, `/${name}`, agent)) }
      }),
    )
    const [first, second] = await Promise.all(tapes)
    await first?.ask()
    const answer = await second?.ask()
    expect(server.clients).toHaveLength(2)
    const secured = connectTls({ socket: answer?.socket })
    const [error] = await once(secured, 'error')
    expect(error).toMatchObject({ code: 'SCOPE_UNKNOWN' })
    await Promise.all([first?.tape.eject(), second?.tape.eject()])
    agent.destroy()
  })

  for (const mode of ['all', 'none'] as const)
    test(`is refused if it uses its socket without the stream, with mode ${mode}`, async ({ options }) => {
      await using server = await serve()
      const agent = new Agent()
      const first = await useCassette('h2c', options)
      await get(server.port, '/', agent)
      await first.eject()
      const tape = await useCassette('h2c', { ...options, mode })
      const client = new H2CClient(`http://localhost:${server.port}`)
      await expect(client.request({ path: '/', method: 'GET' })).rejects.toMatchObject({ code: 'HTTP2_ONLY' })
      await client.destroy()
      await tape.eject()
    })
})
