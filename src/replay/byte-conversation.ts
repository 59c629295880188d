import type { ByteProgress } from '../interactions/interaction.ts'
import { beginsWith, type Cue } from '../interactions/cue.ts'
import { type Exits, HandOver } from './exits.ts'
import type { RecordedLeaving, ReplayPeer, Tell } from './replay-transport.ts'
import { goesOnWith, type RecordedScript, type ScriptHolder, type ScriptShelf } from '../matching/script-shelf.ts'
import type { ScriptInPlay } from './script-in-play.ts'
import { withoutFarewell } from './http2-farewell.ts'
import type { Stage } from './stage.ts'

/** Plays whole connections: the client must write what was recorded, byte for byte. */
export class ByteConversation implements ReplayPeer {
  readonly #stage: Stage
  readonly #origin: string
  readonly #inTurn: RecordedScript | undefined
  readonly #exits: Exits
  readonly isHeld = false
  #script: ScriptPlayer | undefined

  /** `inTurn` is the script of the connection that was opened in this place among those to its origin. */
  constructor(stage: Stage, origin: string, inTurn: RecordedScript | undefined, exits: Exits) {
    this.#exits = exits
    this.#stage = stage
    this.#origin = origin
    this.#inTurn = inTurn
  }

  get leaving(): RecordedLeaving | undefined {
    return this.#script?.leaving
  }

  opened(tell: Tell): void {
    // Where the server acts first, the client says nothing that would tell connections apart; their order does.
    if (this.#inTurn !== undefined && isDueAfter(this.#inTurn, NOTHING, false)) this.#start(this.#inTurn, tell)
  }

  sent(bytes: Uint8Array, tell: Tell): void {
    if (this.#script !== undefined) return this.#script.sent(bytes, tell)
    const shelf = this.#stage.scripts(this.#origin)
    const found = shelf.find(bytes)
    if (found === undefined && this.#exits.unrecorded !== undefined) throw new HandOver(this.#exits.unrecorded, bytes)
    if (found === undefined) throw this.#stage.missedBytes(this.#origin, bytes, shelf.all)
    this.#start(found, tell).sent(bytes, tell)
  }

  ended(tell: Tell): void {
    const script = this.#script ?? (this.#inTurn && this.#start(this.#inTurn, tell))
    script?.ended(tell)
  }

  closed(): undefined {}

  #start(recorded: RecordedScript, tell: Tell): ScriptPlayer {
    const script = new ScriptPlayer(this.#stage, this.#origin, recorded)
    this.#script = script
    script.sent(NOTHING, tell)
    return script
  }
}

/** Follows one script. */
export class ScriptPlayer implements ScriptHolder, ScriptInPlay {
  readonly #stage: Stage
  readonly #shelf: ScriptShelf
  readonly #origin: string
  #recorded: RecordedScript
  #cues: readonly Cue<ByteProgress>[]
  #sent = 0
  #told = 0
  #played = 0
  #isEnded = false
  #isOver = false
  #isSilent = false
  #hasSaidFarewell = false

  constructor(stage: Stage, origin: string, recorded: RecordedScript) {
    this.#stage = stage
    this.#shelf = stage.scripts(origin)
    this.#origin = origin
    this.#recorded = recorded
    const { cues, fallsSilent } = stage.scriptOf(recorded, this.#shelf.take(recorded, this))
    this.#cues = cues
    this.#isSilent = fallsSilent
  }

  /** Where the recorded client left, if this one has come so far. */
  get leaving(): RecordedLeaving | undefined {
    const recorded = this.#recorded
    const { bytes, leaving } = recorded.script
    if (leaving === undefined || this.#isOver || this.#hasSaidFarewell || this.#isSilent || this.#told === 0)
      return undefined
    if (this.#sent < bytes.length || this.#told < this.#cues.length || !leaving.isEarly()) return undefined
    return { wait: leaving.wait, miss: () => this.#stage.leftScriptEarly(this.#origin, recorded, this.#told) }
  }

  sent(written: Uint8Array, tell: Tell): void {
    // The server has gone: what the client writes until it notices is a matter of timing, not of the recording.
    if (this.#isOver) return
    const bytes = withoutFarewell(this.#recorded.script.bytes, this.#sent, written)
    this.#hasSaidFarewell ||= bytes.length < written.length
    if (!goesOnWith(this.#recorded, this.#sent, bytes)) this.#becomeOneThatGoesOnWith(bytes)
    this.#sent += bytes.length
    this.#note()
    this.#tellDue(tell)
  }

  ended(tell: Tell): void {
    this.#isEnded = true
    this.#tellDue(tell)
  }

  canPlay(recorded: RecordedScript): boolean {
    // What goes on from a request is bound to it, and requests that were played stay played.
    if ([recorded, this.#recorded].some(({ behind, interactions }) => behind !== undefined || interactions.length > 0))
      return false
    if (!goesOnWith(recorded, 0, this.#written())) return false
    return beginsWith(this.#stage.scriptOf(recorded, 0).cues, this.#cues.slice(0, this.#told))
  }

  play(recorded: RecordedScript): void {
    this.#recorded = recorded
    this.#cues = this.#stage.scriptOf(recorded, 0).cues
  }

  /**
   * Connections may begin alike, with the same greeting, and part later: then this one becomes another one.
   *
   * @throws CassetteMiss where there is none.
   */
  #becomeOneThatGoesOnWith(bytes: Uint8Array): void {
    const written = this.#written(bytes)
    const other = this.#shelf.exchange(this.#recorded, this, (one) => goesOnWith(one, 0, written) && this.canPlay(one))
    if (other === undefined) throw this.#stage.missedBytes(this.#origin, written, [this.#recorded])
  }

  /** All that the client has written, `bytes` last. */
  #written(bytes: Uint8Array = NOTHING): Uint8Array {
    const before = this.#recorded.script.bytes.subarray(0, this.#sent)
    return bytes.length === 0 ? before : Buffer.concat([before, bytes])
  }

  #note(): void {
    const { script, interactions } = this.#recorded
    for (let next = interactions[this.#played]; next !== undefined; next = interactions[this.#played]) {
      if (next.request.start + next.request.raw.length > this.#sent) break
      this.#stage.pool.play(next)
      this.#played += 1
    }
    if (this.#sent === script.bytes.length) this.#shelf.finish(this.#recorded)
  }

  #tellDue(tell: Tell): void {
    for (let cue = this.#cues[this.#told]; cue !== undefined; cue = this.#cues[this.#told]) {
      if (cue.after.sent > this.#sent || (cue.after.isEnded && !this.#isEnded)) return
      this.#told += 1
      this.#isOver = cue.action.type === 'fail'
      tell(cue)
    }
  }
}

const NOTHING = new Uint8Array(0)

/** Whether `bytes` are how the script begins, and it has something to say to them. */
export const isDueAfter = (recorded: RecordedScript, bytes: Uint8Array, isEnded: boolean): boolean =>
  goesOnWith(recorded, 0, bytes) &&
  recorded.script.steps.some(({ after }) => after.sent <= bytes.length && (isEnded || !after.isEnded))
