import { type Cassette, CASSETTE_VERSION, type TapeEvent } from '../tape/cassette.ts'
import { decodedContent, fieldValue } from '../content/decoded-content.ts'
import type { FieldLine } from '../http1/events.ts'
import { formatAuthority, formatOrigin, parseOrigin } from '../transport.ts'
import { VERSION } from '../version.ts'

/** One request and its answer as other tools keep them: parsed messages. */
export interface ImportedExchange {
  readonly method: string
  readonly url: string
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
    const connection = connections.get(to) ?? opened + 1
    // Times that are not known are a millisecond apart: the order counts.
    const at = Math.max(last + 1, exchange.startedAt === undefined ? 0 : exchange.startedAt - began)
    if (connection > opened) tape.push({ type: 'open', connection, to, at: last, took: 0 })
    opened = Math.max(opened, connection)
    last = at + (exchange.took ?? 1)
    tape.push({ type: 'sent', connection, at, bytes: requestBytes(exchange, formatAuthority(origin)) })
    tape.push({ type: 'received', connection, at: last, bytes: responseBytes(exchange, notes) })
    if (!endsConnection(exchange)) connections.set(to, connection)
    else {
      tape.push({ type: 'end', connection, at: last, by: 'server' })
      connections.delete(to)
    }
  }
  const at = new Date(began === Infinity ? 0 : began).toISOString()
  const recorded = { at, by: `wiretape ${VERSION}, from ${tool.name}`, node: process.versions.node }
  return { cassette: { version: CASSETTE_VERSION, recorded, tape }, notes: [...notes] }
}

/** RFC 9112 section 9.6. */
const endsConnection = ({ requestFields, responseFields }: ImportedExchange): boolean =>
  [requestFields, responseFields].some((fields) => /(?:^|,)\s*close\s*(?:,|$)/i.test(fieldValue(fields, 'connection')))

/** Why it cannot be written as HTTP/1.1 that our own parser takes; `undefined`: it can. */
function objectionTo({ method, status, requestFields, responseFields, reason }: ImportedExchange): string | undefined {
  if (!TOKEN.test(method)) return 'its method is none'
  if (!Number.isInteger(status) || status < 100 || status > 999) return 'there is no answer'
  if (status < 200) return 'an interim response is no answer'
  const wrong = [...requestFields, ...responseFields].find(
    ({ name, value }) => !TOKEN.test(name) || /[\r\n\0]/.test(value),
  )
  if (wrong !== undefined) return `${JSON.stringify(wrong.name)} is no header`
  return /[\r\n\0]/.test(reason) ? 'its reason is none' : undefined
}

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

function requestBytes({ method, url, requestFields, requestBody }: ImportedExchange, host: string): Uint8Array {
  const { pathname, search } = new URL(url)
  const fields = withoutFraming(requestFields)
  const hasHost = fields.some(({ name }) => name.toLowerCase() === 'host')
  const length = requestBody.length > 0 || ['POST', 'PUT', 'PATCH'].includes(method)
  return message(
    `${method} ${pathname}${search} HTTP/1.1`,
    [...(hasHost ? [] : [{ name: 'Host', value: host }]), ...fields],
    requestBody,
    length,
  )
}

function responseBytes(exchange: ImportedExchange, notes: Set<string>): Uint8Array {
  const { method, status, reason, responseFields, responseBody } = exchange
  const start = `HTTP/1.1 ${status} ${reason}`
  // RFC 9110 section 6.4.1: these have no content, whatever their fields say.
  if (method === 'HEAD' || status === 204 || status === 304)
    return message(start, responseFields.filter(isNotCoding), new Uint8Array(0), false)
  const isDecoded =
    fieldValue(responseFields, 'content-encoding') !== '' &&
    decodedContent(responseBody, responseFields) === responseBody
  if (isDecoded) notes.add('bodies were kept decoded: Content-Encoding is left out')
  const fields = withoutFraming(responseFields).filter(
    ({ name }) => !isDecoded || name.toLowerCase() !== 'content-encoding',
  )
  return message(start, fields, responseBody, true)
}

const isNotCoding = ({ name }: FieldLine): boolean => name.toLowerCase() !== 'transfer-encoding'

/** How the body was framed is not known; it gets a length. */
const withoutFraming = (fields: readonly FieldLine[]): readonly FieldLine[] =>
  fields.filter(({ name }) => !['content-length', 'transfer-encoding', 'trailer'].includes(name.toLowerCase()))

function message(start: string, fields: readonly FieldLine[], body: Uint8Array, hasLength: boolean): Uint8Array {
  const rows = fields.map(({ name, value }) => `${name}: ${value.trim()}`)
  const length = hasLength ? [`Content-Length: ${body.length}`] : []
  const head = Buffer.from([start, ...rows, ...length, '', ''].join('\r\n'), 'latin1')
  return Buffer.concat([head, body])
}
