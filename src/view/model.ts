import { codingsOf, DecodingBudget } from '../content/codings.ts'
import { decodedContent } from '../content/decoded-content.ts'
import type { CassetteDiff, InteractionDiff } from '../inspection/diff-cassettes.ts'
import { diffCassettes } from '../inspection/diff-cassettes.ts'
import {
  type Direction,
  type Exchange,
  type Exchanges,
  type InspectedConnection,
  type InspectedMessage,
  readExchanges,
  segmentAt,
} from '../messages/exchanges.ts'
import { type SaidMessage, socketTalks } from '../messages/socket-talks.ts'
import { changeText } from '../report/change-text.ts'
import { messageFacts } from '../report/socket-lines.ts'
import type { Cassette, TapeEvent } from '../tape/cassette.ts'
import { readClose } from '../websocket/close.ts'

/** A cassette to look at. */
export interface ViewedCassette {
  /** Such as its path. */
  readonly name: string
  readonly cassette: Cassette
  /** Where each event stands in the file, by line. Default: nowhere. */
  readonly lines?: ReadonlyMap<TapeEvent, number> | undefined
  /** Address of the file from the page, relative. Default: none. */
  readonly href?: string | undefined
}

/** What the page shows, as JSON. Text is latin-1, one character a byte; bytes are base64. */
export interface ViewModel {
  readonly title: string
  readonly problems: readonly string[]
  readonly remarks: readonly string[]
  readonly tapes: readonly TapeModel[]
  /** With two cassettes: which interactions belong together, and how they differ. */
  readonly pairs: readonly PairModel[] | undefined
}

interface TapeModel {
  readonly name: string
  readonly href: string | undefined
  readonly about: string
  readonly connections: readonly ConnectionModel[]
  readonly exchanges: readonly ExchangeModel[]
}

interface ConnectionModel {
  readonly number: number
  readonly to: string
  readonly at: number
  readonly took: number
  readonly last: number
  readonly failure: string | undefined
  readonly sent: string
  readonly received: string
  /** Where what is not HTTP begins, in both directions, and why it is none. */
  readonly rest: readonly [sent: number, received: number]
  readonly problem: string | undefined
  /** For each segment: 0 for sent or 1, time, offset, length, line. */
  readonly segments: readonly number[]
  /** Bytes that are not in the page, because they are too many. */
  readonly cut: number
  /** What was said on it if it became a WebSocket, in the order of time. */
  readonly said: readonly SayingModel[] | undefined
}

/** A message on a WebSocket: unmasked, joined, inflated. */
interface SayingModel {
  /** 0 for sent or 1. */
  readonly side: 0 | 1
  readonly at: number
  /** Such as `text, 2 fragments`. */
  readonly kind: string
  readonly size: number
  /** Of a close. */
  readonly close: string | undefined
  readonly content: string
}

interface ExchangeModel {
  /** Index of the connection. */
  readonly on: number
  readonly method: string
  readonly url: string
  /** 0 without an answer. */
  readonly status: number
  readonly reason: string
  readonly asked: number
  /** -1 without an answer. */
  readonly answered: number
  readonly ended: number
  readonly ending: string
  readonly isWhole: boolean
  readonly line: number
  readonly messages: readonly MessageModel[]
}

interface MessageModel {
  readonly kind: InspectedMessage['type']
  readonly start: number
  readonly headEnd: number
  readonly end: number
  readonly isChunked: boolean
  /** The content without its codings, where it has any. */
  readonly decoded: string | undefined
}

interface PairModel {
  readonly before: number | undefined
  readonly after: number | undefined
  readonly kind: 'equal' | 'volatile' | InteractionDiff['kind']
  readonly changes: readonly { readonly text: string; readonly isVolatile: boolean }[]
}

/** Text around the cassettes. */
export interface ViewText {
  readonly title: string
  /** What went wrong, such as the report of a miss: shown first. */
  readonly problems?: readonly string[] | undefined
  readonly remarks?: readonly string[] | undefined
  /** Whether two cassettes are compared. Default: `false`. */
  readonly isComparison?: boolean | undefined
}

/** What a page shows of some cassettes. */
export function viewModel(viewed: readonly ViewedCassette[], text: ViewText): ViewModel {
  const { title, problems = [], remarks = [], isComparison = false } = text
  const inspected = viewed.map(({ cassette }) => readExchanges(cassette))
  const budget = { left: MOST_BYTES, decoding: new DecodingBudget() }
  const [before, after] = viewed
  const pairs =
    isComparison && before !== undefined && after !== undefined
      ? pairsOf(inspected, diffCassettes(before.cassette, after.cassette))
      : undefined
  return {
    title,
    problems,
    remarks,
    tapes: viewed.map((one, index) => tapeModel(one, inspected[index] ?? { connections: [], exchanges: [] }, budget)),
    pairs,
  }
}

interface Budget {
  left: number
  readonly decoding: DecodingBudget
}

/** A page that is larger opens too slowly; what is beyond is left out, and the page says so. */
const MOST_BYTES = 64 << 20

function tapeModel(
  { name, cassette, lines, href }: ViewedCassette,
  { connections, exchanges }: Exchanges,
  budget: Budget,
): TapeModel {
  const { at, by, node } = cassette.recorded
  const talks = socketTalks(cassette.tape)
  const places = new Map(connections.map((connection, index) => [connection, index]))
  return {
    name,
    href,
    about: `recorded ${at} by ${by} on node ${node}`,
    connections: connections.map((connection) => ({
      ...connectionModel(connection, lines, budget),
      said: talks.get(connection.number)?.map((said) => sayingModel(said, budget)),
    })),
    exchanges: exchanges.map((exchange) =>
      exchangeModel(exchange, places.get(exchange.connection) ?? 0, lines, budget),
    ),
  }
}

