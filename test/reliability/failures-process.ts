/**
 * Makes requests that fail in all ways there are, and prints as JSON what is left of them. It must end by itself.
 *
 * `tsx --expose-gc failures-process.ts REQUESTS`
 */
import { getEventListeners } from 'node:events'
import type { Socket } from 'node:net'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { noteHandles } from '../helpers/handles.ts'
import { inParallel } from '../helpers/in-parallel.ts'
import { serve } from '../helpers/live-server.ts'
import { finallyHeldBytes } from '../helpers/memory.ts'
import { serveTls } from '../helpers/tls-server.ts'
import { actOnPaths, endOf, FAILURE_KINDS, type FailureKind, type FailurePlaces } from './failure-kinds.ts'

/** What is left, and what went otherwise than it should. */
export interface FailureReport {
  readonly requests: number
  readonly kinds: number
  /** Each ending that was not the one of its kind. */
  readonly wrong: readonly string[]
  readonly heapGrowth: number
  readonly handles: readonly string[]
  /** On a signal that all requests and connections share. */
  readonly listeners: number
  readonly warnings: readonly string[]
}

/** Requests on one connection, before the next one is made. */
const PER_CONNECTION = 5

const warnings: string[] = []
process.on('warning', ({ name, message }) => warnings.push(`${name}: ${message}`))
// Node opens it when a socket is destroyed for the first time.
process.stderr.uncork()
const leftOpen = noteHandles()
const { signal } = new AbortController()
const report = await failInAllWays(Number(process.argv[2]))
const handles = await leftOpen()
const listeners = getEventListeners(signal, 'abort').length
process.stdout.write(JSON.stringify({ ...report, handles, listeners, warnings } satisfies FailureReport))

async function failInAllWays(
  requests: number,
): Promise<Pick<FailureReport, 'requests' | 'kinds' | 'wrong' | 'heapGrowth'>> {
  await using acting = await serve(actOnPaths)
  await using tls = await serveTls(actOnPaths)
  // It reads nothing, and so does not see that its clients leave: who has gone is let go after each round.
  const unheard: Socket[] = []
  await using deaf = await serve((socket) => void unheard.push(socket))
  const places = { port: acting.port, closedPort: await closedPort(), tlsPort: tls.port, deafPort: deaf.port }

  const kinds = FAILURE_KINDS.length
  const rounds = Math.ceil(requests / kinds / PER_CONNECTION)
  const settled = noteHandles()
  const failOnce = async (): Promise<string[]> => {
    const wrong = await round(places)
    for (const socket of unheard.splice(0)) socket.destroy()
    return wrong
  }
  const wrong = await failOnce()
  await settled()
  const before = await finallyHeldBytes()
  for (let count = 1; count < rounds; count += 1) wrong.push(...(await failOnce()))
  await settled()
  return { requests: rounds * kinds * PER_CONNECTION, kinds, wrong, heapGrowth: (await finallyHeldBytes()) - before }
}

/** All kinds, several at a time; gives what ended otherwise. */
async function round(places: FailurePlaces): Promise<string[]> {
  const wrong = await inParallel(8, FAILURE_KINDS, (kind) => failOnOneConnection(places, kind))
  return wrong.flat()
}

async function failOnOneConnection(places: FailurePlaces, kind: FailureKind): Promise<string[]> {
  const { name, ends, options, run } = kind
  await using connection = new HttpConnection({ host: '127.0.0.1', port: places.port, signal, ...options?.(places) })
  const seen: string[] = []
  for (let count = 0; count < PER_CONNECTION; count += 1) seen.push(await endOf(run(connection, signal)))
  const isRight = new RegExp(`^${ends}$`)
  return seen.filter((end) => !isRight.test(end)).map((end) => `${name}: ${end}, not ${ends}`)
}

async function closedPort(): Promise<number> {
  await using server = await serve(() => {})
  return server.port
}
