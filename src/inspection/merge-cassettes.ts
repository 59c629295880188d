import { type Exchange, type Exchanges, type InspectedConnection, readExchanges } from '../messages/exchanges.ts'
import { leaveOut } from '../messages/leave-out.ts'
import { checkOptions } from '../options.ts'
import type { Cassette } from '../tape/cassette.ts'
import { append } from '../tape/splice.ts'
import { exchangeChanges } from './diff-cassettes.ts'
import { namesIn, renamePlaceholders } from './rename-placeholders.ts'
import { DEFAULT_RULES, isVolatile } from './volatile.ts'

/** How to join cassettes. */
export interface MergeOptions {
  /** What becomes of an interaction that is equal, byte for byte, in several of them. Default: `'once'`. */
  readonly duplicates?: 'once' | 'keep' | undefined
}

/** Cassettes as one. */
export interface Merge {
  readonly cassette: Cassette
  /** Interactions that were left out because they are there already. */
  readonly duplicates: number
  /** Placeholders that got another name, because the name stood for another secret in a cassette before. */
  readonly renamed: readonly Renaming[]
  /** Placeholders that keep a name which another cassette uses, too: they are in what cannot be decoded, or their length counts. */
  readonly notRenamed: readonly string[]
}

/** A placeholder with another name than in its cassette. */
export interface Renaming {
  readonly from: string
  readonly to: string
}

/** Two branches as one. */
export interface BranchMerge extends Merge {
  /** Requests that both branches have recorded again with different answers; the answer of `ours` stays. */
  readonly conflicts: readonly string[]
}

/**
 * Joins cassettes: the connections of each follow those of the one before, with new numbers and later times, and every byte as it was.
 *
 * A placeholder of a later cassette whose name is in use gets a new number, unless an interaction that both have shows that it is the
 * same secret. The date is the earliest one.
 */
export function mergeCassettes(cassettes: readonly Cassette[], options: MergeOptions = {}): Merge {
  checkOptions('mergeCassettes', options, { duplicates: true })
  const [first, ...others] = cassettes
  const empty: Cassette = { version: 1, recorded: { at: '', by: '', node: '' }, tape: [] }
  let merge: Merge = { cassette: first ?? empty, duplicates: 0, renamed: [], notRenamed: [] }
  for (const other of others) {
    const known = options.duplicates === 'keep' ? new Map<string, number>() : countsOf(readExchanges(merge.cassette))
    merge = added(merge, other, (key) => take(known, key))
  }
  return merge
}

/**
 * Joins two branches of a cassette: what either has added since `base` is there, what either has removed is not.
 *
 * Where both have recorded a request anew, and the answers differ in more than what differs every time, it is a conflict.
 */
export function mergeBranches(base: Cassette, ours: Cassette, theirs: Cassette): BranchMerge {
  const [old, mine, yours] = [base, ours, theirs].map((cassette) => readExchanges(cassette))
  if (old === undefined || mine === undefined || yours === undefined) throw new TypeError('three cassettes')
  const [inBase, inOurs, inTheirs] = [countsOf(old), countsOf(mine), countsOf(yours)]
  const wanted = wantedCounts(inBase, inOurs, inTheirs)
  // Of ours goes what theirs has removed.
  const left = new Map(wanted)
  const kept = leaveOut(ours, mine, (exchange) => !take(left, keyOf(exchange)))
  const bare = withoutBare(kept, mine, (key) => !take(left, key))
  const rerecorded = rerecordedByBoth(old, mine, yours)
  const conflicts: string[] = []
  // What is left to be had comes from theirs.
  const merge = added({ cassette: bare, duplicates: 0, renamed: [], notRenamed: [] }, theirs, (key, exchange) => {
    if (exchange !== undefined && rerecorded.has(requestKey(exchange))) {
      const own = rerecorded.get(requestKey(exchange))
      if (own !== undefined && differs(own, exchange)) conflicts.push(`${exchange.request.method} ${exchange.url}`)
      return true
    }
    return !take(left, key)
  })
  return { ...merge, conflicts: [...new Set(conflicts)] }
}

type Counts = Map<string, number>

/** How often each is wanted: what one side has changed, or both in the same way, happens once. */
function wantedCounts(base: Counts, ours: Counts, theirs: Counts): Counts {
  const keys = new Set([...ours.keys(), ...theirs.keys()])
  return new Map(
    Array.from(keys, (key) => [key, wantedCount(base.get(key) ?? 0, ours.get(key) ?? 0, theirs.get(key) ?? 0)]),
  )
}

