import type { Clock, ScheduledAction } from '../clock.ts'
import { LocalProtocolError } from '../errors.ts'
import { LONGEST_TIMER } from '../timers.ts'

/** How long each phase may take, in milliseconds; `null`: no limit. */
export interface Timeouts {
  /** TCP and, with its own count, the TLS handshake. Default: 30,000. */
  readonly connect?: number | null
  /** Each whole response head, and each gap inside a body. Default: 30,000. */
  readonly read?: number | null
  /** How long the peer may accept no bytes. Default: 30,000. */
  readonly write?: number | null
}

/** One number for every phase, a table, or `null` for no limits. */
export type TimeoutsOption = number | Timeouts | null

export interface ResolvedTimeouts {
  readonly connect: number | undefined
  readonly read: number | undefined
  readonly write: number | undefined
}

const DEFAULT_TIMEOUT = 30_000

/** @throws LocalProtocolError `INVALID_OPTION` for a limit that is not above 0. */
export function resolveTimeouts(value: TimeoutsOption | undefined): ResolvedTimeouts {
  const isTable = typeof value === 'object' && value !== null
  const { connect, read, write } = isTable ? value : { connect: value, read: value, write: value }
  return { connect: phase(connect), read: phase(read), write: phase(write) }
}

/**
 * A time limit that can be set and cleared many times a second; each change only updates two numbers.
 *
 * One timer keeps running while limits come and go; if it fires early, it is set again for the remaining time.
 */
export class Deadline {
  readonly #clock: Clock
  readonly #onExpired: () => void
  #expiresAt = Infinity
  #firesAt = Infinity
  #timer: ScheduledAction | undefined

  constructor(clock: Clock, onExpired: () => void) {
    this.#clock = clock
    this.#onExpired = onExpired
  }

  /** `undefined`: no limit. */
  start(limit: number | undefined): void {
    if (limit === undefined) return this.clear()
    this.#expiresAt = this.#clock.now() + limit
    if (this.#firesAt <= this.#expiresAt) return this.#timer?.keepAlive(true)
    this.#timer?.cancel()
    this.#schedule(limit)
  }

  clear(): void {
    this.#expiresAt = Infinity
    this.#timer?.keepAlive(false)
  }

  /** Leaves no timer behind. */
  close(): void {
    this.#firesAt = Infinity
    this.#timer?.cancel()
  }

  #schedule(delay: number): void {
    this.#firesAt = this.#clock.now() + delay
    this.#timer = this.#clock.schedule(delay, () => this.#onTimer())
  }

  #onTimer(): void {
    this.#firesAt = Infinity
    if (this.#expiresAt === Infinity) return
    const left = this.#expiresAt - this.#clock.now()
    if (left > 0) return this.#schedule(left)
    this.#onExpired()
  }
}

/** One wait for a stretch of time. */
export class Delay {
  readonly over: Promise<void>
  #isOver = false
  #timer: ScheduledAction | undefined

  constructor(clock: Clock, milliseconds: number) {
    this.over = new Promise((resolve) => {
      this.#timer = clock.schedule(milliseconds, () => {
        this.#isOver = true
        resolve()
      })
    })
  }

  get isOver(): boolean {
    return this.#isOver
  }

  cancel(): void {
    this.#timer?.cancel()
  }
}

const phase = (value: number | null | undefined): number | undefined =>
  value === undefined ? DEFAULT_TIMEOUT : value === null ? undefined : checkMilliseconds(value)

/** @throws LocalProtocolError `INVALID_OPTION` for a value that no timer supports. */
export function checkMilliseconds(value: number): number {
  if (value > 0 && value <= LONGEST_TIMER) return value
  throw new LocalProtocolError('INVALID_OPTION', `not a time limit in milliseconds: ${value}`)
}
