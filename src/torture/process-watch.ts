/** Something that went wrong with nobody there to hear of it. */
export interface StrayError {
  readonly kind: 'unhandled-rejection' | 'uncaught-exception'
  readonly error: unknown
}

const EVENTS = ['unhandledRejection', 'uncaughtException'] as const

/**
 * Takes the errors that would end the process, instead of everybody else who listens for them, until it is disposed of.
 *
 * These events say nothing of who caused them, so there must be one watch at a time, see {@link inTurn}.
 */
export class ProcessWatch implements Disposable {
  readonly errors: StrayError[] = []
  readonly #others = EVENTS.map((event) => ({ event, listeners: process.rawListeners(event) }))

  constructor() {
    for (const event of EVENTS) process.removeAllListeners(event)
    process.on('unhandledRejection', (error) => void this.errors.push({ kind: 'unhandled-rejection', error }))
    process.on('uncaughtException', (error) => void this.errors.push({ kind: 'uncaught-exception', error }))
  }

  [Symbol.dispose](): void {
    for (const { event, listeners } of this.#others) {
      process.removeAllListeners(event)
      // The very same functions: their owners may want to take them off again.
      for (const listener of listeners) if (isListener(listener)) emitter.on(event, listener)
    }
  }
}

/** A listener from before is put back; to the types of Node it is just a function. */
const isListener = (listener: unknown): listener is (...args: unknown[]) => void => typeof listener === 'function'

const emitter: NodeJS.EventEmitter = process

let last: Promise<unknown> = Promise.resolve()

/** Runs `work` when all that was given before is done: the process has one set of listeners. */
export function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  const turn = last.then(work)
  last = turn.catch(() => {})
  return turn
}
