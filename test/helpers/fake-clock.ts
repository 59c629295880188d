import type { Clock, ScheduledAction } from '../../src/clock.ts'
import { nextTurn } from './scripted-transport.ts'

interface Timer {
  readonly at: number
  readonly action: () => void
  keepsAlive: boolean
}

/** A clock that stands still until it is set. */
export class FakeClock implements Clock {
  #now = 0
  readonly #timers = new Set<Timer>()

  /** Timers that are set. */
  get timers(): number {
    return this.#timers.size
  }

  /** Timers that would keep the process alive. */
  get liveTimers(): number {
    return [...this.#timers].filter(({ keepsAlive }) => keepsAlive).length
  }

  now(): number {
    return this.#now
  }

  schedule(delay: number, action: () => void): ScheduledAction {
    const timer: Timer = { at: this.#now + delay, action, keepsAlive: true }
    this.#timers.add(timer)
    return {
      keepAlive: (value) => void (timer.keepsAlive = value),
      cancel: () => void this.#timers.delete(timer),
    }
  }

  /** Lets so many milliseconds pass, and what is due in them happen, each in a turn of its own. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds
    await nextTurn()
    for (let next = this.#nextBefore(end); next !== undefined; next = this.#nextBefore(end)) {
      this.#timers.delete(next)
      this.#now = next.at
      next.action()
      await nextTurn()
    }
    this.#now = end
  }

  #nextBefore(end: number): Timer | undefined {
    return [...this.#timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0]
  }
}
