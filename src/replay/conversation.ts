import {
  type ByteProgress,
  type ByteScript,
  type Interaction,
  type RequestProgress,
  RequestReader,
  type ServerAction,
  type Step,
  type WireRequest,
} from '../cassette/interactions.ts'
import { firstDifference } from './differences.ts'
import { type Exits, HandOver } from './live.ts'
import type { InteractionPool } from './matcher.ts'
import type { CassetteMiss } from './miss-report.ts'
import type { ReplayPeer, Tell } from './replay-transport.ts'

/** What the connections of one replayer share. */
export interface Stage {
  readonly pool: InteractionPool
  /** The conversations in bytes that were recorded with `origin`. */
  scripts(origin: string): ScriptShelf
  /** The error for a request that has no answer; `last` was played before it on its connection. */
  missedRequest(origin: string, request: WireRequest, last: Interaction | undefined): CassetteMiss
  /** The error for bytes that are in none of `nearest`. */
  missedBytes(origin: string, bytes: Uint8Array, nearest: readonly RecordedScript[]): CassetteMiss
}

/** A {@link ByteScript} and where it comes from. */
export interface RecordedScript {
  readonly script: ByteScript
  readonly connection: number
  /** The interaction that it goes on from; `undefined` where the connection begins with it. */
  readonly behind: Interaction | undefined
  /** The requests in it, where it is a whole connection. */
  readonly interactions: readonly Interaction[]
}

/** The scripts of one origin, each handed out once, in recorded order. */
export class ScriptShelf {
  readonly all: readonly RecordedScript[]
  readonly #allowsRepeats: boolean
  readonly #byConnection: ReadonlyMap<number, RecordedScript>
  readonly #free: Set<RecordedScript>
  readonly #unfinished: Set<RecordedScript>

  constructor(all: readonly RecordedScript[], allowPlaybackRepeats: boolean) {
    this.all = all
    this.#allowsRepeats = allowPlaybackRepeats
    this.#byConnection = new Map(all.map((recorded) => [recorded.connection, recorded]))
    this.#free = new Set(all)
    this.#unfinished = new Set(all)
  }

