import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { HttpConnection } from '../../src/client/http-connection.ts'
import type { HttpResponse } from '../../src/client/http-response.ts'
import { afterPoll } from '../../src/client/socket-endings.ts'
import { attempt } from '../helpers/attempt.ts'
import { inParallel } from '../helpers/in-parallel.ts'
import { type LiveServer, serve } from '../helpers/live-server.ts'
import { nextTurn } from '../helpers/scripted-transport.ts'
import { answer } from '../helpers/tape.ts'

/** A server says one answer more than it was asked for. */
export interface TaintTrial {
  /** How long after its first answer, ms. */
  readonly extraAfter: number
  /** How long the client waits before its second request, ms. */
  readonly gap: number
  /** How long it waits before each later one, ms. */
  readonly laterGap: number
  /** How many requests there are. */
  readonly requests: number
  /** How long the server takes for each true answer, ms. */
  readonly latency: number
}

/** How one answer of a trial was. */
export type TaintResult = 'right' | 'right, but suspect' | 'wrong, but suspect' | 'WRONG' | 'none'

/** What the requirement names: 0, 1, 3, 10 and 80 ms, back to back and after a gap. */
export const TAINT_TRIALS: readonly TaintTrial[] = [0, 1, 3, 10, 80].flatMap((extraAfter) =>
  [0, 100].map((gap) => ({ extraAfter, gap, laterGap: 0, requests: 2, latency: 0 })),
)

/** The true answer comes after the client has paused and asked again. */
export const SLOW_TAINT_TRIALS: readonly TaintTrial[] = [0, 1, 10].flatMap((extraAfter) =>
  [30, 300].map((latency) => ({ extraAfter, gap: 0, laterGap: 150, requests: 4, latency })),
)

interface TaintServer extends LiveServer {
  /** Resolves when the server has answered so many requests of a trial, and said all that it says beyond that. */
  hasSaidAll(trial: number, requests: number): Promise<void>
}

/** A server that is asked for `/<trial>/<number>?<extraAfter>,<latency>`. */
async function serveTaint(): Promise<TaintServer> {
  const said = new Map<string, number>()
  const server = await serve((socket) => {
    socket.on('data', (bytes: Buffer) => {
      for (const [, trial = '', number = '', extraAfter, latency] of bytes.toString('latin1').matchAll(REQUEST_LINE)) {
        void (async () => {
          await say(socket, Number(latency), `true ${number}`)
          if (number === '0') await say(socket, Number(extraAfter), 'false')
          said.set(trial, (said.get(trial) ?? 0) + 1)
        })()
      }
    })
  })
  return {
    ...server,
    async hasSaidAll(trial, requests) {
      while ((said.get(`${trial}`) ?? 0) < requests) await nextTurn()
      said.delete(`${trial}`)
    },
  }
}

const REQUEST_LINE = /^GET \/(\d+)\/(\d+)\?(\d+),(\d+) /gm

async function say(socket: Socket, after: number, body: string): Promise<void> {
  if (after > 0) await delay(after)
  await new Promise((resolve) => socket.write(answer(body), resolve))
}

let lastTrial = 0

/** How each answer of one trial was. */
async function tryTaint(server: TaintServer, trial: TaintTrial): Promise<TaintResult[]> {
  lastTrial += 1
  const id = lastTrial
  const { extraAfter, gap, laterGap, requests, latency } = trial
  await using connection = new HttpConnection({ host: '127.0.0.1', port: server.port })
  const answers: { readonly response: HttpResponse | undefined; readonly isRight: boolean }[] = []
  for (let number = 0; number < requests; number += 1) {
    if (number > 0) await delay(number === 1 ? gap : laterGap)
    const { response, body } = await attempt(connection, 'GET', `/${id}/${number}?${extraAfter},${latency}`)
    answers.push({ response, isRight: body.toString() === `true ${number}` })
  }
  await server.hasSaidAll(id, requests)
  // What has been said is there, and is read.
  await afterPoll()
  await afterPoll()
  return answers.map(({ response, isRight }) => {
    if (response === undefined) return 'none'
    if (isRight) return response.isSuspect ? 'right, but suspect' : 'right'
    return response.isSuspect ? 'wrong, but suspect' : 'WRONG'
  })
}

/** How many answers of so many rounds were of each kind. */
export async function tallyTaint(
  trials: readonly TaintTrial[],
  rounds: number,
): Promise<Readonly<Partial<Record<TaintResult, number>>>> {
  await using server = await serveTaint()
  const tally: Partial<Record<TaintResult, number>> = {}
  const all = Array.from({ length: rounds }, () => trials).flat()
  await inParallel(32, all, async (trial) => {
    for (const result of await tryTaint(server, trial)) tally[result] = (tally[result] ?? 0) + 1
  })
  return tally
}
