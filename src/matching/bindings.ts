import type { Values } from '../templates/pattern.ts'

/** How the values of a request fit what came before in this run. */
export interface ValueFit {
  /** Values or placeholders that belong to something else. */
  readonly others: number
  /** Values of which nothing is known, for placeholders of which nothing is known. */
  readonly news: number
}

/** Which values stood for which placeholders of a cassette in this run. */
export class Bindings {
  readonly #values = new Map<string, string>()
  readonly #placeholders = new Map<string, string>()

  fitOf(values: Values): ValueFit {
    let [others, news] = [0, 0]
    for (const [placeholder, value] of values) {
      const [bound, owner] = [this.#values.get(placeholder), this.#placeholders.get(value)]
      if (bound === value) continue
      if (bound !== undefined || owner !== undefined) others += 1
      else news += 1
    }
    return { others, news }
  }

  /** The first that a value stood for counts: one password may be that of many. */
  bind(values: Values): void {
    for (const [placeholder, value] of values) {
      this.#values.set(placeholder, value)
      if (!this.#placeholders.has(value)) this.#placeholders.set(value, placeholder)
    }
  }
}
