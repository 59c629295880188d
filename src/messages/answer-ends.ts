import { WiretapeError } from '../errors.ts'
import type { RequestHead, ResponseEvent } from '../http1/events.ts'
import { keepsAlive } from '../http1/framing.ts'
import { STRICT } from '../http1/leniency.ts'
import { ReceiveBuffer } from '../http1/receive-buffer.ts'
import { RequestParser } from '../http1/request-parser.ts'
import { answersIn } from './answers.ts'

/**
 * Where answers end, for a listener that hears them as they come.
 *
 * What cannot be parsed has no end that this knows of, nor has what follows it.
 */
export class AnswerEnds {
  readonly #requests = new RequestParser()
  readonly #buffer = new ReceiveBuffer()
  readonly #methods: string[] = []
  #events: Generator<ResponseEvent | undefined, void, undefined> | undefined
  #requestCount = 0
  #answerCount = 0
  /** How many answers there will be, once a request has asked for the end of the connection. */
  #lastAnswer = Infinity
  readonly #onAnswer: (event: ResponseEvent) => void

  /** @param onAnswer called with each event of an answer. */
  constructor(onAnswer: (event: ResponseEvent) => void = () => {}) {
    this.#onAnswer = onAnswer
    this.#events = answersIn(this.#buffer, { isOver: false, next: () => this.#methods.shift() ?? 'GET' }, STRICT)
  }

  /** Whether there will be no more ends: this is not HTTP, or not any more. */
  get isOver(): boolean {
    return this.#events === undefined
  }

  /** How many answers have ended. */
  get answered(): number {
    return this.#answerCount
  }

  /** Whether every request that has begun is complete and has its answer, so that nothing is under way. */
  get isIdle(): boolean {
    const { state, buffered } = this.#requests
    return state !== 'body' && buffered === 0 && this.#answerCount >= this.#requestCount
  }

  /** Whether a request that is complete waits for its answer, or for the rest of it. */
  get owesAnswer(): boolean {
    return this.#answerCount < this.#requestCount - (this.#requests.state === 'body' ? 1 : 0)
  }

  /** Whether the answer has ended to a request after which the server has to close (RFC 9112 section 9.6). */
  get mustClose(): boolean {
    return this.#answerCount >= this.#lastAnswer
  }

  sent(bytes: Uint8Array): void {
    if (this.isOver) return
    try {
      this.#requests.push(bytes)
      for (let event = this.#requests.next(); event !== undefined; event = this.#requests.next())
        if (event.type === 'request-head') this.#noteHead(event)
    } catch (error) {
      this.#endWith(error)
    }
  }

  /** Returns the offset after the last answer that is whole now and was not before, counted from the first byte received. */
  received(bytes: Uint8Array): number | undefined {
    const events = this.#events
    if (events === undefined) return undefined
    let end: number | undefined
    try {
      this.#buffer.push(bytes)
      for (let step = events.next(); ; step = events.next()) {
        if (step.done === true) this.#events = undefined
        if (step.done === true || step.value === undefined) break
        this.#onAnswer(step.value)
        if (step.value.type !== 'end-of-message') continue
        end = step.value.end
        this.#answerCount += 1
      }
    } catch (error) {
      this.#endWith(error)
    }
    return end
  }

  #noteHead({ method, version, fields }: RequestHead): void {
    this.#methods.push(method)
    this.#requestCount += 1
    // Nothing is read behind it.
    if (!keepsAlive(version, fields)) this.#lastAnswer = this.#requestCount
  }

  #endWith(error: unknown): void {
    if (!(error instanceof WiretapeError)) throw error
    this.#events = undefined
  }
}
