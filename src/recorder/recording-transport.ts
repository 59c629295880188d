import type { BytesEvent, CloseEvent, EndEvent } from '../cassette/cassette.ts'
import type { ConnectionInfo, Transport } from '../transport.ts'
import { failureOf } from './failure.ts'

/** What a RecordingTransport tells; times and the connection's number are the recorder's. */
export type Note = Untold<BytesEvent> | Untold<EndEvent> | Untold<CloseEvent>
type Untold<Event> = Event extends unknown ? Omit<Event, 'connection' | 'at'> : never

/**
 * Passes everything through to another transport, and notes what passed.
 *
 * Nothing is delayed or changed. Bytes are copied when noted: the caller owns what it reads and may change it, and what
 * it writes it may use again.
 */
export class RecordingTransport implements Transport {
  readonly #inner: Transport
  readonly #note: (note: Note) => void
  #isEndNoted = false
  #isClosed = false

  constructor(inner: Transport, note: (note: Note) => void) {
    this.#inner = inner
    this.#note = note
  }

  get info(): ConnectionInfo {
    return this.#inner.info
  }

  async read(): Promise<Uint8Array | null> {
    try {
      const segment = await this.#inner.read()
      if (segment === null) this.#noteServerEnd()
      else if (!this.#isClosed) this.#note({ type: 'received', bytes: Uint8Array.from(segment) })
      return segment
    } catch (error) {
      this.#noteClose({ type: 'close', by: 'server', failure: failureOf(error) })
      throw error
    }
  }

  write(bytes: Uint8Array): void | Promise<void> {
    if (!this.#isClosed) this.#note({ type: 'sent', bytes: Uint8Array.from(bytes) })
    return this.#inner.write(bytes)
  }

  end(): void {
    if (!this.#isClosed) this.#note({ type: 'end', by: 'client' })
    this.#inner.end()
  }

  answered(offset: number): void {
    this.#inner.answered?.(offset)
  }

  destroy(error?: Error): void {
    this.#noteClose({ type: 'close', by: 'client', ...(error && { failure: failureOf(error) }) })
    this.#inner.destroy(error)
  }

  #noteServerEnd(): void {
    if (this.#isEndNoted || this.#isClosed) return
    this.#isEndNoted = true
    this.#note({ type: 'end', by: 'server' })
  }

  /** The first ending counts: a read that rejects because of `destroy` is no news. */
  #noteClose(note: Untold<CloseEvent>): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#note(note)
  }
}
