import { LocalProtocolError } from '../errors.ts'
import type { FieldLine } from './events.ts'
import { isFieldValue, isTarget, isToken } from './grammar.ts'

/** How a request announces its body. */
export type BodyPlan =
  | { readonly kind: 'none' }
  /** Exactly this many bytes follow. */
  | { readonly kind: 'length'; readonly bytes: number }
  /** The length is not known: chunks, then trailers. */
  | { readonly kind: 'chunked' }

/** The request that the caller wants to send. */
export interface RequestLine {
  readonly method: string
  readonly target: string
  /** Sent in this order and case. */
  readonly fields: readonly FieldLine[]
}

/** An unambiguous request head as latin-1 text, and how to send its body. */
export interface PlannedRequest {
  readonly head: string
  readonly body: BodyPlan
}

/**
 * Checks a request and adds `Host`, `Content-Length` or `Transfer-Encoding` if they are missing (RFC 9112 section 3.2, 6).
 *
 * @param authority the `Host` value of the origin.
 * @param body the body as far as the caller knows it; `undefined`: no body.
 * @throws LocalProtocolError for input that could be read as anything but this one request.
 */
export function planRequest(
  request: RequestLine,
  authority: string,
  body: { readonly bytes: number | undefined } | undefined,
): PlannedRequest {
  const { method, target, fields } = request
  if (!isToken(method)) throw new LocalProtocolError('INVALID_METHOD', quote(method))
  if (!isTarget(target)) throw new LocalProtocolError('INVALID_PATH', quote(target))
  const given = checkFields(fields)
  const plan = planBody(method, given, body)
  // RFC 9110 section 9.3.6: a body has no meaning here, and a proxy may take it for the first bytes of the tunnel.
  if (method === 'CONNECT' && (plan.kind === 'chunked' || (plan.kind === 'length' && plan.bytes > 0))) {
    throw new LocalProtocolError('INVALID_OPTION', 'a CONNECT request has no body; send it through the tunnel')
  }
  let head = `${method} ${target} HTTP/1.1\r\n`
  // RFC 9110 section 7.2: Host comes first if we choose its place.
  if (!given.hasHost) head += `Host: ${authority}\r\n`
  for (const { name, value } of fields) head += `${name}: ${value}\r\n`
  if (plan.kind === 'length' && given.length === undefined) head += `Content-Length: ${plan.bytes}\r\n`
  if (plan.kind === 'chunked' && !given.isChunked) head += 'Transfer-Encoding: chunked\r\n'
  return { head: `${head}\r\n`, body: plan }
}

/** The line before the data of a chunk (RFC 9112 section 7.1); never for 0 bytes, because that is the last chunk. */
export const chunkHead = (size: number): string => `${size.toString(16)}\r\n`

/** The last chunk, the trailers and the end of the message. */
export function lastChunk(trailers: readonly FieldLine[]): string {
  const misplaced = trailers.find(({ name }) => NEVER_TRAILERS.has(name.toLowerCase()))
  if (misplaced !== undefined) {
    throw new LocalProtocolError(
      'INVALID_HEADER_NAME',
      `${misplaced.name} cannot be a trailer; the server needs it before the body`,
    )
  }
  checkFields(trailers)
  return `0\r\n${trailers.map(({ name, value }) => `${name}: ${value}\r\n`).join('')}\r\n`
}

/** RFC 9110 section 6.5.1: fields that must be known before the body is read, mainly framing and routing. */
// oxfmt-ignore
const NEVER_TRAILERS: ReadonlySet<string> = new Set([
  'content-length', 'transfer-encoding', 'host', 'connection', 'te', 'trailer', 'upgrade', 'expect',
  'authorization', 'proxy-authorization', 'content-encoding', 'content-type', 'content-range',
])

/** What the given fields say about host and framing. */
interface GivenFields {
  readonly hasHost: boolean
  readonly length: number | undefined
  readonly isChunked: boolean
}

function checkFields(fields: readonly FieldLine[]): GivenFields {
  let hasHost = false
  let length: number | undefined
  let isChunked = false
  for (const { name, value } of fields) {
    if (!isToken(name)) throw new LocalProtocolError('INVALID_HEADER_NAME', quote(name))
    if (!isFieldValue(value)) throw new LocalProtocolError('INVALID_HEADER_VALUE', `${name}: ${quote(value)}`)
    switch (name.toLowerCase()) {
      case 'host':
        if (hasHost) throw new LocalProtocolError('INVALID_HEADER_VALUE', 'a request has exactly one Host')
        hasHost = true
        break
      case 'content-length':
        if (length !== undefined) throw new LocalProtocolError('CONFLICTING_CL', 'given twice')
        length = parseLength(value)
        break
      case 'transfer-encoding':
        // Exactly this value: `chunked,` means the same by RFC 9110 section 5.6.1, but not to some servers.
        if (isChunked || value.toLowerCase() !== 'chunked') {
          throw new LocalProtocolError(
            'INVALID_HEADER_VALUE',
            `Transfer-Encoding: ${quote(value)}, only chunked is allowed`,
          )
        }
        isChunked = true
    }
  }
  // RFC 9112 section 6.2: a sender MUST NOT send both.
  if (isChunked && length !== undefined)
    throw new LocalProtocolError('CONFLICTING_CL', 'Transfer-Encoding is also given')
  return { hasHost, length, isChunked }
}

function parseLength(value: string): number {
  const length = /^[0-9]+$/.test(value) ? Number(value) : NaN
  if (!Number.isSafeInteger(length)) throw new LocalProtocolError('CONFLICTING_CL', `not a length: ${quote(value)}`)
  return length
}

/** RFC 9110 section 8.6: methods that define a meaning for their body announce an empty one. */
const ANNOUNCES_EMPTY_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])

function planBody(
  method: string,
  given: GivenFields,
  body: { readonly bytes: number | undefined } | undefined,
): BodyPlan {
  if (body === undefined) {
    if (given.isChunked) return { kind: 'chunked' }
    if (given.length !== undefined && given.length > 0) {
      throw new LocalProtocolError('CONFLICTING_CL', `${given.length} bytes announced, no body given`)
    }
    return ANNOUNCES_EMPTY_BODY.has(method) || given.length === 0 ? { kind: 'length', bytes: 0 } : { kind: 'none' }
  }
  const bytes = body.bytes ?? given.length
  if (given.isChunked || bytes === undefined) return { kind: 'chunked' }
  if (given.length !== undefined && given.length !== bytes) {
    throw new LocalProtocolError('CONFLICTING_CL', `${given.length} bytes announced, the body has ${bytes}`)
  }
  return { kind: 'length', bytes }
}

const quote = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text)
