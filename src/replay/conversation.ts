import type { ByteProgress, ByteScript, Interaction, RequestProgress, Step } from '../interactions/interaction.ts'
import { type OriginOf, RequestReader, type WireRequest } from '../interactions/request-reader.ts'
import { ConnectionError } from '../errors.ts'
import { isDueAfter, ScriptPlayer } from './byte-conversation.ts'
import { beginsWith, type Cue } from './faults.ts'
import { type Exits, HandOver } from './exits.ts'
import type { Found } from './matching/interaction-pool.ts'
import type { Act, ReplayPeer, Tell } from './replay-transport.ts'
import type { RecordedScript } from './matching/script-shelf.ts'
import type { Stage } from './stage.ts'

/** Plays interactions: each request gets the answer that was recorded for it, on whatever connection it comes. */
export class InteractionConversation implements ReplayPeer {
  readonly #stage: Stage
  readonly #opening: readonly Step<ByteProgress>[]
  readonly #exits: Exits
  readonly #requests: RequestReader
  /** The interaction whose answer is being told; not `#isSettled` while the request may still become another one. */
  #playing: Interaction | undefined
  #isSettled = false
  /** What is played of `#playing`. */
  #cues: readonly Cue<RequestProgress>[] = []
  #fallsSilent = false
  /** How many of them the client was told. */
  #told = 0
  /** Whether the answer waits for something that the client does on another connection. */
  #isHeld = false
  /** The interaction that was played last. */
  #last: Interaction | undefined
  #script: ScriptPlayer | undefined
  #isEnded = false
  #server: 'open' | 'ended' | 'failed' | 'silent' = 'open'
  #act: Act = (act) => act()

  constructor(stage: Stage, origin: string, opening: ByteScript | undefined, exits: Exits, meant?: OriginOf) {
    this.#stage = stage
    this.#exits = exits
    this.#opening = opening?.steps ?? []
    this.#requests = new RequestReader(origin, meant)
  }

  get isHeld(): boolean {
    return this.#isHeld
  }

