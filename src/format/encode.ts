import type { TlsInfo } from '../transport.ts'
import {
  type BytesEvent,
  type Cassette,
  CASSETTE_VERSION,
  type Failure,
  type SocketError,
  type RecordedBy,
  type TapeEvent,
} from '../tape/cassette.ts'
import { lengthOf, LONG } from '../tape/late-bytes.ts'
import { BLOB_SIZE, type BlobRange, type BlobSink, INLINE, type Inline } from './blob-access.ts'
import { type FrameEntries, type FramePiece, framePiecesOf, remarksOn } from './frame-pieces-of.ts'
import type { Piece } from './piece.ts'
import { leadingLines, piecesOf } from './pieces-of.ts'
import { type SocketSegment, SocketTracks } from '../messages/socket-tracks.ts'
import { checksumOf, recordsOf } from '../tape/record.ts'
import { remarkOnClose, summaryOf } from './summary.ts'
import { encodeEnd } from './torn-tail.ts'
import { type Plain, writeBlock, writeEntry, writeItem, writeQuoted, writeText } from './yaml-writer.ts'

/**
 * A cassette as one self-contained text, as `docs/cassette-format.md` describes it.
 *
 * Equal cassettes have equal texts. To write a file, use `saveCassette`, which stores long bodies next to it and checks that
 * the text decodes to the same cassette.
 */
export function encodeCassette(
  cassette: Cassette,
  records: readonly (readonly TapeEvent[])[] = recordsOf(cassette.tape),
): string {
  return encodeWithBlobs(cassette, records, INLINE)
}

/**
 * The text of a cassette file with the events in `records`; long unreadable bodies go to `blobs`.
 *
 * @param checksums what replaces the checksums of some records, by their places.
 * @throws CassetteError as `blobs` does.
 */
export function encodeWithBlobs(
  { recorded, tape }: Cassette,
  records: readonly (readonly TapeEvent[])[],
  blobs: BlobSink | Inline,
  checksums: ReadonlyMap<number, string | undefined> = NO_CHECKSUMS,
): string {
  const tracks = newTracks()
  const lines = records.map((record, place) =>
    checksums.has(place)
      ? encodeUnchecked(record, blobs, tracks, checksums.get(place))
      : encodeRecord(record, blobs, tracks),
  )
  return [encodeBeginning(recorded, tape.length), ...lines, encodeEnd(tape.length)].join('')
}

/** The JSON schema of cassettes, for editors; `schema/cassette-1.json` of this package. */
const SCHEMA = `https://unpkg.com/wiretape/schema/cassette-${CASSETTE_VERSION}.json`

/** The text before the first record of a tape with this many events. */
export function encodeBeginning({ at, by, node }: RecordedBy, events: number): string {
  const lines = [`# yaml-language-server: $schema=${SCHEMA}`, `wiretape: ${CASSETTE_VERSION}`]
  writeEntry(lines, 0, 'recorded:', { at, by, node })
  lines.push(events === 0 ? 'tape: []' : 'tape:', '')
  return lines.join('\n')
}

/**
 * The lines of one record with its checksum; its blobs are written first. `tracks` has read the records before it.
 *
 * @throws CassetteError as `blobs` does.
 */
export function encodeRecord(events: readonly TapeEvent[], blobs: BlobSink | Inline, tracks: SocketTracks): string {
  return encodeEvents(events, blobs, tracks.read(events)).join('') + encodeChecksum(events)
}

/** A record with a checksum that it had, or with none. */
function encodeUnchecked(
  events: readonly TapeEvent[],
  blobs: BlobSink | Inline,
  tracks: SocketTracks,
  checksum: string | undefined,
): string {
  const lines = encodeEvents(events, blobs, tracks.read(events)).join('')
  return checksum === undefined ? lines : `${lines}  - saved: crc32 ${checksum}\n`
}

const NO_CHECKSUMS: ReadonlyMap<number, string | undefined> = new Map()

/** Which segments hold frames of a WebSocket. */
export type SocketSegments = ReadonlyMap<TapeEvent, SocketSegment>

/**
 * The lines of some events of a record, such as all in one direction; `record` is the whole one, `sockets` the frames in it.
 *
 * @throws CassetteError as `blobs` does.
 */
export function encodeEvents(
  events: readonly TapeEvent[],
  blobs: BlobSink | Inline,
  sockets: SocketSegments,
  record: readonly TapeEvent[] = events,
): readonly string[] {
  const payloads = payloadsOf(events, blobs, sockets)
  return events.map((event, index) => {
    const payload = payloads.get(event) ?? []
    // Parts of a long body need no comment about how they begin.
    const comments = event.type === 'close' ? remarkOnClose(record) : commentsOn(events, index, sockets.get(event))
    const lines = isLongPart(payload) ? [] : comments.map((comment) => `  # ${comment}`)
    writeEvent(lines, event, payload)
    return `${lines.join('\n')}\n`
  })
}

