/** Splits the bytes of a client into heads and bodies; just enough HTTP for a server that knows its only client. */
export class RequestReader {
  readonly #segments: AsyncIterator<Buffer>
  #held = Buffer.alloc(0)

  constructor(socket: AsyncIterable<Buffer>) {
    this.#segments = socket[Symbol.asyncIterator]()
  }

  /** Request line and header section of the next request, or `undefined` after the last one. */
  async head(): Promise<string | undefined> {
    while (!this.#held.includes(END_OF_HEAD)) {
      if (!(await this.#more())) return undefined
    }
    return this.#take(this.#held.indexOf(END_OF_HEAD) + END_OF_HEAD.length).toString('latin1')
  }

  /** The next `count` bytes, or fewer if the client ends first. */
  async bytes(count: number): Promise<Buffer> {
    while (this.#held.length < count) {
      if (!(await this.#more())) break
    }
    return this.#take(count)
  }

  #take(count: number): Buffer {
    const taken = this.#held.subarray(0, count)
    this.#held = this.#held.subarray(count)
    return taken
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#segments.next()
    if (done === true) return false
    this.#held = Buffer.concat([this.#held, value])
    return true
  }
}

const END_OF_HEAD = '\r\n\r\n'
