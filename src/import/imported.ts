import { type Cassette, CASSETTE_VERSION, type Failure, type TapeEvent } from '../tape/cassette.ts'
import { decodedContent, fieldValue } from '../content/decoded-content.ts'
import type { FieldLine } from '../http1/events.ts'
import { formatAuthority, formatOrigin, parseOrigin } from '../transport.ts'
import { VERSION } from '../version.ts'

/** One request and its answer as other tools keep them: parsed messages. */
export interface ImportedExchange {
  readonly method: string
  readonly url: string
  /** The target of the request as it was sent, where the tool keeps that; else what the URL makes of it. */
  readonly target?: string | undefined
  readonly requestFields: readonly FieldLine[]
  readonly requestBody: Uint8Array
  readonly status: number
  readonly reason: string
  readonly responseFields: readonly FieldLine[]
  readonly responseBody: Uint8Array
  /** Milliseconds since 1970, where the tool has noted it. */
  readonly startedAt?: number | undefined
  /** Milliseconds until the answer was there, where the tool has noted it. */
  readonly took?: number | undefined
  /** Milliseconds until the request was sent; among them those that connecting took. */
  readonly sentAfter?: number | undefined
  readonly connectTook?: number | undefined
  /** What the server sent in place of the answer. */
  readonly given?: Uint8Array | undefined
  /** How the connection ended after it, if not as the fields say. */
  readonly ending?: 'reset' | 'close' | undefined
  /** What followed a 101 to a WebSocket. */
  readonly frames?: readonly ImportedFrame[] | undefined
  readonly requestTrailers?: readonly FieldLine[] | undefined
  readonly responseTrailers?: readonly FieldLine[] | undefined
}

/** What was said on a WebSocket. */
export interface ImportedFrame {
  readonly by: 'client' | 'server'
  /** Milliseconds since 1970, where the tool has noted it. */
  readonly at: number | undefined
  readonly bytes: Uint8Array
}

/** A cassette that was made of another tool's file. */
export interface Imported {
  readonly cassette: Cassette
  /** What the file did not say, and what was made up for it; for people. */
  readonly notes: readonly string[]
}

/** What a tool never had, whatever it recorded. */
export interface ToolFacts {
  readonly name: string
  readonly neverHad: readonly string[]
}

/**
 * Writes exchanges as HTTP/1.1: one connection for each origin until a message ends it, one segment for each message, each body
 * with its length.
 *
 * Nothing is invented but what the grammar asks for: `Host`, `Content-Length`, and a reason where there is none stays empty.
 */
export function toCassette(
  exchanges: readonly ImportedExchange[],
  tool: ToolFacts,
  skipped: readonly string[],
): Imported {
  const began = exchanges.reduce((first, { startedAt = Infinity }) => Math.min(first, startedAt), Infinity)
  const tape: TapeEvent[] = []
  const connections = new Map<string, number>()
  const notes = new Set<string>([`${tool.name} never had: ${tool.neverHad.join(', ')}`, ...skipped])
  let [opened, last] = [0, 0]
  for (const exchange of exchanges) {
    const origin = parseOrigin(exchange.url)
    const unfit = origin === undefined ? 'its URL has no origin' : objectionTo(exchange)
    if (origin === undefined || unfit !== undefined) {
      notes.add(`left out ${exchange.method} ${exchange.url}: ${unfit}`)
      continue
    }
    const to = formatOrigin(origin)
    const { frames } = exchange
    // A WebSocket has its connection for itself.
    const connection = (frames === undefined ? connections.get(to) : undefined) ?? opened + 1
    const { startedAt, sentAfter = 0, connectTook = 0, took = 1 } = exchange
    // Times that are not known are a millisecond apart: the order counts.
    const at = Math.max(last + 1, startedAt === undefined ? 0 : startedAt - began + sentAfter)
    const before = Math.max(last, at - connectTook)
    if (connection > opened) tape.push({ type: 'open', connection, to, at: before, took: at - before })
    opened = Math.max(opened, connection)
    last = at + Math.max(0, took - sentAfter)
    for (const one of [requestOf(exchange), responseOf(exchange)]) noteLength(one, exchange, notes)
    tape.push({ type: 'sent', connection, at, bytes: requestBytes(exchange, formatAuthority(origin)) })
    const bytes = exchange.given ?? responseBytes(exchange, notes)
    if (bytes.length > 0) tape.push({ type: 'received', connection, at: last, bytes })
    for (const { by, at: saidAt, bytes: frame } of frames ?? []) {
      last = Math.max(last + 0.001, saidAt === undefined ? 0 : saidAt - began)
      tape.push({ type: by === 'client' ? 'sent' : 'received', connection, at: last, bytes: frame })
    }
    if (frames !== undefined) continue
    const end = endOf(exchange, connection, last)
    if (end === undefined) connections.set(to, connection)
    else {
      tape.push(end)
      connections.delete(to)
    }
  }
  const at = new Date(began === Infinity ? 0 : began).toISOString()
  const recorded = { at, by: `wiretape ${VERSION}, from ${tool.name}`, node: process.versions.node }
  return { cassette: { version: CASSETTE_VERSION, recorded, tape: tape.map(withExactTime) }, notes: [...notes] }
}

