import type { VirtualClock } from '../clock.ts'
import { clearTimeout, monotonicNow, setImmediate, setTimeout } from '../timers.ts'

/**
 * Resolves when nothing can happen any more that would bring a result: everything waits, and the clock has no timer left; or
 * when `limit` real milliseconds have passed. `signal` ends the watch, and then it never resolves.
 */
export function untilIdle(clock: VirtualClock, limit: number, signal: AbortSignal): Promise<void> {
  const began = monotonicNow()
  const timersBefore = realTimers()
  return new Promise((resolve) => {
    let wasIdle = false
    const look = (): void => {
      if (signal.aborted) return
      const isLate = monotonicNow() - began > limit
      if (isLate || (wasIdle && realTimers() <= timersBefore)) return resolve()
      // Not everything that is under way can be seen, so that is not the last word.
      wasIdle = true
      setTimeout(watch, GRACE)
    }
    const watch = (): void => {
      const timer = clock.schedule(Infinity, look)
      signal.addEventListener('abort', () => timer.cancel(), { once: true })
    }
    watch()
  })
}

/** Resolves when everything waits and the clock has no timer left, or when `limit` real milliseconds have passed. */
export function untilDone(clock: VirtualClock, limit: number): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(done, limit)
    const timer = clock.schedule(Infinity, done)
    function done(): void {
      clearTimeout(late)
      timer.cancel()
      resolve()
    }
  })
}

/** Real timers that keep the process alive: what waits for one does not hang. */
const realTimers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

/** Real milliseconds. */
const GRACE = 20

/** So many turns of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise<void>((resolve) => void setImmediate(resolve))
}
