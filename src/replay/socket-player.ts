import type { Cue } from '../interactions/cue.ts'
import type { ByteProgress } from '../interactions/interaction.ts'
import type { RecordedSocket } from '../interactions/recorded-socket.ts'
import type { Reason } from '../matching/match-on.ts'
import { writeClose } from '../websocket/close.ts'
import { type FrameKind, writeFrame } from '../websocket/frame.ts'
import { readerOf } from '../websocket/handshake.ts'
import type { MessageReader, SocketMessage } from '../websocket/message-reader.ts'
import type { ScriptInPlay } from './script-in-play.ts'
import type { Tell } from './replay-transport.ts'
import type { MessageJudge, MissedMessage } from '../matching/message-judge.ts'
import { type ServerCue, serverCues } from './server-cues.ts'

/** What a WebSocket is played from. */
export interface SocketParts {
  readonly recorded: RecordedSocket
  /** What of the server's frames the client has got with the answer. */
  readonly told: Uint8Array
  /** What the server said and did after that. */
  readonly cues: readonly Cue<ByteProgress>[]
  readonly judge: MessageJudge
  /** Hides secrets in a text. */
  readonly shown: (text: string) => string
  /** Called after each message of the client, and what it brought about. */
  readonly onHeard: () => void
  /** Called when the client has said all that was recorded. */
  readonly onDone: () => void
  /** Makes the error for a message that is not the recorded one. */
  readonly miss: (miss: MissedMessage) => Error
  /** Makes the error for bytes that are not a frame. */
  readonly lost: (bytes: Uint8Array) => Error
}

/**
 * Plays the server of a WebSocket.
 *
 * The client's messages must be the recorded ones, however they are masked, cut or compressed; the server's frames come once the client has
 * said what it had said before them. Pings and pongs of the client may come at any time. It may also close sooner than it did.
 */
export class SocketPlayer implements ScriptInPlay {
  readonly #parts: SocketParts
  readonly #reader: MessageReader
  readonly #cues: readonly ServerCue[]
  readonly #answersPing: readonly boolean[]
  /** Compared messages that the client has sent. */
  #said = 0
  #told = 0
  #pings = 0
  /** Pongs that wait for the end of a frame of the server. */
  #pongs: Uint8Array[] = []
  #isBetween: boolean
  #isEnded = false
  #hasServerClosed = false
  #isOver = false
  readonly leaving = undefined

  constructor(parts: SocketParts) {
    const { recorded, told, cues } = parts
    this.#parts = parts
    this.#reader = readerOf(recorded.agreement, 'sent')
    const server = serverCues(recorded, told, cues)
    this.#cues = server.cues
    this.#answersPing = server.answersPing
    this.#isBetween = server.isBetween
    this.#hasServerClosed = server.hasClosed
    this.#noteDone()
  }

  sent(bytes: Uint8Array, tell: Tell): void {
    if (this.#isOver) return
    const messages = this.#reader.push(bytes)
    for (const message of messages) this.#hear(message, tell)
    if (this.#reader.isLost && !this.#hasServerClosed) throw this.#parts.lost(bytes)
    this.#tellDue(tell)
  }

  ended(tell: Tell): void {
    this.#isEnded = true
    this.#tellDue(tell)
  }

  #hear(message: SocketMessage, tell: Tell): void {
    if (this.#isOver) return
    switch (message.kind) {
      case 'ping':
        return this.#answerPing(message.payload, tell)
      case 'pong':
        return undefined
      case 'close':
        return this.#hearClose(message, tell)
      case 'text':
      case 'binary':
        // What the server would have dropped is a matter of timing.
        if (!this.#hasServerClosed) this.#hearMessage(message, tell)
    }
  }

  #hearMessage(message: SocketMessage, tell: Tell): void {
    const recorded = this.#parts.recorded.messages[this.#said]
    const reasons =
      recorded === undefined ? [NOTHING_MORE] : this.#parts.judge.reasonsAgainst(message, recorded, this.#parts.shown)
    if (reasons.length > 0) this.#refuse({ asked: message, number: this.#said + 1, recorded, reasons }, tell)
    this.#said += 1
    this.#noteDone()
    // Before the next message is heard: the server may have closed in between.
    this.#tellDue(tell)
    this.#parts.onHeard()
  }

  #hearClose(message: SocketMessage, tell: Tell): void {
    const { messages } = this.#parts.recorded
    if (this.#hasServerClosed) {
      this.#said = messages.length
      return
    }
    if (messages[this.#said]?.message.kind === 'close') return this.#hearMessage(message, tell)
    // It leaves before the recorded client did, and a server that is alive answers that.
    this.#tellFrame('close', message.payload.subarray(0, 2), tell)
    this.#isOver = true
    tell({ after: undefined, action: { type: 'end' }, at: 0, wait: 0 })
  }

  /** A server that answered no pings, or not all of them, does not do so now. */
  #answerPing(payload: Uint8Array, tell: Tell): void {
    const answers = this.#answersPing[this.#pings] ?? this.#answersPing.at(-1) ?? true
    this.#pings += 1
    if (!answers) return
    if (this.#isBetween) this.#tellFrame('pong', payload, tell)
    else this.#pongs.push(payload)
  }

  #tellDue(tell: Tell): void {
    for (let cue = this.#cues[this.#told]; cue !== undefined; cue = this.#cues[this.#told]) {
      if (this.#isOver || cue.after > this.#said || (cue.isAfterEnd && !this.#isEnded)) return
      this.#told += 1
      this.#hasServerClosed ||= cue.closes
      this.#isBetween = cue.isBetween
      this.#isOver = cue.cue.action.type !== 'segment'
      tell(cue.cue)
      if (this.#isBetween && !this.#isOver)
        for (const pong of this.#pongs.splice(0)) this.#tellFrame('pong', pong, tell)
    }
  }

  #tellFrame(kind: FrameKind, payload: Uint8Array, tell: Tell): void {
    const bytes = writeFrame({ kind, fin: true, rsv: 0, mask: undefined, form: 7 }, payload)
    tell({ after: undefined, action: { type: 'segment', bytes }, at: 0, wait: 0, isApart: true })
  }

  /** Closes with a reason, which a client that gets no error can show, and gives the error. */
  #refuse(missed: MissedMessage, tell: Tell): never {
    const error = this.#parts.miss(missed)
    if (this.#isBetween) this.#tellFrame('close', writeClose(INTERNAL_ERROR, REASON(missed.number)), tell)
    this.#isOver = true
    throw error
  }

  /** A client that leaves without a close has nevertheless said everything. */
  #noteDone(): void {
    const next = this.#parts.recorded.messages[this.#said]
    if (next === undefined || next.message.kind === 'close') this.#parts.onDone()
  }
}

const NOTHING_MORE: Reason = { what: 'message', detail: 'the recorded client said nothing more' }

/** RFC 6455 section 7.4.1: the server cannot fulfil the request. */
const INTERNAL_ERROR = 1011
const REASON = (number: number): string => `wiretape: message ${number} is not the recorded one`
