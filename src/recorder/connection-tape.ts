import type { BytesEvent, CloseEvent, EndEvent, TapeEvent } from '../tape/cassette.ts'
import { RequestReader, type WireRequest } from '../interactions/request-reader.ts'
import { lateEvent, lengthOf, LONG } from '../tape/late-bytes.ts'
import { isRaw } from '../transport.ts'
import { isInterim } from '../tape/record.ts'
import { AnswerEnds } from '../messages/answer-ends.ts'
import { SocketTracks } from '../messages/socket-tracks.ts'
import { readRequests } from '../messages/speech.ts'
import { Spool } from '../store/spool.ts'
import { clearTimeout, queueMicrotask, setTimeout } from '../timers.ts'

/** What happened on a connection; the tape adds the time and number. */
export type Note = Untold<BytesEvent> | Untold<EndEvent> | Untold<CloseEvent>
type Untold<Event> = Event extends unknown ? Omit<Event, 'connection' | 'at'> : never

export interface ConnectionTapeOptions {
  readonly now: () => number
  /** Where records go, at once. */
  readonly write: (events: readonly TapeEvent[]) => void
  /** Whether `answered` will be called. */
  readonly tellsAnswers: boolean
  /** Whether to keep long records in a file until they are written. */
  readonly spools: boolean
  /** Finds the request that this connection is not recorded from. */
  readonly isUnwanted: ((request: WireRequest) => boolean) | undefined
}

type Draft = { -readonly [Key in keyof BytesEvent]: BytesEvent[Key] }

/**
 * Collects the events of one connection, and decides where records end.
 *
 * A record is written before the client can see the end of the response in it. Our own client reports that end; for others the responses
 * are parsed here. Bytes that are not HTTP are written when the client sends again, at the close, or after a silence; those of a
 * WebSocket only between messages, because a secret in half a message could not be found.
 */
export class ConnectionTape {
  readonly #number: number
  readonly #options: ConnectionTapeOptions
  readonly #requests: RequestReader | undefined
  /** Finds the ends of responses for clients that do not report them. */
  readonly #ends: AnswerEnds | undefined
  /** Knows where messages end once the connection is a WebSocket. */
  readonly #sockets = new SocketTracks({ inflates: false })
  #pending: TapeEvent[]
  /** Bytes received in all, and when the pending events began. */
  #received = 0
  #receivedBefore = 0
  /** Bytes in the pending events, and the file for those that are too many. */
  #waiting = 0
  #spool: Spool | undefined
  /** Whether a final response has begun since the client last sent. */
  #hasAnswer = false
  /** Where the last response within the pending events ended; 0 if none did. */
  #lastEnd = 0
  #isUnrecorded = false
  #silence: NodeJS.Timeout | undefined

  constructor(opening: TapeEvent & { readonly type: 'open' }, options: ConnectionTapeOptions) {
    this.#number = opening.connection
    this.#options = options
    this.#pending = [opening]
    this.#requests = options.isUnwanted && new RequestReader(opening.to)
    this.#ends = options.tellsAnswers || isRaw(opening.to) ? undefined : new AnswerEnds()
  }

