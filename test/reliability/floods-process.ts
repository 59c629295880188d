/**
 * Meets every flood, and prints as JSON how it went. In a process of its own, whose memory and time are nobody else's.
 *
 * `tsx --expose-gc floods-process.ts BYTES`, where BYTES is for the floods that no limit stops.
 */
import { growthOfTime, meetFlood, ONE_BYTE_CHUNKS, serveFloods, timeOfFlood, TRIED_FLOODS } from './floods.ts'

export interface FloodsReport {
  readonly floods: readonly FloodReport[]
  /** Milliseconds for the 65,536 chunks of R104. */
  readonly timeOfChunks: number
}

interface FloodReport {
  readonly name: string
  readonly end: string
  readonly read: number
  readonly growth: number
  /** How many times as long each doubling takes. */
  readonly ratio: number
}

/** What twice the bytes may take, by what they take; a quadratic reader has 4. */
const LINEAR = 2.3

await using server = await serveFloods()
const floods: FloodReport[] = []
for (const flood of TRIED_FLOODS) {
  const met = await meetFlood(server.port, flood, 10_000_000)
  const ratio = await growthOfTime(server.port, flood, Number(process.argv[2]), LINEAR)
  floods.push({ name: flood.name, ...met, ratio })
}
const timeOfChunks = await timeOfFlood(server.port, ONE_BYTE_CHUNKS, 65_536 * ONE_BYTE_CHUNKS.unit.length, 3)
process.stdout.write(JSON.stringify({ floods, timeOfChunks } satisfies FloodsReport))
