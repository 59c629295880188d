import {
  type Cassette,
  CASSETTE_VERSION,
  type FailedEvent,
  type OpenEvent,
  type RecordedBy,
  type TapeEvent,
} from '../tape/cassette.ts'
import type { WireRequest } from '../interactions/request-reader.ts'
import { byConnection, inOrder } from '../tape/record.ts'
import { type ConnectOptions, type Connector, formatOrigin, type Origin, type Transport } from '../transport.ts'
import { ConnectionTape } from './connection-tape.ts'
import { failureMet } from './failure.ts'
import { type NoteTaker, RecordingTransport } from './recording-transport.ts'
import { checkProtocols, type ProtocolName, type ProtocolOptions, protocolOf } from '../protocols/names.ts'
import { LocalProtocolError } from '../errors.ts'
import { VERSION } from '../version.ts'
import { monotonicNow, systemNow } from '../timers.ts'
import { checkOptions } from '../options.ts'
import { runIn } from '../one-run.ts'

/** How traffic is recorded. */
export interface RecorderOptions {
  /** Milliseconds, monotonic. Default: `performance.now`. */
  readonly now?: (() => number) | undefined
  /**
   * Takes each record, events of one connection, as soon as it is whole, and before the caller sees the end of the response in it. It must
   * not throw. Default: the recorder keeps the events in memory, see `cassette`.
   */
  readonly sink?: ((events: readonly TapeEvent[]) => void) | undefined
  /** A tape that this one is added to: numbers and times continue from it. Default: none. */
  readonly after?: readonly TapeEvent[] | undefined
  /**
   * Requests that are not recorded. Default: none.
   *
   * A connection is not recorded from the first such request on; of pipelined ones, from the first that was not answered before.
   */
  readonly isUnwanted?: ((request: WireRequest) => boolean) | undefined
  /**
   * What is spoken where, besides HTTP: `{ 'db.example:5432': 'postgres' }`. Proofs of passwords are then left out of what is recorded, and
   * the cassette says how it is to be replayed. Default: `{}`.
   */
  readonly protocols?: ProtocolOptions | undefined
}

const RECORDER_OPTIONS: Readonly<Record<keyof RecorderOptions, true>> = {
  now: true,
  sink: true,
  after: true,
  isUnwanted: true,
  protocols: true,
}

/** Records the bytes and events of connections made by the connectors that it wraps. */
export class Recorder {
  readonly #options: RecorderOptions
  readonly #now: () => number
  readonly #write: (events: readonly TapeEvent[]) => void
  readonly #tapes = new Set<NoteTaker>()
  /** The events, if there is no sink. */
  readonly #kept: TapeEvent[] = []
  #startedAt: number | undefined
  #connections = 0
  /** When the tape that this one is added to ends. */
  #offset = 0

  /** Goes to the beginning of the cassette. */
  readonly recorded: RecordedBy = {
    at: new Date(systemNow()).toISOString(),
    by: `wiretape ${VERSION}`,
    node: process.versions.node,
  }

  constructor(options: RecorderOptions = {}) {
    checkOptions('Recorder', options, RECORDER_OPTIONS)
    checkProtocols(options.protocols)
    const run = runIn(options)
    const { now = run?.now ?? monotonicNow, sink, after = [] } = options
    for (const { connection, at } of after) {
      this.#connections = Math.max(this.#connections, connection)
      this.#offset = Math.max(this.#offset, at)
    }
    this.#options = options
    this.#now = now
    if (run !== undefined) this.#startedAt = 0
    this.#write = sink ?? ((events) => void this.#kept.push(...events))
  }

  /** What has been recorded so far. Empty if there is a sink. */
  get cassette(): Cassette {
    this.flush()
    return { version: CASSETTE_VERSION, recorded: this.recorded, tape: inOrder(byConnection(this.#kept).flat()) }
  }

  /** A connector that does what `inner` does, recorded. */
  wrap(inner: Connector): Connector {
    return async (origin, options) => this.#connect(inner, origin, options)
  }

  /** Ends the current record of each connection. */
  flush(): void {
    for (const tape of this.#tapes) tape.flush()
  }

  async #connect(inner: Connector, origin: Origin, options: ConnectOptions): Promise<Transport> {
    this.#connections += 1
    const start = { connection: this.#connections, to: formatOrigin(origin), at: this.#elapsed() }
    const protocol = protocolOf(start.to, this.#options.protocols)
    const scrub = protocol && (await scrubberFor(protocol, start.to))
    try {
      const transport = await inner(origin, options)
      const opening: OpenEvent = {
        type: 'open',
        ...start,
        ...this.#factsOf(transport, options, start.at),
        ...(protocol && { protocol }),
      }
      return new RecordingTransport(transport, this.#tapeFor(opening, options, scrub))
    } catch (error) {
      // Then this side has refused to connect: nothing has happened that a replay could repeat.
      if (error instanceof LocalProtocolError) throw error
      const took = microseconds(this.#elapsed() - start.at)
      const failed: FailedEvent = { type: 'failed', ...start, took, failure: failureMet(error) }
      this.#write([failed])
      throw error
    }
  }

  #factsOf(
    { info: { tls } }: Transport,
    { lenient = [], offered }: ConnectOptions,
    at: number,
  ): Omit<OpenEvent, 'type' | 'connection' | 'to' | 'at'> {
    return {
      took: microseconds(this.#elapsed() - at),
      ...(tls && { tls: { ...tls, ...(offered && { offered }) } }),
      ...(lenient.length > 0 && { lenient }),
    }
  }

  #tapeFor(opening: OpenEvent, { tellsAnswers = false }: ConnectOptions, scrub: Scrub | undefined): NoteTaker {
    const plain = new ConnectionTape(opening, {
      now: () => this.#elapsed(),
      write: (events) => {
        if (events.at(-1)?.type === 'close') this.#tapes.delete(tape)
        this.#write(events)
      },
      tellsAnswers,
      spools: this.#options.sink !== undefined,
      isUnwanted: this.#options.isUnwanted,
    })
    const tape = scrub?.(plain, () => this.#elapsed()) ?? plain
    this.#tapes.add(tape)
    return tape
  }

  /** Milliseconds since the first connection or the run began, plus the length of the tape that this one is added to. */
  #elapsed(): number {
    const now = this.#now()
    this.#startedAt ??= now
    return microseconds(this.#offset + now - this.#startedAt)
  }
}

/** Rounds to the three decimals that a cassette keeps. */
const microseconds = (milliseconds: number): number => Math.max(0, Math.round(milliseconds * 1000) / 1000)

/** Puts what keeps passwords off the tape in front of one. */
type Scrub = (tape: ConnectionTape, now: () => number) => NoteTaker

/** Loaded for connections whose protocol is named. */
async function scrubberFor(name: ProtocolName, origin: string): Promise<Scrub> {
  const [{ loadProtocol }, { ScrubbedTape }] = await Promise.all([
    import('../protocols/load.ts'),
    import('./scrubbed-tape.ts'),
  ])
  const protocol = await loadProtocol(name)
  return (tape, now) =>
    new ScrubbedTape(tape, protocol.begin(), now, (reason) =>
      process.emitWarning(
        `${origin}: not ${name}, as protocols says: ${reason instanceof Error ? reason.message : String(reason)}; nothing more of the connection is kept`,
        { type: 'WiretapeWarning', code: 'PROTOCOL_NOT_SPOKEN' },
      ),
    )
}
