import type { RequestEvent, RequestHead } from './events.ts'
import { RequestParser } from './request-parser.ts'

/** Returns the bytes that replace a head; {@link RequestHeads.push} throws what it throws. */
export type Rewrite = (head: RequestHead, bytes: Buffer) => Uint8Array

/** Replaces the heads of requests in a stream of bytes, and nothing else. Bytes that are not HTTP pass unchanged. */
export class RequestHeads {
  readonly #rewrite: Rewrite
  readonly #onInvalid: (error: unknown) => 'drop' | undefined
  readonly #parser = new RequestParser()
  /** Bytes that are not yet part of an event. */
  #held = Buffer.alloc(0)
  #isOpaque = false
  #isDropped = false
  #hasUpgrade = false

  /** @param onInvalid called with the reason when bytes are not a request; `'drop'`: neither they nor what follows passes. Default: they pass as they are. */
  constructor(rewrite: Rewrite, onInvalid: (error: unknown) => 'drop' | undefined = () => undefined) {
    this.#rewrite = rewrite
    this.#onInvalid = onInvalid
  }

  /** Whether what follows is not read any more. */
  get isOpaque(): boolean {
    return this.#isOpaque
  }

  /** Takes the bytes that the client wrote and returns those to pass on. */
  push(bytes: Uint8Array): readonly Uint8Array[] {
    if (this.#isOpaque) return this.#isDropped ? [] : [bytes]
    this.#held = Buffer.concat([this.#held, bytes])
    this.#parser.push(bytes)
    const passed: Uint8Array[] = []
    for (let event = this.#next(); event !== undefined; event = this.#next()) passed.push(this.#pass(event))
    if (this.#isOpaque && !this.#isDropped) passed.push(this.rest())
    return passed.filter(({ length }) => length > 0)
  }

  /** Returns the bytes that were held back; call it when no more will come. */
  rest(): Uint8Array {
    const rest = this.#held
    this.#held = Buffer.alloc(0)
    return rest
  }

  #next(): RequestEvent | undefined {
    if (this.#isOpaque) return undefined
    try {
      const event = this.#parser.next()
      const { state } = this.#parser
      // Bytes after these are not read as a request.
      if (event === undefined) this.#isOpaque = state === 'must-close' || state === 'tunnel'
      return event
    } catch (error) {
      this.#isOpaque = true // The server will answer it as it sees fit.
      this.#isDropped = this.#onInvalid(error) === 'drop'
      return undefined
    }
  }

  #pass(event: RequestEvent): Uint8Array {
    const bytes = this.#held.subarray(0, event.end - event.start)
    this.#held = this.#held.subarray(bytes.length)
    if (event.type === 'request-head') {
      this.#hasUpgrade = event.fields.some(({ name, value }) => name.toLowerCase() === 'upgrade' && value !== 'h2c')
      return this.#rewrite(event, bytes)
    }
    // The next bytes may belong to that protocol, and would be held back for a head that never ends.
    if (event.type === 'end-of-message' && this.#hasUpgrade) this.#isOpaque = true
    return bytes
  }
}
