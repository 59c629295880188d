import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import type { ErrorCode } from '../../src/errors.ts'
import type { FieldLine } from '../../src/http1/events.ts'
import { RequestParser } from '../../src/http1/request-parser.ts'
import type { ParserOptions } from '../../src/http1/parser-options.ts'
import { ResponseParser } from '../../src/http1/response-parser.ts'
import { type Parser, read, type Reading } from '../helpers/trace.ts'
import type { BadResponseCase, Message, Pair, RequestCase, ResponseCase } from './cases.ts'
import { countOf } from '../helpers/share.ts'

/** How bytes are handed to a parser. */
export type Segmentation = (bytes: Buffer) => Iterable<Buffer>

/** In one piece, byte by byte, and ten times at random cuts that are the same in every run. */
export const SEGMENTATIONS: readonly [Segmentation, ...Segmentation[]] = [
  (bytes) => [bytes],
  byteByByte,
  ...randomCuts(),
]

function* byteByByte(bytes: Buffer): Generator<Buffer> {
  for (let i = 0; i < bytes.length; i += 1) yield bytes.subarray(i, i + 1)
}

function randomCuts(): Segmentation[] {
  // In parts of 65,536 of the length, so that one list fits any bytes.
  const cuts = fc.array(fc.nat(65_536), { minLength: 1, maxLength: 8 })
  return fc.sample(cuts, { seed: 9112, numRuns: countOf(4, 10) }).map((parts) => (bytes) => {
    const offsets = parts.map((part) => Math.floor((part * bytes.length) / 65_536)).toSorted((a, b) => a - b)
    return [0, ...offsets].map((start, index) => bytes.subarray(start, offsets[index]))
  })
}

/** The messages that a parser finds, as texts to compare. */
export interface Seen {
  readonly messages: readonly SeenMessage[]
  /** The message that an error or the end of the bytes left unfinished. */
  readonly partial: SeenMessage | undefined
  readonly error: ErrorCode | undefined
  /** What follows the last message and is not HTTP; after an error there is no such thing. */
  readonly rest: string
}

interface SeenMessage extends Omit<Message, 'bodyB64' | 'bodySha256' | 'informational' | 'upgradeDataB64'> {
  readonly informational?: readonly SeenMessage[]
  readonly body: string
}

/** What our parser makes of a case. */
export function outcomeOf(
  one: ResponseCase | RequestCase,
  options: ParserOptions,
  cut: Segmentation = SEGMENTATIONS[0],
): Seen {
  return 'connections' in one ? responsesSeen(one, options, cut) : requestsSeen(one, options, cut)
}

/** The code of the error, or that it is `accepted`, or that it is still `incomplete` when the bytes are over. */
export function acceptanceOf(
  { method, steps }: BadResponseCase,
  options: ParserOptions,
  cut: Segmentation = SEGMENTATIONS[0],
): ErrorCode | 'accepted' | 'incomplete' {
  const bytes = steps.map(({ bytesB64 = '', repeatB64, times = 0 }) => {
    const once = fromBase64(repeatB64 ?? bytesB64)
    return repeatB64 === undefined ? once : Buffer.alloc(once.length * times, once)
  })
  const isClosed = steps.some(({ fin }) => fin === true)
  const { events, error } = read(responseParser([method], options), cut(Buffer.concat(bytes)), isClosed)
  const isComplete = events.some(({ type }) => type === 'end-of-message')
  // What follows a complete answer does not make the answer wrong.
  if (isComplete && (error === undefined || error.code === 'UNSOLICITED_DATA')) return 'accepted'
  return error?.code ?? 'incomplete'
}

/** All that the peer sends, as latin-1. */
export function wireOf(one: ResponseCase | RequestCase): string {
  const parts = 'connections' in one ? one.connections.flat().map(({ bytesB64 = '' }) => bytesB64) : [one.bytesB64]
  return parts.map((part) => fromBase64(part).toString('latin1')).join('')
}

function requestsSeen({ bytesB64 }: RequestCase, options: ParserOptions, cut: Segmentation): Seen {
  const parser = new RequestParser(options)
  return collect(read(parser, cut(fromBase64(bytesB64)), true), parser)
}

/** One case may take several connections. */
function responsesSeen({ requests, connections }: ResponseCase, options: ParserOptions, cut: Segmentation): Seen {
  const methods = requests.map(({ method }) => method)
  const seen = connections.map((steps, index) => {
    const isLast = index === connections.length - 1
    const answered = steps.filter(({ after }) => after === 'request').length
    const parser = responseParser(methods.splice(0, isLast ? methods.length : answered), options)
    const bytes = Buffer.concat(steps.map(({ bytesB64 = '' }) => fromBase64(bytesB64)))
    const isClosed = steps.some(({ close }) => close === true)
    return collect(read(parser, cut(bytes), isClosed), parser)
  })
  return {
    messages: seen.flatMap(({ messages }) => messages),
    partial: seen.at(-1)?.partial,
    error: seen.find(({ error }) => error !== undefined)?.error,
    rest: seen.at(-1)?.rest ?? '',
  }
}

function responseParser(methods: readonly string[], options: ParserOptions): ResponseParser {
  const parser = new ResponseParser(options)
  for (const method of methods) parser.expectResponseTo(method)
  return parser
}

