import type { Phase } from '../errors.ts'
import type { TlsInfo } from '../transport.ts'

/** The newest format this package writes; it reads all older ones. */
export const CASSETTE_VERSION = 1

/** Everything that was recorded, in memory. `docs/cassette-format.md` describes the file. */
export interface Cassette {
  readonly version: typeof CASSETTE_VERSION
  readonly recorded: RecordedBy
  /** All events of all connections, in the order they happened. */
  readonly tape: readonly TapeEvent[]
}

/** A cassette as it was read from a text, and what the text says beyond it. */
export interface DecodedCassette extends Cassette {
  /** The events as they are listed: record by record. */
  readonly records: readonly (readonly TapeEvent[])[]
  /** Remarks that do not prevent its use. */
  readonly notes: readonly CassetteNote[]
}

/** Something that a recorder would not have written. The text counts, not its checksum. */
export interface CassetteNote {
  readonly code: 'CHECKSUM_WRONG' | 'CHECKSUM_MISSING'
  /** For people; says what to do. */
  readonly message: string
  /** Index of the record, from 0. */
  readonly record: number
  /** Where the checksum is or should be; both count from 1. */
  readonly line: number
  readonly column: number
}

/** When and with what a cassette was recorded. */
export interface RecordedBy {
  /** ISO 8601, UTC. */
  readonly at: string
  /** Such as `wiretape 0.1.0`. */
  readonly by: string
  /** Version of Node.js, without the `v`. */
  readonly node: string
}

/** One thing that happened on one connection. */
export type TapeEvent = OpenEvent | FailedEvent | BytesEvent | EndEvent | CloseEvent

interface OnConnection {
  /** Number of the connection, from 1, in the order of opening. */
  readonly connection: number
  /** Milliseconds since the recording began, to the microsecond. */
  readonly at: number
}

/** A connection was made. */
export interface OpenEvent extends OnConnection {
  readonly type: 'open'
  /** The origin as a URL without path: `https://api.example.com`. */
  readonly to: string
  /** Milliseconds that connecting took, TLS included. `at` is when it began. */
  readonly took: number
  readonly tls?: TlsInfo | undefined
  /** Names of the Leniencies that the client was given. Absent: none that are known. */
  readonly lenient?: readonly string[] | undefined
  /** The protocol that was named for it, such as `postgres`: then its replay goes by what is said. */
  readonly protocol?: string | undefined
}

/** A connection could not be made. */
export interface FailedEvent extends OnConnection {
  readonly type: 'failed'
  readonly to: string
  readonly took: number
  readonly failure: Failure
}

/** What a client got instead of bytes. */
export interface Failure {
  /** An ErrorCode, such as `CONNECT_FAILED`. */
  readonly code: string
  readonly phase: Phase
  /** The system's own code, such as `ECONNREFUSED`. */
  readonly systemCode?: string | undefined
  readonly message: string
  /**
   * What a Node.js socket reported, or would have reported; `'end'` is an orderly end.
   *
   * Absent: it reported nothing, or the cassette is from a release that did not record this.
   */
  readonly error?: SocketError | 'end' | undefined
}

/** An error of Node.js, without its stack. */
export interface SocketError {
  readonly message: string
  /** Absent: `Error`. */
  readonly name?: string | undefined
  readonly code?: string | undefined
  /** Its other properties: `errno`, `syscall`, `address`, `port`, `hostname`, `reason` ... */
  readonly facts?: Readonly<Record<string, string | number>> | undefined
  /** The errors of an AggregateError: one for each address that was tried. */
  readonly errors?: readonly SocketError[] | undefined
}

/** One socket read or write, a segment: the bytes as they passed. */
export interface BytesEvent extends OnConnection {
  readonly type: 'sent' | 'received'
  readonly bytes: Uint8Array
  /**
   * Offsets within `received` bytes at which answers ended, in rising order; the end of the segment is not among them.
   *
   * Absent: no answer is known to have ended inside the segment.
   */
  readonly ends?: readonly number[] | undefined
  /**
   * What stands for secrets in the bytes of this direction in its record and does not show it, by the name of the placeholder:
   * `{ 'otp.1': '404001' }`. Absent: nothing does.
   */
  readonly redacted?: Readonly<Record<string, string>> | undefined
}

/** One side ended its direction (FIN, close_notify); the other direction may go on. */
export interface EndEvent extends OnConnection {
  readonly type: 'end'
  readonly by: 'client' | 'server'
}

/** The connection is over: closed by the client, or failed (a reset is `by: 'server'` with a failure). */
export interface CloseEvent extends OnConnection {
  readonly type: 'close'
  readonly by: 'client' | 'server'
  /** Why, if it was not an orderly close: a reset, a timeout, bytes that are not HTTP. */
  readonly failure?: Failure | undefined
}
