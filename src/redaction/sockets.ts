import { applyEdits, type Edit, type LongText, mapOffsets, ofSameLength, shiftEdits } from '../content/edits.ts'
import { handshakeIn } from '../messages/socket-tracks.ts'
import type { BytesEvent, TapeEvent } from '../tape/cassette.ts'
import { deflated, type Compression } from '../websocket/deflate.ts'
import { isControl, masked, writeFrame } from '../websocket/frame.ts'
import { type Agreement, readerOf } from '../websocket/handshake.ts'
import type { MessageReader, PlacedFrame, SocketMessage } from '../websocket/message-reader.ts'
import { type ContentContext, contentEdits, longContentEdits, type OpaqueContent } from './content.ts'

/** How far one side of a WebSocket has been redacted. */
interface Side {
  readonly reader: MessageReader
  readonly compression: Compression | undefined
  /** Whether a compressed message was changed: those after it may refer to it, so they are compressed anew. */
  readonly isRewritten: boolean
}

type Sides = Readonly<Record<BytesEvent['type'], Side>>

/** One side of a WebSocket in a record. */
export interface SocketSide {
  /** Where in the direction the frames begin. */
  readonly start: number
  readonly before: Side
}

/** What is to change in the frames of a record. */
export interface SocketEdits {
  readonly edits: readonly Edit[]
  readonly opaque: readonly (OpaqueContent & { readonly offset: number })[]
  readonly after: Side
  /** What the messages say once the edits are made. */
  readonly readable: string
}

/** Where a connection is, and where it was before the record that was redacted last. */
interface Place {
  readonly at: number
  readonly before: Sides | undefined
  after: Sides
  /** What is known when earlier records are redacted once more. */
  again: Sides | undefined
}

/**
 * Follows the WebSockets of a recording from record to record.
 *
 * A record may be redacted twice, and all of them once more when a secret is found late. What has been redacted is read as what was
 * recorded would be: a message that was compressed anew refers to none before it.
 */
export class SocketPlaces {
  readonly #places = new Map<number, Place>()

  /** The WebSockets in a record, as they are at its beginning. */
  begin(tape: readonly TapeEvent[]): ReadonlyMap<number, SocketRecord> {
    const records = new Map<number, SocketRecord>()
    for (const connection of new Set(tape.map((event) => event.connection))) {
      const record = this.#begin(
        connection,
        tape.filter((event) => event.connection === connection),
      )
      if (record !== undefined) records.set(connection, record)
    }
    return records
  }

  #begin(connection: number, events: readonly TapeEvent[]): SocketRecord | undefined {
    const segments = events.filter((event): event is BytesEvent => 'bytes' in event)
    const at = events[0]?.at ?? 0
    const isNew = events.some(({ type }) => type === 'open')
    const place = this.#places.get(connection)
    const order = place === undefined ? 1 : Math.sign(at - place.at)
    const known = isNew || place === undefined ? undefined : sidesBefore(place, order)
    if (known !== undefined) return new SocketRecord(at, order, known, { sent: 0, received: 0 })
    const handshake = handshakeIn(segments)
    if (handshake === undefined) return undefined
    return new SocketRecord(at, place === undefined ? 1 : order, undefined, handshake, sidesOf(handshake.agreement))
  }

  /** Notes where the WebSockets of a record are at its end. */
  end(records: ReadonlyMap<number, SocketRecord>): void {
    for (const [connection, record] of records) {
      const place = this.#places.get(connection)
      const { after } = record
      if (place === undefined || record.order > 0)
        this.#places.set(connection, { at: record.at, before: record.known, after, again: undefined })
      else if (record.order < 0) place.again = after
      else place.after = withRewritten(place.after, after)
    }
  }
}

/** What a record begins with: the one that was redacted last, one before it, or the next one. */
function sidesBefore({ before, after, again }: Place, order: number): Sides | undefined {
  if (order < 0) return again
  const sides = order === 0 ? before : after
  return sides && again ? withRewritten(sides, again) : sides
}

