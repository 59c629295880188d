import { nextTick } from '../timers.ts'

/**
 * Requests that wait for the end of the turn, to go out in one segment: pipelined ones are several times faster so than in
 * one each.
 */
export class Outbox {
  readonly #send: (bytes: Uint8Array) => void | Promise<void>
  readonly #onFailed: (error: unknown) => void
  readonly #waiting: Uint8Array[] = []

  /** @param onFailed is told what a later write threw: nobody waits for that. */
  constructor(send: (bytes: Uint8Array) => void | Promise<void>, onFailed: (error: unknown) => void) {
    this.#send = send
    this.#onFailed = onFailed
  }

  /** Sends at once, with what waits before it. */
  send(bytes: Uint8Array): void | Promise<void> {
    return this.#send(this.#waiting.length === 0 ? bytes : Buffer.concat([...this.#waiting.splice(0), bytes]))
  }

  /** Sends at the end of the turn, with whatever else is added in it. */
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
