import { type Clock, type ScheduledAction, SYSTEM_CLOCK } from '../clock.ts'
import { ConnectionError, LocalProtocolError } from '../errors.ts'
import { LONGEST_TIMER } from '../timers.ts'
import { Fifo } from './fifo.ts'

/**
 * When recorded bytes come, counted from what the client did last before them.
 *
 * - `'instant'`: at once.
 * - `'recorded'`: after as long as in the recording.
 * - a number: so many times as long; 0 is at once.
 * - a clock: after as long as in the recording, by that clock. With a VirtualClock hours pass in milliseconds.
 */
export type Timing = 'instant' | 'recorded' | number | Clock

/** How recorded times become times. */
export interface Pace {
  readonly clock: Clock
  readonly factor: number
}

/** `undefined`: nothing is ever waited for. @throws LocalProtocolError `INVALID_OPTION` for what is no timing. */
export function paceOf(timing: Timing): Pace | undefined {
  if (timing === 'instant' || timing === 0) return undefined
  if (timing === 'recorded') return { clock: SYSTEM_CLOCK, factor: 1 }
  if (typeof timing === 'number' && timing > 0 && timing < Infinity) return { clock: SYSTEM_CLOCK, factor: timing }
  if (isClock(timing)) return { clock: timing, factor: 1 }
  throw new LocalProtocolError(
    'INVALID_OPTION',
    `timing is ${JSON.stringify(timing)}; known are 'instant', 'recorded', a factor from 0 on, and a clock`,
  )
}

/** Whether it has what a Clock has: clocks are the callers' own. */
export const isClock = (timing: unknown): timing is Clock =>
  typeof timing === 'object' &&
  timing !== null &&
  'now' in timing &&
  typeof timing.now === 'function' &&
  'schedule' in timing &&
  typeof timing.schedule === 'function'

/** Resolves after `wait` recorded milliseconds. @throws ConnectionError `ABORTED` as soon as `signal` says so. */
export function passed({ clock, factor }: Pace, wait: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      timer.cancel()
      reject(new ConnectionError('ABORTED', 'tcp', String(signal?.reason), { cause: signal?.reason }))
    }
    const timer = clock.schedule(wait * factor, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/** Hands things on in the order in which they came, each no sooner than it is due. */
export class PacedQueue<Item> {
  readonly #pace: Pace
  readonly #deliver: (item: Item) => void
  readonly #waiting = new Fifo<{ readonly dueAt: number; readonly item: Item }>()
  #timer: ScheduledAction | undefined
  #keepsAlive = true

  constructor(pace: Pace, deliver: (item: Item) => void) {
    this.#pace = pace
    this.#deliver = deliver
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  /** `wait`: recorded milliseconds from now on; `delay`: as many more, as they are. What was added before still comes before it. */
  add(item: Item, wait: number, delay = 0): void {
    const { clock, factor } = this.#pace
    const left = wait * factor + delay
    if (left === 0 && this.isEmpty) return this.#deliver(item)
    this.#waiting.push({ dueAt: clock.now() + left, item })
    if (this.#waiting.length === 1) this.#next()
  }

  /** Whether the process should stay alive for what waits. */
  keepAlive(value: boolean): void {
    this.#keepsAlive = value
    this.#timer?.keepAlive(value)
  }

  clear(): void {
    this.#waiting.clear()
    this.#timer?.cancel()
  }

  #next(): void {
    const { first } = this.#waiting
    if (first === undefined) return
    const { clock } = this.#pace
    this.#timer = clock.schedule(Math.min(first.dueAt - clock.now(), LONGEST_TIMER), () => this.#onTimer())
    if (!this.#keepsAlive) this.#timer.keepAlive(false)
  }

  #onTimer(): void {
    const { clock } = this.#pace
    // Timers of Node may fire a little early.
    for (let first = this.#waiting.first; first !== undefined; first = this.#waiting.first) {
      if (first.dueAt - clock.now() > EARLIEST) break
      this.#waiting.shift()
      this.#deliver(first.item)
    }
    this.#next()
  }
}

const EARLIEST = 1
