import type { Edit } from '../content/edits.ts'
import type { BytesEvent, TapeEvent } from '../tape/cassette.ts'
import { Direction, isBytes, withEdits } from './directions.ts'
import type { Speech } from './speech.ts'

/** Edits of what went one way over one connection, by {@link directionKey}; offsets count from the first byte of that direction. */
export type TapeEdits = ReadonlyMap<string, readonly Edit[]>

/** Names all bytes that went one way over a connection. */
export const directionKey = (type: BytesEvent['type'], connection: number): string => `${type} ${connection}`

/** The tape with these edits, and nothing else changed. A segment of which nothing is left goes. */
export function editTape(tape: readonly TapeEvent[], edits: TapeEdits): TapeEvent[] {
  const events = new Map<string, BytesEvent[]>()
  for (const event of tape) {
    if (!isBytes(event)) continue
    const key = directionKey(event.type, event.connection)
    if (!edits.has(key)) continue
    const others = events.get(key)
    if (others === undefined) events.set(key, [event])
    else others.push(event)
  }
  const directions = Array.from(events, ([key, own]) => {
    const direction = new Direction(own, [], { long: Infinity, recall: () => UNREAD })
    direction.edit(edits.get(key) ?? [])
    return direction
  })
  return withEdits(tape, directions)
}

/** The edits know their places already. */
const UNREAD: Speech = { messages: [], restStart: 0 }