/** Puts the events of one connection together. */
function collect({ events, error }: Reading, parser: Parser): Seen {
  const messages: SeenMessage[] = []
  let pieces: Uint8Array[] = []
  let informational: SeenMessage[] = []
  let head: Omit<SeenMessage, 'body'> | undefined
  for (const event of events) {
    switch (event.type) {
      case 'request-head': {
        const { method, target: url, version: httpVersion } = event
        head = { method, url, httpVersion, headers: pairsOf(event.fields) }
        break
      }
      case 'interim-response':
        informational.push({
          status: event.status,
          reason: event.reason,
          headers: pairsOf(event.fields),
          body: '',
        })
        break
      case 'response-head': {
        const { status, reason, version: httpVersion } = event
        head = { status, reason, httpVersion, headers: pairsOf(event.fields), informational }
        informational = []
        break
      }
      case 'chunk-head':
        break
      case 'data':
        pieces.push(event.bytes)
        break
      case 'end-of-message':
        messages.push({ ...head, trailers: pairsOf(event.trailers), body: latin1(Buffer.concat(pieces)) })
        head = undefined
        pieces = []
    }
  }
  return {
    messages,
    partial: head && { ...head, body: latin1(Buffer.concat(pieces)) },
    error: error?.code,
    rest: error === undefined ? latin1(parser.takeRest()) : '',
  }
}

const pairsOf = (fields: readonly FieldLine[]): Pair[] => fields.map(({ name, value }) => [name, value])

/** What differs from the expectation, one line each. None: the case holds. */
export function differences({ expect, tags }: ResponseCase | RequestCase, seen: Seen): string[] {
  const wanted = expect.requests ?? expect.responses ?? []
  // A surplus takes nothing from the messages before it: only they count, even where it is an error to us.
  const isSurplus = tags.includes('extra-data') && seen.error === 'UNSOLICITED_DATA'
  const kind = seen.error === undefined || isSurplus ? undefined : kindOf(seen.error)
  const lines = [
    differ('outcome', expect.outcome, kind === undefined ? 'ok' : 'error'),
    differ('errorKind', expect.errorKind, kind),
    differ('number of messages', wanted.length, seen.messages.length),
    ...wanted.flatMap((message, index) => messageDifferences(`${index}`, message, seen.messages[index], expect.check)),
  ]
  if (expect.extraData === 'error') lines.push(differ('surplus bytes are an error', true, isSurplus))
  if (expect.partial?.stage === 'body') lines.push(...messageDifferences('partial', expect.partial, seen.partial))
  const upgradeData = expect.upgradeDataB64 ?? wanted.at(-1)?.upgradeDataB64
  if (upgradeData !== undefined) lines.push(differ('upgrade', latin1(fromBase64(upgradeData)), seen.rest))
  return lines.filter((line) => line !== undefined)
}

/** The sources know four kinds of errors. */
function kindOf(code: ErrorCode): 'malformed' | 'truncated' | 'empty' | 'limit' {
  if (code === 'PREMATURE_EOF') return 'truncated'
  if (code === 'EMPTY_RESPONSE') return 'empty'
  return /^TOO_MANY|_TOO_LARGE$|_TOO_LONG$/.test(code) ? 'limit' : 'malformed'
}

function messageDifferences(
  where: string,
  wanted: Message,
  seen: SeenMessage | undefined,
  check?: readonly string[],
): (string | undefined)[] {
  if (seen === undefined) return [`${where}: did not come`]
  const body = wanted.bodyB64 === undefined ? undefined : latin1(fromBase64(wanted.bodyB64))
  const parts: Readonly<Record<string, readonly [wanted: unknown, seen: unknown]>> = {
    method: [wanted.method, seen.method],
    url: [wanted.url, seen.url],
    status: [wanted.status, seen.status],
    reason: [wanted.reason, seen.reason],
    httpVersion: [spoken(wanted.httpVersion), seen.httpVersion],
    headers: [collapsed(wanted.headers), collapsed(seen.headers)],
    body: wanted.bodySha256 === undefined ? [body, seen.body] : [wanted.bodySha256, sha256(seen.body)],
    trailers: [collapsed(wanted.trailers), collapsed(seen.trailers)],
    informational: [wanted.informational?.length, seen.informational?.length],
  }
  const compared = Object.entries(parts).filter(([part]) => check === undefined || check.includes(part))
  return [
    ...compared.map(([part, [expected, actual]]) => differ(`${where} ${part}`, expected, actual)),
    ...(wanted.informational ?? []).flatMap((message, index) =>
      messageDifferences(`${where} interim ${index}`, message, seen.informational?.[index]),
    ),
  ]
}

/** We speak two versions; any other is reported as the one it is read as. */
const spoken = (version: string | undefined): string | undefined =>
  version === '1.0' || version === '1.1' ? version : undefined

/** Sources differ in what they make of blanks inside a value; one of them keeps line folds as they came. */
const collapsed = (fields: readonly Pair[] | undefined): Pair[] | undefined =>
  fields?.map(([name, value]) => [name, value.replace(/[ \t\r\n]+/g, ' ')])

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const fromBase64 = (text: string): Buffer => Buffer.from(text, 'base64')
const sha256 = (text: string): string => createHash('sha256').update(text, 'latin1').digest('hex')

/** Where nothing is wanted, anything will do. */
function differ(what: string, wanted: unknown, seen: unknown): string | undefined {
  if (wanted === undefined || isDeepStrictEqual(wanted, seen)) return undefined
  return `${what}: ${shorten(wanted)} expected, ${shorten(seen)} came`
}

const shorten = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 200)
