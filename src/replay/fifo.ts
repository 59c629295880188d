/** First in, first out, each at a cost that does not depend on how many wait: `Array.shift` moves all that are left. */
export class Fifo<Item> {
  #items: Item[] = []
  /** Place of the first one that has not been taken. */
  #front = 0

  get length(): number {
    return this.#items.length - this.#front
  }

  get first(): Item | undefined {
    return this.#items[this.#front]
  }

  push(item: Item): void {
    this.#items.push(item)
  }

  shift(): Item | undefined {
    const item = this.#items[this.#front]
    if (this.length === 0) return undefined
    this.#front += 1
    // Moved when at least half of them are gone, so that each is moved once at most on average.
    if (this.#front * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#front)
      this.#front = 0
    }
    return item
  }

  clear(): void {
    this.#items = []
    this.#front = 0
  }
}
