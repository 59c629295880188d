import type { Clock } from '../clock.ts'
import { idleTimeout } from '../http1/framing.ts'
import type { Exchange, Period } from './exchange.ts'

/** How long a connection has been idle, and what follows from that for the next request. */
export class IdlePolicy {
  readonly #clock: Clock
  #period: Period = { isSuspect: false }
  /** Whether nothing was asked since the period began. */
  #isFresh = true
  #idleSince: number
  /** How long the slowest answer so far took, ms. */
  #slowest = 0
  /** How long the server said it keeps an idle connection, ms. */
  #limit = Infinity

  constructor(clock: Clock) {
    this.#clock = clock
    this.#idleSince = clock.now()
  }

  /** Notes a request: what happens to the answers of this period concerns its answer, too. */
  asked(): { readonly period: Period; readonly sentAt: number } {
    this.#isFresh = false
    return { period: this.#period, sentAt: this.#clock.now() }
  }

  /** Notes the end of an answer. */
  answered({ sentAt, head }: Exchange): void {
    this.#idleSince = this.#clock.now()
    this.#slowest = Math.max(this.#slowest, this.#idleSince - sentAt)
    this.#limit = idleTimeout(head?.fields ?? []) ?? Infinity
  }

  /** Whether the server is about to close: it would take a request and never see it (RFC 9112 section 9.3.1). */
  get isEnding(): boolean {
    return this.#limit !== Infinity && this.#idleFor() >= this.#limit - Math.min(MARGIN, this.#limit / 2)
  }

  /** Whether it was idle for so long that no answer is missing or too many: its past does not count any more. */
  get hasRested(): boolean {
    // The answer that was displaced by one too many comes when this server would have given it.
    return !this.#isFresh && this.#idleFor() >= Math.max(QUIET, 2 * this.#slowest)
  }

  /** Begins a period: what came before concerns no later answer. */
  begin(): void {
    this.#period = { isSuspect: false }
    this.#isFresh = true
  }

  /** One answer too many came: which of those before it was not meant for its request, the bytes do not say. */
  suspect(): void {
    this.#period.isSuspect = true
  }

  #idleFor(): number {
    return this.#clock.now() - this.#idleSince
  }
}

/** Bytes that a quick server sent by mistake have come when a connection has been idle for so long, ms. */
const QUIET = 100

/** How long before the server's own limit an idle connection is given up, ms. */
const MARGIN = 1_000
