const LENGTH = 4

/** Says of many short texts which of them cannot stand in a long one, without a search for each: by the runs of four characters that it has. */
export class Grams {
  readonly #text: string
  readonly #mask: number
  readonly #seen: Uint8Array

  /** Characters are bytes. */
  constructor(text: string) {
    this.#text = text
    // So many that most texts that are not there are missed in one of their first runs.
    const size = 2 ** Math.min(22, Math.max(10, Math.ceil(Math.log2(text.length * 8 + 1))))
    this.#mask = size - 1
    this.#seen = new Uint8Array(size)
    for (let at = 0; at + LENGTH <= text.length; at += 1) this.#seen[this.#hash(text, at)] = 1
  }

  /** Whether `part` stands in the text. */
  has(part: string): boolean {
    for (let at = 0; at + LENGTH <= part.length; at += 1) if (this.#seen[this.#hash(part, at)] === 0) return false
    return this.#text.includes(part)
  }

  #hash(text: string, at: number): number {
    const word =
      text.charCodeAt(at) ^
      (text.charCodeAt(at + 1) << 8) ^
      (text.charCodeAt(at + 2) << 16) ^
      (text.charCodeAt(at + 3) << 24)
    return (Math.imul(word, 0x9e3779b1) >>> 10) & this.#mask
  }
}
