import { count } from '../content/printable.ts'
import type { Cassette, TapeEvent } from '../tape/cassette.ts'
import {
  bytesChange,
  type BytesChange,
  type Change,
  contentChanges,
  headerChanges,
  type ValueChange,
} from './content-changes.ts'
import {
  endsWithConnection,
  type Exchange,
  type InspectedConnection,
  type InspectedMessage,
  readExchanges,
} from '../messages/exchanges.ts'
import { type SaidMessage, socketTalks } from '../messages/socket-talks.ts'
import { checkOptions } from '../options.ts'
import { DEFAULT_RULES, isVolatile, parseVolatileRule, type VolatileRule } from './volatile.ts'

/** What to compare beyond the conversation itself. */
export interface DiffOptions {
  /** Whether the borders between reads and between writes count. Default: `false`. */
  readonly segments?: boolean | undefined
  /**
   * What else differs every time, as rules of `wiretape verify`: `header:ETag`, `json:$.items[*].id`, `GET /report* body`.
   *
   * `Date`, ids of requests, and values that are a time, a UUID or the like in both are always taken for that. Default: `[]`.
   */
  readonly volatile?: readonly string[] | undefined
}

/** How two cassettes differ, interaction by interaction. Times, and which side closed, are not compared. */
export interface CassetteDiff {
  readonly isSame: boolean
  /** Whether the only differences are values that differ every time. */
  readonly isSameButVolatile: boolean
  /** Interactions that are equal in both. */
  readonly equal: number
  /** Those that differ, in the order of the first cassette; those that only the second has come last. */
  readonly interactions: readonly InteractionDiff[]
  /** Connections that could not be made, differ in TLS, or carried bytes that are not HTTP. */
  readonly connections: readonly ConnectionDiff[]
}

/** An interaction that differs between the cassettes. */
export interface InteractionDiff {
  readonly kind: 'changed' | 'removed' | 'added'
  readonly method: string
  readonly url: string
  /** Place among the interactions of the first cassette, from 0. */
  readonly before: number | undefined
  readonly after: number | undefined
  readonly changes: readonly Change[]
}

/** A connection that differs between the cassettes, apart from its interactions. */
export interface ConnectionDiff {
  readonly kind: 'changed' | 'removed' | 'added'
  /** The origin that it connects to. */
  readonly to: string
  readonly changes: readonly Change[]
}

const DIFF_OPTIONS: Readonly<Record<keyof DiffOptions, true>> = {
  segments: true,
  volatile: true,
}

/**
 * Compares two cassettes: pairs their interactions, and returns field by field what changed.
 *
 * It first pairs interactions with the same method and URL, in their order; then those with the same method and target on
 * another origin; then those that differ only in the query.
 */
export function diffCassettes(before: Cassette, after: Cassette, options: DiffOptions = {}): CassetteDiff {
  checkOptions('diffCassettes', options, DIFF_OPTIONS)
  const [old, fresh] = [readExchanges(before), readExchanges(after)]
  const pairs = pair(old.exchanges, fresh.exchanges, [urlKey, targetKey, pathKey])
  const rules = [...DEFAULT_RULES, ...(options.volatile ?? []).map(parseVolatileRule)]
  const interactions = pairs.flatMap((one) => interactionDiff(one, options, rules))
  const connections = connectionDiffs(told(old.connections, before), told(fresh.connections, after))
  const isSame = interactions.length === 0 && connections.length === 0
  const isSameButVolatile = connections.length === 0 && interactions.every(isVolatileOnly)
  return { isSame, isSameButVolatile, equal: pairs.length - interactions.length, interactions, connections }
}

/** The same diff without what differs every time. */
export function withoutVolatile(diff: CassetteDiff): CassetteDiff {
  const interactions = diff.interactions.flatMap((one) => {
    if (isVolatileOnly(one)) return []
    return [{ ...one, changes: one.changes.filter(({ isVolatile: differsAnyway }) => differsAnyway !== true) }]
  })
  const equal = diff.equal + diff.interactions.length - interactions.length
  return { ...diff, isSame: diff.isSameButVolatile, equal, interactions }
}

const isVolatileOnly = ({ kind, changes }: InteractionDiff): boolean =>
  kind === 'changed' && changes.every(({ isVolatile: differsAnyway }) => differsAnyway === true)

