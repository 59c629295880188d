/** An awaited result that comes over a wire. */
export interface Wait<T> {
  /** The time limit that applies. */
  readonly phase: 'headers' | 'body'
  /** The awaited result, if it has come. @throws the failure that came instead. */
  look(): T | typeof PENDING
}

/** The awaited result has not come yet. */
export const PENDING = Symbol('pending')

/** A wait that has begun. */
export interface Settling {
  readonly phase: 'headers' | 'body'
  /** Settles the wait if it can be settled now. */
  isOver(): boolean
}

/** A wait and its promise in one object, which saves five closures. */
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

/** Turns an error thrown by a synchronous step into a rejected promise. */
export function rejected(error: unknown): Promise<never> {
  // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what was thrown goes on as it is
  return Promise.reject(error)
}
