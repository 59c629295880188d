import { LocalProtocolError } from '../errors.ts'
import { setImmediate } from '../timers.ts'
import { onAbort } from '../client/on-abort.ts'
import type { ConnectionInfo, ConnectOptions, Connector, Origin, SegmentReader, Transport } from '../transport.ts'

/**
 * The transports that a cassette has given to clients. They all end with the cassette: an agent that keeps a connection
 * for the next test would send that test's requests to a closed cassette, or to the server.
 */
export class LentTransports {
  readonly #path: string
  readonly #lent = new Set<LentTransport>()
  readonly #attempts = new Set<Attempt>()
  /** Why none is lent any more: made where somebody asks, as most cassettes end when their clients have. */
  #reason: (() => LocalProtocolError) | undefined

  /** @param path the file of the cassette, for the error. */
  constructor(path: string) {
    this.#path = path
  }

  /** A connector that does what `inner` does, and refuses with `CASSETTE_EJECTED` after {@link close}. */
  wrap(inner: Connector): Connector {
    return async (origin, options) => {
      if (this.#reason !== undefined) throw this.#reason()
      const attempt = new Attempt(options.signal)
      this.#attempts.add(attempt)
      try {
        const made = inner(origin, { ...options, signal: attempt.signal }).then((transport) => this.#lend(transport))
        return await Promise.race([attempt.abandoned, made])
      } finally {
        attempt.settle()
        this.#attempts.delete(attempt)
      }
    }
  }

  #lend(transport: Transport): Transport {
    if (this.#reason !== undefined) {
      const reason = this.#reason()
      transport.destroy(reason)
      throw reason
    }
    const lent = new LentTransport(transport, () => this.#lent.delete(lent))
    this.#lent.add(lent)
    return lent
  }

  /** Ends all lent transports. Resolves when clients have had time to notice, so that none of them uses a dead one. */
  async close(): Promise<void> {
    let reason: LocalProtocolError | undefined
    this.#reason ??= () => (reason ??= new LocalProtocolError('CASSETTE_EJECTED', this.#path))
    for (const lent of this.#lent) lent.takeBack(this.#reason)
    this.#lent.clear()
    // A socket over a transport reports its end one turn later, and then its agent drops it.
    await nextTurn()
    await nextTurn()
  }

  /** Gives up connections that are still being made; called when recording is over. */
  abandonAttempts(): void {
    for (const attempt of this.#attempts) attempt.abandon(this.#reason?.())
  }
}

/** A connection that is being made: the client may give it up, and so may the cassette. */
class Attempt {
  /** Rejects when the cassette gives it up. */
  readonly abandoned: Promise<never>
  readonly settle: () => void
  readonly #controller = new AbortController()
  #refuse: (reason: unknown) => void = () => {}

  constructor(given: AbortSignal | undefined) {
    this.abandoned = new Promise((_, reject) => (this.#refuse = reject))
    // It may fail after the race is over; nothing waits for it then.
    this.abandoned.catch(() => {})
    this.settle = given === undefined ? () => {} : onAbort(given, () => this.#controller.abort(given.reason))
    if (given?.aborted === true) this.#controller.abort(given.reason)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  abandon(reason: unknown): void {
    this.#refuse(reason)
    this.#controller.abort(reason)
  }
}

/** Another transport, until it is taken back. */
class LentTransport implements Transport {
  readonly receive?: (reader: SegmentReader) => void
  readonly #inner: Transport
  readonly #onDestroyed: () => void
  #reason: (() => Error) | undefined
  #reader: SegmentReader | undefined

  constructor(inner: Transport, onDestroyed: () => void) {
    this.#inner = inner
    this.#onDestroyed = onDestroyed
    if (inner.receive === undefined) return
    this.receive = (reader) => {
      this.#reader = reader
      inner.receive?.(this.#told)
    }
  }

  get info(): ConnectionInfo {
    return this.#inner.info
  }

  get isQuiet(): boolean | undefined {
    return this.#inner.isQuiet
  }

  async read(): Promise<Uint8Array | null> {
    try {
      return await this.#inner.read()
    } catch (error) {
      throw this.#reason?.() ?? error
    }
  }

  write(bytes: Uint8Array): void | Promise<void> {
    return this.#reason === undefined ? this.#inner.write(bytes) : Promise.reject(this.#reason())
  }

  end(): void {
    if (this.#reason === undefined) this.#inner.end()
  }

  answered(offset: number): void {
    this.#inner.answered?.(offset)
  }

  async startTls(origin: Origin, options: ConnectOptions): Promise<void> {
    if (this.#reason !== undefined) throw this.#reason()
    await this.#inner.startTls?.(origin, options)
  }

  keepAlive(value: boolean): void {
    this.#inner.keepAlive?.(value)
  }

  destroy(error?: Error): void {
    this.#onDestroyed()
    this.#inner.destroy(error)
  }

  /** Closes without an error, so that a recording has an ordinary close; later calls fail with `reason`. */
  takeBack(reason: () => Error): void {
    this.#reason = reason
    this.#inner.destroy()
  }

  readonly #told: SegmentReader = {
    onBytes: (buffer, length) => this.#reader?.onBytes(buffer, length),
    onEnd: () => this.#reader?.onEnd(),
    onFailure: (error) => this.#reader?.onFailure(this.#reason?.() ?? error),
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
