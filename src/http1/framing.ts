import type { ErrorCode } from '../errors.ts'
import type { FieldLine } from './events.ts'
import { trimBlanks, ZERO } from './grammar.ts'
import type { Leniencies } from './leniency.ts'

/** How the end of a body is found. */
export type Framing =
  | { readonly kind: 'none' }
  /** `isLast`: the fields contradict each other, so nothing may follow on the connection. */
  | { readonly kind: 'chunked'; readonly isLast: boolean }
  | { readonly kind: 'content-length'; readonly length: number }
  | { readonly kind: 'until-close' }

/** Reports that the value of a field makes the message wrong; does not return. */
export type FailAtField = (code: ErrorCode, fieldIndex: number, detail: string) => never

/** The parts of a response head that decide the framing of its body. */
interface ResponseFacts {
  readonly status: number
  readonly fields: readonly FieldLine[]
}

/**
 * The rules of RFC 9112 section 6.3 for responses, in the order of the RFC.
 *
 * The RFC lets a recipient repair some messages (rules 3 to 5); here they are refused unless a leniency allows them,
 * because a message that can be read in two ways is how smuggling starts.
 */
export function responseFraming(
  requestMethod: string,
  head: ResponseFacts,
  lenient: Leniencies,
  fail: FailAtField,
): Framing {
  // 1. No body, whatever the fields say.
  if (requestMethod === 'HEAD' || head.status < 200 || head.status === 204 || head.status === 304) return NONE

  // 2. A 2xx to CONNECT turns the connection into a tunnel.
  if (requestMethod === 'CONNECT' && head.status < 300) return NONE

  // 3. to 6. Transfer-Encoding or Content-Length. 8. Otherwise the body ends with the connection.
  return framingOfFields(head.fields, lenient, fail) ?? UNTIL_CLOSE
}

/** The rules of RFC 9112 section 6.3 for requests; 7. without either field there is no body. */
export function requestFraming(fields: readonly FieldLine[], lenient: Leniencies, fail: FailAtField): Framing {
  const framing = framingOfFields(fields, lenient, fail) ?? NONE
  if (framing.kind === 'until-close') {
    // 4. A request does not end with its connection: the client could not get an answer.
    const index = fields.findLastIndex(({ name }) => name.toLowerCase() === 'transfer-encoding')
    fail('BAD_TRANSFER_CODING', index, JSON.stringify(fields[index]?.value))
  }
  return framing
}

/** Whether the connection stays open after this message, by its `Connection` fields (RFC 9112 section 9.3). */
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

/** How long the server keeps an idle connection open, ms, by `Keep-Alive: timeout=...` (a hint, RFC 2068 section 19.7.1). */
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
  return splitList(value)
    .map((element) => element.toLowerCase())
    .filter((element) => element !== '')
}

// Not `trim`: it also removes U+00A0 and others, which would turn an unknown name into `chunked`.
const splitList = (value: string): string[] => value.split(',').map((element) => trimBlanks(element))

const NONE: Framing = { kind: 'none' }
const CHUNKED: Framing = { kind: 'chunked', isLast: false }
const CHUNKED_AND_LAST: Framing = { kind: 'chunked', isLast: true }
const UNTIL_CLOSE: Framing = { kind: 'until-close' }

function framingOfFields(fields: readonly FieldLine[], lenient: Leniencies, fail: FailAtField): Framing | undefined {
  let codings: readonly string[] | undefined
  let isLengthGiven = false
  let length: number | undefined
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index]
    if (field === undefined) continue
    if (field.name.length === 17 && field.name.toLowerCase() === 'transfer-encoding') {
      if (lenient.identityTransferCoding && isIdentity(field.value)) continue
      // 3. The RFC lets Transfer-Encoding win.
      if (isLengthGiven && !lenient.transferEncodingWins) fail('CL_AND_TE', index, field.value)
      codings = transferCodings(codings, field.value, index, lenient, fail)
    } else if (field.name.length === 14 && field.name.toLowerCase() === 'content-length') {
      if (codings !== undefined && !lenient.transferEncodingWins) fail('CL_AND_TE', index, field.value)
      // 5. The RFC lets equal values count as one.
      if (isLengthGiven && !mayRepeat(length, lenient)) fail('DUPLICATE_CL', index, field.value)
      const given = contentLength(field.value, index, lenient, fail)
      if (isLengthGiven && given !== length) fail('DUPLICATE_CL', index, field.value)
      isLengthGiven = true
      length = given
    }
  }
  if (codings === undefined) return length === undefined ? undefined : { kind: 'content-length', length }
  // 4. If chunks do not mark the end of the body, only the end of the connection can.
  if (codings.at(-1) !== 'chunked') return UNTIL_CLOSE
  return isLengthGiven ? CHUNKED_AND_LAST : CHUNKED
}

/** A length that is ignored may be repeated with any value. */
const mayRepeat = (length: number | undefined, lenient: Leniencies): boolean =>
  length === undefined || lenient.equalContentLength

const isIdentity = (value: string): boolean => {
  const codings = listElements(value)
  return codings.length > 0 && codings.every((coding) => coding === 'identity')
}

const ONLY_CHUNKED: readonly string[] = ['chunked']

/** 4. `chunked` once, and nothing else: other codings were never requested (no `TE` is sent). */
function transferCodings(
  before: readonly string[] | undefined,
  value: string,
  index: number,
  lenient: Leniencies,
  fail: FailAtField,
): readonly string[] {
  if (before === undefined && value === 'chunked') return ONLY_CHUNKED
  let named = listElements(value)
  if (lenient.identityTransferCoding) named = named.filter((coding) => coding !== 'identity')
  const unknown = named.find((coding) => coding !== 'chunked')
  if (unknown !== undefined && !lenient.unknownTransferCoding) {
    fail('UNKNOWN_TRANSFER_CODING', index, JSON.stringify(unknown))
  }
  let codings = [...(before ?? []), ...named]
  if (lenient.repeatedChunked)
    codings = codings.filter((coding, i) => coding !== 'chunked' || codings[i - 1] !== coding)
  const isEmpty = named.length === 0 && !lenient.unknownTransferCoding
  const isRepeated = codings.indexOf('chunked') !== codings.lastIndexOf('chunked')
  if (isEmpty || isRepeated) fail('BAD_TRANSFER_CODING', index, JSON.stringify(value))
  return codings
}

/** 6. 1*DIGIT (RFC 9110 section 8.6), exactly representable; `undefined` if it is to be ignored. */
function contentLength(value: string, index: number, lenient: Leniencies, fail: FailAtField): number | undefined {
  const length = decimal(value)
  if (Number.isSafeInteger(length)) return length
  if (lenient.equalContentLength || lenient.invalidContentLength) {
    const [first, ...others] = splitList(value).map(decimal)
    const isLength = Number.isSafeInteger(first) && others.every((other) => other === first)
    if (isLength && lenient.equalContentLength) return first
    const isNone = [first, ...others].every((each) => !Number.isSafeInteger(each))
    if (isNone && lenient.invalidContentLength) return undefined
  }
  return fail(Number.isNaN(length) ? 'BAD_CL' : 'CL_OVERFLOW', index, JSON.stringify(value.slice(0, 40)))
}

/** The value of 1*DIGIT, otherwise NaN. */
function decimal(text: string): number {
  let value = text === '' ? NaN : 0
  for (let i = 0; i < text.length; i += 1) {
    const digit = text.charCodeAt(i) - ZERO
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : NaN
  }
  return value
}
