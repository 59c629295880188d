import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { AsyncResource } from 'node:async_hooks'
import { Agent, createServer as createHttpServer, request as httpRequest, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTcpServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test as base } from '../helpers/test.ts'
import { createCertificate } from '../../demo/certificate.ts'
import type { OpenCassette } from '../../src/use/open-cassette.ts'
import { useCassette, withCassette } from '../../src/use/use-cassette.ts'
import type { UseCassetteOptions } from '../../src/use/use-options.ts'
import { CALLS, overTls, type Seen } from './clients.ts'

interface Servers {
  readonly http: number
  readonly https: number
  readonly tcp: number
  readonly ca: string
  readonly requests: string[]
  stop(): Promise<void>
}

const test = base.extend<{ dir: string; servers: Servers }>({
  dir: async ({}, use) => {
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
    await use(dir)
    await rm(dir, { recursive: true })
  },
  servers: async ({}, use) => {
    const { key, cert } = await createCertificate()
    const requests: string[] = []
    const answer: RequestListener = (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        requests.push(String(request.url))
        response.setHeader('Connection', 'close')
        response.end(`${request.method} ${request.url} ${Buffer.concat(chunks).toString()}`)
      })
    }
    const tcp = createTcpServer((socket) => {
      socket.write('220 ready\r\n')
      socket.on('data', () => socket.end('221 bye\r\n'))
      socket.on('error', () => {})
    })
    const all = [createHttpServer(answer), createHttpsServer({ key, cert }, answer), tcp]
    const [http = 0, https = 0, raw = 0] = await Promise.all(all.map(listen))
    const stop = async (): Promise<void> => {
      await Promise.all(all.map((server) => new Promise((resolve) => server.close(resolve))))
    }
    await use({ http, https, tcp: raw, ca: cert, requests, stop })
    await stop()
  },
})

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Number(Object(server.address()).port)
}

const inContext = <Result>(run: () => Promise<Result>): Promise<Result> =>
  new AsyncResource('a test').runInAsyncScope(run)

/** Options under which this machine's own servers are recorded, in an environment in which nothing is set. */
const captured = (dir: string): UseCassetteOptions => ({ dir, env: {}, capture: { hosts: ['localhost'] } })

const portFor = (name: string, servers: Servers): number =>
  name === 'net' ? servers.tcp : overTls(name) ? servers.https : servers.http

