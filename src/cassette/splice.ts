import type { BytesEvent, Cassette, TapeEvent } from './cassette.ts'
import { type Interaction, readConversations, type WireRequest } from './interactions.ts'

/** A cassette that holds `old` as it was and, behind it in time, all connections of `added`. */
export function append(old: Cassette, added: Cassette): Cassette {
  const connections = old.tape.reduce((most, { connection }) => Math.max(most, connection), 0)
  const end = old.tape.at(-1)?.at ?? 0
  const behind = added.tape.map((event): TapeEvent => ({
    ...event,
    connection: event.connection + connections,
    at: microseconds(event.at + end),
  }))
  return { ...old, tape: [...old.tape, ...behind] }
}

const microseconds = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000

/**
 * A cassette without the requests that `isUnwanted` names.
 *
 * A connection ends before the first of them, for what follows is not told apart without reading the answers; of pipelined
 * requests, before the first of the pipeline.
 */
export function withoutRequests(cassette: Cassette, isUnwanted: (request: WireRequest) => boolean): Cassette {
  const ends = new Map<number, number>()
  for (const { number, interactions } of readConversations(cassette).connections) {
    const unwanted = interactions.find(({ request }) => isUnwanted(request))
    if (unwanted !== undefined) ends.set(number, startOfPipeline(unwanted, interactions))
  }
  if (ends.size === 0) return cassette
  const cutter = new TapeCutter(ends)
  return { ...cassette, tape: cassette.tape.flatMap((event) => cutter.keep(event)) }
}

function startOfPipeline(interaction: Interaction, all: readonly Interaction[]): number {
  const previous = interaction.isPipelined ? all[interaction.place - 1] : undefined
  return previous === undefined ? interaction.request.start : startOfPipeline(previous, all)
}

/** Leaves out, of each connection, all that happened from an offset in the client's bytes on. */
class TapeCutter {
  readonly #ends: ReadonlyMap<number, number>
  readonly #sent = new Map<number, number>()

  constructor(ends: ReadonlyMap<number, number>) {
    this.#ends = ends
  }

  keep(event: TapeEvent): TapeEvent[] {
    const end = this.#ends.get(event.connection) ?? Infinity
    const sent = this.#sent.get(event.connection) ?? 0
    if (end === 0 || sent > end) return []
    return event.type === 'sent' ? this.#keepSent(event, sent, end) : [event]
  }

  #keepSent(event: BytesEvent, sent: number, end: number): TapeEvent[] {
    this.#sent.set(event.connection, sent + event.bytes.length)
    const bytes = event.bytes.subarray(0, end - sent)
    return bytes.length === 0 ? [] : [{ ...event, bytes }]
  }
}
