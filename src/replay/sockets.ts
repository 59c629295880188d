import type { Cue } from '../interactions/cue.ts'
import type { ByteProgress, Interaction, RequestProgress } from '../interactions/interaction.ts'
import { type RecordedSocket, recordedSocket } from '../interactions/recorded-socket.ts'
import type { RecordedScript, ScriptHolder, ScriptShelf } from '../matching/script-shelf.ts'
import type { MatchList } from '../matching/match-on.ts'
import type { ScriptInPlay } from './script-in-play.ts'
import { MessageJudge, type MissedMessage } from '../matching/message-judge.ts'
import { SocketPlayer, type SocketParts } from './socket-player.ts'

/** What a socket is played with. */
export interface SocketScene extends Pick<SocketParts, 'shown' | 'lost' | 'onHeard'> {
  readonly interaction: Interaction
  /** What the client has got with the answer, and what else stands in it. */
  readonly told: readonly Cue<RequestProgress>[]
  readonly rest: readonly Cue<RequestProgress>[]
  /** What requests like the one that opened the socket are compared by. */
  readonly matchOn: MatchList
  readonly shelf: ScriptShelf
  /** What is played of the rest of the connection, which was played so many times before. */
  readonly scriptOf: (recorded: RecordedScript, plays: number) => readonly Cue<ByteProgress>[]
  readonly miss: (missed: MissedMessage, judge: MessageJudge) => Error
}

/** The WebSockets of a cassette. It is loaded by the first connection of a replay. */
export class Sockets {
  /** Of each interaction that was asked for, by index. */
  readonly #known: (RecordedSocket | 'none' | undefined)[] = []

  /** The WebSocket that an interaction began; `undefined` if it began none. */
  of(interaction: Interaction): RecordedSocket | undefined {
    const known = (this.#known[interaction.index] ??= recordedSocket(interaction) ?? 'none')
    return known === 'none' ? undefined : known
  }

  play(recorded: RecordedSocket, scene: SocketScene): ScriptInPlay {
    const { interaction, rest, shelf, shown, lost, onHeard } = scene
    const script = shelf.behind(interaction)
    const later = script === undefined ? [] : scene.scriptOf(script, shelf.take(script, BOUND))
    const judge = new MessageJudge(interaction, scene.matchOn)
    return new SocketPlayer({
      recorded,
      told: bytesOf(scene.told).subarray(recorded.headLength),
      cues: [...rest.map(afterNothing), ...later],
      judge,
      shown,
      lost,
      onHeard,
      onDone: () => script && shelf.finish(script),
      miss: (missed) => scene.miss(missed, judge),
    })
  }
}

/** What goes on from a request is bound to it. */
const BOUND: ScriptHolder = { canPlay: () => false, play: () => undefined }

const afterNothing = (cue: Cue<RequestProgress>): Cue<ByteProgress> => ({
  ...cue,
  after: { sent: 0, isEnded: cue.after.isEnded },
})

const bytesOf = (cues: readonly Cue[]): Buffer =>
  Buffer.concat(cues.flatMap(({ action }) => (action.type === 'segment' ? [action.bytes] : [])))
