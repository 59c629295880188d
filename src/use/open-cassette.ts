import type { HttpConnectionSettings } from '../client/connection-settings.ts'
import type { HttpConnection } from '../client/http-connection.ts'
import type { Interaction } from '../interactions/interaction.ts'
import type { CassetteMiss } from '../misses/cassette-miss.ts'
import type { SentBytes } from '../recorder/sent-log.ts'
import type { Cassette } from '../tape/cassette.ts'
import type { Connector } from '../transport.ts'
import type { RecordMode } from './record-mode.ts'

/** How much of a cassette was used. */
export interface CassetteSummary {
  /** Interactions that were replayed. */
  readonly played: number
  /** Interactions that were recorded in this run. */
  readonly recorded: number
  /** Interactions of the cassette that nobody asked for. */
  readonly unused: number
}

/** A cassette in use: it records or it replays, and looks the same to the client either way. */
export interface OpenCassette extends AsyncDisposable {
  readonly path: string
  readonly mode: RecordMode
  /** Whether requests may reach the network and then the file. */
  readonly isRecording: boolean
  /** For anything that takes a connector. */
  readonly connector: Connector
  readonly interactions: readonly Interaction[]
  /** How many answers have been replayed. */
  readonly playCount: number
  readonly allPlayed: boolean
  /** Places among `interactions`, from 0, of those that were played or recorded in this run. */
  readonly used: readonly number[]
  readonly summary: CassetteSummary
  /** Whether what is replayed is older than `maxAge`. */
  readonly isExpired: boolean
  /** What is replayed, and what has been recorded by now, as it is saved: secrets are redacted. Not for use after `eject`. */
  readonly cassette: Cassette | undefined
  /** The misses so far, in order: a client may have swallowed one. */
  readonly misses: readonly CassetteMiss[]
  /** What the client sent, connection by connection, where `keepSent` asks for it. */
  readonly sent: readonly SentBytes[]
  /** A connection to the origin of `url`; it is closed with the cassette. */
  connect(url: string | URL, settings?: Omit<HttpConnectionSettings, 'connector'>): HttpConnection
  /** @throws WiretapeError `UNPLAYED`, with a list, when the cassette holds interactions that were not replayed. */
  assertAllPlayed(): void
  /** Gives up what was recorded: the file stays as it is. */
  discard(): void
  /** Says that the run has failed: what was recorded is given up unless `recordOnError` keeps it, and `eject` won't complain. */
  noteFailure(): void
  /**
   * Closes all connections that were made through `connector`, also those that an agent keeps, and saves the file when recording. Calling
   * it twice is fine; a connection that is asked for later is refused with `CASSETTE_EJECTED`.
   *
   * @throws WiretapeError `MISSED` if `failOnMiss` is set and there were misses; `UNPLAYED` where `allowUnused` is false and something was not replayed.
   */
  eject(): Promise<void>
}
