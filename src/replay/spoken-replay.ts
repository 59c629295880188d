import { CassetteError } from '../errors.ts'
import type { RecordedConnection } from '../interactions/interaction.ts'
import type { Protocol, Question } from '../protocols/dialogue.ts'
import { loadProtocol } from '../protocols/load.ts'
import { isProtocolName, PROTOCOLS } from '../protocols/names.ts'
import type { Exits } from './exits.ts'
import type { CassetteMiss } from '../misses/cassette-miss.ts'
import type { KnownQuestion } from '../misses/spoken-report.ts'
import { isMade } from './recorded-origin.ts'
import { ExchangeShelf } from './spoken-shelf.ts'
import { readConversation } from './spoken-recording.ts'
import { SpokenConversation } from './spoken-conversation.ts'

/** How misses come about. */
export interface SpokenMisses {
  question(origin: string, asked: Question, known: readonly KnownQuestion[]): CassetteMiss
  silence(origin: string, asked: KnownQuestion, known: readonly KnownQuestion[]): CassetteMiss
  bytes(origin: string, bytes: Uint8Array): CassetteMiss
}

/** Plays the origins whose protocol is known. */
export class SpokenReplay {
  readonly #protocols: ReadonlyMap<string, Protocol>
  readonly #shelves = new Map<string, ExchangeShelf>()
  readonly #connections: readonly RecordedConnection[]
  readonly #allowsRepeats: boolean
  readonly #misses: SpokenMisses

  /**
   * Loads the protocols, by origin.
   *
   * @throws CassetteError `CASSETTE_INVALID` for one that is not known.
   */
  static async load(
    names: ReadonlyMap<string, string>,
    connections: readonly RecordedConnection[],
    allowsRepeats: boolean,
    misses: SpokenMisses,
  ): Promise<SpokenReplay> {
    const loaded = Array.from(names, async ([origin, name]): Promise<[string, Protocol]> => {
      if (isProtocolName(name)) return [origin, await loadProtocol(name)]
      throw new CassetteError(
        'CASSETTE_INVALID',
        `${origin} speaks ${JSON.stringify(name)}, which this release does not know; known are ${PROTOCOLS.join(', ')}`,
      )
    })
    return new SpokenReplay(new Map(await Promise.all(loaded)), connections, allowsRepeats, misses)
  }

  private constructor(
    protocols: ReadonlyMap<string, Protocol>,
    connections: readonly RecordedConnection[],
    allowsRepeats: boolean,
    misses: SpokenMisses,
  ) {
    this.#protocols = protocols
    this.#connections = connections
    this.#allowsRepeats = allowsRepeats
    this.#misses = misses
  }

  /** A connection to `origin`; `recorded` was opened in this place among those to it. @throws CassetteError `CASSETTE_INVALID`. */
  peer(origin: string, recorded: RecordedConnection | undefined, exits: Exits): SpokenConversation | undefined {
    const protocol = this.#protocols.get(origin)
    if (protocol === undefined) return undefined
    const shelf = this.#shelfOf(origin, protocol)
    return new SpokenConversation(
      {
        missed: (question) => this.#misses.question(origin, question, knownIn(shelf)),
        notSpoken: (bytes) => this.#misses.bytes(origin, bytes),
        leftEarly: (exchange) => this.#misses.silence(origin, { ...exchange, isPlayed: true }, knownIn(shelf)),
      },
      shelf,
      protocol,
      recorded?.number,
      exits,
    )
  }

  /** What nobody asked for, in the words of the protocols. */
  get leftovers(): readonly string[] {
    return Array.from(this.#protocols, ([origin, protocol]) =>
      this.#shelfOf(origin, protocol).unplayed.map(
        ({ question, connection }) => `${question.text} to ${origin} (connection ${connection})`,
      ),
    ).flat()
  }

  #shelfOf(origin: string, protocol: Protocol): ExchangeShelf {
    const known = this.#shelves.get(origin)
    if (known !== undefined) return known
    const made = this.#connections.filter((connection) => connection.origin === origin && isMade(connection))
    const shelf = new ExchangeShelf(
      made.map((connection) => readConversation(connection, protocol)),
      this.#allowsRepeats,
    )
    this.#shelves.set(origin, shelf)
    return shelf
  }
}

const knownIn = (shelf: ExchangeShelf): readonly KnownQuestion[] =>
  shelf.all.map((exchange) => ({
    question: exchange.question,
    connection: exchange.connection,
    isPlayed: shelf.isPlayed(exchange),
  }))
