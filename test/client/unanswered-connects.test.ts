import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { Agent, errors, request as undiciRequest } from 'undici'
import { type ConnectOptions, type Connector, connectSocket, Replayer, useCassette } from '../../src/index.ts'
import { nodeConnect, undiciConnect } from '../../src/entries/sockets.ts'
import { Recorder } from '../../src/entries/cassette.ts'
import { fullBacklog } from '../helpers/full-backlog.ts'
import { serve } from '../helpers/live-server.ts'
import { seenError } from '../helpers/seen-error.ts'

/** Milliseconds. */
const LIMIT = 200

const failed = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: unknown) => error,
  )

async function byUndici(url: string, connect: ConstructorParameters<typeof Agent>[0]): Promise<unknown> {
  const dispatcher = new Agent(connect)
  try {
    return await failed(undiciRequest(url, { dispatcher }))
  } finally {
    await dispatcher.destroy()
  }
}

/** What a client of `node:http` sees that gives up after a while, in one of the two ways that there are. */
function byNode(url: string, connector: Connector | undefined, way: 'timeout' | 'signal'): Promise<unknown[]> {
  const agent = new http.Agent()
  if (connector !== undefined) Object.assign(agent, { createConnection: nodeConnect(connector) })
  return new Promise((resolve) => {
    const seen: unknown[] = []
    const options = way === 'timeout' ? { timeout: LIMIT } : { signal: AbortSignal.timeout(LIMIT) }
    const request = http.get(url, { agent, ...options })
    request.on('timeout', () => {
      seen.push('timeout')
      request.destroy()
    })
    request.on('error', (error) => seen.push(error))
    request.on('close', () => resolve(seen))
  })
}

test.describe('a connection that is neither accepted nor refused', () => {
  test.skip(process.platform !== 'linux', 'other systems have other backlogs')

  test('is given up by undiciConnect as by undici, live and from the recording', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    await using server = await fullBacklog()
    const url = `http://127.0.0.1:${server.port}/`
    const plain = await byUndici(url, { connect: { timeout: LIMIT } })
    expect(plain).toMatchObject({ code: 'UND_ERR_CONNECT_TIMEOUT' })

    const recorder = new Recorder()
    const connect = undiciConnect(recorder.wrap(connectSocket), { timeout: LIMIT })
    const live = await byUndici(url, { connect })
    expect(live).toBeInstanceOf(errors.ConnectTimeoutError)
    expect(live).toBeInstanceOf(errors.UndiciError)
    expect(seenError(live, server.port)).toEqual(seenError(plain, server.port))

    const replayer = new Replayer(recorder.cassette)
    const replayed = await byUndici(url, { connect: undiciConnect(replayer.connector, { timeout: LIMIT }) })
    expect(seenError(replayed, server.port)).toEqual(seenError(plain, server.port))
    expect(replayer.allPlayed).toBe(true)
  })

  for (const way of ['timeout', 'signal'] as const) {
    test(`is given up by a ${way} of node:http, connecting or replayed`, async () => {
      await using server = await fullBacklog()
      const url = `http://127.0.0.1:${server.port}/`
      const see = (seen: readonly unknown[]): unknown[] => seen.map((item) => seenError(item, server.port))
      const plain = see(await byNode(url, undefined, way))
      const recorder = new Recorder()
      expect(see(await byNode(url, recorder.wrap(connectSocket), way))).toEqual(plain)
      expect(recorder.cassette.tape).toMatchObject([{ type: 'failed', failure: { code: 'ABORTED' } }])

      const replayer = new Replayer(recorder.cassette)
      expect(see(await byNode(url, replayer.connector, way))).toEqual(plain)
      expect(replayer.allPlayed).toBe(true)
    })
  }

  test('is in the cassette, and is not attempted in the next run', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-backlog-'))
    let dialled = 0
    const connector: Connector = (origin, options) => {
      dialled += 1
      return connectSocket(origin, options)
    }
    await using server = await fullBacklog()
    for (let count = 0; count < 2; count += 1) {
      const cassette = await useCassette('unanswered', { dir, mode: 'once', connector, env: {} })
      const connect = undiciConnect(cassette.connector, { timeout: LIMIT })
      const error = await byUndici(`http://127.0.0.1:${server.port}/`, { connect })
      expect(error).toMatchObject({ code: 'UND_ERR_CONNECT_TIMEOUT' })
      await cassette.eject()
    }
    expect(dialled).toBe(1)
    await rm(dir, { recursive: true })
  })
})

test('a handshake that is never answered is also given up by undiciConnect', async () => {
  await using server = await serve((socket) => socket.resume())
  const url = `https://127.0.0.1:${server.port}/`
  const plain = await byUndici(url, { connect: { timeout: LIMIT } })
  const connect = undiciConnect(connectSocket, { timeout: LIMIT })
  expect(seenError(await byUndici(url, { connect }), 0)).toEqual(seenError(plain, 0))
})

test.describe('the limit of undiciConnect', () => {
  test("is undici's own by default, and 0 means no limit", async () => {
    expect(await limitOf()).toBe(10_000)
    expect(await limitOf({ timeout: 7 })).toBe(7)
    expect(await limitOf({ timeout: 0 })).toBeUndefined()
  })

  test('is its only option', () => {
    expect(() => undiciConnect(connectSocket, Object({ connectTimeout: 5 }))).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_OPTION' }),
    )
  })

  test('is refused if no timer supports it', () => {
    const refusal = expect.objectContaining({ code: 'INVALID_OPTION' })
    for (const timeout of [-1, Number.NaN, 2 ** 31])
      expect(() => undiciConnect(connectSocket, { timeout })).toThrow(refusal)
  })
})

/** What a connector learns of it. */
async function limitOf(options?: { readonly timeout?: number }): Promise<number | undefined> {
  const asked: ConnectOptions[] = []
  const connect = undiciConnect(async (_origin, connectOptions) => {
    asked.push(connectOptions)
    throw new Error('enough')
  }, options)
  await byUndici('http://127.0.0.1:9/', { connect })
  return asked[0]?.timeout
}
