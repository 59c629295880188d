import type { CloseEvent } from '../tape/cassette.ts'
import { ConnectionError } from '../errors.ts'
import type { ConnectionInfo, ConnectOptions, Origin, SegmentReader, Transport } from '../transport.ts'
import type { Note } from './connection-tape.ts'
import { failureMet, failureOf } from './failure.ts'

/** Where what passes is noted. */
export interface NoteTaker {
  add(note: Note): void
  answered(offset: number): void
  /** Makes a record of what is noted. */
  flush(): void
}

/**
 * Passes everything through to another transport, and records it.
 *
 * Nothing is delayed or changed. The tape copies the bytes at once, because the caller may change or reuse its buffers.
 */
export class RecordingTransport implements Transport {
  readonly receive?: (reader: SegmentReader) => void
  readonly #inner: Transport
  readonly #tape: NoteTaker
  #isEndNoted = false
  #isClosed = false
  #reader: SegmentReader | undefined

  constructor(inner: Transport, tape: NoteTaker) {
    this.#inner = inner
    this.#tape = tape
    if (inner.receive === undefined) return
    this.receive = (reader) => {
      this.#reader = reader
      inner.receive?.(this.#noted)
    }
  }

  get info(): ConnectionInfo {
    return this.#inner.info
  }

  async read(): Promise<Uint8Array | null> {
    try {
      const segment = await this.#inner.read()
      if (segment === null) this.#noteServerEnd()
      else if (!this.#isClosed) this.#tape.add({ type: 'received', bytes: segment })
      return segment
    } catch (error) {
      this.#noteClose({ type: 'close', by: 'server', failure: failureMet(error) })
      throw error
    }
  }

  /** Notes what it is given before it gives it to the reader, in the same turn. */
  readonly #noted: SegmentReader = {
    onBytes: (buffer, length) => {
      if (!this.#isClosed) this.#tape.add({ type: 'received', bytes: buffer.subarray(0, length) })
      this.#reader?.onBytes(buffer, length)
    },
    onEnd: () => {
      this.#noteServerEnd()
      this.#reader?.onEnd()
    },
    onFailure: (error) => {
      this.#noteClose({ type: 'close', by: 'server', failure: failureMet(error) })
      this.#reader?.onFailure(error)
    },
  }

  write(bytes: Uint8Array): void | Promise<void> {
    if (!this.#isClosed) this.#tape.add({ type: 'sent', bytes })
    return this.#inner.write(bytes)
  }

  end(): void {
    if (!this.#isClosed) this.#tape.add({ type: 'end', by: 'client' })
    this.#inner.end()
  }

  answered(offset: number): void {
    this.#inner.answered?.(offset)
    if (!this.#isClosed) this.#tape.answered(offset)
  }

  async startTls(origin: Origin, options: ConnectOptions): Promise<void> {
    try {
      if (this.#inner.startTls === undefined)
        throw new ConnectionError('TLS_FAILED', 'tls', 'this connection cannot start TLS')
      await this.#inner.startTls(origin, options)
    } catch (error) {
      this.#noteClose({ type: 'close', by: 'server', failure: failureMet(error) })
      throw error
    }
  }

  keepAlive(value: boolean): void {
    this.#inner.keepAlive?.(value)
  }

  destroy(error?: Error): void {
    this.#noteClose({ type: 'close', by: 'client', ...(error && { failure: failureOf(error) }) })
    this.#inner.destroy(error)
  }

  #noteServerEnd(): void {
    if (this.#isEndNoted || this.#isClosed) return
    this.#isEndNoted = true
    this.#tape.add({ type: 'end', by: 'server' })
  }

  /** Only the first end counts: a read may still reject because of `destroy`. */
  #noteClose(note: Omit<CloseEvent, 'connection' | 'at'>): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#tape.add(note)
  }
}
