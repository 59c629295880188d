import { createHash } from 'node:crypto'
import { isBytes } from '../messages/directions.ts'
import { readExchanges } from '../messages/exchanges.ts'
import type { Cassette } from '../tape/cassette.ts'

/** How much there is in a cassette. */
export interface Size {
  readonly connections: number
  readonly interactions: number
  readonly segments: number
  readonly bytes: number
}

const known = new WeakMap<Cassette, Size>()

/** Counts once for each cassette. */
export function sizeOf(cassette: Cassette): Size {
  const before = known.get(cassette)
  if (before !== undefined) return before
  const segments = cassette.tape.filter(isBytes)
  const { connections, exchanges } = readExchanges(cassette)
  const size = {
    connections: connections.length,
    interactions: exchanges.length,
    segments: segments.length,
    bytes: segments.reduce((sum, { bytes }) => sum + bytes.length, 0),
  }
  known.set(cassette, size)
  return size
}

/** Equal for cassettes with the same events, times apart. */
export function digestOf({ tape }: Cassette): string {
  const hash = createHash('sha256')
  for (const event of tape) {
    const { at: _, ...facts } = event
    const isSegment = isBytes(event)
    hash.update(JSON.stringify(isSegment ? { ...facts, bytes: event.bytes.length } : facts))
    if (isSegment) hash.update(event.bytes)
  }
  return hash.digest('base64')
}
