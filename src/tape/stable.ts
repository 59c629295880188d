import type { BytesEvent, Cassette, DecodedCassette, TapeEvent } from './cassette.ts'
import { inOrder } from './record.ts'

/** A cassette with its records in the order in which they are listed. */
export interface Stable {
  readonly cassette: Cassette
  readonly records: readonly (readonly TapeEvent[])[]
  /** Whether every byte is the same as before, so that there is nothing to write. */
  readonly isUnchanged: boolean
}

/**
 * The new recording, with the segments and times of the old one wherever the bytes are the same.
 *
 * Two runs of the same conversation never have the same times, and often not the same segments. A diff should show only what the server
 * changed.
 */
export function keepStable(old: DecodedCassette, fresh: DecodedCassette): Stable {
  const [before, now] = [connectionsOf(old.records), connectionsOf(fresh.records)]
  const pairs = pairUp(before, now)
  const connections = pairs.map((pair) => (pair.before === undefined ? pair.now : likeBefore(pair.before, pair.now)))
  const isUnchanged =
    before.length === now.length && connections.every((connection, index) => isSame(connection, pairs[index]?.before))
  if (!isUnchanged && !areEqualRequestsInOrder(now, connections))
    return { cassette: fresh, records: fresh.records, isUnchanged: false }
  const records = numbered(pairs, connections).flat()
  return { cassette: { ...fresh, tape: inOrder(records.flat()) }, records, isUnchanged }
}

/** A connection keeps its old number; new ones follow, in their order. */
function numbered(pairs: readonly Pair[], connections: readonly Connection[]): readonly Connection[] {
  const numbers = pairs.map(({ before }) => (before === undefined ? undefined : numberOf(before)))
  let last = Math.max(0, ...numbers.map((number) => number ?? 0))
  return connections
    .map((connection, index) => ({ connection, number: numbers[index] ?? (last += 1) }))
    .toSorted((one, other) => one.number - other.number)
    .map(({ connection, number }) =>
      connection.map((record) => record.map((event): TapeEvent => ({ ...event, connection: number }))),
    )
}

const numberOf = (connection: Connection): number => connection[0]?.[0]?.connection ?? 0

type Record = readonly TapeEvent[]
type Connection = readonly Record[]

/** The records of each connection, in the order of the connections. */
function connectionsOf(records: readonly Record[]): readonly Connection[] {
  const connections = grouped(records, (record) => record[0]?.connection ?? 0)
  return [...connections].toSorted(([one], [other]) => one - other).map(([, connection]) => connection)
}

