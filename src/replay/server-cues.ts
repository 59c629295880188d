import type { Cue } from '../interactions/cue.ts'
import type { ByteProgress } from '../interactions/interaction.ts'
import type { RecordedSocket } from '../interactions/recorded-socket.ts'
import { readerOf } from '../websocket/handshake.ts'
import type { SocketMessage } from '../websocket/message-reader.ts'

/** Something that the server said or did, and when it is played. */
export interface ServerCue {
  readonly cue: Cue
  /** How many messages the client has sent by then, pings and pongs aside. */
  readonly after: number
  /** Whether the client had ended its side. */
  readonly isAfterEnd: boolean
  /** Whether the server says in it that it closes. */
  readonly closes: boolean
  /** Whether no frame of the server is under way after it. */
  readonly isBetween: boolean
}

/** The server's part of a WebSocket. */
export interface ServerCues {
  readonly cues: readonly ServerCue[]
  /** Of each recorded ping of the client, whether the server answered it. */
  readonly answersPing: readonly boolean[]
  /** The same as of a cue, of what was told before them. */
  readonly isBetween: boolean
  readonly hasClosed: boolean
}

/** The cues of a server without its answers to recorded pings: pings are answered when they come. */
export function serverCues(recorded: RecordedSocket, told: Uint8Array, cues: readonly Cue<ByteProgress>[]): ServerCues {
  const reader = readerOf({ ...recorded.agreement, deflate: undefined }, 'received')
  const hasClosed = reader.push(told).some(({ kind }) => kind === 'close')
  const isBetweenFirst = reader.isBetweenFrames
  const pings = new RecordedPings(recorded)
  const states = cues.map((cue) => {
    const start = reader.position
    const messages = cue.action.type === 'segment' ? reader.push(cue.action.bytes) : []
    const pongs = messages.filter((message) => message.kind === 'pong' && pings.isAnswer(message, cue.after.sent))
    const closes = messages.some(({ kind }) => kind === 'close')
    return { cue, start, pongs: pongs.flatMap(({ frames }) => frames), closes, isBetween: reader.isBetweenFrames }
  })
  const removed = states.flatMap(({ pongs }) => pongs)
  const played = states.flatMap(({ cue, start, closes, isBetween }): ServerCue[] => {
    const kept = without(cue, start, removed)
    if (kept === undefined) return []
    const { sent, isEnded } = cue.after
    const after = recorded.messages.filter(({ end }) => end <= sent).length
    return [{ cue: kept, after, isAfterEnd: isEnded, closes, isBetween }]
  })
  return { cues: played, answersPing: pings.areAnswered, isBetween: isBetweenFirst, hasClosed }
}

/** Ties the server's pongs to the client's pings. */
class RecordedPings {
  readonly areAnswered: boolean[]
  readonly #recorded: RecordedSocket

  constructor(recorded: RecordedSocket) {
    this.#recorded = recorded
    this.areAnswered = recorded.pings.map(() => false)
  }

  /** Whether a pong answers a ping that the client had sent by then. A pong may answer several (RFC 6455 section 5.5.3). */
  isAnswer({ payload }: SocketMessage, sent: number): boolean {
    const place = this.#recorded.pings.findIndex(
      ({ message, end }, index) =>
        end <= sent && this.areAnswered[index] === false && Buffer.compare(message.payload, payload) === 0,
    )
    if (place === -1) return false
    this.areAnswered.fill(true, 0, place + 1)
    return true
  }
}

interface Range {
  readonly start: number
  readonly end: number
}

/** A cue without some ranges of the server's bytes; `undefined` if nothing is left of it. */
function without(cue: Cue<ByteProgress>, start: number, removed: readonly Range[]): Cue | undefined {
  if (cue.action.type !== 'segment') return cue
  const { bytes } = cue.action
  const inside = removed.filter((range) => range.start < start + bytes.length && range.end > start)
  if (inside.length === 0) return cue
  const parts: Uint8Array[] = []
  let at = 0
  for (const range of inside) {
    parts.push(bytes.subarray(at, Math.max(range.start - start, 0)))
    at = Math.min(range.end - start, bytes.length)
  }
  parts.push(bytes.subarray(at))
  const left = Buffer.concat(parts)
  return left.length === 0 ? undefined : { ...cue, action: { ...cue.action, bytes: left, of: undefined } }
}
