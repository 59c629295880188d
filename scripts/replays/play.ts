import { createHash } from 'node:crypto'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { VirtualClock } from '../../src/clock.ts'
import { WiretapeError } from '../../src/errors.ts'
import type { ResponseEvent } from '../../src/http1/events.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import { formatEvent, joinData } from '../../test/helpers/trace.ts'
import { Random } from '../fuzz/random.ts'
import { type Errand, errandsOf, ORIGIN, recordingFor } from './conversation.ts'

const CLIENTS = 8
const TAPE = encodeCassette(recordingFor(CLIENTS))

/** A digest of {@link logOfRun}. */
export const playOnce = async (seed: number): Promise<string> =>
  createHash('sha256')
    .update((await logOfRun(seed)).join('\n'))
    .digest('hex')

/**
 * Replays a recording to eight clients at once, each with its errands in an order that the seed draws, and returns
 * everything that they saw, sorted, because the order of arrival may differ.
 */
export async function logOfRun(seed: number): Promise<string[]> {
  const random = new Random(seed, 0)
  const clock = new VirtualClock()
  const replayer = new Replayer(decodeCassette(TAPE), { timing: clock, segmentation: { seed } })
  const logs = await Promise.all(
    Array.from({ length: CLIENTS }, (_, client) => runClient(shuffled(errandsOf(client), random), replayer, clock)),
  )
  replayer.assertAllPlayed()
  if (replayer.misses.length > 0) throw new Error(`seed ${seed}: ${replayer.misses.length} misses`)
  return logs.flat().toSorted()
}

async function runClient(errands: readonly Errand[], { connector }: Replayer, clock: VirtualClock): Promise<string[]> {
  let heard: ResponseEvent[] = []
  const onEvent = (event: ResponseEvent): void => void heard.push(event)
  await using kept = HttpConnection.to(ORIGIN, { connector, clock, onEvent })
  const log: string[] = []
  for (const errand of errands) {
    heard = []
    if (errand.endsConnection !== true) {
      log.push(`${await run(errand, kept)} ${logOfEvents(heard)}`)
      continue
    }
    await using own = HttpConnection.to(ORIGIN, { connector, clock, onEvent })
    log.push(`${await run(errand, own)} ${logOfEvents(heard)}`)
  }
  return log
}

/** How it ended. */
async function run({ method, target, body }: Errand, connection: HttpConnection): Promise<string> {
  try {
    await connection.request(method, target, { body })
    await (await connection.getResponse()).bytes()
    return `${method} ${target} complete`
  } catch (error) {
    if (!(error instanceof WiretapeError)) throw error
    return `${method} ${target} ${error.code} ${error.message}`
  }
}

/** Events with offsets from the first byte of the answer, because earlier bytes on the connection differ. */
function logOfEvents(events: readonly ResponseEvent[]): string {
  const first = events[0]?.start ?? 0
  return joinData(events)
    .map((event) => formatEvent({ ...event, start: event.start - first, end: event.end - first }))
    .join(' ')
}

/** Fisher and Yates. */
function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const left = [...items]
  return items.flatMap(() => left.splice(random.below(left.length), 1))
}