interface Placed<Item> {
  readonly item: Item
  readonly index: number
}

/** One of both may be missing, never both. */
interface Pair<Item> {
  readonly before: Placed<Item> | undefined
  readonly after: Placed<Item> | undefined
}

type Key<Item> = (item: Item) => string

/** Pairs items with equal keys in their order; the rest is tried with the next key. */
function pair<Item>(olds: readonly Item[], news: readonly Item[], keys: readonly Key<Item>[]): readonly Pair<Item>[] {
  const partners = new Map<Item, Placed<Item>>()
  let unpaired = news.map((item, index): Placed<Item> => ({ item, index }))
  for (const keyOf of keys) {
    const waiting = queues(unpaired, keyOf)
    const taken = new Set<Placed<Item>>()
    for (const old of olds) {
      const partner = partners.has(old) ? undefined : waiting.get(keyOf(old))?.pop()
      if (partner === undefined) continue
      partners.set(old, partner)
      taken.add(partner)
    }
    unpaired = unpaired.filter((placed) => !taken.has(placed))
  }
  const found = olds.map((item, index) => ({ before: { item, index }, after: partners.get(item) }))
  return [...found, ...unpaired.map((placed) => ({ before: undefined, after: placed }))]
}

/** The items of each key; the first one is taken from the end. */
function queues<Item>(items: readonly Placed<Item>[], keyOf: Key<Item>): ReadonlyMap<string, Placed<Item>[]> {
  const byKey = new Map<string, Placed<Item>[]>()
  for (const placed of items.toReversed()) {
    const key = keyOf(placed.item)
    const others = byKey.get(key)
    if (others === undefined) byKey.set(key, [placed])
    else others.push(placed)
  }
  return byKey
}

const urlKey = ({ request, url }: Exchange): string => `${request.method} ${url}`
const targetKey = ({ request }: Exchange): string => `${request.method} ${request.target}`
const pathKey = ({ request }: Exchange): string => `${request.method} ${request.target.split('?', 1)[0]}`

function interactionDiff(
  { before, after }: Pair<Exchange>,
  options: DiffOptions,
  rules: readonly VolatileRule[],
): InteractionDiff[] {
  const { item } = before ?? after ?? {}
  if (item === undefined) return []
  const what = { method: item.request.method, url: item.url, before: before?.index, after: after?.index }
  if (before === undefined) return [{ kind: 'added', ...what, changes: [] }]
  if (after === undefined) return [{ kind: 'removed', ...what, changes: [] }]
  const changes = marked(exchangeChanges(before.item, after.item, options), rules, item.request)
  return changes.length === 0 ? [] : [{ kind: 'changed', ...what, changes }]
}

/** How two interactions differ, in the order of a message. */
export function exchangeChanges(before: Exchange, after: Exchange, options: DiffOptions): readonly Change[] {
  const changes: Change[] = [
    ...valueChange('url', before.url, after.url),
    ...messageChanges('request ', before.request, after.request),
    ...answerChanges(before, after),
    ...valueChange('ending', before.ending, after.ending),
  ]
  if (changes.length === 0) changes.push(...rawChanges(before, after))
  if (options.segments === true) changes.push(...segmentChanges(before, after))
  return changes
}

/** The changes with a mark on those that differ every time, and on lengths and digests of a content where nothing else has changed. */
function marked(
  changes: readonly Change[],
  rules: readonly VolatileRule[],
  request: { readonly method: string; readonly target: string },
): readonly Change[] {
  const volatile = new Set(changes.filter((change) => isVolatile(change, rules, request)))
  for (const change of changes) if (isConsequence(change, changes, volatile)) volatile.add(change)
  return changes.map((change) => (volatile.has(change) ? { ...change, isVolatile: true } : change))
}

/** Whether it follows from a content in which only what is volatile has changed. */
function isConsequence(change: Change, changes: readonly Change[], volatile: ReadonlySet<Change>): boolean {
  if (change.kind !== 'header' || change.change !== 'value') return false
  const name = change.after?.split(':', 1)[0]?.toLowerCase() ?? ''
  if (!OF_THE_CONTENT.test(name)) return false
  const body = change.field.replace(/headers$/, 'body')
  const ofBody = changes.filter(({ field, kind }) => field === body && kind !== 'value')
  return ofBody.length > 0 && ofBody.every((other) => volatile.has(other))
}

