import type { Played } from '../interactions/cue.ts'
import type { ByteProgress, ByteScript, Interaction, RequestProgress, Step } from '../interactions/interaction.ts'
import { type OriginOf, RequestReader, type WireRequest } from '../interactions/request-reader.ts'
import { ConnectionError } from '../errors.ts'
import { Answer } from './answer.ts'
import { isDueAfter, ScriptPlayer } from './byte-conversation.ts'
import { type Exits, HandOver } from './exits.ts'
import type { Found } from '../matching/interaction-pool.ts'
import type { Act, RecordedLeaving, ReplayPeer, Tell } from './replay-transport.ts'
import type { RecordedScript } from '../matching/script-shelf.ts'
import type { ScriptInPlay } from './script-in-play.ts'
import type { Stage } from './stage.ts'

type Server = 'open' | 'ended' | 'failed' | 'silent'

/** What the server is after it has told something, or has no more to tell. */
// oxfmt-ignore
const SERVER: Readonly<Record<Server, Readonly<Record<'segment' | 'end' | 'fail' | 'fall-silent', Server>>>> = {
  'open':   { 'segment': 'open',   'end': 'ended',  'fail': 'failed', 'fall-silent': 'silent' },
  'ended':  { 'segment': 'ended',  'end': 'ended',  'fail': 'failed', 'fall-silent': 'silent' },
  'failed': { 'segment': 'failed', 'end': 'failed', 'fail': 'failed', 'fall-silent': 'silent' },
  'silent': { 'segment': 'silent', 'end': 'silent', 'fail': 'silent', 'fall-silent': 'silent' },
}

/** What becomes of a request that is complete. A client learns from its next read that the connection was reset. */
// oxfmt-ignore
const ON_REQUEST: Readonly<Record<Server, 'answer' | 'answer-next' | 'count-next' | 'ignore'>> = {
  'open':   'answer',
  'ended':  'answer-next',  // only what was recorded as sent in vain
  'failed': 'count-next',   // the same, and nothing comes of it
  'silent': 'ignore',
}

/** Plays interactions: each request gets the answer that was recorded for it, on whatever connection it comes. */
export class InteractionConversation implements ReplayPeer {
  readonly #stage: Stage
  readonly #opening: readonly Step<ByteProgress>[]
  readonly #exits: Exits
  readonly #requests: RequestReader
  #server: Server = 'open'
  #answer = new Answer()
  /** The interaction that was played last. */
  #last: Interaction | undefined
  /** Whether the answer waits for something that the client does on another connection. */
  #isHeld = false
  #isEnded = false
  /** What the connection goes on with that is not HTTP. */
  #script: ScriptInPlay | undefined
  #act: Act = (act) => act()
  /** What a request was looked up as, when so much of it had come. */
  #normalized:
    | (Pick<WireRequest, 'bodyLength' | 'isComplete'> & { readonly of: WireRequest; readonly request: WireRequest })
    | undefined

  constructor(stage: Stage, origin: string, opening: ByteScript | undefined, exits: Exits, meant?: OriginOf) {
    this.#stage = stage
    this.#exits = exits
    this.#opening = opening?.steps ?? []
    this.#requests = new RequestReader(origin, meant)
  }

  get isHeld(): boolean {
    return this.#isHeld
  }