function commentsOn(
  events: readonly TapeEvent[],
  index: number,
  segment: SocketSegment | undefined,
): readonly string[] {
  if (segment === undefined) return summaryOf(events, index)
  return [...(segment.start > 0 ? summaryOf(events, index).slice(0, 1) : []), ...remarksOn(segment)]
}

/** Follows the WebSockets of a cassette from record to record. */
export const newTracks = (): SocketTracks => new SocketTracks()

/** The line after the events of a record. */
export function encodeChecksum(events: readonly TapeEvent[]): string {
  return `  - saved: crc32 ${checksumOf(events)}\n`
}

/** The first lines of a segment: its connection and time. */
export function encodePlace({ connection, at }: Pick<TapeEvent, 'connection' | 'at'>): string {
  return `  - via: ${connection}\n    at: ${at}\n`
}

function writeEvent(lines: string[], event: TapeEvent, payload: readonly Payload[]): void {
  if (isBytes(event) && event.ends === undefined && event.redacted === undefined) {
    // The usual case, with the same result as below.
    lines.push(encodePlace(event).trimEnd())
    return writePayload(lines, event.type, payload)
  }
  writeItem(lines, 2, () => {
    for (const [key, value] of Object.entries(fieldsOf(event))) writeEntry(lines, 4, `${key}:`, value)
    if (event.type === 'sent' || event.type === 'received') writePayload(lines, event.type, payload)
  })
}

const isBytes = (event: TapeEvent): event is BytesEvent => event.type === 'sent' || event.type === 'received'

/** Everything of an event except its bytes. */
function fieldsOf(event: TapeEvent): Readonly<Record<string, Plain>> {
  const { connection, at } = event
  switch (event.type) {
    case 'open':
      return {
        open: connection,
        to: event.to,
        at,
        took: event.took,
        ...(event.tls && { tls: tlsFields(event.tls) }),
        ...(event.lenient && { lenient: event.lenient }),
        ...(event.protocol !== undefined && { speaks: event.protocol }),
      }
    case 'failed':
      return { open: connection, to: event.to, at, took: event.took, failed: failureFields(event.failure) }
    case 'sent':
    case 'received':
      return {
        via: connection,
        at,
        ...(event.ends && { ends: event.ends }),
        ...(event.redacted && { redacted: event.redacted }),
      }
    case 'end':
      return { end: connection, at, by: event.by }
    case 'close':
      return { close: connection, at, by: event.by, ...(event.failure && { failed: failureFields(event.failure) }) }
  }
}

function tlsFields({ version, alpn, offered, authorized, problem, subject }: TlsInfo): Plain {
  return {
    version,
    ...(alpn !== undefined && { alpn }),
    ...(offered !== undefined && { offered }),
    authorized,
    ...(problem !== undefined && { problem }),
    ...(subject !== undefined && { subject }),
  }
}

function failureFields({ code, phase, systemCode, message, error }: Failure): Plain {
  return {
    code,
    phase,
    ...(systemCode !== undefined && { system: systemCode }),
    message,
    ...(error !== undefined && { error: error === 'end' ? error : errorFields(error) }),
  }
}

function errorFields({ message, name, code, facts, errors }: SocketError): Plain {
  return {
    message,
    ...(name !== undefined && { name }),
    ...(code !== undefined && { code }),
    ...facts,
    ...(errors && { errors: errors.map(errorFields) }),
  }
}

const NO_BYTES: Piece = { kind: 'text', text: '' }

/** Bytes that are in a blob are a range of it. */
type Content = Piece | { readonly kind: 'blob'; readonly range: BlobRange; readonly isLong: boolean }

/** A piece as it is written. */
type Payload = Content | { readonly kind: 'frame'; readonly keys: FrameEntries; readonly content: Content | undefined }

const isLongPart = ([first, second]: readonly Payload[]): boolean =>
  first?.kind === 'blob' && first.isLong && second === undefined

/** The pieces of all segments; long unreadable content goes into one blob for each direction. */
function payloadsOf(
  events: readonly TapeEvent[],
  blobs: BlobSink | Inline,
  sockets: SocketSegments,
): ReadonlyMap<TapeEvent, readonly Payload[]> {
  const payloads = new Map<TapeEvent, readonly Payload[]>()
  for (const type of ['sent', 'received'] as const) {
    const segments = events.filter((event): event is BytesEvent => event.type === type)
    const written =
      blobs !== INLINE && isLong(segments) ? longPayloads(segments, blobs) : shortPayloads(segments, blobs, sockets)
    for (const [index, event] of segments.entries()) payloads.set(event, written[index] ?? [])
  }
  return payloads
}

