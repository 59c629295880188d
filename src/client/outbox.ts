import { nextTick } from '../timers.ts'

/**
 * Requests that wait for the end of the turn and go out in one segment: for pipelined requests this is several times faster
 * than one segment each.
 */
export class Outbox {
  readonly #send: (bytes: Uint8Array) => void | Promise<void>
  readonly #onFailed: (error: unknown) => void
  readonly #waiting: Uint8Array[] = []

  /** @param onFailed gets the error of a later write, which no caller waits for. */
  constructor(send: (bytes: Uint8Array) => void | Promise<void>, onFailed: (error: unknown) => void) {
    this.#send = send
    this.#onFailed = onFailed
  }

  /** Sends at once, after the waiting bytes. */
  send(bytes: Uint8Array): void | Promise<void> {
    return this.#send(this.#waiting.length === 0 ? bytes : Buffer.concat([...this.#waiting.splice(0), bytes]))
  }

  /** Sends at the end of the turn, together with everything else added in it. */
  add(bytes: Uint8Array): void {
    if (this.#waiting.length === 0) nextTick(this.#flush)
    this.#waiting.push(bytes)
  }

  readonly #flush = (): void => {
    if (this.#waiting.length === 0) return
    try {
      this.#send(Buffer.concat(this.#waiting.splice(0)))?.catch(this.#onFailed)
    } catch (error) {
      this.#onFailed(error)
    }
  }
}