const withExactTime = (event: TapeEvent): TapeEvent =>
  Object.assign({}, event, {
    at: toMicroseconds(event.at),
    ...('took' in event && { took: toMicroseconds(event.took) }),
  })

/** A cassette has times to the microsecond. */
export const toMicroseconds = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000

interface Message {
  readonly what: 'request' | 'answer'
  readonly fields: readonly FieldLine[]
  readonly body: Uint8Array
}

const requestOf = ({ requestFields, requestBody }: ImportedExchange): Message => ({
  what: 'request',
  fields: requestFields,
  body: requestBody,
})

const responseOf = ({ responseFields, responseBody }: ImportedExchange): Message => ({
  what: 'answer',
  fields: responseFields,
  body: responseBody,
})

/** A content that the file holds in part, or in a form that was taken for another one, does not have the length that its field says. */
function noteLength({ what, fields, body }: Message, exchange: ImportedExchange, notes: Set<string>): void {
  const length = fieldValue(fields, 'content-length')
  const isCoded = fieldValue(fields, 'content-encoding') !== ''
  if (!/^\d+$/.test(length) || Number(length) === body.length || (isCoded && body.length > 0)) return
  if (what === 'answer' && (hasNoContent(exchange) || exchange.given !== undefined)) return
  notes.add(
    `${exchange.method} ${exchange.url}: the ${what} has ${body.length} bytes of content, where its Content-Length says ${length}`,
  )
}

/** RFC 9110 section 6.4.1: whatever their fields say. */
const hasNoContent = ({ method, status }: ImportedExchange): boolean =>
  method === 'HEAD' || status === 204 || status === 304

function endOf(exchange: ImportedExchange, connection: number, at: number): TapeEvent | undefined {
  const { ending } = exchange
  if (ending === 'reset') {
    const failure: Failure = {
      code: 'CONNECTION_LOST',
      phase: 'open',
      systemCode: 'ECONNRESET',
      message: 'read ECONNRESET',
    }
    return { type: 'close', connection, at, by: 'server', failure }
  }
  return ending !== undefined || endsConnection(exchange) ? { type: 'end', connection, at, by: 'server' } : undefined
}

/** RFC 9112 section 9.6. */
const endsConnection = ({ requestFields, responseFields }: ImportedExchange): boolean =>
  [requestFields, responseFields].some((fields) => /(?:^|,)\s*close\s*(?:,|$)/i.test(fieldValue(fields, 'connection')))

