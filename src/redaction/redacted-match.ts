import type { ByteRange } from '../http1/events.ts'
import { PLACEHOLDER, SHORTEST_NEEDLE } from '../content/placeholders.ts'

/** Whether there is a placeholder in the text, so that {@link matchesRedacted} may find more than equality does. */
export const isRedacted = (text: string): boolean => text.includes('{{') && new RegExp(PLACEHOLDER.source).test(text)

/**
 * Whether a text is the recorded one, given that any value may stand where the recording has a placeholder.
 *
 * A value ends where its place does: with `&` or `#` in a URL or form, with a quote in JSON, with a line.
 */
export function matchesRedacted(recorded: string, asked: string): boolean {
  if (recorded === asked) return true
  if (!isRedacted(recorded)) return false
  if (WITHHELD.test(recorded)) return true
  const [first = '', ...others] = recorded.split(SPLIT)
  const last = others.at(-1) ?? ''
  if (!asked.startsWith(first) || !asked.endsWith(last) || asked.length < first.length + last.length) return false
  let at = first.length
  for (const [k, literal] of others.entries()) {
    // The nearest place is the right one, as no value may go beyond the end of its own.
    const found = k === others.length - 1 ? asked.length - literal.length : asked.indexOf(literal, at)
    if (found < at || /[&#"\r\n]/.test(asked.slice(at, found))) return false
    at = found + literal.length
  }
  return true
}

/** A whole content that is not there, as a whole part of a key. */
const WITHHELD = /^(?:\w+:)?\{\{withheld[a-z-]*\.\d+\}\}$/

/** Whether a content was withheld, so that nothing is known of it. */
export const isWithheld = (content: string): boolean => content.length < 64 && WITHHELD.test(content)

const SPLIT = /\{\{[a-z0-9-]+\.\d+\}\}/

/**
 * Where bytes that are not HTTP have something in the place of a secret, of the same length: a placeholder, or asterisks where
 * it has no room.
 */
export function blanksIn(bytes: Uint8Array): readonly ByteRange[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (!buffer.includes('{{') && !buffer.includes('*'.repeat(SHORTEST_NEEDLE))) return []
  const blanks = buffer.toString('latin1').matchAll(BLANK)
  return Array.from(blanks, ({ index, 0: { length } }) => ({ start: index, end: index + length }))
}

const BLANK = new RegExp(String.raw`${SPLIT.source}\**|\*{${SHORTEST_NEEDLE},}`, 'g')
