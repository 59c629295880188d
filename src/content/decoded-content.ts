import type { FieldLine } from '../http1/events.ts'
import { codingsOf, isKnownCoding, MOST_CODINGS, valueOf, withoutCoding } from './codings.ts'

/** The content of a message without its content codings; unchanged if they cannot be decoded. */
export function decodedContent(body: Uint8Array, fields: readonly FieldLine[]): Uint8Array {
  return decode(body, codingsOf(fields)) ?? body
}

/** The declared Content-Encoding that a body does not have; an unknown one may be right. */
export function undecodableCoding(body: Uint8Array, fields: readonly FieldLine[]): string | undefined {
  const codings = codingsOf(fields)
  const isKnown = codings.length > 0 && codings.every(isKnownCoding)
  return isKnown && body.length > 0 && decode(body, codings) === undefined ? codings.join(', ') : undefined
}

function decode(body: Uint8Array, codings: readonly string[]): Uint8Array | undefined {
  if (codings.length > MOST_CODINGS) return undefined
  let content: Uint8Array | undefined = body
  for (const coding of codings.toReversed()) content = content && withoutCoding(coding, content)
  return content
}

export { valueOf as fieldValue }
