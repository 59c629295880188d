import type { Clock } from '../clock.ts'
import { idleTimeout } from '../http1/framing.ts'
import type { Exchange, Period } from './exchange.ts'

/** How long a connection has been idle, and whether the next request may use it. */
export class IdlePolicy {
  readonly #clock: Clock
  #period: Period = { isSuspect: false }
  /** Whether no request was sent since the period began. */
  #isFresh = true
  #idleSince: number
  /** How long the slowest answer so far took, ms. */
  #slowest = 0
  /** How long the server said it keeps an idle connection, ms. */
  #limit: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.#idleSince = clock.now()
  }

  /** Notes a request: a misplaced answer in this period affects its answer, too. */
  asked(): { readonly period: Period; readonly sentAt: number } {
    this.#isFresh = false
    return { period: this.#period, sentAt: this.#clock.now() }
  }

  /** Notes the end of an answer. */
  answered({ sentAt, head }: Exchange): void {
    this.#idleSince = this.#clock.now()
    this.#slowest = Math.max(this.#slowest, this.#idleSince - sentAt)
    this.#limit = idleTimeout(head?.fields ?? [])
  }

  /** Whether the server is about to close the connection, and a request would be lost (RFC 9112 section 9.3.1). */
  get isEnding(): boolean {
    return this.#limit !== undefined && this.#idleFor() >= this.#limit - Math.min(MARGIN, this.#limit / 2)
  }

  /** Whether it was idle for so long that no answer can be missing or surplus: earlier answers no longer count. */
  get hasRested(): boolean {
    // An answer that a surplus one displaced arrives when this server would normally have sent it.
    return !this.#isFresh && this.#idleFor() >= Math.max(QUIET, 2 * this.#slowest)
  }

  /** Begins a period: earlier bytes no longer affect later answers. */
  begin(): void {
    this.#period = { isSuspect: false }
    this.#isFresh = true
  }

  /** A surplus answer came: the bytes do not show which earlier answer was not meant for its request. */
  suspect(): void {
    this.#period.isSuspect = true
  }

  #idleFor(): number {
    return this.#clock.now() - this.#idleSince
  }
}

/** After this idle time, bytes that a quick server sent by mistake have arrived, ms. */
const QUIET = 100

/** How long before the limit of the server an idle connection is given up, ms. */
const MARGIN = 1_000
