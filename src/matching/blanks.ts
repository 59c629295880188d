import { BRACED, type Disguised, formedIn, SHORTEST_NEEDLE } from '../content/placeholders.ts'
import type { ByteRange } from '../http1/events.ts'

/**
 * Where bytes that are not HTTP have something instead of a secret, of the same length: a placeholder, or asterisks where
 * it has no room.
 */
export function blanksIn(bytes: Uint8Array, disguised: Disguised = new Map()): readonly ByteRange[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (disguised.size === 0 && !MARKS.some((mark) => buffer.includes(mark))) return []
  const text = buffer.toString('latin1')
  const shown = Array.from(text.matchAll(BLANK), ({ index, 0: { length } }) => ({ start: index, end: index + length }))
  const formed = Array.from(formedIn(text, disguised), ({ start, end }) => ({ start, end }))
  return apart([...shown, ...formed].toSorted((one, other) => one.start - other.start || other.end - one.end))
}

/** Without those that begin in another one. */
function apart(ranges: readonly ByteRange[]): readonly ByteRange[] {
  const kept: ByteRange[] = []
  for (const range of ranges) if (range.start >= (kept.at(-1)?.end ?? 0)) kept.push(range)
  return kept
}

/** What is in all blanks; of tokens and UUIDs what they begin with. */
const MARKS = ['{{', '*'.repeat(SHORTEST_NEEDLE), '.e3', 'dddddddd-']

const BLANK = new RegExp(String.raw`${BRACED}\**|\*{${SHORTEST_NEEDLE},}`, 'g')
