/**
 * Remembers something of texts that come again, as lines, bodies and messages of one API do.
 *
 * It holds a bounded number of characters, and forgets the oldest texts first. A text should be joined of several, since a piece of a
 * longer one would keep all of that.
 */
export class TextMemory<T> {
  readonly #kept = new Map<string, T>()
  readonly #longest: number
  readonly #most: number
  #length = 0

  /** @param longest longer texts are not kept. @param most characters of all texts together. */
  constructor(longest: number, most: number) {
    this.#longest = longest
    this.#most = most
  }

  get(text: string): T | undefined {
    return text.length > this.#longest ? undefined : this.#kept.get(text)
  }

  set(text: string, value: T): void {
    if (text.length > this.#longest) return
    if (!this.#kept.has(text)) this.#length += text.length + OVERHEAD
    this.#kept.set(text, value)
    for (const oldest of this.#kept.keys()) {
      if (this.#length <= this.#most) return
      this.#kept.delete(oldest)
      this.#length -= oldest.length + OVERHEAD
    }
  }

  clear(): void {
    this.#kept.clear()
    this.#length = 0
  }
}

/** What an entry takes besides its text, in characters. */
const OVERHEAD = 64
