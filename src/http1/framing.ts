import type { ErrorCode } from '../errors.ts'
import type { FieldLine } from './events.ts'
import { ZERO } from './grammar.ts'

/** How the end of a body is found. */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'content-length'; readonly length: number }
  | { readonly kind: 'until-close' }

/** Reports that the value of a field makes the message wrong; does not return. */
export type FailAtField = (code: ErrorCode, fieldIndex: number, detail: string) => never

/** What a parsed response head says that bears on its body. */
interface ResponseFacts {
  readonly status: number
  readonly fields: readonly FieldLine[]
}

/**
 * The rules of RFC 9112 section 6.3 for responses, in the order of the RFC.
 *
 * Where the RFC lets a recipient repair a message (rules 3 to 5), it is refused instead: a message that can be read in
 * two ways is how smuggling starts.
 */
export function responseFraming(requestMethod: string, head: ResponseFacts, fail: FailAtField): Framing {
  // 1. No body, whatever the fields say.
  if (requestMethod === 'HEAD' || head.status < 200 || head.status === 204 || head.status === 304) return NONE

  // 2. A 2xx to CONNECT turns the connection into a tunnel.
  if (requestMethod === 'CONNECT' && head.status < 300) return NONE

  // 3. to 6. Transfer-Encoding or Content-Length. 8. Else the body ends where the connection does.
  return framingOfFields(head.fields, fail) ?? UNTIL_CLOSE
}

/** The rules of RFC 9112 section 6.3 for requests; 7. without either field there is no body. */
export function requestFraming(fields: readonly FieldLine[], fail: FailAtField): Framing {
  return framingOfFields(fields, fail) ?? NONE
}

/** What the `Connection` fields say of the connection after this message (RFC 9112 section 9.3). */
export function keepsAlive(version: '1.0' | '1.1', fields: readonly FieldLine[]): boolean {
  let keepAlive = version === '1.1'
  for (const { name, value } of fields) {
    if (name.length !== 10 || name.toLowerCase() !== 'connection') continue
    if (value === 'keep-alive') {
      keepAlive = true
      continue
    }
    const options = listElements(value)
    if (options.includes('close')) return false
    if (options.includes('keep-alive')) keepAlive = true
  }
  return keepAlive
}

/** How long the server keeps the connection while it is idle, ms, by its `Keep-Alive: timeout=...` (a hint, RFC 2068 section 19.7.1). */
export function idleTimeout(fields: readonly FieldLine[]): number | undefined {
  for (const { name, value } of fields) {
    if (name.length !== 10 || name.toLowerCase() !== 'keep-alive') continue
    const seconds = /(?:^|[,;\s])timeout\s*=\s*"?(\d{1,9})\b/i.exec(value)?.[1]
    if (seconds !== undefined) return Number(seconds) * 1000
  }
  return undefined
}

/** The elements of a comma-separated list, lower-case, without the empty ones (RFC 9110 section 5.6.1). */
export function listElements(value: string): string[] {
  return value
    .split(',')
    .map((element) => element.replace(OUTER_BLANKS, '').toLowerCase())
    .filter((element) => element !== '')
}

const NONE: Framing = { kind: 'none' }
const CHUNKED: Framing = { kind: 'chunked' }
const UNTIL_CLOSE: Framing = { kind: 'until-close' }
// Not `trim`: that takes U+00A0 and others for blanks, which turns a name nobody knows into `chunked`.
const OUTER_BLANKS = /^[ \t]+|[ \t]+$/g

function framingOfFields(fields: readonly FieldLine[], fail: FailAtField): Framing | undefined {
  let framing: Framing | undefined
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index]
    if (field === undefined) continue
    if (field.name.length === 17 && field.name.toLowerCase() === 'transfer-encoding') {
      // 3. The RFC lets Transfer-Encoding win; we refuse both together.
      if (framing?.kind === 'content-length') fail('CL_AND_TE', index, field.value)
      checkTransferCodings(field.value, framing !== undefined, index, fail)
      framing = CHUNKED
    } else if (field.name.length === 14 && field.name.toLowerCase() === 'content-length') {
      if (framing?.kind === 'chunked') fail('CL_AND_TE', index, field.value)
      // 5. The RFC lets equal values pass as one; we refuse the repetition.
      if (framing !== undefined) fail('DUPLICATE_CL', index, field.value)
      framing = { kind: 'content-length', length: contentLength(field.value, index, fail) }
    }
  }
  return framing
}

/** 4. `chunked` once and nothing else: other codings were never asked for (no `TE` is sent). */
function checkTransferCodings(value: string, isRepeated: boolean, index: number, fail: FailAtField): void {
  const codings = listElements(value)
  const unknown = codings.find((coding) => coding !== 'chunked')
  if (unknown !== undefined) fail('UNKNOWN_TRANSFER_CODING', index, JSON.stringify(unknown))
  if (codings.length !== 1 || isRepeated) fail('BAD_TRANSFER_CODING', index, JSON.stringify(value))
}

/** 6. 1*DIGIT (RFC 9110 section 8.6), exactly representable. */
function contentLength(value: string, index: number, fail: FailAtField): number {
  let length = value === '' ? NaN : 0
  for (let i = 0; i < value.length; i += 1) {
    const digit = value.charCodeAt(i) - ZERO
    length = digit >= 0 && digit <= 9 ? length * 10 + digit : NaN
  }
  if (Number.isNaN(length)) fail('BAD_CL', index, JSON.stringify(value.slice(0, 40)))
  if (!Number.isSafeInteger(length)) fail('CL_OVERFLOW', index, value.slice(0, 40))
  return length
}
