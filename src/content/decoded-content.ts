import { isKnownCoding } from './coded-content.ts'
import type { FieldLine } from '../http1/events.ts'
import { codingsOf, DecodingBudget, MOST_CODINGS, MOST_COMPARED, valueOf, withoutCoding } from './codings.ts'

/** The content of a message without its content codings; unchanged if they cannot be decoded. */
export function decodedContent(body: Uint8Array, fields: readonly FieldLine[], budget?: DecodingBudget): Uint8Array {
  return decodedWithin(body, fields, budget).content
}

/** The same, and whether it is still coded only because decoding it would exceed the budget. */
export function decodedWithin(
  body: Uint8Array,
  fields: readonly FieldLine[],
  budget = new DecodingBudget(),
): { readonly content: Uint8Array; readonly isTooLarge: boolean } {
  budget.isExceeded = false
  const content = decode(body, codingsOf(fields), budget)
  return { content: content ?? body, isTooLarge: budget.isExceeded }
}

/** A content as it is compared with another one: without its codings, unless it is too large for more than a look at its bytes. */
export function comparedContent(
  body: Uint8Array,
  fields: readonly FieldLine[],
): { readonly content: Uint8Array; readonly isTooLarge: boolean } {
  const { content, isTooLarge } = decodedWithin(body, fields, new DecodingBudget({ all: MOST_COMPARED }))
  return { content, isTooLarge: isTooLarge || content.length > MOST_COMPARED }
}

/** The declared Content-Encoding that a body does not have; an unknown one, or one beyond the budget, may be right. */
export function undecodableCoding(
  body: Uint8Array,
  fields: readonly FieldLine[],
  budget = new DecodingBudget(),
): string | undefined {
  const codings = codingsOf(fields)
  const isKnown = codings.length > 0 && codings.every(isKnownCoding)
  if (!isKnown || body.length === 0) return undefined
  budget.isExceeded = false
  return decode(body, codings, budget) === undefined && !budget.isExceeded ? codings.join(', ') : undefined
}

function decode(body: Uint8Array, codings: readonly string[], budget: DecodingBudget): Uint8Array | undefined {
  if (codings.length > MOST_CODINGS) return undefined
  let content: Uint8Array | undefined = body
  for (const coding of codings.toReversed()) content = content && withoutCoding(coding, content, budget)
  return content
}

export { DecodingBudget, valueOf as fieldValue }
