/**
 * The timers and clocks of the process, as they were when this package was loaded. START HERE for anything that waits.
 *
 * Fake timers of a test (`vi.useFakeTimers`, `mock.timers` of node:test) replace the globals. A network does not wait for
 * them, so neither does what stands for one: no other file of this package names the globals.
 */
export const { setTimeout, clearTimeout, setImmediate, clearImmediate, queueMicrotask } = globalThis

export const nextTick: typeof process.nextTick = process.nextTick.bind(process)

/** Milliseconds, monotonic. */
export const monotonicNow: () => number = performance.now.bind(performance)

/** Milliseconds since 1970. */
export const systemNow: () => number = Date.now.bind(Date)

/** The longest timer that Node keeps, ms; longer ones fire at once. */
export const LONGEST_TIMER = 2_147_483_647