function wantedCount(base: number, ours: number, theirs: number): number {
  if (ours === theirs || theirs === base) return ours
  if (ours === base) return theirs
  return Math.max(0, ours + theirs - base)
}

/** Requests of the base that neither side has any more as they were, with what ours has instead. */
function rerecordedByBoth(base: Exchanges, ours: Exchanges, theirs: Exchanges): ReadonlyMap<string, Exchange> {
  const [mine, yours] = [countsOf(ours), countsOf(theirs)]
  const gone = base.exchanges.filter((exchange) => !mine.has(keyOf(exchange)) && !yours.has(keyOf(exchange)))
  const requests = new Set(gone.map(requestKey))
  return new Map(
    ours.exchanges.toReversed().flatMap((exchange) => {
      const key = requestKey(exchange)
      return requests.has(key) ? [[key, exchange] as const] : []
    }),
  )
}

const differs = (one: Exchange, other: Exchange): boolean =>
  exchangeChanges(one, other, {}).some((change) => !isVolatile(change, DEFAULT_RULES, one.request))

function added(before: Merge, other: Cassette, isKnown: (key: string, exchange?: Exchange) => boolean): Merge {
  const inspected = readExchanges(other)
  const out = new Set(inspected.exchanges.filter((exchange) => isKnown(keyOf(exchange), exchange)))
  const bare = inspected.connections.filter(({ exchanges }) => exchanges.length === 0)
  const bareOut = new Set(bare.filter((connection) => isKnown(bareKey(connection))).map(({ number }) => number))
  const left = leaveOut(other, inspected, (exchange) => out.has(exchange))
  const rest = { ...left, tape: left.tape.filter(({ connection }) => !bareOut.has(connection)) }
  // A secret of an interaction that both have is the same one.
  const shared = namesIn(leaveOut(other, inspected, (exchange) => !out.has(exchange)))
  const { cassette, renamed, notRenamed } = renamePlaceholders(rest, namesIn(before.cassette), shared)
  const { recorded } =
    [before.cassette, other].toSorted((one, two) => (one.recorded.at < two.recorded.at ? -1 : 1))[0] ?? other
  return {
    cassette: { ...append(before.cassette, cassette), recorded },
    duplicates: before.duplicates + out.size + bareOut.size,
    renamed: [...before.renamed, ...renamed],
    notRenamed: [...before.notRenamed, ...notRenamed],
  }
}

function countsOf({ exchanges, connections }: Exchanges): Counts {
  const counts: Counts = new Map()
  const keys = [...exchanges.map(keyOf), ...connections.filter(({ exchanges: own }) => own.length === 0).map(bareKey)]
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

/** Takes one, if there is one. */
function take(counts: Counts, key: string): boolean {
  const left = counts.get(key) ?? 0
  if (left > 0) counts.set(key, left - 1)
  return left > 0
}

/** Everything that passed, and how it ended. */
function keyOf(exchange: Exchange): string {
  const { connection, request, interim, response, ending } = exchange
  const { sent, received, opened } = connection
  const first = interim[0] ?? response
  const last = response ?? interim.at(-1)
  const isLast = connection.exchanges.at(-1) === exchange
  return JSON.stringify([
    opened.to,
    latin1(sent.bytes.subarray(request.start, isLast ? sent.bytes.length : request.end)),
    latin1(
      received.bytes.subarray(first?.start ?? received.restStart, isLast ? received.bytes.length : (last?.end ?? 0)),
    ),
    ending,
  ])
}

function requestKey({ connection, request }: Exchange): string {
  return JSON.stringify([connection.opened.to, request.method, request.target, latin1(request.body)])
}

/** A connection without a request. */
function bareKey({ opened, sent, received }: InspectedConnection): string {
  const failure = opened.type === 'failed' ? opened.failure.code : ''
  return JSON.stringify([opened.to, failure, latin1(sent.bytes), latin1(received.bytes)])
}

function withoutBare(cassette: Cassette, { connections }: Exchanges, isOut: (key: string) => boolean): Cassette {
  const out = new Set(
    connections
      .filter((connection) => connection.exchanges.length === 0 && isOut(bareKey(connection)))
      .map(({ number }) => number),
  )
  return { ...cassette, tape: cassette.tape.filter(({ connection }) => !out.has(connection)) }
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
