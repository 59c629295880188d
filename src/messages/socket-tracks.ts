import type { BytesEvent, TapeEvent } from '../tape/cassette.ts'
import type { FramePart } from '../websocket/frame-splitter.ts'
import { FrameSplitter } from '../websocket/frame-splitter.ts'
import { type Agreement, agreementIn, isWebSocket, readerOf } from '../websocket/handshake.ts'
import type { MessageReader, SocketMessage } from '../websocket/message-reader.ts'
import { readRequests, readResponses } from './speech.ts'

/** A segment of a connection that has become a WebSocket. */
export interface SocketSegment {
  /** Where in the segment the frames begin: after the head of the 101, else 0. */
  readonly start: number
  /** Offsets count from `start`. */
  readonly parts: readonly FramePart[]
  /** Messages and control frames that end in the segment. */
  readonly messages: readonly SocketMessage[]
}

/** What both sides of a connection said since the handshake. */
export interface SocketTrack {
  readonly agreement: Agreement
  readonly sent: SideTrack
  readonly received: SideTrack
}

/** One side of it. */
export class SideTrack {
  readonly #splitter: FrameSplitter
  readonly #reader: MessageReader

  constructor(splitter: FrameSplitter, reader: MessageReader) {
    this.#splitter = splitter
    this.#reader = reader
  }

  static of(agreement: Agreement, side: BytesEvent['type']): SideTrack {
    return new SideTrack(new FrameSplitter(agreement.extensions.length > 0), readerOf(agreement, side))
  }

  get reader(): MessageReader {
    return this.#reader
  }

  /** Whether no message is under way. */
  get isBetween(): boolean {
    return this.#reader.isBetween || this.#reader.isLost
  }

  read(bytes: Uint8Array): Omit<SocketSegment, 'start'> {
    return { parts: this.#splitter.split(bytes), messages: this.#reader.push(bytes) }
  }
}

/** Finds the connections of a tape that become WebSockets, and reads their frames; records are read one after the other. */
export class SocketTracks {
  readonly #tracks = new Map<number, SocketTrack>()
  readonly #inflates: boolean

  /** `inflates`: whether compressed messages are inflated. Default: `true`. */
  constructor({ inflates = true }: { readonly inflates?: boolean } = {}) {
    this.#inflates = inflates
  }

  /** The WebSocket that a connection has become. */
  of(connection: number): SocketTrack | undefined {
    return this.#tracks.get(connection)
  }

  /** Reads more events, which begin and end between requests where the connections are not WebSockets yet. */
  read(events: readonly TapeEvent[]): ReadonlyMap<TapeEvent, SocketSegment> {
    const segments = new Map<TapeEvent, SocketSegment>()
    for (const event of events) if (event.type === 'open') this.#tracks.delete(event.connection)
    for (const connection of new Set(events.map((event) => event.connection))) {
      const own = events.filter((event): event is BytesEvent => 'bytes' in event && event.connection === connection)
      this.#readConnection(connection, own, segments)
    }
    return segments
  }

  #readConnection(connection: number, events: readonly BytesEvent[], segments: Map<TapeEvent, SocketSegment>): void {
    const known = this.#tracks.get(connection)
    const handshake = known === undefined ? handshakeIn(events) : undefined
    const track = known ?? (handshake && trackOf(handshake.agreement, this.#inflates))
    if (track === undefined) return
    this.#tracks.set(connection, track)
    const left = { sent: handshake?.sent ?? 0, received: handshake?.received ?? 0 }
    for (const event of events) {
      const { type, bytes } = event
      const start = Math.min(left[type], bytes.length)
      left[type] -= start
      if (start < bytes.length || bytes.length === 0)
        segments.set(event, { start, ...track[type].read(bytes.subarray(start)) })
    }
  }
}

function trackOf(agreement: Agreement, inflates: boolean): SocketTrack {
  const read = inflates ? agreement : { ...agreement, deflate: undefined }
  return { agreement, sent: SideTrack.of(read, 'sent'), received: SideTrack.of(read, 'received') }
}

/** An answer that made a connection a WebSocket. */
export interface Handshake {
  readonly agreement: Agreement
  /** Bytes of each side up to the first frame, counted in the events that were looked at. */
  readonly sent: number
  readonly received: number
}

type Said = Pick<BytesEvent, 'type' | 'bytes'>

/** The handshake in these segments of one connection, if there is one. */
export function handshakeIn(events: readonly Said[]): Handshake | undefined {
  const received = beginningOf(events, 'received')
  if (!received.includes('HTTP/1.1 101')) return undefined
  const { messages: requests, restStart: sent } = readRequests([beginningOf(events, 'sent')])
  const { messages, restStart } = readResponses(
    [received],
    requests.length === 0 ? ['GET'] : requests.map(({ method }) => method),
  )
  const last = messages.at(-1)
  const isSwitch =
    last !== undefined && received.toString('latin1', last.headStart, last.headStart + 12) === 'HTTP/1.1 101'
  if (!isSwitch || !isWebSocket(last.fields) || restStart < last.headEnd) return undefined
  return { agreement: agreementIn(last.fields), sent, received: last.headEnd }
}

/** A handshake that has not come by then is none. */
const LONGEST_HANDSHAKE = 65_536

function beginningOf(events: readonly Said[], type: BytesEvent['type']): Buffer {
  const pieces: Uint8Array[] = []
  let length = 0
  for (const event of events) {
    if (event.type !== type || length >= LONGEST_HANDSHAKE) continue
    pieces.push(event.bytes)
    length += event.bytes.length
  }
  return Buffer.concat(pieces)
}
