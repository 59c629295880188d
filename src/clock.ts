import { clearImmediate, clearTimeout, LONGEST_TIMER, monotonicNow, setImmediate, setTimeout } from './timers.ts'

/** The source of time; a test or a replay may bring its own. */
export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number
  /** Runs `action` once after `delay` milliseconds. */
  schedule(delay: number, action: () => void): ScheduledAction
}

/** What was scheduled on a clock, and can be called off. */
export interface ScheduledAction {
  /** Whether the process should stay alive for it. */
  keepAlive(value: boolean): void
  cancel(): void
}

/** Data that arrived while the process was busy is handled before timers that became due meanwhile. */
export const SYSTEM_CLOCK: Clock = {
  now: monotonicNow,
  schedule(delay, action) {
    let left = delay
    let turn: NodeJS.Immediate | undefined
    let timer = start()
    let keepsAlive = true
    function start(): NodeJS.Timeout {
      const next = Math.min(left, LONGEST_TIMER)
      left -= next
      return setTimeout(onTimer, next)
    }
    function onTimer(): void {
      // Node runs timers, then reads from sockets, then runs immediates.
      if (left <= 0) return void (turn = setImmediate(action))
      timer = start()
      if (!keepsAlive) timer.unref()
    }
    return {
      keepAlive(value) {
        keepsAlive = value
        if (value) timer.ref()
        else timer.unref()
      },
      cancel() {
        clearTimeout(timer)
        clearImmediate(turn)
      },
    }
  },
}

/**
 * A clock that jumps to the next timer as soon as everything waits: half an hour passes in milliseconds.
 *
 * Everything waits if the event loop has turned twice with nothing to do except wait for sockets and real timers. The clock
 * waits for file work, name look-ups and connecting, but not for an answer over a real socket or for a real timer. It stands
 * still while no timer is set that would keep a process alive. A timer of `Infinity` fires if there is no other; no time
 * passes for it.
 */
export class VirtualClock implements Clock {
  #now = 0
  readonly #timers = new Set<VirtualTimer>()
  #isWatching = false
  #quietTurns = 0

  now(): number {
    return this.#now
  }

  schedule(delay: number, action: () => void): ScheduledAction {
    const timer: VirtualTimer = { at: this.#now + Math.max(delay, 0), action, keepsAlive: true }
    this.#timers.add(timer)
    this.#watch()
    return {
      keepAlive: (value) => {
        timer.keepsAlive = value
        this.#watch()
      },
      cancel: () => void this.#timers.delete(timer),
    }
  }

  #watch(): void {
    if (this.#isWatching || !this.#isAwaited) return
    this.#isWatching = true
    this.#quietTurns = 0
    setImmediate(this.#look)
  }

  get #isAwaited(): boolean {
    for (const { keepsAlive } of this.#timers) if (keepsAlive) return true
    return false
  }

  readonly #look = (): void => {
    if (!this.#isAwaited) {
      this.#isWatching = false
      return
    }
    const isBusy = process.getActiveResourcesInfo().some((resource) => WORK.test(resource))
    this.#quietTurns = isBusy ? 0 : this.#quietTurns + 1
    if (this.#quietTurns >= QUIET_TURNS) this.#moveOn()
    // Work elsewhere takes real time; polling should not use it up.
    if (isBusy) setTimeout(this.#look, 1)
    else setImmediate(this.#look)
  }

  /** Fires only the next timer, so that its consequences come before the timer after it. */
  #moveOn(): void {
    this.#quietTurns = 0
    let next: VirtualTimer | undefined
    for (const timer of this.#timers) if (next === undefined || timer.at < next.at) next = timer
    if (next === undefined) return
    this.#timers.delete(next)
    if (next.at !== Infinity) this.#now = Math.max(this.#now, next.at)
    next.action()
  }
}

interface VirtualTimer {
  readonly at: number
  readonly action: () => void
  keepsAlive: boolean
}

/** Turns of the event loop in which nothing happens. */
const QUIET_TURNS = 2

// Node 26 does not list promise-based file work among its resources, so the clock does not wait for it there.
/** Node resources that mean work in progress; sockets, servers and timers only wait. */
const WORK = /Req|^(?:TCPConnect|PipeConnect|Write|Shutdown)Wrap$|^Immediate$/