test.describe('capture', () => {
  for (const [name, call] of Object.entries(CALLS)) {
    test(`${name}: unchanged, it sees the same plain, recorded and replayed`, async ({ dir, servers }) => {
      const run = (): Promise<Seen> => call(portFor(name, servers), servers.ca)
      const plain = await run()
      const first = await useCassette('one', captured(dir))
      const live = await run()
      await first.eject()
      expect(live).toEqual(plain)

      await servers.stop()
      const { length } = servers.requests
      const second = await useCassette('one', captured(dir))
      expect(second.isRecording).toBe(false)
      const replayed = await run()
      await second.eject()
      expect(replayed).toEqual(plain)
      expect(servers.requests).toHaveLength(length)
    })
  }

  test('nothing listens for the end of the process any more when all cassettes are ejected', async ({
    dir,
    servers,
  }) => {
    const before = process.listenerCount('exit')
    for (const name of ['one', 'two', 'three']) {
      const tape = await useCassette(name, captured(dir))
      await (await fetch(`http://localhost:${servers.http}/users`)).text()
      await tape.eject()
    }
    expect(process.listenerCount('exit')).toBe(before)
  })

  test('the cassette is as readable as any other', async ({ dir, servers }) => {
    await using tape = await useCassette('one', captured(dir))
    await fetch(`http://localhost:${servers.http}/users`)
    await tape.eject()
    const text = await readFile(join(dir, 'one.yaml'), 'utf8')
    expect(text).toContain(`to: http://localhost:${servers.http}`)
    expect(text).toContain('GET /users HTTP/1.1')
  })

  test('a request that was not recorded is a miss, and reaches nobody', async ({ dir, servers }) => {
    const first = await useCassette('one', captured(dir))
    await (await fetch(`http://localhost:${servers.http}/a`)).text()
    await first.eject()

    const second = await useCassette('one', { ...captured(dir), failOnMiss: true })
    const error: unknown = await fetch(`http://localhost:${servers.http}/b`).catch((reason: unknown) => reason)
    expect(Reflect.get(Object(Reflect.get(Object(error), 'cause')), 'code')).toBe('NO_MATCH')
    await expect(second.eject()).rejects.toMatchObject({ code: 'MISSED' })
    expect(servers.requests).toEqual(['/a'])
  })

  test('this machine is left alone unless it is named', async ({ dir, servers }) => {
    const tape: OpenCassette = await useCassette('one', { dir, env: {}, capture: true })
    await (await fetch(`http://localhost:${servers.http}/a`)).text()
    await tape.eject()
    expect(tape.summary.recorded).toBe(0)
    expect(servers.requests).toEqual(['/a'])
  })

  test('what is neither HTTP nor named has no way out of a replay', async ({ dir, servers }) => {
    const first = await useCassette('one', captured(dir))
    await (await fetch(`http://localhost:${servers.http}/a`)).text()
    await first.eject()
    const second = await useCassette('one', { dir, env: {}, capture: true })
    const { connect } = await import('node:net')
    const [error]: unknown[] = await once(connect(5432, 'db.invalid'), 'error').catch((reason: unknown) => [reason])
    await second.eject()
    expect(error).toMatchObject({ code: 'NOT_CAPTURED' })
    expect(String(error)).toContain("capture: { hosts: ['db.invalid:5432'] }")
  })

  test('the end of one test leaves alone a request of another on the same connection', async ({ dir }) => {
    const server = createHttpServer((request, response) => response.end(String(request.url)))
    const port = await listen(server)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const get = (path: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const call = httpRequest({ port, path, agent }, (response) => {
          response.setEncoding('utf8').on('data', resolve)
        })
        call.on('error', reject).end()
      })
    const open = (name: string, path: string): Promise<[OpenCassette, () => Promise<string>]> =>
      inContext(async () => {
        const tape = await useCassette(name, captured(dir))
        expect(await get(path)).toBe(path)
        return [tape, AsyncResource.bind(() => get(`${path}/again`))]
      })
    const [[other, again], [ending]] = [await open('other', '/other'), await open('ending', '/ending')]
    const [seen] = await Promise.all([again(), ending.eject()])
    await other.eject()
    agent.destroy()
    server.close()
    expect(seen).toBe('/other/again')
    expect(other.summary.recorded).toBe(2)
  })

  test('a cassette inside another one has what is asked until it is over, and the outer one the rest', async ({
    dir,
    servers,
  }) => {
    const get = async (path: string): Promise<string> => (await fetch(`http://localhost:${servers.http}${path}`)).text()
    const bySteps = async (): Promise<void> => {
      await get('/outer/1')
      const inner = await useCassette('inner', captured(dir))
      await get('/inner/1')
      const deeper = await useCassette('deeper', captured(dir))
      await inner.eject()
      await deeper.eject()
      await get('/outer/2')
    }
    const byCallback = async (): Promise<void> => {
      await withCassette('within', captured(dir), () => get('/within/1'))
      await get('/outer/3')
    }
    const targetsIn = async (name: string): Promise<readonly string[]> =>
      Array.from(
        (await readFile(join(dir, `${name}.yaml`), 'utf8')).matchAll(/GET (\S+) HTTP/g),
        ([, target = '']) => target,
      )
    await withCassette('outer', captured(dir), async () => {
      await bySteps()
      await byCallback()
    })
    expect(await targetsIn('outer')).toEqual(['/outer/1', '/outer/2', '/outer/3'])
    expect(await targetsIn('inner')).toEqual(['/inner/1'])
    expect(await targetsIn('within')).toEqual(['/within/1'])
  })

  test('what a pool connected between two cassettes is not in the way of the next one', async ({ dir }) => {
    const server = createHttpServer((request, response) => void response.end(request.url))
    const url = `http://localhost:${await listen(server)}`
    const get = async (path: string): Promise<string> => (await fetch(url + path)).text()
    await (await useCassette('one', captured(dir))).eject()
    expect(await get('/between')).toBe('/between')
    const held = await fetch(`${url}/held`)
    const tape = await useCassette('two', captured(dir))
    expect(await get('/recorded')).toBe('/recorded')
    expect(await held.text()).toBe('/held')
    await tape.eject()
    expect(tape.summary.recorded).toBe(1)
    server.close().closeAllConnections()
  })

  test('after eject nothing is caught any more', async ({ dir, servers }) => {
    const tape = await useCassette('one', captured(dir))
    await tape.eject()
    expect(await (await fetch(`http://localhost:${servers.http}/free`)).text()).toContain('/free')
    expect(tape.summary.recorded).toBe(0)
  })
})