  get leaving(): RecordedLeaving | undefined {
    if (this.#script !== undefined) return this.#script.leaving
    const { request } = this.#requests
    const { interaction, isSettled, isAllTold, told } = this.#answer
    if (this.#server !== 'open' || this.#isHeld || request === undefined || !isSettled || !isAllTold) return undefined
    if (interaction?.leaving?.isEarly() !== true) return undefined
    const miss = (): Error => this.#stage.leftEarly(this.#origin, this.#lookedUpAs(request), interaction, told)
    return { wait: interaction.leaving.wait, miss }
  }

  get #origin(): string {
    return this.#requests.origin
  }

  opened(tell: Tell, act: Act): void {
    this.#act = act
    this.#tellOpening(tell, false)
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

  closed(error: Error | undefined): Error | undefined {
    const { interaction, isSettled, hasBegun } = this.#answer
    // Answered early, the client has gone without sending the rest: that is how it was recorded, too, or close to it.
    if (interaction !== undefined && !isSettled && hasBegun) this.#play(interaction)
    return error instanceof ConnectionError && error.code.endsWith('_TIMEOUT') ? this.#whyUnanswered() : undefined
  }

  /** Reads what the client has written, up to where an answer has to wait. */
  #follow(tell: Tell): void {
    const requests = this.#requests
    while (!this.#isHeld) {
      if (this.#script !== undefined) return this.#script.sent(requests.unread, tell)
      const event = requests.next()
      if (event === undefined) break
      if (event.type === 'request-head') this.#answer = new Answer()
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
    this.#tellOpening(tell, true)
  }

  /** The request is complete, so what it is is known. */
  #settle(tell: Tell): void {
    const { request } = this.#requests
    if (request === undefined || ON_REQUEST[this.#server] === 'ignore') return
    if (ON_REQUEST[this.#server] === 'count-next') return this.#playIfNext(request)
    if (!this.#answer.isSettled) {
      const passing = this.#exits.passing(request)
      if (passing !== undefined && this.#canAnswerLive) throw new HandOver(passing, this.#unanswered(request))
      const found = this.#find(request)
      if (ON_REQUEST[this.#server] === 'answer-next' && !this.#isNext(found)) return
      if (found === undefined) throw this.#missed(request)
      this.#checkSocket(found.interaction, request)
      this.#take(found.interaction)
      const hooked = this.#askHook(found.interaction, request)
      this.#play(found.interaction)
      if (hooked !== undefined) return this.#holdUntil(hooked, found.interaction, tell)
      if (found.waitsFor !== undefined) return this.#holdFor(found.interaction, found.waitsFor, tell)
    }
    this.#tellDue(tell)
  }

  #playIfNext(request: WireRequest): void {
    const found = this.#find(request)
    if (found !== undefined && this.#isNext(found)) this.#play(found.interaction)
  }

  /** Whether it was recorded right after what was played last. */
  #isNext(found: Found | undefined): boolean {
    return found !== undefined && found.interaction === this.#stage.pool.following(this.#last)
  }

  #find(request: WireRequest): Found | undefined {
    const { pool } = this.#stage
    const answer = this.#answer
    const asked = this.#lookedUpAs(request)
    if (!answer.hasBegun) return pool.find(asked, this.#last)
    return pool.find(
      asked,
      this.#last,
      (interaction) => interaction === answer.interaction || answer.mayBecome(this.#stage.answerOf(interaction).cues),
    )
  }

  #lookedUpAs(request: WireRequest): WireRequest {
    const known = this.#normalized
    const { bodyLength, isComplete } = request
    if (known?.of === request && known.bodyLength === bodyLength && known.isComplete === isComplete)
      return known.request
    const normalized = this.#stage.normalized(this.#origin, request)
    this.#normalized = { of: request, bodyLength, isComplete, request: normalized }
    return normalized
  }

  /** The same of a request under way: a hook may fail at half a body, and be asked again with all of it. */
  #lookedUpSoFarAs(request: WireRequest): WireRequest {
    try {
      return this.#lookedUpAs(request)
    } catch {
      return request
    }
  }

  /** Plays the answer, and goes on, once the user's hook has decided what it is. */
  #holdUntil(hooked: Promise<Played<RequestProgress>>, interaction: Interaction, tell: Tell): void {
    this.#isHeld = true
    const goOn = (played: () => Played<RequestProgress>): void =>
      this.#act(() => {
        this.#isHeld = false
        this.#change(interaction, played())
        const write = this.#stage.pool.writeBefore(interaction)
        if (write !== undefined) return this.#holdFor(interaction, write, tell)
        this.#goOn(tell)
      })
    hooked.then(
      (played) => goOn(() => played),
      (error: unknown) =>
        goOn(() => {
          throw error
        }),
    )
  }

  /** Plays the answer, and goes on, once the client has sent all that was recorded as written before. */
  #holdFor(interaction: Interaction, write: Interaction, tell: Tell): void {
    this.#isHeld = true
    this.#stage.pool.whenPlayed(write, () => {
      const next = this.#stage.pool.writeBefore(interaction)
      if (next !== undefined) return this.#holdFor(interaction, next, tell)
      this.#isHeld = false
      this.#act(() => this.#goOn(tell))
    })
  }

  /** Does what had to wait. */
  #goOn(tell: Tell): void {
    this.#tellDue(tell)
    this.#follow(tell)
    if (this.#isEnded && !this.#isHeld) this.#followEnd(tell)
  }

  #missed(request: WireRequest): Error {
    const { unrecorded } = this.#exits
    if (unrecorded !== undefined && this.#canAnswerLive) return new HandOver(unrecorded, this.#unanswered(request))
    return this.#stage.missedRequest(this.#origin, this.#lookedUpAs(request), this.#last)
  }

  /** Whether a live server may answer the request that has just come: nothing of its answer has been played. */
  get #canAnswerLive(): boolean {
    return !this.#answer.hasBegun && this.#canGoLive
  }