  /** Adds an event, with the current time or the one when it happened. Bytes are copied: they are the caller's. */
  add(note: Note, at = this.#options.now()): void {
    if (this.#isUnrecorded) return
    const event = this.#eventOf(note, at)
    const wasBetween = this.#isBetweenMessages
    if (this.#isSocket) this.#sockets.read([event])
    switch (event.type) {
      case 'sent':
        return this.#addSent(event, wasBetween)
      case 'received':
        return this.#addReceived(event)
      case 'end':
        this.#pending.push(event)
        // It also ends a response without a length.
        if (event.by === 'server' && this.#hasAnswer && !this.#options.tellsAnswers) this.flush()
        return
      case 'close':
        this.#pending.push(event)
        this.flush()
    }
  }

  #eventOf(note: Note, at: number): BytesEvent | EndEvent | CloseEvent {
    const place = { connection: this.#number, at }
    if (note.type !== 'sent' && note.type !== 'received') return { ...note, ...place }
    const { type, bytes } = note
    this.#waiting += bytes.length
    if (!this.#options.spools || this.#waiting < LONG) return { type, ...place, bytes: new Uint8Array(bytes) }
    this.#spool ??= new Spool()
    return lateEvent({ type, ...place }, bytes.length, this.#spool.keep(bytes))
  }

  /** Called when the client has read a response that ends `offset` bytes into what was received. */
  answered(offset: number): void {
    if (this.#isUnrecorded) return
    if (offset >= this.#received) return this.#flushWhole()
    this.#noteEnd(offset)
    // More responses may end in these bytes before the client continues.
    if (this.#lastEnd === 0) queueMicrotask(() => this.#flushTo(this.#lastEnd))
    this.#lastEnd = offset
  }

  /** Waits if the next request has begun: it may turn out to be unwanted. */
  #flushWhole(): void {
    if (this.#requests?.hasBegunNext !== true) this.flush()
  }

  /**
   * Makes a record of the events up to `offset`, where one response ends and the next one has begun.
   *
   * The segment there is split in two. Half a response is never written, because a secret in it could not be found.
   */
  #flushTo(offset: number): void {
    const last = this.#pending.at(-1)
    const isInLast = last?.type === 'received' && offset > this.#received - lengthOf(last) && offset < this.#received
    if (this.#isUnrecorded || !isInLast || this.#requests?.hasBegunNext === true) return
    const length = lengthOf(last)
    const at = offset - (this.#received - length)
    const ends = last.ends?.filter((end) => end < at) ?? []
    this.#pending.splice(-1, 1, partOf(last, 0, at, ends))
    const rest = partOf(last, at, length, [])
    this.flush()
    this.#receivedBefore = offset
    this.#waiting = length - at
    this.#pending = [rest]
    if (this.#isSocket) this.#sockets.read([rest])
    this.#hasAnswer = !isInterim(rest.bytes)
  }

  get #isSocket(): boolean {
    return this.#sockets.of(this.#number) !== undefined
  }

  /** Whether a record may end here for all that is known of a WebSocket. */
  get #isBetweenMessages(): boolean {
    const socket = this.#sockets.of(this.#number)
    return socket === undefined || (socket.sent.isBetween && socket.received.isBetween)
  }

  /** Makes a record of the pending events. */
  flush(): void {
    clearTimeout(this.#silence)
    this.#silence = undefined
    if (this.#pending.length === 0) return
    const events = this.#pending
    if (!this.#isSocket) this.#sockets.read(events)
    this.#pending = []
    this.#waiting = 0
    this.#spool = undefined
    this.#receivedBefore = this.#received
    this.#hasAnswer = false
    this.#lastEnd = 0
    this.#options.write(events)
  }

  /** `mayEnd`: whether a record may end before it. */
  #addSent(event: BytesEvent, mayEnd: boolean): void {
    if (this.#hasAnswer && !this.#options.tellsAnswers && this.#ends?.isOver !== false && mayEnd) this.flush()
    this.#hasAnswer = false
    this.#pending.push(event)
    if (this.#isUnwanted(event.bytes)) return this.#endRecording()
    this.#ends?.sent(event.bytes)
  }

  #addReceived(event: BytesEvent): void {
    this.#pending.push(event)
    this.#received += lengthOf(event)
    this.#hasAnswer ||= !isInterim(event.bytes)
    const end = this.#ends?.received(event.bytes)
    if (end !== undefined && end < this.#received) this.#flushTo(end)
    else if (end !== undefined) this.#flushWhole()
    if (this.#pending.length > 0)
      this.#silence = this.#silence?.refresh() ?? setTimeout(() => this.#onSilence(), SILENCE).unref()
  }

  #onSilence(): void {
    this.#silence = undefined
    if (this.#hasAnswer && this.#isBetweenMessages && this.#isForeign()) this.flush()
  }

  /** Whether the bytes are not HTTP: a client does not report what it does with an upgraded connection. */
  #isForeign(): boolean {
    return this.#ends?.isOver ?? readRequests(this.#bytesOf('sent')).messages.length === 0
  }

  *#bytesOf(type: BytesEvent['type']): Generator<Uint8Array> {
    for (const event of this.#pending) if (event.type === type) yield event.bytes
  }

  /** Notes that a response ended within a segment; the bytes after it belong to the next one. */
  #noteEnd(offset: number): void {
    let start = this.#receivedBefore
    for (const event of this.#pending) {
      if (event.type !== 'received') continue
      const end = offset - start
      const length = lengthOf(event)
      start += length
      if (end <= 0 || end >= length) continue
      const draft: Draft = event
      draft.ends = [...(event.ends ?? []), end]
    }
  }

  #isUnwanted(bytes: Uint8Array): boolean {
    const { isUnwanted } = this.#options
    if (isUnwanted === undefined || this.#requests === undefined) return false
    this.#requests.push(bytes)
    for (let event = this.#requests.next(); event !== undefined; event = this.#requests.next()) {
      if (event.type === 'request-head' && this.#requests.request !== undefined && isUnwanted(this.#requests.request))
        return true
    }
    return false
  }

  /** The pending events belong to the unwanted request or are pipelined with it; only parsing the responses could separate them. */
  #endRecording(): void {
    clearTimeout(this.#silence)
    this.#pending = []
    this.#isUnrecorded = true
  }
}

function partOf(event: BytesEvent, from: number, to: number, ends: readonly number[]): BytesEvent {
  const { type, connection, at } = event
  const fields = { type, connection, at, ...(ends.length > 0 && { ends }) }
  if (lengthOf(event) < LONG) return { ...fields, bytes: event.bytes.subarray(from, to) }
  return lateEvent(fields, to - from, () => event.bytes.subarray(from, to))
}

/** Milliseconds of silence after which the pending events become a record. */
const SILENCE = 50
