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
  /** Values that stood for something. */
  readonly #bound = new Set<string>()

  fitOf(values: Values): ValueFit {
    let [others, news] = [0, 0]
    for (const [placeholder, value] of values) {
      const bound = this.#values.get(placeholder)
      if (bound === value) continue
      if (bound !== undefined || this.#bound.has(value)) others += 1
      else news += 1
    }
    return { others, news }
  }

  bind(values: Values): void {
    for (const [placeholder, value] of values) {
      this.#values.set(placeholder, value)
      this.#bound.add(value)
    }
  }
}
