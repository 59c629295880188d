import { LocalProtocolError } from '../errors.ts'
import type { EndOfMessage, InterimResponse, ResponseHead } from '../http1/events.ts'
import { NO_UPGRADE, type UpgradeWish } from './upgrade-wish.ts'
import { BodyQueue } from './body-queue.ts'

/**
 * Shared by the exchanges between two quiet moments of a connection: if one of them got bytes that were not meant for it,
 * nobody can say which one.
 */
export interface Period {
  isSuspect: boolean
}

/** One sent request and the part of its answer that has arrived: filled by the Wire, emptied by the HttpResponse. */
export class Exchange {
  readonly method: string
  readonly period: Period
  /** The time just before its first byte was written, ms. */
  readonly sentAt: number
  readonly body: BodyQueue
  /** Whether a caller waits for the whole body, and will take it when it is complete. */
  isAwaitedWhole = false
  /**
   * Whether this is the last request on this connection: it said `Connection: close`, or its body was not sent to the
   * announced end, and the server would take the next request for the rest of it.
   */
  isLast = false
  /** Whether bytes of the request are still to be sent. */
  isSending = false
  /** The other protocols that may follow. */
  wish: UpgradeWish = NO_UPGRADE
  /** Whether any byte of an answer has arrived. */
  hasBegun = false
  /** Called when nothing more will come, after success or failure. */
  onSettled: (() => void) | undefined
  /** Called when sending more of the request body has become pointless. */
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

  /** Why nothing more will come; reported after everything that came before has been taken. */
  get failure(): unknown {
    return this.#failure
  }

  get isSettled(): boolean {
    return this.#end !== undefined || this.#failure !== undefined
  }

  /**
   * Whether the rest of the request body is useless: the answer is complete, or is an error (RFC 9112 section 9.5). An early
   * success does not count: some servers answer while they read.
   */
  get isBodyRefused(): boolean {
    return this.isSettled || (this.#head !== undefined && this.#head.status >= 400)
  }

  /** The length of the body, if a valid `Content-Length` states it. */
  get announcedLength(): number | undefined {
    const fields = this.#head?.fields ?? []
    if (fields.some(({ name }) => name.toLowerCase() === 'transfer-encoding')) return undefined
    const length = Number(fields.find(({ name }) => name.toLowerCase() === 'content-length')?.value)
    return Number.isSafeInteger(length) && length >= 0 ? length : undefined
  }

  /** Bytes that arrived and were not asked for yet. */
  get unreadBytes(): number {
    return this.isAwaitedWhole ? 0 : this.body.length
  }

  /** @throws LocalProtocolError `BODY_UNREAD` if more of the body has arrived than is kept. */
  checkUnread(): void {
    const unread = this.unreadBytes
    if (unread <= MAX_UNREAD_BYTES) return
    throw new LocalProtocolError('BODY_UNREAD', `${unread} bytes of it have arrived; read or cancel it first`)
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

/** How much of a body is kept for a caller that reads something else first. */
export const MAX_UNREAD_BYTES = 1_048_576
