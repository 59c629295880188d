import { type Cassette, CASSETTE_VERSION, type RecordedBy, type TapeEvent } from '../cassette/cassette.ts'
import { type ConnectOptions, type Connector, formatOrigin, type Origin, type Transport } from '../transport.ts'
import { failureOf } from './failure.ts'
import { type Note, RecordingTransport } from './recording-transport.ts'
import { VERSION } from '../version.ts'

export interface RecorderOptions {
  /** Milliseconds, monotonic. Default: `performance.now`. */
  readonly now?: (() => number) | undefined
}

/** Notes what crosses the transports of the connectors that it wraps, in the order it happens. */
export class Recorder {
  readonly #now: () => number
  readonly #recorded: RecordedBy
  readonly #tape: TapeEvent[] = []
  #startedAt: number | undefined
  #connections = 0

  constructor({ now = () => performance.now() }: RecorderOptions = {}) {
    this.#now = now
    this.#recorded = { at: new Date().toISOString(), by: `wiretape ${VERSION}`, node: process.versions.node }
  }

  /** What has been recorded so far. */
  get cassette(): Cassette {
    return { version: CASSETTE_VERSION, recorded: this.#recorded, tape: [...this.#tape] }
  }

  /** A connector that does what `inner` does, recorded. */
  wrap(inner: Connector): Connector {
    return async (origin, options) => this.#connect(inner, origin, options)
  }

  async #connect(inner: Connector, origin: Origin, options: ConnectOptions): Promise<Transport> {
    this.#connections += 1
    const connection = this.#connections
    const at = this.#elapsed()
    const to = formatOrigin(origin)
    try {
      const transport = await inner(origin, options)
      const { tls } = transport.info
      const took = microseconds(this.#elapsed() - at)
      const lenient = options.lenient?.length === 0 ? undefined : options.lenient
      this.#tape.push({ type: 'open', connection, to, at, took, ...(tls && { tls }), ...(lenient && { lenient }) })
      return new RecordingTransport(transport, (note) => this.#add(connection, note))
    } catch (error) {
      const took = microseconds(this.#elapsed() - at)
      this.#tape.push({ type: 'failed', connection, to, at, took, failure: failureOf(error) })
      throw error
    }
  }

  #add(connection: number, note: Note): void {
    this.#tape.push({ ...note, connection, at: this.#elapsed() })
  }

  /** Milliseconds since the first connection began. */
  #elapsed(): number {
    const now = this.#now()
    this.#startedAt ??= now
    return microseconds(now - this.#startedAt)
  }
}

/** Milliseconds with three decimals: what a cassette keeps. */
const microseconds = (milliseconds: number): number => Math.max(0, Math.round(milliseconds * 1000) / 1000)
