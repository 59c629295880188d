import { type Clock, SYSTEM_CLOCK } from '../clock.ts'
import { ConnectionError, LocalProtocolError } from '../errors.ts'

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

/** `undefined`: nothing is ever waited for. @throws LocalProtocolError `INVALID_OPTION` for anything else. */
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