  /** Whether all that came before is answered to its end: the answers to a pipeline come with its last request. */
  get #canGoLive(): boolean {
    return this.#server === 'open' && this.#stage.pool.following(this.#last)?.isPipelined !== true
  }

  /** The bytes of the request, and what the client has written after it. */
  #unanswered(request: WireRequest): Uint8Array {
    return request.isComplete ? Buffer.concat([request.raw, this.#requests.unread]) : request.raw
  }

  /** The request is not complete, but the client may be waiting for `100 Continue` or about to be refused. */
  #lead(request: WireRequest, tell: Tell): void {
    if (this.#server !== 'open') return
    const answer = this.#answer
    if (!answer.hasBegun && !answer.isSettled)
      this.#take(this.#stage.pool.lead(this.#lookedUpSoFarAs(request), this.#last))
    this.#tellDue(tell)
    const { interaction } = answer
    if (interaction?.request.isComplete === false && !answer.isSettled && answer.hasBegun) this.#play(interaction)
  }

  #take(interaction: Interaction | undefined): void {
    if (interaction === this.#answer.interaction) return
    this.#answer.become(interaction, interaction && this.#granted(interaction, this.#stage.answerOf(interaction)))
  }

  /** The answer with what a client of WebSockets computes for its own key. */
  #granted(interaction: Interaction, played: Played<RequestProgress>): Played<RequestProgress> {
    const socket = this.#stage.socketOf(interaction)
    const { request } = this.#requests
    if (socket === undefined || request === undefined) return played
    return { ...played, cues: socket.grantTo(request, played.cues) }
  }

  /** @throws CassetteMiss if the client would refuse the recorded handshake, or take frames for what they are not. */
  #checkSocket(interaction: Interaction, request: WireRequest): void {
    const reason = this.#stage.socketOf(interaction)?.refusalFor(request)
    if (reason !== undefined) throw this.#stage.refusedSocket(this.#origin, request, interaction, reason)
  }

  /** After the head of a 101 to a WebSocket, messages count and not bytes. */
  #openSocket(tell: Tell): void {
    const { interaction, isSettled, hasBegun } = this.#answer
    if (interaction === undefined || !isSettled || !hasBegun || this.#server !== 'open') return
    const socket = this.#stage.socketOf(interaction)
    if (socket === undefined || this.#script !== undefined) return
    this.#script = this.#stage.playSocket(socket, this.#origin, this.#answer)
    this.#script?.sent(NOTHING, tell)
  }

  /**
   * Lets the user's hook change what is still to be told; gives a promise if the hook does. It cannot be asked where the answers to
   * several requests are mixed up.
   */
  #askHook(interaction: Interaction, request: WireRequest): Promise<Played<RequestProgress>> | undefined {
    const { hasAnswerHook, pool } = this.#stage
    if (!hasAnswerHook || interaction.isPipelined || pool.following(interaction)?.isPipelined === true) return undefined
    const played = this.#stage.hookedAnswerOf(interaction, request)
    if (played instanceof Promise) return played
    this.#change(interaction, played)
    return undefined
  }

  #change(interaction: Interaction, played: Played<RequestProgress>): void {
    if (!this.#answer.mayBecome(played.cues)) throw this.#stage.changedTooLate(interaction)
    this.#answer.become(interaction, this.#granted(interaction, played))
  }

  #play(interaction: Interaction): void {
    this.#answer.isSettled = true
    this.#last = interaction
    this.#stage.pool.play(interaction)
  }

  #tellOpening(tell: Tell, isEnded: boolean): void {
    for (const step of this.#opening) if (step.after.isEnded === isEnded) this.#tellStep(step, tell)
  }

  #tellDue(tell: Tell): void {
    const { request } = this.#requests
    if (this.#answer.interaction === undefined || request === undefined) return
    const { bodyLength, isComplete } = request
    const progress = { bodyLength, isComplete, isEnded: this.#isEnded }
    const answer = this.#answer
    for (let cue = answer.next(progress); cue !== undefined; cue = answer.next(progress)) this.#tellStep(cue, tell)
    if (this.#answer.fallsSilent) this.#server = SERVER[this.#server]['fall-silent']
    this.#openSocket(tell)
  }

  #tellStep(step: Step, tell: Tell): void {
    this.#server = SERVER[this.#server][step.action.type]
    tell(step)
  }

  /** What the client would have had to do to be answered, where that is not plain to see. */
  #whyUnanswered(): Error | undefined {
    const { request } = this.#requests
    const { interaction, hasBegun } = this.#answer
    if (request === undefined || interaction === undefined || interaction !== this.#last || hasBegun) return undefined
    const next = this.#stage.pool.following(interaction)
    const pipelined = next?.isPipelined === true ? next : undefined
    const due = this.#isHeld ? this.#stage.pool.writeBefore(interaction) : pipelined
    return due && this.#stage.waitedInVain(this.#origin, this.#lookedUpAs(request), interaction, due)
  }

  /** What came is not (yet) a request: it may be what the recorded connection went on with after an upgrade. */
  #leaveHttp(tell: Tell): void {
    const requests = this.#requests
    if (this.#server !== 'open') return
    if (requests.isLost && requests.request?.isComplete === false) this.#settle(tell)
    const bytes = requests.unread
    const recorded = this.#recordedRest(bytes)
    if (recorded === undefined) {
      if (requests.isLost) throw this.#missedBytes(bytes)
      return
    }
    // A head that is still incomplete looks the same: then only something that is due decides.
    if (!requests.isLost && !isDueAfter(recorded, bytes, this.#isEnded)) return
    this.#script = new ScriptPlayer(this.#stage, this.#origin, recorded)
    this.#script.sent(bytes, tell)
  }

  #missedBytes(bytes: Uint8Array): Error {
    const { unrecorded } = this.#exits
    const isBetween = this.#requests.request?.isComplete !== false
    if (unrecorded !== undefined && isBetween && this.#canGoLive) return new HandOver(unrecorded, bytes)
    return this.#stage.missedBytes(this.#origin, bytes, this.#stage.scripts(this.#origin).all)
  }

  #recordedRest(bytes: Uint8Array): RecordedScript | undefined {
    const last = this.#last
    if (last === undefined) return this.#stage.scripts(this.#origin).find(bytes)
    return last.rest && this.#stage.scripts(this.#origin).behind(last)
  }
}

const NOTHING = new Uint8Array(0)