function grouped<Item, Key>(items: Iterable<Item>, keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

interface Pair {
  readonly before: Connection | undefined
  readonly now: Connection
}

/**
 * Finds the old connection for each new one: the first free one with the same beginning, or else with the same origin.
 *
 * Connections that are opened side by side change places from run to run.
 */
function pairUp(old: readonly Connection[], fresh: readonly Connection[]): readonly Pair[] {
  const taken = new Set<Connection>()
  const byBeginning = takerOf(old, beginningOf, taken)
  const exact = fresh.map((now) => byBeginning(now))
  const byOrigin = takerOf(old, originOf, taken)
  return fresh.map((now, index) => ({ now, before: exact[index] ?? byOrigin(now) }))
}

/** Finds the first free connection with the same key, and takes it. */
function takerOf(
  connections: readonly Connection[],
  key: (connection: Connection) => string,
  taken: Set<Connection>,
): (like: Connection) => Connection | undefined {
  const free = connections.filter((connection) => !taken.has(connection))
  const byKey = grouped(free, key)
  return (like) => {
    const found = byKey.get(key(like))?.shift()
    if (found !== undefined) taken.add(found)
    return found
  }
}

function originOf([record = []]: Connection): string {
  const [first] = record
  return first?.type === 'open' || first?.type === 'failed' ? `${first.type} ${first.to}` : ''
}

const beginningOf = (connection: Connection): string => `${originOf(connection)}\n${sentIn(connection[0] ?? [])}`

const sentIn = (record: Record): string =>
  record.map((event) => (event.type === 'sent' ? latin1(event.bytes) : '')).join('')

/** The new connection, with as much as possible of the old one. */
function likeBefore(before: Connection, now: Connection): Connection {
  const counterparts = new Counterparts(before, new Set(now.map(sentIn)))
  const clock = new Clock()
  return now.map((record) => {
    const old = counterparts.of(record)
    return shaped(old === undefined ? [] : runsOf(old), runsOf(record), clock)
  })
}

/** Finds the old record with the same request, after the last one that was found. */
class Counterparts {
  /** Of each request. */
  readonly #places: ReadonlyMap<string, number[]>
  readonly #records: Connection
  /** The requests of now. */
  readonly #wanted: ReadonlySet<string>
  #next = 0

  constructor(records: Connection, wanted: ReadonlySet<string>) {
    this.#records = records
    this.#wanted = wanted
    this.#places = grouped(records.keys(), (index) => sentIn(records[index] ?? []))
  }

  of(record: Record): Record | undefined {
    const places = this.#places.get(sentIn(record)) ?? []
    while (places.length > 0 && (places[0] ?? 0) < this.#next) places.shift()
    const index = places.shift() ?? this.#next
    const found = this.#records[index]
    // A changed request takes the place of the old one; a new request comes before one that is still there.
    if (found === undefined || (index === this.#next && this.#isOfAnother(found, record))) return undefined
    this.#next = index + 1
    return found
  }

  #isOfAnother(found: Record, record: Record): boolean {
    const request = sentIn(found)
    return request !== sentIn(record) && this.#wanted.has(request)
  }
}

/** Neighbouring segments of one direction, or one other event. */
type Run = readonly [TapeEvent, ...TapeEvent[]]

function runsOf(record: Record): readonly Run[] {
  const runs: [TapeEvent, ...TapeEvent[]][] = []
  for (const event of record) {
    const last = runs.at(-1)
    if (isBytes(event) && last?.[0].type === event.type) last.push(event)
    else runs.push([event])
  }
  return runs
}

const isBytes = (event: TapeEvent): event is BytesEvent => event.type === 'sent' || event.type === 'received'

function shaped(old: readonly Run[], fresh: readonly Run[], clock: Clock): TapeEvent[] {
  return fresh.flatMap((run, index) => {
    const before = old[index]
    if (before === undefined || before[0].type !== run[0].type) return run.map((event) => clock.goOn(event))
    if (isSameRun(before, run)) {
      for (const event of run) clock.pass(event)
      return before.map((event) => clock.keep(event))
    }
    return run.map((event, place) => clock.take(event, before[Math.min(place, before.length - 1)] ?? before[0]))
  })
}

/** Gives events of a connection their old times; a new event keeps its distance from the event before it. */
class Clock {
  /** Times of the last event: as recorded, and as given. */
  #fresh: number | undefined
  #last = 0

  /** An event that is left out, because an old one replaces it. */
  pass({ at }: TapeEvent): void {
    this.#fresh = at
  }

  keep(event: TapeEvent): TapeEvent {
    this.#last = Math.max(this.#last, event.at)
    return event.at === this.#last ? event : { ...event, at: this.#last }
  }

  /** A new event that happened when the old one did. */
  take(event: TapeEvent, old: TapeEvent): TapeEvent {
    this.#fresh = event.at
    this.#last = Math.max(this.#last, old.at)
    if ((event.type === 'open' || event.type === 'failed') && (old.type === 'open' || old.type === 'failed'))
      return { ...event, at: this.#last, took: old.took }
    return { ...event, at: this.#last }
  }

  goOn(event: TapeEvent): TapeEvent {
    const passed = this.#fresh === undefined ? event.at : Math.max(0, event.at - this.#fresh)
    this.#fresh = event.at
    this.#last = Math.round((this.#last + passed) * 1000) / 1000
    return { ...event, at: this.#last }
  }
}

/** Whether two runs are equal apart from times, segments and the number of the connection. */
function isSameRun(one: Run, other: Run): boolean {
  if (isBytes(one[0]) && isBytes(other[0])) return bytesOf(one).equals(bytesOf(other)) && endsOf(one) === endsOf(other)
  return meaningOf(one[0]) === meaningOf(other[0])
}

const bytesOf = (run: Run): Buffer => Buffer.concat(run.flatMap((event) => (isBytes(event) ? [event.bytes] : [])))

/** Where responses end within segments, counted from the beginning of the run. */
function endsOf(run: Run): string {
  const ends: number[] = []
  let start = 0
  for (const event of run) {
    if (!isBytes(event)) continue
    for (const end of event.ends ?? []) ends.push(start + end)
    start += event.bytes.length
  }
  return ends.join(' ')
}

function meaningOf(event: TapeEvent): string {
  const same = { ...event, connection: 0, at: 0 }
  return JSON.stringify('took' in same ? { ...same, took: 0 } : same)
}

function isSame(connection: Connection, before: Connection | undefined): boolean {
  if (before?.length !== connection.length) return false
  return connection.every((record, index) => {
    const old = before[index] ?? []
    return (
      record.length === old.length &&
      record.every((event, place) => {
        const there = old[place]
        return there !== undefined && event.at === there.at && isSameRun([event], [there])
      })
    )
  })
}

/**
 * Whether equal requests on several connections are still in the recorded order: a replay answers them in that order.
 *
 * Old times could change it, if the connections now ran in parallel in another order.
 */
function areEqualRequestsInOrder(fresh: readonly Connection[], stable: readonly Connection[]): boolean {
  const [was, is] = [orderOf(fresh), orderOf(stable)]
  return [...was].every(([request, order]) => order === is.get(request))
}

/** For each request, the indexes of the connections it was sent on, in order of time. */
function orderOf(connections: readonly Connection[]): ReadonlyMap<string, string> {
  const sightings = connections.flatMap((connection, place) =>
    connection.map((record) => ({ place, request: sentIn(record), at: record.find(isBytes)?.at ?? 0 })),
  )
  const orders = new Map<string, string>()
  for (const { place, request } of sightings.toSorted((one, other) => one.at - other.at))
    orders.set(request, `${orders.get(request) ?? ''} ${place}`)
  return orders
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
