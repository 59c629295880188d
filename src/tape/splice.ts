import type { Cassette, TapeEvent } from './cassette.ts'
import { inOrder } from './record.ts'

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

/**
 * Cassettes that were recorded at the same time and by the same clock, as one that begins with the first event: the connections of one after those of
 * another, in the order in which they began.
 */
export function sideBySide(parts: readonly Cassette[]): Cassette | undefined {
  const began = new Map(parts.map((part) => [part, beginOf(part)]))
  const [first, ...others] = parts.toSorted((one, other) => (began.get(one) ?? 0) - (began.get(other) ?? 0))
  if (first === undefined) return undefined
  const start = beginOf(first)
  const tape: TapeEvent[] = []
  let connections = 0
  for (const part of [first, ...others]) {
    const before = connections
    for (const event of part.tape) {
      const connection = event.connection + before
      connections = Math.max(connections, connection)
      tape.push({ ...event, connection, at: microseconds(event.at - start) })
    }
  }
  return { ...first, tape: inOrder(tape) }
}

const beginOf = ({ tape }: Cassette): number => tape.reduce((first, { at }) => Math.min(first, at), Infinity)

const microseconds = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000
