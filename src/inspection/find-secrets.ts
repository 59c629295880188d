import { nameInBraces, partsOfName, PLACEHOLDER } from '../content/placeholders.ts'
import type { Cassette, TapeEvent } from '../tape/cassette.ts'
import { redactCassette, secretVariables } from '../redaction/redact-cassette.ts'
import type { RedactionOptions } from '../redaction/redaction-options.ts'
import { type Direction, readExchanges, segmentAt } from '../messages/exchanges.ts'
import { SocketTracks } from '../messages/socket-tracks.ts'
import { searchable } from './searchable.ts'
import { type SecretScanFinding, SecretScanner } from './secret-scan.ts'

/** A secret, or what looks like one. */
export interface FoundSecret {
  /** The event that holds it, or its beginning. */
  readonly event: TapeEvent
  /** What was found, in words; never the secret itself. */
  readonly kinds: string
}

/** What a search found, and where it did not look. */
export interface SecretSearch {
  /** Each event once, in the order of the tape. */
  readonly found: readonly FoundSecret[]
  /** The events with which contents begin that were not searched, because they decode to too much. */
  readonly unsearched: readonly TapeEvent[]
}

/**
 * Finds what should not be in a cassette: everything that redaction would take out, and everything that a second scanner finds, which
 * shares no code with redaction.
 *
 * Contents are decoded up to a budget; those beyond it are not searched.
 */
export function findSecrets(whole: Cassette, options: RedactionOptions): SecretSearch {
  const { cassette, unsearched } = searchable(whole)
  const originals = new Map(cassette.tape.map((event, place) => [event, whole.tape[place] ?? event]))
  const original = (event: TapeEvent): TapeEvent => originals.get(event) ?? event
  const search = searchIn(cassette, options)
  const found = search.found.map(({ event, kinds }) => ({ event: original(event), kinds }))
  return { found, unsearched: [...new Set([...unsearched, ...search.unsearched.map(original)])] }
}

function searchIn(cassette: Cassette, options: RedactionOptions): SecretSearch {
  const found = new Map<TapeEvent, string>()
  for (const { event, kinds } of changedEvents(cassette.tape, redactCassette(cassette, options).cassette.tape))
    found.set(event, kinds)
  const scan = scanned(cassette, [...(options.secrets ?? []), ...secretVariables(options.env ?? {})])
  for (const { event, kinds } of scan.found) if (!found.has(event)) found.set(event, kinds)
  const inOrder = cassette.tape.flatMap((event) => {
    const kinds = found.get(event)
    return kinds === undefined ? [] : [{ event, kinds }]
  })
  return { found: inOrder, unsearched: scan.unsearched }
}

/** Redaction leaves out events that become empty, and keeps the order. */
function changedEvents(before: readonly TapeEvent[], after: readonly TapeEvent[]): readonly FoundSecret[] {
  let place = 0
  return before.flatMap((event): FoundSecret[] => {
    const other = after[place]
    const isThere = other?.type === event.type && other.connection === event.connection && other.at === event.at
    if (isThere) place += 1
    if (other === event || (isThere && isEqual(event, other))) return []
    return [{ event, kinds: newKinds(textOf(event), isThere ? textOf(other) : '') }]
  })
}

const isEqual = (one: TapeEvent, other: TapeEvent): boolean =>
  textOf(one) === textOf(other) && messageOf(one) === messageOf(other)

const messageOf = (event: TapeEvent): string | undefined => ('failure' in event ? event.failure?.message : undefined)

const textOf = (event: TapeEvent): string => ('bytes' in event ? Buffer.from(event.bytes).toString('latin1') : '')

/** Placeholders say what was there; in a compressed body they are not visible. */
function newKinds(before: string, after: string): string {
  const had = new Set(before.match(PLACEHOLDER))
  const kinds = (after.match(PLACEHOLDER) ?? []).filter((found) => !had.has(found))
  const names = new Set(kinds.map((kind) => partsOfName(nameInBraces(kind) ?? '').label))
  return names.size === 0 ? 'in a coded body or a message' : [...names].join(', ')
}

/** Scans each message as it was on the wire, and also chunked bodies without their chunks. */
function scanned(cassette: Cassette, secrets: readonly (string | undefined)[]): SecretSearch {
  const scanner = new SecretScanner({
    values: secrets.filter((value) => value !== undefined),
    placeholders: cassette.tape.flatMap((event) => ('redacted' in event ? Object.values(event.redacted ?? {}) : [])),
  })
  const unsearched: TapeEvent[] = []
  const scan: Scan = (content, event) => {
    const found = scanner.scan(content)
    if (scanner.isCutShort && event !== undefined) unsearched.push(event)
    return found
  }
  const inBytes = readExchanges(cassette).connections.flatMap(({ sent, received }) =>
    [sent, received].flatMap((direction) =>
      stretchesOf(direction).flatMap(({ bytes, start, isWire }) =>
        scan(bytes, segmentAt(direction, start)?.event).flatMap(({ kind, inside, offset }) => {
          const isPlain = isWire && inside.length === 0
          const event = segmentAt(direction, start + (isPlain ? offset : 0))?.event
          return event === undefined ? [] : [{ event, kinds: [kind, ...inside.toReversed()].join(' in ') }]
        }),
      ),
    ),
  )
  const inMessages = cassette.tape.flatMap((event) =>
    scan(messageOf(event) ?? '', event).map(({ kind }) => ({ event, kinds: kind })),
  )
  return { found: [...inBytes, ...inMessages, ...inSockets(cassette.tape, scan)], unsearched }
}

/** Finds secrets in a content, of which an event has the beginning. */
type Scan = (content: string | Uint8Array, event: TapeEvent | undefined) => readonly SecretScanFinding[]

/** Scans what masks and compression hide: each message of a WebSocket. */
function inSockets(tape: readonly TapeEvent[], scan: Scan): readonly FoundSecret[] {
  return [...new SocketTracks().read(tape)].flatMap(([event, { messages }]) =>
    messages.flatMap(({ kind, payload }) =>
      scan(payload, event).map((found) => ({
        event,
        kinds: [found.kind, ...found.inside.toReversed(), `a ${kind} message of a WebSocket`].join(' in '),
      })),
    ),
  )
}

interface Stretch {
  readonly bytes: Uint8Array
  /** Where it begins in its direction. */
  readonly start: number
  /** Whether its offsets are those of the direction. */
  readonly isWire: boolean
}

function stretchesOf({ bytes, messages, restStart }: Direction): readonly Stretch[] {
  const stretches = messages.flatMap(({ start, end, headEnd, isChunked, body }): Stretch[] => [
    { bytes: bytes.subarray(start, isChunked ? end : headEnd), start, isWire: true },
    // Compressed bytes are recognized by their beginning.
    { bytes: body, start: headEnd, isWire: !isChunked },
  ])
  return [...stretches, { bytes: bytes.subarray(restStart), start: restStart, isWire: true }]
}