type Lines = ViewedCassette['lines']

function connectionModel(connection: InspectedConnection, lines: Lines, budget: Budget): Omit<ConnectionModel, 'said'> {
  const { number, opened, sent, received } = connection
  const segments = [...sent.segments, ...received.segments].toSorted((one, other) => one.index - other.index)
  const failure = opened.type === 'failed' ? opened.failure : undefined
  const taken = [sent, received].map(({ bytes }) => {
    const part = bytes.subarray(0, Math.max(0, budget.left))
    budget.left -= part.length
    return part
  })
  return {
    number,
    to: opened.to,
    at: opened.at,
    took: opened.took,
    last: segments.at(-1)?.event.at ?? opened.at + opened.took,
    failure: failure && [failure.code, failure.systemCode ?? '', failure.message].join(' '),
    sent: base64(taken[0]),
    received: base64(taken[1]),
    rest: [sent.restStart, received.restStart],
    problem: (received.failure ?? sent.failure)?.message,
    segments: segments.flatMap(({ event, start }) => [
      event.type === 'sent' ? 0 : 1,
      event.at,
      start,
      event.bytes.length,
      lines?.get(event) ?? 0,
    ]),
    cut: sent.bytes.length + received.bytes.length - taken.reduce((sum, { length }) => sum + length, 0),
  }
}

function sayingModel({ by, at, message }: SaidMessage, budget: Budget): SayingModel {
  const { kind, payload } = message
  const content = payload.subarray(0, Math.min(MOST_DECODED, Math.max(0, budget.left)))
  budget.left -= content.length
  const { code = '', reason } = kind === 'close' ? readClose(payload) : { reason: '' }
  return {
    side: by === 'client' ? 0 : 1,
    at,
    kind: [kind, ...messageFacts(message), ...(message.isOpaque ? ['cannot be inflated'] : [])].join(', '),
    size: payload.length,
    close: kind === 'close' ? `${code} ${reason}`.trim() : undefined,
    content: base64(content),
  }
}

function exchangeModel(exchange: Exchange, on: number, lines: Lines, budget: Budget): ExchangeModel {
  const { connection, request, interim, response, url, ending, isWhole } = exchange
  const { sent, received } = connection
  const asked = eventAt(sent, request.start)
  const first = interim[0] ?? response
  const answered = first && eventAt(received, first.start)
  const last = response && eventAt(received, Math.max(response.start, response.end - 1))
  return {
    on,
    method: request.method,
    url,
    status: response?.status ?? 0,
    reason: response?.reason ?? '',
    asked: asked?.at ?? 0,
    answered: answered?.at ?? -1,
    ended: last?.at ?? answered?.at ?? asked?.at ?? 0,
    ending,
    isWhole,
    line: (asked && lines?.get(asked)) ?? 0,
    messages: [request, ...interim, ...(response === undefined ? [] : [response])].map((message) =>
      messageModel(message, budget),
    ),
  }
}

const eventAt = (direction: Direction, offset: number) => segmentAt(direction, offset)?.event

function messageModel(
  { type, start, headEnd, end, isChunked, body, fields }: InspectedMessage,
  budget: Budget,
): MessageModel {
  const isCoded = body.length > 0 && codingsOf(fields).length > 0
  const content = isCoded ? decodedContent(body, fields, budget.decoding) : body
  const decoded = content === body ? undefined : content.subarray(0, Math.min(MOST_DECODED, Math.max(0, budget.left)))
  budget.left -= decoded?.length ?? 0
  return { kind: type, start, headEnd, end, isChunked, decoded: decoded && base64(decoded) }
}

/** Of one content. */
const MOST_DECODED = 4 << 20

const base64 = (bytes: Uint8Array = new Uint8Array(0)): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')

/** Equal interactions have no place in a diff: those that it does not name belong together in their order. */
function pairsOf([before, after]: readonly Exchanges[], { interactions }: CassetteDiff): readonly PairModel[] {
  const named = interactions.map(({ before: old, after: fresh, kind, changes }): PairModel => ({
    before: old,
    after: fresh,
    kind: kind === 'changed' && changes.every(({ isVolatile }) => isVolatile === true) ? 'volatile' : kind,
    changes: changes.map((change) => ({ text: changeText(change), isVolatile: change.isVolatile === true })),
  }))
  const unnamed = (which: 'before' | 'after', all: readonly unknown[]): number[] => {
    const taken = new Set(named.map((pair) => pair[which]))
    return Array.from(all.keys()).filter((index) => !taken.has(index))
  }
  const olds = unnamed('before', before?.exchanges ?? [])
  const fresh = new Map<string, number[]>()
  for (const index of unnamed('after', after?.exchanges ?? [])) {
    const key = keyOf(after?.exchanges[index])
    fresh.set(key, [...(fresh.get(key) ?? []), index])
  }
  const equal = olds.map((index): PairModel => ({
    before: index,
    after: fresh.get(keyOf(before?.exchanges[index]))?.shift(),
    kind: 'equal',
    changes: [],
  }))
  return [...named, ...equal].toSorted((one, other) => placeOf(one) - placeOf(other))
}

const keyOf = (exchange: Exchange | undefined): string => `${exchange?.request.method} ${exchange?.url}`
const placeOf = ({ before, after }: PairModel): number => before ?? (after ?? 0) + 0.5
