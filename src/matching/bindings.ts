import type { Values } from '../templates/pattern.ts'

/**
 * How well the values of a request fit what came before in this run, best first.
 *
 * - `'known'`: each stood for the same placeholder before.
 * - `'new'`: of none is it known for what it stands, nor of a placeholder what stands for it.
 * - `'other'`: a value or a placeholder belongs to something else.
 */
export type Rank = 'known' | 'new' | 'other'

/** Which values stood for which placeholders of a cassette in this run. */
export class Bindings {
  readonly #values = new Map<string, string>()
  readonly #placeholders = new Map<string, string>()

  rankOf(values: Values): Rank {
    let rank: Rank = 'known'
    for (const [placeholder, value] of values) {
      const [bound, owner] = [this.#values.get(placeholder), this.#placeholders.get(value)]
      if (bound === value) continue
      if (bound !== undefined || owner !== undefined) return 'other'
      rank = 'new'
    }
    return rank
  }

  /** Whether none of the values has come before. */
  areFresh(values: Values): boolean {
    for (const value of values.values()) if (this.#placeholders.has(value)) return false
    return true
  }

  /** The first that a value stood for counts: one password may be that of many. */
  bind(values: Values): void {
    for (const [placeholder, value] of values) {
      this.#values.set(placeholder, value)
      if (!this.#placeholders.has(value)) this.#placeholders.set(value, placeholder)
    }
  }
}
