import type { TlsInfo } from '../transport.ts'
import type { Failure, TapeEvent } from '../tape/cassette.ts'
import type { WireRequest } from './request-reader.ts'

/** One request of a recorded conversation, and what the server did about it. */
export interface Interaction {
  /** Place in the cassette, from 0, in the order in which the requests were sent. */
  readonly index: number
  /** Number of the connection, as on the tape. */
  readonly connection: number
  /** What was connected to, as `formatOrigin` gives it: `https://api.example.com`. */
  readonly origin: string
  /** Place on its connection, from 0. */
  readonly place: number
  /**
   * Sent before the answers to earlier requests on its connection had come, or on a connection where that happened.
   *
   * Where it is not known which bytes answer which request, such an interaction is played right after the one before it
   * or not at all. Where it is known, this is `false`.
   */
  readonly isPipelined: boolean
  readonly request: WireRequest
  /** What the server did after the head of this request and before the next one began, in order. */
  readonly answer: readonly Step<RequestProgress>[]
  /** What the connection carried after this request that is not HTTP: an upgrade, a tunnel, garbage. */
  readonly rest: ByteScript | undefined
  /** How the client left while it may have been waiting for this answer; `undefined` if it did not. */
  readonly leaving: Leaving | undefined
}

/** The client closed its connection, and the server had not ended it: what would have come then is not recorded. */
export interface Leaving {
  /** Milliseconds of silence before it left. */
  readonly wait: number
  /** Whether the answer had not come to its end. Of what is not HTTP nobody can tell, so that counts as unfinished. */
  isEarly(): boolean
}

/** Recorded interactions, as far as they have been read. */
export interface InteractionSource {
  /** In recorded order, as far as they have been read; {@link readOn} adds to them. */
  readonly interactionsRead: readonly Interaction[]
  /** The interactions of one connection, in their order. */
  interactionsOn(connection: number): readonly Interaction[]
  /** Reads some more, and says whether there was anything. */
  readOn(): boolean
}

/** One thing that reached the client, and what the client had done before. */
export interface Step<Cause = unknown> {
  readonly after: Cause
  readonly action: ServerAction
  /** Milliseconds since the recording began. */
  readonly at: number
  /** Milliseconds between what the client did last on the connection and this. */
  readonly wait: number
}

/** What a transport can tell its reader. A timeout counts: the server's part in it is that nothing came. */
export type ServerAction =
  | SegmentAction
  | { readonly type: 'end' }
  | { readonly type: 'fail'; readonly failure: Failure }

export interface SegmentAction {
  readonly type: 'segment'
  readonly bytes: Uint8Array
  /** Offsets at which answers ended inside of it, as recorded. */
  readonly ends?: readonly number[] | undefined
  /** The recorded segment that it was cut from: told at once, its parts are one segment again. */
  readonly of?: Uint8Array | undefined
}

/** How far a client had come with one request. */
export interface RequestProgress {
  /** Bytes of content, without the transfer coding; 0 with the head alone. */
  readonly bodyLength: number
  readonly isComplete: boolean
  /** Whether the client had ended its side of the connection. */
  readonly isEnded: boolean
}

/** A conversation in bytes, for what is not HTTP or must recur exactly. */
export interface ByteScript {
  /** Everything the client wrote. */
  readonly bytes: Uint8Array
  readonly steps: readonly Step<ByteProgress>[]
  readonly leaving: Leaving | undefined
}

/** How far a client had come with a {@link ByteScript}. */
export interface ByteProgress {
  /** Bytes written since the script began. */
  readonly sent: number
  readonly isEnded: boolean
}

/** Everything that was recorded of one connection. */
export interface RecordedConnection {
  readonly number: number
  /** As `formatOrigin` gives it: `https://api.example.com`. */
  readonly origin: string
  /** Why the connection could not be made, where that is so; nothing else happened on it then. */
  readonly failure: Failure | undefined
  readonly tls: TlsInfo | undefined
  /** The protocol that was named for it while it was recorded. */
  readonly protocol: string | undefined
  /** Milliseconds that connecting took, or until it had failed. */
  readonly took: number
  /** When the connection was made, in milliseconds since the recording began. */
  readonly madeAt: number
  /** What the server did before the first request began. */
  readonly opening: ByteScript
  readonly interactions: readonly Interaction[]
  /** What the client sent on a connection that never carried a request. */
  readonly rest: ByteScript | undefined
  readonly events: readonly TapeEvent[]
}
