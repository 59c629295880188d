import type { EndOfMessage, InterimResponse, ResponseHead } from '../http1/events.ts'
import { NO_UPGRADE, type UpgradeWish } from './upgrade-wish.ts'
import { BodyQueue } from './body-queue.ts'

/**
 * What the exchanges between two quiet moments of a connection share: where one of them was answered with bytes that were
 * not meant for it, it cannot be told which.
 */
export interface Period {
  isSuspect: boolean
}

/** One request that was sent and what has come of its answer: filled by the Wire, emptied by the HttpResponse. */
export class Exchange {
  readonly method: string
  readonly period: Period
  /** When its first byte was about to be written, ms. */
  readonly sentAt: number
  readonly body: BodyQueue
  /** Somebody waits for the whole body, and takes it once it is there. */
  isAwaitedWhole = false
  /**
   * Nothing may follow on this connection: the request said `Connection: close`, or its body was announced and not sent to
   * its end, so that what follows would be taken for the rest of it.
   */
  isLast = false
  /** Whether bytes of the request have yet to go out. */
  isSending = false
  /** Which other protocols may follow. */
  wish: UpgradeWish = NO_UPGRADE
  /** Any byte of an answer has come. */
  hasBegun = false
  /** Called once nothing more will come, for good or ill. */
  onSettled: (() => void) | undefined
  /** Called once more of the request's body would be sent for nothing. */
  onBodyRefused: (() => void) | undefined
  #interim: InterimResponse[] | undefined
  #head: ResponseHead | undefined
  #end: EndOfMessage | undefined
  #failure: unknown

  constructor(method: string, period: Period, sentAt: number, usualBody: number) {
    this.body = new BodyQueue(usualBody)
    this.method = method
    this.period = period
    this.sentAt = sentAt
  }

  get interim(): readonly InterimResponse[] {
    return this.#interim ?? NONE
  }

  get head(): ResponseHead | undefined {
    return this.#head
  }

  get end(): EndOfMessage | undefined {
    return this.#end
  }

  /** Why nothing more will come; told once all that came before it has been taken. */
  get failure(): unknown {
    return this.#failure
  }

  get isSettled(): boolean {
    return this.#end !== undefined || this.#failure !== undefined
  }

  /**
   * Whether the rest of the request's body is of no use: the answer is complete, or says what is wrong (RFC 9112 section 9.5).
   * An early success is none of these: some servers answer while they read.
   */
  get isBodyRefused(): boolean {
    return this.isSettled || (this.#head !== undefined && this.#head.status >= 400)
  }

  /** How many bytes the body has, where `Content-Length` says it and counts. */
  get announcedLength(): number | undefined {
    const fields = this.#head?.fields ?? []
    if (fields.some(({ name }) => name.toLowerCase() === 'transfer-encoding')) return undefined
    const length = Number(fields.find(({ name }) => name.toLowerCase() === 'content-length')?.value)
    return Number.isSafeInteger(length) && length >= 0 ? length : undefined
  }

  /** Bytes that came and that nobody has asked for. */
  get unreadBytes(): number {
    return this.isAwaitedWhole ? 0 : this.body.length
  }

  addInterim(interim: InterimResponse): void {
    this.#interim ??= []
    this.#interim.push(interim)
  }

  begin(head: ResponseHead): void {
    this.#head = head
    if (this.isBodyRefused) this.onBodyRefused?.()
  }

  finish(end: EndOfMessage): void {
    this.#end = end
    this.#settle()
  }

  fail(failure: unknown): void {
    if (this.isSettled) return
    this.#failure = failure
    this.#settle()
  }

  #settle(): void {
    this.onSettled?.()
    this.onBodyRefused?.()
  }
}

const NONE: readonly InterimResponse[] = []