const withRewritten = ({ sent, received }: Sides, other: Sides): Sides => ({
  sent: { ...sent, isRewritten: sent.isRewritten || other.sent.isRewritten },
  received: { ...received, isRewritten: received.isRewritten || other.received.isRewritten },
})

function sidesOf(agreement: Agreement): Sides {
  const of = (side: BytesEvent['type']): Side => ({
    reader: readerOf(agreement, side),
    compression: agreement.deflate?.[side],
    isRewritten: false,
  })
  return { sent: of('sent'), received: of('received') }
}

/** A WebSocket in one record. */
export class SocketRecord {
  readonly at: number
  /** Whether it is redacted for the first time (1), once more (0), or after later ones (-1). */
  readonly order: number
  /** How the connection was before; `undefined` if it becomes a WebSocket here. */
  readonly known: Sides | undefined
  readonly #starts: Readonly<Record<BytesEvent['type'], number>>
  readonly #before: Sides
  #after: Partial<Record<BytesEvent['type'], Side>> = {}

  constructor(
    at: number,
    order: number,
    known: Sides | undefined,
    starts: Readonly<Record<BytesEvent['type'], number>>,
    before?: Sides,
  ) {
    this.at = at
    this.order = order
    this.known = known
    this.#starts = starts
    this.#before = before ?? known ?? sidesOf({ extensions: [], deflate: undefined, protocol: '' })
  }