const isLong = (segments: readonly BytesEvent[]): boolean =>
  segments.reduce((sum, event) => sum + lengthOf(event), 0) >= LONG

function shortPayloads(
  segments: readonly BytesEvent[],
  blobs: BlobSink | Inline,
  sockets: SocketSegments,
): readonly (readonly Payload[])[] {
  const pieces = segments.map((event) => {
    const socket = sockets.get(event)
    return socket === undefined ? piecesOf(event.bytes) : framePiecesOf(event.bytes, socket)
  })
  return blobs === INLINE ? pieces : withBlob(pieces, blobs)
}

/** From this length on nobody reads a body, text or not: everything after the first head becomes a blob. */
function longPayloads(segments: readonly BytesEvent[], blobs: BlobSink): readonly (readonly Payload[])[] {
  const blob = blobs.begin()
  const ranges = segments.map(({ bytes }, index) => {
    const start = index === 0 ? leadingLines(bytes) : 0
    // If there are none, not even an empty view keeps the bytes in memory.
    const lines: readonly Payload[] = start === 0 ? [] : piecesOf(bytes.subarray(0, start))
    return { lines, ...blob.write(bytes.subarray(start)) }
  })
  const sha256 = blob.finish()
  return ranges.map(({ lines, from, to }): readonly Payload[] =>
    from === to ? lines : lines.concat({ kind: 'blob', range: { sha256, from, to }, isLong: true }),
  )
}

function withBlob(
  pieces: readonly (readonly (Piece | FramePiece)[])[],
  blobs: BlobSink,
): readonly (readonly Payload[])[] {
  const parts = pieces.flat().flatMap((piece) => {
    const content = piece.kind === 'frame' ? piece.content : piece
    return content?.kind === 'base64' ? [Buffer.from(content.text, 'base64')] : []
  })
  if (parts.reduce((sum, { length }) => sum + length, 0) < BLOB_SIZE) return pieces
  const sha256 = blobs.write(Buffer.concat(parts))
  let to = 0
  const rangeOf = (piece: Piece): Content => {
    if (piece.kind !== 'base64') return piece
    const from = to
    to += Buffer.byteLength(piece.text, 'base64')
    return { kind: 'blob', range: { sha256, from, to }, isLong: false }
  }
  return pieces.map((list) =>
    list.map((piece): Payload => {
      if (piece.kind !== 'frame') return rangeOf(piece)
      return piece.content === undefined ? piece : { ...piece, content: rangeOf(piece.content) }
    }),
  )
}

function writePayload(lines: string[], type: BytesEvent['type'], payload: readonly Payload[]): void {
  const [first = NO_BYTES, ...others] = payload
  lines.push(`    ${type}:`)
  if (others.length === 0) writePiece(lines, 6, first)
  else for (const piece of [first, ...others]) writeItem(lines, 6, () => writePiece(lines, 8, piece))
}

function writePiece(lines: string[], indent: number, piece: Payload): void {
  if (piece.kind !== 'frame') return writeContent(lines, indent, piece)
  for (const [key, value] of Object.entries(piece.keys)) writeEntry(lines, indent, `${key}:`, value)
  if (piece.content !== undefined) writeContent(lines, indent, piece.content)
}

function writeContent(lines: string[], indent: number, piece: Content): void {
  if (piece.kind === 'blob') return writeEntry(lines, indent, 'blob:', { ...piece.range })
  const { kind, text, style } = piece
  const head = `${kind}:`
  switch (kind) {
    case 'crlf':
      return writeBlock(lines, indent, head, text)
    case 'text':
      return writeText(lines, indent, head, text)
    case 'latin1':
      return writeQuoted(lines, indent, head, text)
    case 'json': {
      const value: Plain = JSON.parse(text)
      writeEntry(lines, indent, head, value)
      return style && writeEntry(lines, indent, 'style:', style)
    }
    case 'base64':
      return text.length <= BASE64_WIDTH
        ? writeQuoted(lines, indent, head, text)
        : writeBlock(lines, indent, head, wrap(text))
  }
}

const BASE64_WIDTH = 76

function wrap(base64: string): string {
  const rows: string[] = []
  for (let start = 0; start < base64.length; start += BASE64_WIDTH) rows.push(base64.slice(start, start + BASE64_WIDTH))
  return `${rows.join('\n')}\n`
}
