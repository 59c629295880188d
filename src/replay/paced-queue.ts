import type { ScheduledAction } from '../clock.ts'
import { LONGEST_TIMER } from '../timers.ts'
import { Fifo } from './fifo.ts'
import type { Pace } from './timing.ts'

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
