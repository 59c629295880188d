import type { BytesEvent, DecodedCassette, TapeEvent } from '../tape/cassette.ts'
import { applyEdits, mapOffsets } from '../content/edits.ts'
import { DecodingBudget, undecodableCoding } from '../content/decoded-content.ts'
import {
  type Direction,
  type InspectedConnection,
  leniencies,
  readExchanges,
  segmentAt,
} from '../messages/exchanges.ts'
import { type FramingFault, framingFaults } from '../messages/framing-mends.ts'

/** The traces of manual edits in records whose checksums are wrong or missing. */
export interface EditedRecords {
  /** The records with correct lengths; those with correct checksums are unchanged. */
  readonly mended: readonly (readonly TapeEvent[])[]
  /** What was corrected. */
  readonly lengths: readonly PlacedProblem[]
  /** What only a person can correct. */
  readonly broken: readonly BrokenMessage[]
}

export interface PlacedProblem {
  /** The event as it was read. */
  readonly event: TapeEvent
  readonly problem: string
}

export interface BrokenMessage extends PlacedProblem {
  readonly code: 'HTTP_BROKEN' | 'CONTENT_UNDECODABLE'
}

/**
 * Checks the framing of edited records.
 *
 * A record with a correct checksum is what was recorded, even if the server was wrong.
 */
export function inspectEditedRecords(cassette: DecodedCassette): EditedRecords {
  const { records, notes } = cassette
  const edited = new Set(notes.flatMap(({ record }) => records[record] ?? []))
  if (edited.size === 0) return { mended: records, lengths: [], broken: [] }
  const mends = new Map<TapeEvent, BytesEvent>()
  const lengths: PlacedProblem[] = []
  for (const connection of readExchanges(cassette).connections) {
    const context = { connection, edited, mends }
    const sent = mendDirection('sent', [], context)
    // Answers are read with the requests as they are after their own lengths are corrected.
    const methods = mendedMethods(connection, mends)
    lengths.push(...sent, ...mendDirection('received', methods, context))
  }
  const mended = records.map((record) => record.map((event) => mends.get(event) ?? event))
  return { mended, lengths, broken: brokenMessages(cassette, edited, mends) }
}

interface MendContext {
  readonly connection: InspectedConnection
  readonly edited: ReadonlySet<TapeEvent>
  /** The replacement of each event. */
  readonly mends: Map<TapeEvent, BytesEvent>
}

function mendDirection(type: BytesEvent['type'], methods: readonly string[], context: MendContext): PlacedProblem[] {
  const { connection, edited } = context
  const direction = connection[type]
  const ranges = editedRanges(direction, edited)
  if (ranges.length === 0) return []
  const text = Buffer.from(direction.bytes).toString('latin1')
  const faults = framingFaults({
    text,
    type,
    methods,
    lenient: leniencies(connection.opened),
    isOver: connection.isOver,
    segmentStarts: new Set(direction.segments.map(({ start }) => start)),
    isEdited: (start, end) => ranges.some((range) => range.start < end && start < range.end),
  })
  applyFaults(text, direction, faults, context.mends)
  return faults.flatMap(({ start, problem }) => {
    const event = segmentAt(direction, start)?.event
    return event === undefined ? [] : [{ event, problem }]
  })
}

interface Range {
  readonly start: number
  readonly end: number
}

function editedRanges({ segments }: Direction, edited: ReadonlySet<TapeEvent>): readonly Range[] {
  return segments
    .filter(({ event }) => edited.has(event))
    .map(({ event, start }) => ({ start, end: start + event.bytes.length }))
}

/** Borders of segments, and ends of answers in them, stay between the same bytes. */
function applyFaults(
  text: string,
  { segments }: Direction,
  faults: readonly FramingFault[],
  mends: Map<TapeEvent, BytesEvent>,
): void {
  if (faults.length === 0) return
  const bytes = Buffer.from(applyEdits(text, faults), 'latin1')
  for (const { event, start } of segments) {
    const end = start + event.bytes.length
    const [newStart = 0, newEnd = 0] = mapOffsets(faults, [start, end])
    const segment = bytes.subarray(newStart, newEnd)
    const ends =
      event.ends &&
      mapOffsets(
        faults,
        event.ends.map((offset) => start + offset),
      ).map((at) => at - newStart)
    if (Buffer.compare(segment, event.bytes) !== 0)
      mends.set(event, { ...event, bytes: segment, ...(ends && { ends }) })
  }
}

function mendedMethods({ opened, sent }: InspectedConnection, mends: MendContext['mends']): readonly string[] {
  if (sent.segments.every(({ event }) => !mends.has(event))) return sent.messages.map(({ method }) => method)
  const tape = [opened, ...sent.segments.map(({ event }) => mends.get(event) ?? event)]
  const [connection] = readExchanges({ tape }).connections
  return connection?.sent.messages.map(({ method }) => method) ?? []
}

/** What is not HTTP, or not in the coding of Content-Encoding, after the lengths are corrected. */
function brokenMessages(
  { tape }: DecodedCassette,
  edited: ReadonlySet<TapeEvent>,
  mends: ReadonlyMap<TapeEvent, BytesEvent>,
): readonly BrokenMessage[] {
  const originals = new Map<TapeEvent, TapeEvent>(Array.from(mends, ([event, mended]) => [mended, event]))
  const { connections } = readExchanges({ tape: tape.map((event) => mends.get(event) ?? event) })
  const budget = new DecodingBudget()
  return connections.flatMap(({ sent, received }) =>
    [sent, received].flatMap((direction) => {
      const at = (offset: number): TapeEvent | undefined => {
        const event = segmentAt(direction, offset)?.event
        return event && (originals.get(event) ?? event)
      }
      return brokenIn(direction, at, budget).filter(({ event }) => edited.has(event))
    }),
  )
}

function brokenIn(
  direction: Direction,
  at: (offset: number) => TapeEvent | undefined,
  budget: DecodingBudget,
): BrokenMessage[] {
  const broken: BrokenMessage[] = []
  const { failure, restStart, messages } = direction
  const event = failure && at(restStart)
  if (event !== undefined) broken.push({ code: 'HTTP_BROKEN', event, problem: `${failure?.code}: ${failure?.message}` })
  for (const { body, fields, headEnd, isComplete } of messages) {
    const coding = isComplete ? undecodableCoding(body, fields, budget) : undefined
    const place = coding === undefined ? undefined : at(headEnd)
    if (place !== undefined)
      broken.push({ code: 'CONTENT_UNDECODABLE', event: place, problem: `the body is not ${coding}` })
  }
  return broken
}
