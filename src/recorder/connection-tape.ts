import type { BytesEvent, CloseEvent, EndEvent, TapeEvent } from '../tape/cassette.ts'
import { RequestReader, type WireRequest } from '../interactions/request-reader.ts'
import { lateEvent, lengthOf, LONG } from '../tape/late-bytes.ts'
import { isInterim } from '../tape/record.ts'
import { readRequests, readResponses, type Speech } from '../messages/speech.ts'
import { Spool } from '../store/spool.ts'
import { clearTimeout, setTimeout } from '../timers.ts'

/** What happened on a connection; times and its number are the tape's. */
export type Note = Untold<BytesEvent> | Untold<EndEvent> | Untold<CloseEvent>
type Untold<Event> = Event extends unknown ? Omit<Event, 'connection' | 'at'> : never

export interface ConnectionTapeOptions {
  readonly now: () => number
  /** Where records go, at once. */
  readonly write: (events: readonly TapeEvent[]) => void
  /** Whether `answered` will be called. */
  readonly tellsAnswers: boolean
  /** Whether what is too much for a record in memory waits for it in a file. */
  readonly spools: boolean
  /** Finds the request that this connection is not recorded from. */
  readonly isUnwanted: ((request: WireRequest) => boolean) | undefined
}

type Draft = { -readonly [Key in keyof BytesEvent]: BytesEvent[Key] }

/**
 * What happened on one connection since the last record, and when that is a record.
 *
 * A record is written where the client says that an answer ended with what has come. A client that says nothing of its answers tells
 * enough by its next request, by the close, or by a silence behind a whole answer.
 */
export class ConnectionTape {
  readonly #number: number
  readonly #options: ConnectionTapeOptions
  readonly #requests: RequestReader | undefined
  #pending: TapeEvent[]
  /** Bytes received in all, and when the pending events began. */
  #received = 0
  #receivedBefore = 0
  /** Bytes in the pending events, and where those lie that are too many. */
  #waiting = 0
  #spool: Spool | undefined
  /** Whether something final has come since the client spoke. */
  #hasAnswer = false
  #isUnrecorded = false
  #silence: NodeJS.Timeout | undefined

  constructor(opening: TapeEvent & { readonly type: 'open' }, options: ConnectionTapeOptions) {
    this.#number = opening.connection
    this.#options = options
    this.#pending = [opening]
    this.#requests = options.isUnwanted && new RequestReader(opening.to)
  }

  /** Notes what happened, now. Bytes are copied: they are the caller's. */
  add(note: Note): void {
    if (this.#isUnrecorded) return
    const event = this.#eventOf(note)
    switch (event.type) {
      case 'sent':
        return this.#addSent(event)
      case 'received':
        return this.#addReceived(event)
      case 'end':
        this.#pending.push(event)
        return
      case 'close':
        this.#pending.push(event)
        this.flush()
    }
  }

  #eventOf(note: Note): BytesEvent | EndEvent | CloseEvent {
    const place = { connection: this.#number, at: this.#options.now() }
    if (note.type !== 'sent' && note.type !== 'received') return { ...note, ...place }
    const { type, bytes } = note
    this.#waiting += bytes.length
    if (!this.#options.spools || this.#waiting < LONG) return { type, ...place, bytes: new Uint8Array(bytes) }
    this.#spool ??= new Spool()
    return lateEvent({ type, ...place }, bytes.length, this.#spool.keep(bytes))
  }

  /** The client has read an answer that ends `offset` bytes into what was received. */
  answered(offset: number): void {
    if (this.#isUnrecorded) return
    if (offset < this.#received) this.#noteEnd(offset)
    // What has begun may turn out to be unwanted.
    else if (this.#requests?.hasBegunNext !== true) this.flush()
  }

  /** Makes a record of what there is. */
  flush(): void {
    clearTimeout(this.#silence)
    this.#silence = undefined
    if (this.#pending.length === 0) return
    const events = this.#pending
    this.#pending = []
    this.#waiting = 0
    this.#spool = undefined
    this.#receivedBefore = this.#received
    this.#hasAnswer = false
    this.#options.write(events)
  }

  #addSent(event: BytesEvent): void {
    if (this.#hasAnswer && !this.#options.tellsAnswers && this.#isWhole()) this.flush()
    this.#hasAnswer = false
    this.#pending.push(event)
    if (this.#isUnwanted(event.bytes)) this.#endRecording()
  }

  #addReceived(event: BytesEvent): void {
    this.#pending.push(event)
    this.#received += lengthOf(event)
    this.#hasAnswer ||= !isInterim(event.bytes)
    this.#silence = this.#silence?.refresh() ?? setTimeout(() => this.#onSilence(), SILENCE).unref()
  }

  #onSilence(): void {
    this.#silence = undefined
    if (this.#hasAnswer && (this.#options.tellsAnswers ? this.#isForeign() : this.#isWhole())) this.flush()
  }

  /** Whether what came ends with a message, as far as it is HTTP. */
  #isWhole(): boolean {
    const requests = this.#requestsSent()
    const methods = requests.messages.map(({ method }) => method)
    const last = readResponses(this.#bytesOf('received'), methods).messages.at(-1)
    return last === undefined || last.end !== undefined || requests.messages.length === 0
  }

  /** Whether what came is no answer of HTTP: what a client does with an upgraded connection it does not tell. */
  #isForeign(): boolean {
    return this.#requestsSent().messages.length === 0
  }

  #requestsSent(): Speech {
    return readRequests(this.#bytesOf('sent'))
  }

  *#bytesOf(type: BytesEvent['type']): Generator<Uint8Array> {
    for (const event of this.#pending) if (event.type === type) yield event.bytes
  }

  /** An answer ended within a segment: what came behind it belongs to the next one. */
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

  /** What is pending came with the unwanted request or is pipelined with it, and cannot be told apart without reading the answers. */
  #endRecording(): void {
    clearTimeout(this.#silence)
    this.#pending = []
    this.#isUnrecorded = true
  }
}

/** Milliseconds after which a whole answer is taken for the last one for now. */
const SILENCE = 50