const OF_THE_CONTENT = /^(?:content-length|etag|content-md5|(?:content-|repr-)?digest)$/

/** How the answers differ: interim responses and the final one, but not how the connection ended. */
export function answerChanges(before: Exchange, after: Exchange): readonly Change[] {
  const changes: Change[] = []
  for (let place = 0; place < Math.max(before.interim.length, after.interim.length); place += 1) {
    const [old, fresh] = [before.interim[place], after.interim[place]]
    changes.push(...responseChanges(`interim ${place + 1} `, old, fresh))
  }
  return [...changes, ...responseChanges('', before.response, after.response)]
}

function valueChange(field: string, before: string | undefined, after: string | undefined): ValueChange[] {
  return before === after ? [] : [{ kind: 'value', field, before, after }]
}

function responseChanges(
  prefix: string,
  before: InspectedMessage | undefined,
  after: InspectedMessage | undefined,
): readonly Change[] {
  if (before === undefined || after === undefined) {
    return valueChange(`${prefix}status`, before && showStatus(before), after && showStatus(after))
  }
  return [
    ...valueChange(`${prefix}status`, String(before.status), String(after.status)),
    ...valueChange(`${prefix}reason`, before.reason, after.reason),
    ...messageChanges(prefix, before, after),
  ]
}

const showStatus = ({ status, reason }: InspectedMessage): string => `${status} ${reason}`.trimEnd()

/** What requests and responses have in common. */
function messageChanges(prefix: string, before: InspectedMessage, after: InspectedMessage): readonly Change[] {
  return [
    ...valueChange(`${prefix}version`, before.version, after.version),
    ...headerChanges(`${prefix}headers`, before.fields, after.fields),
    ...contentChanges(`${prefix}body`, before, after),
    ...valueChange(`${prefix}body framing`, showFraming(before), showFraming(after)),
    ...headerChanges(`${prefix}trailers`, before.trailers, after.trailers),
  ]
}

/** Chunk sizes count: a client sees at once what a server sends at once. */
function showFraming(message: InspectedMessage): string {
  const { isChunked, chunks, type, body } = message
  if (isChunked) {
    const sizes = chunks.map(({ size, extensions }) => `${size}${extensions}`).join(', ')
    return `${count(chunks.length, 'chunk')}: ${sizes}`
  }
  if (type !== 'response' || !endsWithConnection(message) || body.length === 0) return 'by length'
  return 'until the connection ends'
}

/** Differences that a parser does not see, such as blanks before a value, are reported as bytes. */
function rawChanges(before: Exchange, after: Exchange): readonly BytesChange[] {
  return [
    bytesChange('request', requestBytes(before), requestBytes(after)),
    bytesChange('answer', answerBytes(before), answerBytes(after)),
  ].filter((change) => change !== undefined)
}

const requestBytes = ({ connection, request: { start, end } }: Exchange): Uint8Array =>
  withoutDrawn(connection.sent.bytes.subarray(start, end))

function answerBytes({ connection, interim, response }: Exchange): Uint8Array {
  const [first = response] = interim
  const last = response ?? interim.at(-1)
  return withoutDrawn(connection.received.bytes.subarray(first?.start ?? 0, last?.end ?? 0))
}

/** Without what is random for each WebSocket, or follows from that (RFC 6455 section 4.1). */
function withoutDrawn(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  const same = text.replaceAll(DRAWN, '')
  return same.length === text.length ? bytes : Buffer.from(same, 'latin1')
}

const DRAWN = /(?<=\r\nsec-websocket-(?:key|accept):)[^\r\n]*/gi

function segmentChanges(before: Exchange, after: Exchange): readonly ValueChange[] {
  return [
    ...valueChange('request segments', segmentsOf(before, 'sent'), segmentsOf(after, 'sent')),
    ...valueChange('segments', segmentsOf(before, 'received'), segmentsOf(after, 'received')),
  ]
}