/** Why it cannot be written as HTTP/1.1 that our own parser takes; `undefined`: it can. */
function objectionTo(exchange: ImportedExchange): string | undefined {
  const { method, status, requestFields, responseFields, reason, target = '/', given } = exchange
  if (!TOKEN.test(method)) return 'its method is none'
  if (!/^[!-~]+$/.test(target)) return 'its target has characters that are not allowed'
  if (given === undefined && (!Number.isInteger(status) || status < 100 || status > 999)) return 'there is no answer'
  if (given === undefined && exchange.frames === undefined && status < 200) return 'an interim response is no answer'
  const { requestTrailers = [], responseTrailers = [] } = exchange
  const wrong = [...requestFields, ...responseFields, ...requestTrailers, ...responseTrailers].find(
    ({ name, value }) => !TOKEN.test(name) || /[\r\n\0]/.test(value),
  )
  if (wrong !== undefined) return `${JSON.stringify(wrong.name)} is no header`
  return /[\r\n\0]/.test(reason) ? 'its reason is none' : undefined
}

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

function requestBytes(exchange: ImportedExchange, host: string): Uint8Array {
  const { method, url, requestFields, requestBody, requestTrailers } = exchange
  const { pathname, search } = new URL(url)
  const fields = withoutFraming(requestFields)
  const hasHost = fields.some(({ name }) => name.toLowerCase() === 'host')
  const hasContent = requestBody.length > 0 || ['POST', 'PUT', 'PATCH'].includes(method)
  return message(`${method} ${exchange.target ?? pathname + search} HTTP/1.1`, {
    fields: [...(hasHost ? [] : [{ name: 'Host', value: host }]), ...fields],
    body: hasContent || requestTrailers?.length ? requestBody : undefined,
    trailers: requestTrailers,
  })
}

function responseBytes(exchange: ImportedExchange, notes: Set<string>): Uint8Array {
  const { status, reason, responseFields, responseBody, responseTrailers } = exchange
  const start = `HTTP/1.1 ${status} ${reason}`
  if (hasNoContent(exchange) || exchange.frames !== undefined)
    return message(start, { fields: responseFields.filter(isNotCoding), body: undefined })
  const isDecoded =
    fieldValue(responseFields, 'content-encoding') !== '' &&
    decodedContent(responseBody, responseFields) === responseBody
  if (isDecoded) notes.add('bodies were kept decoded: Content-Encoding is left out')
  const fields = withoutFraming(responseFields).filter(
    ({ name }) => !isDecoded || name.toLowerCase() !== 'content-encoding',
  )
  return message(start, { fields, body: responseBody, trailers: responseTrailers })
}

const isNotCoding = ({ name }: FieldLine): boolean => name.toLowerCase() !== 'transfer-encoding'

/** How the body was framed is not known; it gets a length. */
const withoutFraming = (fields: readonly FieldLine[]): readonly FieldLine[] =>
  fields.filter(({ name }) => !['content-length', 'transfer-encoding', 'trailer'].includes(name.toLowerCase()))

interface Written {
  readonly fields: readonly FieldLine[]
  readonly body: Uint8Array | undefined
  readonly trailers?: readonly FieldLine[] | undefined
}

/** A body gets a length; with trailers, which only chunks can have after them, it is one chunk. */
function message(start: string, { fields, body, trailers = [] }: Written): Uint8Array {
  const isChunked = body !== undefined && trailers.length > 0
  const framing = isChunked
    ? ['Transfer-Encoding: chunked']
    : body === undefined
      ? []
      : [`Content-Length: ${body.length}`]
  const head = Buffer.from([start, ...linesOf(fields), ...framing, '', ''].join('\r\n'), 'latin1')
  if (!isChunked) return Buffer.concat([head, body ?? new Uint8Array(0)])
  const end = Buffer.from(['0', ...linesOf(trailers), '', ''].join('\r\n'), 'latin1')
  if (body.length === 0) return Buffer.concat([head, end])
  return Buffer.concat([head, Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n'), end])
}

const linesOf = (fields: readonly FieldLine[]): readonly string[] =>
  fields.map(({ name, value }) => `${name}: ${value.trim()}`)
