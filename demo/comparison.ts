import { createHash } from 'node:crypto'
import { inspect, isDeepStrictEqual } from 'node:util'
import type { ResponseEvent } from 'wiretape'
import type { Cassette } from 'wiretape/cassette'
import type { Sighting, Transcript } from './conversation.ts'

/** One compared value. */
export interface Comparison {
  readonly what: string
  /** Short, with a fingerprint of everything that was compared. */
  readonly live: string
  readonly replay: string
  readonly same: boolean
  /** Both values in full, if they differ. */
  readonly difference: string | undefined
}

/** The result of one run: what the client saw, and the bytes on the wire. */
export interface Run {
  readonly transcript: Transcript
  readonly tape: Cassette['tape']
}

/** Compares two runs exchange by exchange, then event by event, then byte by byte. */
export function compareRuns(live: Run, replay: Run): readonly Comparison[] {
  return [
    ...compareEach(
      live.transcript.sightings,
      replay.transcript.sightings,
      ({ step }) => step,
      (sighting) => summarizeSighting(sighting),
    ),
    ...compareEach(
      live.transcript.traces,
      replay.transcript.traces,
      (_, index) => `protocol events, connection ${index + 1}`,
      (trace) => summarizeTrace(trace),
    ),
    ...compareEach(
      passages(live.tape),
      passages(replay.tape),
      ({ connection, direction }) => `bytes ${direction}, connection ${connection}`,
      ({ bytes }) => count(bytes.length, 'byte'),
    ),
  ]
}

/** Pairs by position; a value that only one side has counts as different. */
function compareEach<T>(
  live: readonly T[],
  replay: readonly T[],
  name: (one: T, index: number) => string,
  summarize: (one: T) => string,
): Comparison[] {
  const describe = (one: T | undefined): string =>
    one === undefined ? 'nothing' : `${summarize(one)}  ${fingerprint(one)}`
  return (live.length >= replay.length ? live : replay).map((one, index) => {
    const [before, now] = [live[index], replay[index]]
    const same = isDeepStrictEqual(before, now)
    return {
      what: name(one, index),
      live: describe(before),
      replay: describe(now),
      same,
      difference: same ? undefined : `live: ${inspect(before, DEEP)}\nreplay: ${inspect(now, DEEP)}`,
    }
  })
}

const DEEP = { depth: 8, maxArrayLength: 200 } as const

function summarizeSighting({ answer, failure }: Sighting): string {
  const seen = []
  if (answer !== undefined) {
    const statuses = [...answer.interim.map(({ status }) => status), answer.status]
    seen.push(`${statuses.join(', ')} ${answer.reason}`, count(answer.body.length, 'byte'))
  }
  if (failure !== undefined) seen.push(failure.systemCode ?? failure.code)
  return seen.join(', ')
}

function summarizeTrace(trace: readonly ResponseEvent[]): string {
  return `${count(trace.length, 'event')} to byte ${decimal(trace.at(-1)?.end ?? 0)}`
}

interface Passage {
  readonly connection: number
  readonly direction: 'sent' | 'received'
  readonly bytes: Buffer
}

/** All bytes in one direction of one connection, without segment boundaries. */
function passages(tape: Cassette['tape']): Passage[] {
  const connections = new Set(tape.map(({ connection }) => connection))
  const directions = ['sent', 'received'] as const
  return [...connections].flatMap((connection) =>
    directions.map((direction) => {
      const segments = tape.flatMap((event) =>
        event.type === direction && event.connection === connection ? [event.bytes] : [],
      )
      return { connection, direction, bytes: Buffer.concat(segments) }
    }),
  )
}

/** Equal values have equal fingerprints. */
function fingerprint(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) =>
    part instanceof Uint8Array ? Buffer.from(part).toString('base64') : part,
  )
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}

/** `1 byte`, `1,048,576 bytes`. */
export function count(number: number, noun: string): string {
  return `${decimal(number)} ${noun}${number === 1 ? '' : 's'}`
}

const decimal = (number: number): string => number.toLocaleString('en-US')