  /** Scripts of which some bytes have not been written yet. */
  get unfinished(): readonly RecordedScript[] {
    return [...this.#unfinished]
  }

  /** The script of a connection, where it is still to be had. */
  of(connection: number): RecordedScript | undefined {
    const script = this.#byConnection.get(connection)
    return script !== undefined && this.#free.has(script) ? script : undefined
  }

  /** The first script of a new connection that begins with `bytes`: connections open at the same time differ by these. */
  find(bytes: Uint8Array): RecordedScript | undefined {
    const fits = ({ script, behind }: RecordedScript): boolean =>
      behind === undefined && firstDifference(script.bytes, bytes) === undefined
    for (const recorded of this.#free) if (fits(recorded)) return recorded
    return this.#allowsRepeats ? this.all.findLast(fits) : undefined
  }

  take(script: RecordedScript): void {
    this.#free.delete(script)
  }

  finish(script: RecordedScript): void {
    this.#unfinished.delete(script)
  }
}

/** Plays interactions: each request gets the answer that was recorded for it, on whatever connection it comes. */
export class InteractionConversation implements ReplayPeer {
  readonly #stage: Stage
  readonly #origin: string
  readonly #opening: readonly Step<ByteProgress>[]
  readonly #exits: Exits
  readonly #requests: RequestReader
  /** The interaction whose answer is being told; not `#isSettled` while the request may still become another one. */
  #playing: Interaction | undefined
  #isSettled = false
  /** What the client was told of `#playing`. */
  #told: ServerAction[] = []
  /** The interaction that was played last. */
  #last: Interaction | undefined
  #script: ScriptPlayer | undefined
  #isEnded = false
  #server: 'open' | 'ended' | 'failed' = 'open'

  constructor(stage: Stage, origin: string, opening: ByteScript | undefined, exits: Exits) {
    this.#stage = stage
    this.#origin = origin
    this.#exits = exits
    this.#opening = opening?.steps ?? []
    this.#requests = new RequestReader(origin)
  }

  opened(tell: Tell): void {
    for (const step of this.#opening) if (!step.after.isEnded) this.#tellStep(step, tell)
  }

  sent(bytes: Uint8Array, tell: Tell): void {
    if (this.#script !== undefined) return this.#script.sent(bytes, tell)
    const requests = this.#requests
    requests.push(bytes)
    for (let event = requests.next(); event !== undefined; event = requests.next()) {
      if (event.type === 'request-head') this.#begin()
      if (event.type === 'end-of-message') this.#settle(tell)
    }
    if (requests.isLost || requests.hasBegunNext) this.#leaveHttp(tell)
    else if (requests.request?.isComplete === false) this.#lead(requests.request, tell)
  }

  ended(tell: Tell): void {
    this.#isEnded = true
    if (this.#script === undefined && this.#requests.hasBegunNext) this.#leaveHttp(tell)
    if (this.#script !== undefined) return this.#script.ended(tell)
    if (this.#requests.request !== undefined) return this.#tellDue(tell)
    for (const step of this.#opening) if (step.after.isEnded) this.#tellStep(step, tell)
  }

  closed(): void {
    // Answered early, the client has gone without sending the rest: that is how it was recorded, too, or close to it.
    if (this.#playing !== undefined && !this.#isSettled && this.#told.length > 0) this.#play(this.#playing)
  }

  #begin(): void {
    this.#playing = undefined
    this.#isSettled = false
    this.#told = []
  }

  /** The request is complete, so what it is is known. */
  #settle(tell: Tell): void {
    const { request } = this.#requests
    // A reset connection takes no requests; the client learns it from its next read.
    if (request === undefined || this.#server === 'failed') return
    if (!this.#isSettled) {
      const passing = this.#canAnswerLive ? this.#exits.passing(request) : undefined
      if (passing !== undefined) throw new HandOver(passing, this.#unanswered(request))
      const found = this.#stage.pool.find(request, this.#last, this.#told)
      const isNext = found !== undefined && found === this.#stage.pool.following(this.#last)
      // After its end the server answers nothing; only a request that was recorded as sent in vain still counts.
      if (this.#server === 'ended' && !isNext) return
      if (found === undefined) throw this.#missed(request)
      this.#play(found)
    }
    this.#tellDue(tell)
  }

  #missed(request: WireRequest): Error {
    const { unrecorded } = this.#exits
    if (unrecorded !== undefined && this.#canAnswerLive) return new HandOver(unrecorded, this.#unanswered(request))
    return this.#stage.missedRequest(this.#origin, request, this.#last)
  }

  /** Whether a live server may answer the request that has just come: nothing of its answer has been told. */
  get #canAnswerLive(): boolean {
    return this.#told.length === 0 && this.#canGoLive
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
    if (this.#told.length === 0 && !this.#isSettled) this.#playing = this.#stage.pool.lead(request, this.#last)
    this.#tellDue(tell)
    const playing = this.#playing
    if (playing?.request.isComplete === false && !this.#isSettled && this.#told.length > 0) this.#play(playing)
  }

  #play(interaction: Interaction): void {
    this.#playing = interaction
    this.#isSettled = true
    this.#last = interaction
    this.#stage.pool.play(interaction)
  }

  #tellDue(tell: Tell): void {
    const { request } = this.#requests
    if (this.#playing === undefined || request === undefined) return
    const { bodyLength, isComplete } = request
    const progress: RequestProgress = { bodyLength, isComplete, isEnded: this.#isEnded }
    const { answer } = this.#playing
    for (let step = answer[this.#told.length]; step !== undefined; step = answer[this.#told.length]) {
      if (!isDue(step.after, progress)) return
      this.#told.push(step.action)
      this.#tellStep(step, tell)
    }
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
    if (!requests.isLost && !isDueAfter(recorded.script, bytes, this.#isEnded)) return
    this.#script = new ScriptPlayer(this.#stage, this.#origin, recorded)
    this.#script.sent(bytes, tell)
  }

  #recordedRest(bytes: Uint8Array): RecordedScript | undefined {
    const shelf = this.#stage.scripts(this.#origin)
    const last = this.#last
    if (last === undefined) return shelf.find(bytes)
    return shelf.all.find(({ script }) => script === last.rest)
  }
}

/** Plays whole connections: the client must write what was recorded, byte for byte. */
export class ByteConversation implements ReplayPeer {
  readonly #stage: Stage
  readonly #origin: string
  readonly #inTurn: RecordedScript | undefined
  readonly #exits: Exits
  #script: ScriptPlayer | undefined

  /** `inTurn` is the script of the connection that was opened in this place among those to its origin. */
  constructor(stage: Stage, origin: string, inTurn: RecordedScript | undefined, exits: Exits) {
    this.#exits = exits
    this.#stage = stage
    this.#origin = origin
    this.#inTurn = inTurn
  }

  opened(tell: Tell): void {
    // Where the server acts first, the client says nothing that would tell connections apart; their order does.
    if (this.#inTurn !== undefined && isDueAfter(this.#inTurn.script, NOTHING, false)) this.#start(this.#inTurn, tell)
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

  closed(): void {}

  #start(recorded: RecordedScript, tell: Tell): ScriptPlayer {
    const script = new ScriptPlayer(this.#stage, this.#origin, recorded)
    this.#script = script
    script.sent(NOTHING, tell)
    return script
  }
}

/** Follows one script. */
class ScriptPlayer {
  readonly #stage: Stage
  readonly #origin: string
  readonly #recorded: RecordedScript
  #sent = 0
  #told = 0
  #played = 0
  #isEnded = false
  #isOver = false

  constructor(stage: Stage, origin: string, recorded: RecordedScript) {
    this.#stage = stage
    this.#origin = origin
    this.#recorded = recorded
    stage.scripts(origin).take(recorded)
  }

  sent(bytes: Uint8Array, tell: Tell): void {
    // The server has gone: what the client writes until it notices is a matter of timing, not of the recording.
    if (this.#isOver) return
    const expected = this.#recorded.script.bytes
    const isExpected = firstDifference(expected.subarray(this.#sent), bytes) === undefined
    if (!isExpected) {
      const asked = Buffer.concat([expected.subarray(0, this.#sent), bytes])
      throw this.#stage.missedBytes(this.#origin, asked, [this.#recorded])
    }
    this.#sent += bytes.length
    this.#note()
    this.#tellDue(tell)
  }

  ended(tell: Tell): void {
    this.#isEnded = true
    this.#tellDue(tell)
  }

  #note(): void {
    const { script, interactions } = this.#recorded
    for (let next = interactions[this.#played]; next !== undefined; next = interactions[this.#played]) {
      if (next.request.start + next.request.raw.length > this.#sent) break
      this.#stage.pool.play(next)
      this.#played += 1
    }
    if (this.#sent === script.bytes.length) this.#stage.scripts(this.#origin).finish(this.#recorded)
  }

  #tellDue(tell: Tell): void {
    const { steps } = this.#recorded.script
    for (let step = steps[this.#told]; step !== undefined; step = steps[this.#told]) {
      if (step.after.sent > this.#sent || (step.after.isEnded && !this.#isEnded)) return
      this.#told += 1
      this.#isOver = step.action.type === 'fail'
      tell(step)
    }
  }
}

const NOTHING = new Uint8Array(0)

const isDue = (after: RequestProgress, now: RequestProgress): boolean =>
  (now.isEnded || !after.isEnded) && (now.isComplete || (!after.isComplete && now.bodyLength >= after.bodyLength))

/** Whether `bytes` are how the script begins, and it has something to say to them. */
const isDueAfter = ({ bytes: expected, steps }: ByteScript, bytes: Uint8Array, isEnded: boolean): boolean =>
  firstDifference(expected, bytes) === undefined &&
  steps.some(({ after }) => after.sent <= bytes.length && (isEnded || !after.isEnded))
