/**
 * Random numbers from a seed and an index: any case of a run can be rebuilt alone.
 *
 * A 32-bit counter, mixed (splitmix32): nothing here is secret, and a case takes a hundred numbers.
 */
export class Random {
  #state: number

  constructor(seed: number, index: number) {
    this.#state = mix(mix(seed) + index)
  }

  /** An integer from 0 to `limit - 1`; 0 if `limit` is 0. */
  below(limit: number): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0
    return Math.floor((mix(this.#state) / 0x1_0000_0000) * limit)
  }

  /** An integer from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  /** True `times` in `outOf`. */
  chance(times: number, outOf: number): boolean {
    return this.below(outOf) < times
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.below(items.length)] ?? items[0]
  }

  /** A list of `least` to `most` items. */
  list<Item>(least: number, most: number, make: () => Item): Item[] {
    return Array.from({ length: this.between(least, most) }, make)
  }
}

function mix(value: number): number {
  let mixed = value | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
  return (mixed ^ (mixed >>> 15)) >>> 0
}
