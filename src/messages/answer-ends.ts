import { WiretapeError } from '../errors.ts'
import type { ResponseEvent } from '../http1/events.ts'
import { STRICT } from '../http1/leniency.ts'
import { ReceiveBuffer } from '../http1/receive-buffer.ts'
import { RequestParser } from '../http1/request-parser.ts'
import { answersIn } from './answers.ts'

/**
 * Where answers end, for whoever hears them as they come.
 *
 * What cannot be parsed has no end that this knows of, nor has what follows it.
 */
export class AnswerEnds {
  readonly #requests = new RequestParser()
  readonly #buffer = new ReceiveBuffer()
  readonly #methods: string[] = []
  #events: Generator<ResponseEvent | undefined, void, undefined> | undefined

  constructor() {
    this.#events = answersIn(this.#buffer, { isOver: false, next: () => this.#methods.shift() ?? 'GET' }, STRICT)
  }

  /** Whether there will be no more ends: this is no HTTP, or not any more. */
  get isOver(): boolean {
    return this.#events === undefined
  }

  sent(bytes: Uint8Array): void {
    if (this.isOver) return
    try {
      this.#requests.push(bytes)
      for (let event = this.#requests.next(); event !== undefined; event = this.#requests.next())
        if (event.type === 'request-head') this.#methods.push(event.method)
    } catch (error) {
      this.#endWith(error)
    }
  }

  /** Returns the offset behind the last answer that is whole now and was not before, counted from the first byte received. */
  received(bytes: Uint8Array): number | undefined {
    const events = this.#events
    if (events === undefined) return undefined
    let end: number | undefined
    try {
      this.#buffer.push(bytes)
      for (let step = events.next(); ; step = events.next()) {
        if (step.done === true) this.#events = undefined
        if (step.done === true || step.value === undefined) break
        if (step.value.type === 'end-of-message') end = step.value.end
      }
    } catch (error) {
      this.#endWith(error)
    }
    return end
  }

  #endWith(error: unknown): void {
    if (!(error instanceof WiretapeError)) throw error
    this.#events = undefined
  }
}