/** The sizes of the parts that the borders of segments make of a message. */
function segmentsOf({ connection, request, interim, response }: Exchange, type: 'sent' | 'received'): string {
  const messages = type === 'sent' ? [request] : [...interim, ...(response === undefined ? [] : [response])]
  const [start = 0, end = 0] = [messages[0]?.start, messages.at(-1)?.end]
  const sizes = connection[type].segments.map(({ start: from, event: { bytes } }) => {
    return Math.min(from + bytes.length, end) - Math.max(from, start)
  })
  return sizes.filter((size) => size > 0).join(', ')
}

function connectionDiffs(
  before: readonly ToldConnection[],
  after: readonly ToldConnection[],
): readonly ConnectionDiff[] {
  return pair(before, after, [connectionKey]).flatMap(connectionDiff)
}

function told(connections: readonly InspectedConnection[], { tape }: Cassette): readonly ToldConnection[] {
  const talks = socketTalks(tape)
  return connections.map((connection) => tellConnection(connection, talks.get(connection.number)))
}

/** What to compare of a connection, apart from its interactions. */
interface ToldConnection {
  readonly to: string
  readonly failure: string
  readonly tls: string
  readonly sent: Uint8Array
  readonly received: Uint8Array
}

function tellConnection(
  { opened, sent, received }: InspectedConnection,
  said: readonly SaidMessage[] | undefined,
): ToldConnection {
  return {
    to: opened.to,
    failure: opened.type === 'failed' ? describeFailure(opened) : '',
    tls: opened.type === 'open' ? describeTls(opened) : '',
    sent: said === undefined ? sent.bytes.subarray(sent.restStart) : transcript(said, 'client'),
    received: said === undefined ? received.bytes.subarray(received.restStart) : transcript(said, 'server'),
  }
}

/** What one side said on a WebSocket, however it was masked, cut and compressed; when pings pass is a matter of timing. */
function transcript(said: readonly SaidMessage[], side: SaidMessage['by']): Uint8Array {
  const messages = said.filter(({ by, message: { kind } }) => by === side && kind !== 'ping' && kind !== 'pong')
  return Buffer.concat(
    messages.flatMap(({ message: { kind, payload } }) => [Buffer.from(`${kind} `), payload, Buffer.from('\n')]),
  )
}

const connectionKey = ({ to, failure }: ToldConnection): string => `${failure === ''} ${to}`

/** The number of connections is not a difference, because clients open as many as they need. One without interactions is. */
function connectionDiff({ before, after }: Pair<ToldConnection>): readonly ConnectionDiff[] {
  const { item } = before ?? after ?? {}
  if (item === undefined) return []
  const { to } = item
  const saysMore = item.failure !== '' || item.sent.length > 0 || item.received.length > 0
  if (before === undefined) return saysMore ? [{ kind: 'added', to, changes: [] }] : []
  if (after === undefined) return saysMore ? [{ kind: 'removed', to, changes: [] }] : []
  const [old, fresh] = [before.item, after.item]
  const changes: Change[] = [
    ...valueChange('failure', old.failure, fresh.failure),
    ...valueChange('tls', old.tls, fresh.tls),
  ]
  for (const type of ['sent', 'received'] as const) {
    const change = bytesChange(`${type}, not HTTP`, old[type], fresh[type])
    if (change !== undefined) changes.push(change)
  }
  return changes.length === 0 ? [] : [{ kind: 'changed', to, changes }]
}

function describeFailure({ failure }: Extract<TapeEvent, { readonly type: 'failed' }>): string {
  return [failure.code, failure.systemCode, `in phase ${failure.phase}`].filter((part) => part !== undefined).join(' ')
}

function describeTls({ tls }: Extract<TapeEvent, { readonly type: 'open' }>): string {
  if (tls === undefined) return 'none'
  const alpn = tls.alpn === undefined ? '' : `, ALPN ${tls.alpn}`
  const offered = tls.offered === undefined ? '' : `, offered ${tls.offered.join(', ')}`
  const problem = tls.problem === undefined ? '' : ` (${tls.problem})`
  const subject = Object.entries(tls.subject ?? {}).map(([name, value]) => `, ${name}=${value}`)
  const verified = tls.authorized ? 'certificate verified' : `certificate not verified${problem}`
  return `${tls.version}${alpn}${offered}, ${verified}${subject.join('')}`
}
