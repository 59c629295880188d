import { LocalProtocolError } from '../errors.ts'
import { setImmediate } from '../timers.ts'
import type { ConnectionInfo, ConnectOptions, Connector, Origin, SegmentReader, Transport } from '../transport.ts'

/**
 * The transports that a cassette has given to clients. They all end with the cassette: an agent that keeps a connection
 * for the next test would send that test's requests to a closed cassette, or to the server.
 */
export class LentTransports {
  readonly #path: string
  readonly #lent = new Set<LentTransport>()
  readonly #attempts = new Set<AbortController>()
  #reason: LocalProtocolError | undefined

  /** @param path the file of the cassette, for the error. */
  constructor(path: string) {
    this.#path = path
  }

  /** A connector that does what `inner` does, and refuses with `CASSETTE_EJECTED` after {@link close}. */
  wrap(inner: Connector): Connector {
    return async (origin, options) => {
      if (this.#reason !== undefined) throw this.#reason
      const attempt = new AbortController()
      this.#attempts.add(attempt)
      try {
        return await this.#attempt(inner, origin, options, attempt)
      } finally {
        this.#attempts.delete(attempt)
      }
    }
  }

  async #attempt(
    inner: Connector,
    origin: Origin,
    options: ConnectOptions,
    attempt: AbortController,
  ): Promise<Transport> {
    const signal = options.signal ? AbortSignal.any([options.signal, attempt.signal]) : attempt.signal
    const made = inner(origin, { ...options, signal }).then((transport) => this.#lend(transport))
    const refused = new Promise<never>((_, reject) => {
      attempt.signal.addEventListener('abort', () => reject(attempt.signal.reason), { once: true })
    })
    // One of the two may fail after the other has settled the race; nothing waits for it then.
    refused.catch(() => {})
    return Promise.race([refused, made])
  }

  #lend(transport: Transport): Transport {
    if (this.#reason !== undefined) {
      transport.destroy(this.#reason)
      throw this.#reason
    }
    const lent = new LentTransport(transport, () => this.#lent.delete(lent))
    this.#lent.add(lent)
    return lent
  }

  /** Ends all lent transports. Resolves when clients have had time to notice, so that none of them uses a dead one. */
  async close(): Promise<void> {
    this.#reason ??= new LocalProtocolError('CASSETTE_EJECTED', this.#path)
    for (const lent of this.#lent) lent.takeBack(this.#reason)
    this.#lent.clear()
    // A socket over a transport reports its end one turn later, and then its agent drops it.
    await nextTurn()
    await nextTurn()
  }

  /** Gives up connections that are still being made; called when recording is over. */
  abandonAttempts(): void {
    for (const attempt of this.#attempts) attempt.abort(this.#reason)
  }
}

/** Another transport, until it is taken back. */
class LentTransport implements Transport {
  readonly receive?: (reader: SegmentReader) => void
  readonly #inner: Transport
  readonly #onDestroyed: () => void
  #reason: Error | undefined
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
      throw this.#reason ?? error
    }
  }

  write(bytes: Uint8Array): void | Promise<void> {
    return this.#reason === undefined ? this.#inner.write(bytes) : Promise.reject(this.#reason)
  }

  end(): void {
    if (this.#reason === undefined) this.#inner.end()
  }

  answered(offset: number): void {
    this.#inner.answered?.(offset)
  }

  async startTls(origin: Origin, options: ConnectOptions): Promise<void> {
    if (this.#reason !== undefined) throw this.#reason
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
  takeBack(reason: Error): void {
    this.#reason = reason
    this.#inner.destroy()
  }

  readonly #told: SegmentReader = {
    onBytes: (buffer, length) => this.#reader?.onBytes(buffer, length),
    onEnd: () => this.#reader?.onEnd(),
    onFailure: (error) => this.#reader?.onFailure(this.#reason ?? error),
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
