import { Fifo } from './fifo.ts'

/** Things that are handed on in order; those of an iterable are made when their turn comes. */
export class DueQueue<Item> {
  readonly #sources = new Fifo<Iterator<Item>>()
  /** The first one, once somebody has looked whether there is any. */
  #next: Item | undefined

  get isEmpty(): boolean {
    this.#next ??= this.#take()
    return this.#next === undefined
  }

  push(items: Iterable<Item>): void {
    this.#sources.push(items[Symbol.iterator]())
  }

  shift(): Item | undefined {
    const next = this.#next ?? this.#take()
    this.#next = undefined
    return next
  }

  clear(): void {
    this.#sources.clear()
    this.#next = undefined
  }

  #take(): Item | undefined {
    for (let source = this.#sources.first; source !== undefined; source = this.#sources.first) {
      const { done, value } = source.next()
      if (done !== true) return value
      this.#sources.shift()
    }
    return undefined
  }
}
