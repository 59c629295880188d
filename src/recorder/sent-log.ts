import {
  type ConnectionInfo,
  type Connector,
  formatOrigin,
  type SegmentReader,
  type Transport,
  type ConnectOptions,
  type Origin,
} from '../transport.ts'

/** What a client sent over one connection, live or replayed. */
export interface SentBytes {
  /** The origin as a URL without path: `https://api.example.com`. */
  readonly to: string
  /** From the first byte on. */
  readonly bytes: Uint8Array
  /** How many bytes were sent after those that are kept. */
  readonly omitted: number
}

interface Log {
  readonly to: string
  readonly pieces: Uint8Array[]
  kept: number
  omitted: number
}

/** Keeps the beginning of what is sent over each connection of a connector. It holds real secrets, and is never written to a file. */
export class SentLog {
  readonly #most: number
  readonly #logs: Log[] = []

  /** @param most how many bytes to keep for each connection. */
  constructor(most: number) {
    this.#most = most
  }

  /** The connections, in the order in which they were made. */
  get connections(): readonly SentBytes[] {
    return this.#logs.map(({ to, pieces, omitted }) => ({ to, bytes: Buffer.concat(pieces), omitted }))
  }

  wrap(inner: Connector): Connector {
    return async (origin, options) => {
      const transport = await inner(origin, options)
      const log: Log = { to: formatOrigin(origin), pieces: [], kept: 0, omitted: 0 }
      this.#logs.push(log)
      return new OverheardTransport(transport, (bytes) => this.#note(log, bytes))
    }
  }

  #note(log: Log, bytes: Uint8Array): void {
    const piece = new Uint8Array(bytes.subarray(0, this.#most - log.kept))
    log.kept += piece.length
    log.omitted += bytes.length - piece.length
    if (piece.length > 0) log.pieces.push(piece)
  }
}

/** Passes through to another transport, and reports what is written. */
class OverheardTransport implements Transport {
  readonly receive?: (reader: SegmentReader) => void
  readonly #inner: Transport
  readonly #note: (bytes: Uint8Array) => void

  constructor(inner: Transport, note: (bytes: Uint8Array) => void) {
    this.#inner = inner
    this.#note = note
    if (inner.receive !== undefined) this.receive = (reader) => inner.receive?.(reader)
  }

  get info(): ConnectionInfo {
    return this.#inner.info
  }

  get isQuiet(): boolean | undefined {
    return this.#inner.isQuiet
  }

  read(): Promise<Uint8Array | null> {
    return this.#inner.read()
  }

  write(bytes: Uint8Array): void | Promise<void> {
    this.#note(bytes)
    return this.#inner.write(bytes)
  }

  end(): void {
    this.#inner.end()
  }

  answered(offset: number): void {
    this.#inner.answered?.(offset)
  }

  async startTls(origin: Origin, options: ConnectOptions): Promise<void> {
    await this.#inner.startTls?.(origin, options)
  }

  keepAlive(value: boolean): void {
    this.#inner.keepAlive?.(value)
  }

  destroy(error?: Error): void {
    this.#inner.destroy(error)
  }
}
