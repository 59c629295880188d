import { Deadline } from '../client/timeouts.ts'
import { type Clock, SYSTEM_CLOCK } from '../clock.ts'
import { WiretapeError } from '../errors.ts'
import { RequestParser } from '../http1/request-parser.ts'
import { ServeRefusal } from '../listen/refusal.ts'

/** A client did not send its whole request in time. */
export class SlowRequest extends ServeRefusal {
  /** Whether the client waits for an earlier answer or has part of one: it would take another answer for that one. */
  readonly isMidAnswer: boolean

  constructor(detail: string, isMidAnswer: boolean) {
    super('REQUEST_TIMEOUT', 408, detail)
    this.isMidAnswer = isMidAnswer
  }
}

/** Milliseconds; absent: no limit. */
export interface RequestLimits {
  /** For the head of a request, and for each gap in a body. */
  readonly request?: number | undefined
  /** Between requests, while none is unanswered. */
  readonly idle?: number | undefined
}

/** What the client is doing. Before its first byte it has the limit of a head; in other protocols it has none. */
type Stage = 'new' | 'between' | 'head' | 'body' | 'not-http'

/** Limits how long a client may take for the head of a request, for each gap in a body, and between requests. */
export class RequestWatch {
  readonly #limit: number | undefined
  readonly #idleLimit: number | undefined
  readonly #onLate: (reason: SlowRequest | undefined) => void
  readonly #deadline: Deadline
  readonly #parser = new RequestParser()
  #stage: Stage = 'new'
  /** Bytes that the client has sent, and where the last whole request ended. */
  #sent = 0
  #end = 0
  /** Whether some of the next head has arrived. */
  #hasHead = false
  /** Requests whose head has arrived and whose answer has not ended. */
  #unanswered = 0
  #isMidAnswer = false

  /**
   * @param limits milliseconds for the head of a request and for each gap in a body, and between requests; `undefined`: no limit.
   * @param onLate called when the time is up; without a reason if the client is not owed an answer.
   */
  constructor(
    { request, idle }: RequestLimits,
    onLate: (reason: SlowRequest | undefined) => void,
    clock: Clock = SYSTEM_CLOCK,
  ) {
    this.#limit = request
    this.#idleLimit = idle
    this.#onLate = onLate
    this.#deadline = new Deadline(clock, () => this.#onLate(this.#reason()))
  }

  /** Starts the limit again for what the client is doing now. */
  restart(): void {
    if (this.#stage === 'not-http') return
    if (this.#stage !== 'between') this.#deadline.start(this.#limit)
    else if (this.#unanswered <= 0) this.#deadline.start(this.#idleLimit)
  }

  /** Call it with all that the client sends. */
  sent(bytes: Uint8Array): void {
    if ((this.#limit ?? this.#idleLimit) === undefined || this.#stage === 'not-http') return
    const before = this.#stage
    this.#stage = this.#stageAfter(bytes)
    if (this.#stage === 'between' || this.#stage === 'not-http') this.#deadline.clear()
    // One limit for a whole head; one for each gap in a body.
    else if (this.#stage === 'body' || this.#stage !== before) this.restart()
  }

  /** Call it with each segment of answers: how many of them end in it, and whether the last one does so at its end. */
  answered({ ended, isBetween }: { readonly ended: number; readonly isBetween: boolean }): void {
    this.#unanswered -= ended
    this.#isMidAnswer = !isBetween
    if (ended > 0 && this.#stage === 'between') this.restart()
  }

  /** Call it when nothing more that the client sends is a request. */
  close(): void {
    this.#stage = 'not-http'
    this.#deadline.close()
  }

  #stageAfter(bytes: Uint8Array): Stage {
    this.#sent += bytes.length
    try {
      this.#parse(bytes)
    } catch (error) {
      if (!(error instanceof WiretapeError)) throw error
      return 'not-http' // The replay says what is wrong with it.
    }
    const { state } = this.#parser
    if (state !== 'head') return state === 'body' ? 'body' : 'not-http'
    // Line ends before a request are not part of it (RFC 9112 section 2.2).
    const next = bytes.subarray(Math.max(0, bytes.length - (this.#sent - this.#end)))
    this.#hasHead ||= next.some((byte) => byte !== CR && byte !== LF)
    if (this.#hasHead) return 'head'
    return this.#end === 0 ? 'new' : 'between'
  }

  #parse(bytes: Uint8Array): void {
    this.#parser.push(bytes)
    for (let event = this.#parser.next(); event !== undefined; event = this.#parser.next()) {
      if (event.type === 'request-head') this.#unanswered += 1
      if (event.type !== 'end-of-message') continue
      this.#end = event.end
      this.#hasHead = false
    }
  }

  #reason(): SlowRequest | undefined {
    // Of a request under way only the answers before its own matter.
    const owed = this.#unanswered - (this.#stage === 'body' ? 1 : 0)
    if (this.#stage === 'new' || this.#stage === 'between' || owed < 0) return undefined
    const detail = this.#stage === 'head' ? `${this.#limit} ms for a head` : `${this.#limit} ms inside a body`
    return new SlowRequest(`${detail}; requestTimeout allows more`, owed > 0 || this.#isMidAnswer)
  }
}

const CR = 0x0d
const LF = 0x0a
