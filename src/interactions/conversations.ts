import { CassetteError } from '../errors.ts'
import { formatOrigin, parseOrigin, type TlsInfo } from '../transport.ts'
import type { Cassette, Failure, FailedEvent, OpenEvent, TapeEvent } from '../tape/cassette.ts'
import { ConnectionReader, type SentRequest, UNKNOWN } from './connection-reader.ts'
import type { ByteScript, Interaction, InteractionSource, RecordedConnection } from './interaction.ts'

/**
 * The interactions of a cassette, in the order in which their requests were sent.
 *
 * @throws CassetteError `CASSETTE_INVALID` when the tape uses a connection that it never opened.
 */
export function interactionsOf(cassette: Cassette): readonly Interaction[] {
  return new Conversations(cassette).interactions
}

/**
 * A cassette as connections and interactions instead of events.
 *
 * A connection is read when its requests are needed: to play the first of many takes no more than what was open by then.
 */
export class Conversations implements InteractionSource {
  /** In the order of opening. */
  readonly connections: readonly TapeConnection[]
  readonly #byNumber = new Map<number, TapeConnection>()
  readonly #read: Interaction[] = []
  /** Requests of connections that were read, sent when one was open already that was not. */
  #ahead: SentRequest[] = []
  #connectionsRead = 0

  /** @throws CassetteError `CASSETTE_INVALID` when the tape uses a connection that it never opened. */
  constructor({ tape }: Cassette) {
    const connections: TapeConnection[] = []
    for (const [place, event] of tape.entries()) {
      if (event.type === 'open' || event.type === 'failed') {
        const connection = new TapeConnection(event, place, this)
        connections.push(connection)
        this.#byNumber.set(event.connection, connection)
        continue
      }
      const connection = this.#byNumber.get(event.connection)
      if (connection === undefined)
        throw new CassetteError('CASSETTE_INVALID', `connection ${event.connection} is used before it is opened`)
      connection.add(event, place)
    }
    this.connections = connections
  }

  /** All of them, in the order in which the requests were sent. */
  get interactions(): readonly Interaction[] {
    while (this.readOn());
    return this.#read
  }

  /** The first ones, as far as they have been read; {@link readOn} adds to them. */
  get interactionsRead(): readonly Interaction[] {
    return this.#read
  }

  /** The interactions of one connection, in their order. */
  interactionsOn(number: number): readonly Interaction[] {
    return this.#byNumber.get(number)?.interactions ?? []
  }

  /** Reads as many connections as have been read already, and says whether there was any. */
  readOn(): boolean {
    const first = this.#connectionsRead
    const next = Math.min(Math.max(2 * first, 1), this.connections.length)
    if (next === first) return false
    this.#ahead = [...this.#ahead, ...this.connections.slice(first, next).flatMap(({ requests }) => requests)]
    this.#connectionsRead = next
    this.#giveOut(this.connections[next]?.place ?? Infinity)
    return true
  }

  /** What was sent before that place of the tape has its turn: nothing that is still to be read came before it. */
  #giveOut(place: number): void {
    this.#ahead.sort((one, other) => one.place - other.place)
    const later = this.#ahead.findIndex((request) => request.place > place)
    const given = later === -1 ? this.#ahead : this.#ahead.slice(0, later)
    for (const { interaction } of given) {
      interaction.index = this.#read.length
      this.#read.push(interaction)
    }
    this.#ahead = later === -1 ? [] : this.#ahead.slice(later)
  }
}

/** One connection: its events, and when somebody asks for them, the requests and answers in these. */
class TapeConnection implements RecordedConnection {
  readonly place: number
  readonly origin: string
  readonly events: TapeEvent[] = []
  readonly #places: number[] = []
  readonly #opened: OpenEvent | FailedEvent
  readonly #all: Conversations
  #content: ConnectionReader | undefined

  /** `place` is where on the tape it was opened. */
  constructor(opened: OpenEvent | FailedEvent, place: number, all: Conversations) {
    this.place = place
    this.origin = originOf(opened)
    this.#opened = opened
    this.#all = all
  }

  get number(): number {
    return this.#opened.connection
  }

  get failure(): Failure | undefined {
    return this.#opened.type === 'failed' ? this.#opened.failure : undefined
  }

  get tls(): TlsInfo | undefined {
    return this.#opened.type === 'open' ? this.#opened.tls : undefined
  }

  get protocol(): string | undefined {
    return this.#opened.type === 'open' ? this.#opened.protocol : undefined
  }

  get took(): number {
    return this.#opened.took
  }

  get madeAt(): number {
    return this.#opened.at + this.#opened.took
  }

  get opening(): ByteScript {
    return this.#reader.opening
  }

  get rest(): ByteScript | undefined {
    return this.requests.length === 0 ? this.#reader.rest : undefined
  }

  get interactions(): readonly Interaction[] {
    // Each has its index when all that was sent before it has been read.
    while (this.requests.at(-1)?.interaction.index === UNKNOWN && this.#all.readOn());
    return this.#reader.interactions
  }

  /** Those of its interactions, which may have no index yet. */
  get requests(): readonly SentRequest[] {
    return this.#reader.requests
  }

  add(event: TapeEvent, place: number): void {
    this.events.push(event)
    this.#places.push(place)
  }

  get #reader(): ConnectionReader {
    this.#content ??= new ConnectionReader(this, this.#places)
    return this.#content
  }
}

function originOf({ connection, to }: OpenEvent | FailedEvent): string {
  const origin = parseOrigin(to)
  if (origin === undefined)
    throw new CassetteError('CASSETTE_INVALID', `connection ${connection} leads to ${JSON.stringify(to)}`)
  return formatOrigin(origin)
}
