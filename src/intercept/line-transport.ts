import { ConnectionError } from '../errors.ts'
import { LateTransport } from '../late-transport.ts'
import type { ConnectionInfo, ConnectOptions, Origin, SegmentReader, Transport } from '../transport.ts'
import type { Scope } from './scopes.ts'

/** Connects for a scope. */
export type Open = (scope: Scope) => Promise<Transport>

/** The scope of the requests from some byte of a client on. */
interface Mark {
  readonly offset: number
  /** An error: the request is of nobody, and goes nowhere. */
  readonly meant: Scope | Error
}

/** The connection of the scope that has its turn. */
interface Track {
  readonly scope: Scope
  readonly transport: Transport
  /** Whether a read is outstanding. */
  isRead: boolean
  readonly reader: SegmentReader
}

/**
 * One connection of a client, over the connections of all scopes whose requests come on it.
 *
 * A pool gives the same connection to several tests, one after another. Each of them has its own cassette, and so its own
 * connection to the server. The client sees one; from one head of a request to the next it is that of one scope. A scope that
 * gets its turn again is connected anew: servers end idle connections, and the client, whose connection was not idle, does not
 * expect it.
 */
export class LineTransport implements Transport {
  readonly #open: Open
  #current: Track | undefined
  #marks: Mark[] = []
  /** Bytes of the client so far. */
  #offset = 0
  #reader: SegmentReader | undefined
  /** Whether the reader only borrows bytes. */
  #borrows = false
  #failure: Error | undefined
  #keepsAlive = true

  constructor(open: Open) {
    this.#open = open
  }

  /** The connection that was made when the client connected; its scope may have ended since. */
  begin(scope: Scope, first: Transport): void {
    if (scope.isEnded) first.destroy()
    else this.#goOn(scope, first)
  }

  get info(): ConnectionInfo {
    return this.#current?.transport.info ?? {}
  }

  get isQuiet(): boolean | undefined {
    return this.#current?.transport.isQuiet
  }

  /** The bytes from `offset` on begin a request of a scope, or one that is refused. */
  mark(offset: number, meant: Scope | Error): void {
    this.#marks.push({ offset, meant })
  }

  read(): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) => {
      this.#begin({ onBytes: (bytes) => resolve(bytes), onEnd: () => resolve(null), onFailure: reject }, false)
    })
  }

  receive(reader: SegmentReader): void {
    this.#begin(reader, true)
  }

  #begin(reader: SegmentReader, borrows: boolean): void {
    if (this.#failure !== undefined) return reader.onFailure(this.#failure)
    this.#reader = reader
    this.#borrows = borrows
    this.#pull()
  }

  write(bytes: Uint8Array): void | Promise<void> {
    const start = this.#offset
    this.#offset += bytes.length
    const marks = this.#marks.filter(({ offset }) => offset < this.#offset)
    if (marks.length === 0) return this.#writeTo(this.#current, bytes)
    this.#marks = this.#marks.slice(marks.length)
    let waiting: void | Promise<void> = undefined
    for (const [place, { offset, meant }] of marks.entries()) {
      if (place === 0 && offset > start) waiting = this.#writeTo(this.#current, bytes.subarray(0, offset - start))
      if (meant instanceof Error) return this.#refuse(meant)
      this.#turnTo(meant)
      waiting = this.#writeTo(
        this.#current,
        bytes.subarray(offset - start, (marks[place + 1]?.offset ?? this.#offset) - start),
      )
    }
    return waiting
  }

  async startTls(origin: Origin, options: ConnectOptions): Promise<void> {
    await this.#current?.transport.startTls?.(origin, options)
  }

  end(): void {
    this.#current?.transport.end()
  }

  keepAlive(value: boolean): void {
    this.#keepsAlive = value
    this.#current?.transport.keepAlive?.(value)
  }

  destroy(error?: Error): void {
    this.#drop(error)
    this.#fail(error ?? new Error('closed by this side'))
  }

  /** Leaves out what belongs to `scope`; the client's connection stays open for others. */
  leave(scope: Scope): void {
    if (this.#current?.scope === scope) this.#drop()
  }

  #turnTo(scope: Scope): void {
    if (this.#current?.scope === scope) return
    this.#drop()
    this.#goOn(scope, new LateTransport(() => this.#open(scope)))
    this.#pull()
  }

  #goOn(scope: Scope, transport: Transport): void {
    const track: Track = {
      scope,
      transport,
      isRead: false,
      reader: {
        onBytes: (buffer, length) => this.#take(track)?.onBytes(buffer, length),
        onEnd: () => this.#take(track)?.onEnd(),
        onFailure: (error) => this.#onFailed(track, error),
      },
    }
    this.#current = track
    if (!this.#keepsAlive) transport.keepAlive?.(false)
  }

  #drop(error?: Error): void {
    const track = this.#current
    // Not any more: its end is nothing that the client should see.
    this.#current = undefined
    track?.transport.destroy(error)
  }

  #writeTo(track: Track | undefined, bytes: Uint8Array): void | Promise<void> {
    if (track !== undefined) return track.transport.write(bytes)
    // Only a client that goes on with a request of a test that has ended does this.
    return this.#refuse(new Error('the test of this request has ended'))
  }

  #refuse(error: Error): Promise<void> {
    this.#fail(error)
    return Promise.reject(error)
  }

  #pull(): void {
    const track = this.#current
    if (track === undefined || track.isRead || this.#reader === undefined) return
    track.isRead = true
    const { transport, reader } = track
    if (this.#borrows && transport.receive !== undefined) return transport.receive(reader)
    transport.read().then(
      (bytes) => (bytes === null ? reader.onEnd() : reader.onBytes(bytes, bytes.length)),
      (error: unknown) => reader.onFailure(errorOf(error)),
    )
  }

  #onFailed(track: Track, error: Error): void {
    if (track !== this.#current) return
    // In another process a test may end a moment before this one hears of it, and then leaves.
    if (isEndOfScope(error)) this.#drop()
    else this.#fail(error)
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#takeReader()?.onFailure(this.#failure)
  }

  /** The reader, if what came is of the scope that has its turn: what comes late of another is nobody's. */
  #take(track: Track): SegmentReader | undefined {
    track.isRead = false
    return track === this.#current ? this.#takeReader() : undefined
  }

  #takeReader(): SegmentReader | undefined {
    const reader = this.#reader
    this.#reader = undefined
    return reader
  }
}

const errorOf = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

const isEndOfScope = (error: Error): boolean => error instanceof ConnectionError && error.code === 'SCOPE_ENDED'
