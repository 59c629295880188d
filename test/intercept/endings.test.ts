import { errorMonitor, type EventEmitter } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { expect, test } from '../helpers/test.ts'
import { Agent, request as undiciRequest } from 'undici'
import { useCassette } from '../../src/use/use-cassette.ts'
import type { UseCassetteOptions } from '../../src/use/use-options.ts'
import { type Client, CLIENTS, ENDINGS, inScene, type Place, run } from '../helpers/abnormal-endings.ts'
import { every } from '../helpers/share.ts'

const HOSTS = ['127.0.0.1', 'localhost', 'two.test', 'name.invalid']

/** The same clients, and every event of their sockets and pools in its place. */
const WATCHED: Readonly<Record<string, (place: Place) => Client>> = {
  'node, event by event': (place) => {
    const agents = [new http.Agent({ keepAlive: true, ...place }), new https.Agent({ keepAlive: true, ...place })]
    const [plain, secure] = agents
    return {
      get: (url, signal, onHead) => getWatched(url, url.startsWith('https:') ? secure : plain, signal, onHead),
      [Symbol.asyncDispose]: async () => agents.forEach((agent) => agent.destroy()),
    }
  },
  'undici request, event by event': (place) => {
    const dispatcher = new Agent({ connect: place })
    return {
      async get(url, signal, onHead) {
        const seen: unknown[] = []
        const stop = watch(dispatcher, 'pool', ['connect', 'disconnect', 'connectionError', 'drain'], seen)
        try {
          const { statusCode, body } = await undiciRequest(url, { dispatcher, signal })
          seen.push(statusCode)
          onHead()
          watch(body, 'body', ['data', 'end', 'error', 'close', 'aborted'], seen)
          for await (const piece of body) seen.push(String(piece))
        } catch (error) {
          seen.push(error)
        }
        stop()
        return seen
      },
      [Symbol.asyncDispose]: () => dispatcher.destroy(),
    }
  },
}

function getWatched(url: string, agent: http.Agent | undefined, signal: AbortSignal, onHead: () => void) {
  return new Promise<readonly unknown[]>((resolve) => {
    const seen: unknown[] = []
    const request = (url.startsWith('https:') ? https : http).get(url, { agent, signal })
    const stops = [watch(request, 'request', ['abort', 'finish', 'error', 'close', 'drain', 'timeout'], seen)]
    let isOver = false
    request.on('socket', (socket) => {
      stops.push(watch(socket, 'socket', SOCKET_EVENTS, seen))
      socket.once('close', () => isOver && done())
      if (socket.destroyed) done()
    })
    request.on('response', (response) => {
      seen.push(response.statusCode)
      onHead()
      stops.push(watch(response, 'response', ['data', 'aborted', 'end', 'error', 'close'], seen))
      response.on('error', () => {})
    })
    request.on('error', () => {})
    request.on('close', () => {
      isOver = true
      // A connection that is kept is left alone.
      if (request.socket?.destroyed !== true || request.socket.closed) done()
    })
    const done = (): void => {
      for (const stop of stops) stop()
      resolve(seen)
    }
  })
}

const SOCKET_EVENTS = ['lookup', 'connect', 'ready', 'secureConnect', 'end', 'error', 'close', 'timeout'] as const

/** Notes each event with what it says. Returns what ends it. */
function watch(emitter: EventEmitter, label: string, names: readonly string[], seen: unknown[]): () => void {
  const stops = names.map((name) => {
    const event = name === 'error' ? errorMonitor : name
    const note = (...args: readonly unknown[]): void => {
      // A cassette does not hold how many addresses a name has.
      if (name === 'lookup') args = [args[0], args.at(-1)]
      const said = [`${label}: ${name}`, ...args.filter(isPlain)]
      if (name !== 'lookup' || !isDeepStrictEqual(seen.at(-1), said)) seen.push(said)
    }
    emitter.on(event, note)
    return () => emitter.off(event, note)
  })
  return () => stops.forEach((stop) => stop())
}

const isPlain = (value: unknown): boolean => value instanceof Error || typeof value !== 'object'

const { 'undici fetch': openFetch } = CLIENTS

const ALL: Readonly<Record<string, (place: Place) => Client>> = {
  ...WATCHED,
  'undici fetch': (place) => openFetch(place, undefined),
}

for (const [name, open] of Object.entries(ALL)) {
  test.describe(`${name}: unchanged, it sees the same by itself, recorded and replayed:`, () => {
    let options: UseCassetteOptions & { readonly dir: string }

    test.beforeEach(async () => {
      options = { dir: await mkdtemp(join(tmpdir(), 'wiretape-')), env: {}, capture: { hosts: HOSTS } }
    })
    test.afterEach(() => rm(options.dir, { recursive: true }))

    for (const [what, ending] of every(4, Object.entries(ENDINGS))) {
      test(what, async () => {
        const plain = await inScene(ending, ({ place = {} }) => open(place))

        const first = await useCassette('ending', options)
        const live = await inScene(ending, ({ place = {} }) => open(place))
        await first.eject()
        expect(live.seen).toEqual(plain.seen)
        expect(existsSync(join(options.dir, 'ending.yaml'))).toBe(true)

        const second = await useCassette('ending', { ...options, mode: 'none' })
        await using client = open(live.scene.place ?? {})
        expect(await run(ending, live.scene, client)).toEqual(plain.seen)
        await second.eject()
        expect(second.misses).toEqual([])
      })
    }
  })
}
