import type { ByteProgress, Interaction, RequestProgress } from '../interactions/interaction.ts'
import type { WireRequest } from '../interactions/request-reader.ts'
import type { Played } from '../interactions/cue.ts'
import type { InteractionPool } from '../matching/interaction-pool.ts'
import type { RecordedSocket } from '../interactions/recorded-socket.ts'
import type { CassetteMiss } from '../misses/cassette-miss.ts'
import type { Answer } from './answer.ts'
import type { ScriptInPlay } from './script-in-play.ts'
import type { RecordedScript, ScriptShelf } from '../matching/script-shelf.ts'

/** What the connections of one replayer share. */
export interface Stage {
  readonly pool: InteractionPool
  /** What a request is looked up as. @throws LocalProtocolError `PLAYBACK_HOOK_FAILED`. */
  normalized(origin: string, request: WireRequest): WireRequest
  /** Whether what is played depends on the request that is asked. */
  readonly hasAnswerHook: boolean
  /** What is played of an interaction: its recorded answer, and the faults that are put into it. */
  answerOf(interaction: Interaction): Played<RequestProgress>
  /** The same of what a hook makes of it for `asked`. Throws, or rejects with, LocalProtocolError `PLAYBACK_HOOK_FAILED`. */
  hookedAnswerOf(
    interaction: Interaction,
    asked: WireRequest,
  ): Played<RequestProgress> | Promise<Played<RequestProgress>>
  /** The error for a hook that changed an answer of which the client has some already. */
  changedTooLate(interaction: Interaction): Error
  /** What is played of a script that was played so many times before. */
  scriptOf(recorded: RecordedScript, plays: number): Played<ByteProgress>
  /** The WebSocket that an interaction began; `undefined` if it began none. */
  socketOf(interaction: Interaction): RecordedSocket | undefined
  /** Plays the WebSocket that `answer` has begun, from there on. */
  playSocket(socket: RecordedSocket, origin: string, answer: Answer): ScriptInPlay | undefined
  /** The error for a client that would refuse the recorded handshake, for this reason. */
  refusedSocket(origin: string, request: WireRequest, playing: Interaction, reason: string): CassetteMiss
  /** The conversations in bytes that were recorded with `origin`. */
  scripts(origin: string): ScriptShelf
  /** The error for a request that has no answer; `last` was played before it on its connection. */
  missedRequest(origin: string, request: WireRequest, last: Interaction | undefined): CassetteMiss
  /** The error for a request whose answer `playing` comes only when the client has sent `due`, too. */
  waitedInVain(origin: string, request: WireRequest, playing: Interaction, due: Interaction): CassetteMiss
  /** The error for a request whose recorded client left before the answer was whole; `told` segments of it have come. */
  leftEarly(origin: string, request: WireRequest, playing: Interaction, told: number): CassetteMiss
  /** The same for what is not HTTP. */
  leftScriptEarly(origin: string, recorded: RecordedScript, told: number): CassetteMiss
  /** The error for bytes that are in none of `nearest`. */
  missedBytes(origin: string, bytes: Uint8Array, nearest: readonly RecordedScript[]): CassetteMiss
}
