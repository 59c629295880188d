import type { Cassette, TapeEvent } from './cassette.ts'

/** A cassette with `old` as it was, followed in time by all connections of `added`. */
export function append(old: Cassette, added: Cassette): Cassette {
  const connections = old.tape.reduce((most, { connection }) => Math.max(most, connection), 0)
  const end = old.tape.reduce((latest, { at }) => Math.max(latest, at), 0)
  const behind = added.tape.map((event): TapeEvent => ({
    ...event,
    connection: event.connection + connections,
    at: microseconds(event.at + end),
  }))
  return { ...old, tape: [...old.tape, ...behind] }
}

const microseconds = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000
