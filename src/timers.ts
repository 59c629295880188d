/**
 * The timers and clocks of the process, as they were when this package was loaded. START HERE for anything that waits.
 *
 * The fake timers of a test (`vi.useFakeTimers`, `mock.timers` of node:test) replace the globals. A real network does not wait
 * for them, so a replayed one does not either: no other file of this package uses the globals.
 */
export const { setTimeout, clearTimeout, setImmediate, clearImmediate, queueMicrotask } = globalThis

export const nextTick: typeof process.nextTick = process.nextTick.bind(process)

const nanoseconds = process.hrtime.bigint.bind(process.hrtime)

/** Milliseconds, monotonic. */
export const monotonicNow: () => number = performance.now.bind(performance)

/** Milliseconds, monotonic, by the clock that all processes of this machine have. */
export const machineNow = (): number => Number(nanoseconds()) / 1e6

/** Milliseconds since 1970. */
export const systemNow: () => number = Date.now.bind(Date)

/** The longest delay that Node supports, ms; longer timers fire at once. */
export const LONGEST_TIMER = 2_147_483_647
