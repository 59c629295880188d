/** Something that somebody waits for, to come over a wire. */
export interface Wait<T> {
  /** Which of the time limits it is under. */
  readonly phase: 'headers' | 'body'
  /** What is waited for, if it has come. @throws what came instead. */
  look(): T | typeof PENDING
}

/** What is waited for has not come yet. */
export const PENDING = Symbol('pending')

/** A wait that has begun. */
export interface Settling {
  readonly phase: 'headers' | 'body'
  /** Settles the wait where that can be done by now. */
  isOver(): boolean
}

/** A wait, and whom to tell: one object, where closures for each step would be five. */
export class Waiter<T> implements Settling {
  readonly #wait: Wait<T>
  readonly #resolve: (value: T) => void
  readonly #reject: (error: unknown) => void

  constructor(wait: Wait<T>, resolve: (value: T) => void, reject: (error: unknown) => void) {
    this.#wait = wait
    this.#resolve = resolve
    this.#reject = reject
  }

  get phase(): 'headers' | 'body' {
    return this.#wait.phase
  }

  isOver(): boolean {
    try {
      const found = this.#wait.look()
      if (found === PENDING) return false
      this.#resolve(found)
    } catch (error) {
      this.#reject(error)
    }
    return true
  }
}

/** For what is thrown by a step that gives a promise and waits for nothing. */
export function rejected(error: unknown): Promise<never> {
  // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what was thrown goes on as it is
  return Promise.reject(error)
}