  get #origin(): string {
    return this.#requests.origin
  }

  opened(tell: Tell, act: Act): void {
    this.#act = act
    for (const step of this.#opening) if (!step.after.isEnded) this.#tellStep(step, tell)
  }

  sent(bytes: Uint8Array, tell: Tell): void {
    if (this.#script !== undefined) return this.#script.sent(bytes, tell)
    this.#requests.push(bytes)
    this.#follow(tell)
  }

  ended(tell: Tell): void {
    this.#isEnded = true
    if (!this.#isHeld) this.#followEnd(tell)
  }

  /** Reads what the client has written, up to where an answer has to wait. */
  #follow(tell: Tell): void {
    const requests = this.#requests
    while (!this.#isHeld) {
      const event = requests.next()
      if (event === undefined) break
      if (event.type === 'request-head') this.#begin()
      if (event.type === 'end-of-message') this.#settle(tell)
    }
    if (this.#isHeld) return
    if (requests.isLost || requests.hasBegunNext) this.#leaveHttp(tell)
    else if (requests.request?.isComplete === false) this.#lead(requests.request, tell)
  }

  #followEnd(tell: Tell): void {
    if (this.#script === undefined && this.#requests.hasBegunNext) this.#leaveHttp(tell)
    if (this.#script !== undefined) return this.#script.ended(tell)
    if (this.#requests.request !== undefined) return this.#tellDue(tell)
    for (const step of this.#opening) if (step.after.isEnded) this.#tellStep(step, tell)
  }

  closed(error: Error | undefined): Error | undefined {
    // Answered early, the client has gone without sending the rest: that is how it was recorded, too, or close to it.
    if (this.#playing !== undefined && !this.#isSettled && this.#told > 0) this.#play(this.#playing)
    return error instanceof ConnectionError && error.code.endsWith('_TIMEOUT') ? this.#whyUnanswered() : undefined
  }

  /** What the client would have had to do to be answered, where that is not plain to see. */
  #whyUnanswered(): Error | undefined {
    const { request } = this.#requests
    if (request === undefined || this.#playing === undefined || this.#playing !== this.#last || this.#told > 0)
      return undefined
    const next = this.#stage.pool.following(this.#last)
    const due = this.#isHeld
      ? this.#stage.pool.writeBefore(this.#playing)
      : next?.isPipelined === true
        ? next
        : undefined
    return due && this.#stage.waitedInVain(this.#origin, request, this.#playing, due)
  }

  #begin(): void {
    this.#playing = undefined
    this.#cues = []
    this.#isSettled = false
    this.#told = 0
  }

  /** The request is complete, so what it is is known. */
  #settle(tell: Tell): void {
    const { request } = this.#requests
    // A reset connection takes no requests; the client learns it from its next read. One that is silent takes them all.
    if (request === undefined || this.#server === 'silent') return
    if (this.#server === 'failed') return this.#noteInVain(request)
    if (!this.#isSettled) {
      const passing = this.#canAnswerLive ? this.#exits.passing(request) : undefined
      if (passing !== undefined) throw new HandOver(passing, this.#unanswered(request))
      const found = this.#find(request)
      const isNext = found !== undefined && found.interaction === this.#stage.pool.following(this.#last)
      // After its end the server answers nothing; only a request that was recorded as sent in vain still counts.
      if (this.#server === 'ended' && !isNext) return
      if (found === undefined) throw this.#missed(request)
      this.#take(found.interaction)
      this.#play(found.interaction)
      if (found.waitsFor !== undefined) return this.#holdFor(found.interaction, found.waitsFor, tell)
    }
    this.#tellDue(tell)
  }

  /** A request that was recorded as sent in vain counts. */
  #noteInVain(request: WireRequest): void {
    const next = this.#stage.pool.following(this.#last)
    if (next !== undefined && this.#find(request)?.interaction === next) this.#play(next)
  }

  #find(request: WireRequest): Found | undefined {
    const { pool } = this.#stage
    if (this.#told === 0) return pool.find(request, this.#last)
    const told = this.#cues.slice(0, this.#told)
    return pool.find(
      request,
      this.#last,
      (interaction) => interaction === this.#playing || beginsWith(this.#stage.answerOf(interaction).cues, told),
    )
  }

  /** Tells the answer, and goes on, once the client has sent all that was recorded as written before. */
  #holdFor(interaction: Interaction, write: Interaction, tell: Tell): void {
    this.#isHeld = true
    this.#stage.pool.whenPlayed(write, () => {
      const next = this.#stage.pool.writeBefore(interaction)
      if (next !== undefined) return this.#holdFor(interaction, next, tell)
      this.#isHeld = false
      this.#act(() => {
        this.#tellDue(tell)
        this.#follow(tell)
        if (this.#isEnded) this.#followEnd(tell)
      })
    })
  }

  #missed(request: WireRequest): Error {
    const { unrecorded } = this.#exits
    if (unrecorded !== undefined && this.#canAnswerLive) return new HandOver(unrecorded, this.#unanswered(request))
    return this.#stage.missedRequest(this.#origin, request, this.#last)
  }

  /** Whether a live server may answer the request that has just come: nothing of its answer has been told. */
  get #canAnswerLive(): boolean {
    return this.#told === 0 && this.#canGoLive
  }

  /** Whether all that came before is answered to its end: the answers to a pipeline come with its last request. */
  get #canGoLive(): boolean {
    return this.#server === 'open' && this.#stage.pool.following(this.#last)?.isPipelined !== true
  }

  /** The bytes of the request, and what the client has written behind it. */
  #unanswered(request: WireRequest): Uint8Array {
    return request.isComplete ? Buffer.concat([request.raw, this.#requests.unread]) : request.raw
  }

  /** The request is not complete, but the client may be waiting for `100 Continue` or about to be refused. */
  #lead(request: WireRequest, tell: Tell): void {
    if (this.#server !== 'open') return
    if (this.#told === 0 && !this.#isSettled) this.#take(this.#stage.pool.lead(request, this.#last))
    this.#tellDue(tell)
    const playing = this.#playing
    if (playing?.request.isComplete === false && !this.#isSettled && this.#told > 0) this.#play(playing)
  }

  /** What is told from now on; the client may have been told as much of it as of the one before. */
  #take(interaction: Interaction | undefined): void {
    if (interaction === this.#playing) return
    this.#playing = interaction
    const played = interaction && this.#stage.answerOf(interaction)
    this.#cues = played?.cues ?? []
    this.#fallsSilent = played?.fallsSilent ?? false
  }

  #play(interaction: Interaction): void {
    this.#isSettled = true
    this.#last = interaction
    this.#stage.pool.play(interaction)
  }

  #tellDue(tell: Tell): void {
    const { request } = this.#requests
    if (this.#playing === undefined || request === undefined) return
    const { bodyLength, isComplete } = request
    const progress: RequestProgress = { bodyLength, isComplete, isEnded: this.#isEnded }
    for (let cue = this.#cues[this.#told]; cue !== undefined; cue = this.#cues[this.#told]) {
      if (!isDue(cue.after, progress)) return
      this.#told += 1
      this.#tellStep(cue, tell)
    }
    if (this.#fallsSilent && this.#isSettled) this.#server = 'silent'
  }

  #tellStep(step: Step, tell: Tell): void {
    if (step.action.type === 'end') this.#server = 'ended'
    if (step.action.type === 'fail') this.#server = 'failed'
    tell(step)
  }

  /** What came is not (yet) a request: it may be what the recorded connection went on with after an upgrade. */
  #leaveHttp(tell: Tell): void {
    const requests = this.#requests
    if (this.#server !== 'open') return
    if (requests.isLost && requests.request?.isComplete === false) this.#settle(tell)
    const bytes = requests.unread
    const recorded = this.#recordedRest(bytes)
    if (recorded === undefined) {
      if (!requests.isLost) return
      const { unrecorded } = this.#exits
      const isBetween = requests.request?.isComplete !== false
      if (unrecorded !== undefined && isBetween && this.#canGoLive) throw new HandOver(unrecorded, bytes)
      const { all } = this.#stage.scripts(this.#origin)
      throw this.#stage.missedBytes(this.#origin, bytes, all)
    }
    // A head that is still incomplete looks the same: then only something that is due decides.
    if (!requests.isLost && !isDueAfter(recorded, bytes, this.#isEnded)) return
    this.#script = new ScriptPlayer(this.#stage, this.#origin, recorded)
    this.#script.sent(bytes, tell)
  }

  #recordedRest(bytes: Uint8Array): RecordedScript | undefined {
    const last = this.#last
    if (last === undefined) return this.#stage.scripts(this.#origin).find(bytes)
    return last.rest && this.#stage.scripts(this.#origin).behind(last)
  }
}

const isDue = (after: RequestProgress, now: RequestProgress): boolean =>
  (now.isEnded || !after.isEnded) && (now.isComplete || (!after.isComplete && now.bodyLength >= after.bodyLength))