  get after(): Sides {
    return { ...this.#before, ...this.#after }
  }

  /** The edits of one side; of those that are asked for last, it remembers how they leave the side. */
  editsOf(type: BytesEvent['type'], text: LongText, context: ContentContext): SocketEdits {
    const edits = socketEdits(text, { start: this.#starts[type], before: this.#before[type] }, context)
    this.#after[type] = edits.after
    return edits
  }
}

/** Finds what is to change in the frames of one direction of a record. */
export function socketEdits(text: LongText, { start, before }: SocketSide, context: ContentContext): SocketEdits {
  const reader = before.reader.copy()
  const shift = start - reader.position
  const bytes = Buffer.from(text.slice(start, text.length), 'latin1')
  const messages = reader.push(bytes)
  const edits: Edit[] = []
  const opaque: (OpaqueContent & { readonly offset: number })[] = []
  const readable: string[] = []
  let { isRewritten } = before
  let covered = start
  for (const message of [...messages, ...reader.unfinished()]) {
    const first = message.frames[0]
    const isHere = first !== undefined && first.start + shift >= start
    const own = isHere
      ? messageEdits(message, { isRewritten, compression: before.compression }, context)
      : restEdits(message, start - shift, context)
    for (const edit of shiftEdits(own.edits, shift)) {
      // What was written alike needs no edit.
      if (text.slice(edit.start, edit.end) !== edit.with) edits.push(edit)
    }
    isRewritten ||= own.isChanged && message.isCompressed && before.compression?.takesOver === true
    if (own.opaque !== undefined) opaque.push({ ...own.opaque, offset: Math.max(start, (first?.start ?? 0) + shift) })
    readable.push(own.payload)
    for (const { end } of message.frames) covered = Math.max(covered, end + shift)
  }
  const plain = text.slice(covered, text.length)
  // Bytes that are no frames, or the beginning of a head.
  for (const edit of shiftEdits(context.scrubber.text(plain), covered)) edits.push(ofSameLength(edit))
  if (reader.isLost && plain !== '')
    opaque.push({ reason: 'not a frame of a WebSocket', isWithheld: false, offset: covered })
  return { edits, opaque, after: { ...before, reader, isRewritten }, readable: readable.join('\n') }
}

interface MessageChange {
  readonly edits: readonly Edit[]
  readonly opaque?: OpaqueContent | undefined
  readonly isChanged: boolean
  /** The payload once the edits are made. */
  readonly payload: string
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')

function messageEdits(
  message: SocketMessage,
  { isRewritten, compression }: Pick<Side, 'isRewritten' | 'compression'>,
  context: ContentContext,
): MessageChange {
  const payload = latin1(message.payload)
  const { edits: found, opaque } = payloadEdits(message, payload, context)
  const changed = applyEdits(payload, found)
  const isChanged = found.length > 0
  if (!isChanged && !(isRewritten && message.isCompressed)) return { edits: [], opaque, isChanged, payload }
  const bytes = message.isCompressed ? deflated(Buffer.from(changed, 'latin1'), compression?.windowBits) : undefined
  const borders = bytes === undefined ? bordersAfter(message.frames, found) : bordersIn(message.frames, bytes.length)
  const source = bytes ?? Buffer.from(changed, 'latin1')
  const edits = message.frames.map(({ head, start, end, payload: before }, index): Edit => {
    const part = source.subarray(borders[index], borders[index + 1])
    return { start, end, with: latin1(writeFrame(head, part, head.length - before.length)) }
  })
  return { edits, opaque, isChanged, payload: changed }
}

function payloadEdits(
  { kind, isOpaque, isWhole }: SocketMessage,
  payload: string,
  context: ContentContext,
): { readonly edits: readonly Edit[]; readonly opaque?: OpaqueContent | undefined } {
  const { scrubber, policy, sizes } = context
  scrubber.beginMessage(payload.length)
  if (isOpaque) {
    const isWithheld = policy === 'withhold'
    const opaque = { reason: 'a compressed message of a WebSocket that cannot be inflated', isWithheld }
    return { edits: isWithheld ? [{ start: 0, end: payload.length, with: WITHHELD }] : [], opaque }
  }
  // A control frame has no room to grow; before the reason of a close stands its code.
  if (isControl(kind)) {
    const start = kind === 'close' ? 2 : 0
    return { edits: shiftEdits(scrubber.text(payload.slice(start)), start).map(ofSameLength) }
  }
  return payload.length < sizes.long
    ? contentEdits(payload, [], isWhole, context)
    : longContentEdits(payload, [], isWhole, context)
}

const WITHHELD = '{{withheld.1}}'

/** Where the frames of an uncompressed message end once its payload has changed. */
function bordersAfter(frames: readonly PlacedFrame[], edits: readonly Edit[]): readonly number[] {
  const borders = [0]
  for (const { payload } of frames) borders.push((borders.at(-1) ?? 0) + payload.length)
  return mapOffsets(edits, borders)
}

/** The same of a compressed one: its frames keep their shares of it. */
function bordersIn(frames: readonly PlacedFrame[], length: number): readonly number[] {
  const all = frames.reduce((sum, { payload }) => sum + payload.length, 0)
  let before = 0
  const borders = frames.map(({ payload }) => {
    before += payload.length
    return all === 0 ? length : Math.round((before / all) * length)
  })
  return [0, ...borders]
}

/** What came of a message that began in an earlier record: its length cannot change any more. */
function restEdits(message: SocketMessage, start: number, { scrubber, policy }: ContentContext): MessageChange {
  const parts = message.frames.flatMap((frame) => {
    const length = Math.min(frame.end - start, frame.payload.length)
    return length <= 0 ? [] : [{ frame, length, text: latin1(frame.payload.subarray(frame.payload.length - length)) }]
  })
  const payload = parts.map(({ text }) => text).join('')
  const isWithheld = message.isCompressed && policy === 'withhold'
  const found = message.isCompressed
    ? isWithheld
      ? [{ start: 0, end: payload.length, with: '*'.repeat(payload.length) }]
      : []
    : scrubber.text(payload).map(ofSameLength)
  const changed = applyEdits(payload, found)
  let at = 0
  const edits = parts.map(({ frame: { head, end, payload: all }, length }): Edit => {
    const part = Buffer.from(changed.slice(at, at + length), 'latin1')
    at += length
    return { start: end - length, end, with: latin1(masked(part, head.mask, all.length - length)) }
  })
  const opaque = message.isCompressed ? { reason: 'the end of a compressed message', isWithheld } : undefined
  return { edits: found.length === 0 ? [] : edits, opaque, isChanged: found.length > 0, payload: changed }
}
