import { copyOf } from '../content/copy-of.ts'

/**
 * Remembers something of texts that come again, as lines, bodies and messages of one API do.
 *
 * It holds a bounded number of characters: if there would be more, it begins anew.
 */
export class TextMemory<T> {
  readonly #kinds = new Map<string, Map<string, T>>()
  readonly #longest: number
  readonly #most: number
  #length = 0

  /** @param longest longer texts are not kept. @param most characters of all texts together. */
  constructor(longest: number, most: number) {
    this.#longest = longest
    this.#most = most
  }

  get(kind: string, text: string): T | undefined {
    return text.length > this.#longest ? undefined : this.#kinds.get(kind)?.get(text)
  }

  set(kind: string, text: string, value: T): void {
    if (text.length > this.#longest) return
    const length = kind.length + text.length + OVERHEAD
    if (this.#length + length > this.#most) this.clear()
    this.#length += length
    const texts = this.#kinds.get(kind) ?? new Map<string, T>()
    this.#kinds.set(kind, texts)
    texts.set(copyOf(text), value)
  }

  clear(): void {
    this.#kinds.clear()
    this.#length = 0
  }
}

/** What an entry takes besides its text, in characters. */
const OVERHEAD = 64
