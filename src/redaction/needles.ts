import { SHORTEST_NEEDLE } from '../content/placeholders.ts'

/** A stretch of a text where a needle stands. */
export interface Hit<T> {
  readonly start: number
  readonly end: number
  readonly meaning: T
}

const BLOCK = 4
const LONGEST_SHIFT = SHORTEST_NEEDLE - BLOCK + 1

/**
 * Finds many texts at once, in one pass that looks at every fifth character or so (Wu and Manber 1994).
 *
 * Time is linear in the text, whatever the number of needles: what begins alike is told apart by one look-up per length.
 */
export class Needles<T> {
  readonly #shifts: Uint8Array
  readonly #mask: number
  /** By their first eight characters, then by length, the longest first. */
  readonly #byStart = new Map<string, Map<number, Map<string, T>>>()

  /** A needle that is shorter than eight characters is left out; of equal ones the first counts. */
  constructor(needles: Iterable<readonly [needle: string, meaning: T]>) {
    const all = Array.from(needles).filter(([needle]) => needle.length >= SHORTEST_NEEDLE)
    const size = 2 ** Math.min(20, Math.max(10, Math.ceil(Math.log2(all.length * 64 + 1))))
    this.#mask = size - 1
    this.#shifts = new Uint8Array(size).fill(LONGEST_SHIFT)
    for (const [needle, meaning] of all) this.#add(needle, meaning)
    for (const [start, lengths] of this.#byStart)
      this.#byStart.set(start, new Map([...lengths].toSorted(([one], [other]) => other - one)))
  }

  /** All places, also overlapping ones; of those that begin at one place the longest. */
  search(text: string): Hit<T>[] {
    const hits: Hit<T>[] = []
    if (this.#byStart.size === 0) return hits
    const shifts = this.#shifts
    for (let i = SHORTEST_NEEDLE - BLOCK; i + BLOCK <= text.length;) {
      const shift = shifts[this.#hash(text, i)] ?? 1
      if (shift > 0) {
        i += shift
        continue
      }
      const start = i + BLOCK - SHORTEST_NEEDLE
      const hit = this.#at(text, start)
      if (hit !== undefined) hits.push(hit)
      i += 1
    }
    return hits
  }

  #at(text: string, start: number): Hit<T> | undefined {
    const lengths = this.#byStart.get(text.slice(start, start + SHORTEST_NEEDLE))
    if (lengths === undefined) return undefined
    for (const [length, needles] of lengths) {
      const meaning = needles.size <= FEW ? oneAt(text, start, needles) : needles.get(text.slice(start, start + length))
      if (meaning !== undefined) return { start, end: start + length, meaning }
    }
    return undefined
  }

  #add(needle: string, meaning: T): void {
    for (let i = 0; i + BLOCK <= SHORTEST_NEEDLE; i += 1) {
      const hash = this.#hash(needle, i)
      this.#shifts[hash] = Math.min(this.#shifts[hash] ?? LONGEST_SHIFT, SHORTEST_NEEDLE - BLOCK - i)
    }
    const start = needle.slice(0, SHORTEST_NEEDLE)
    const lengths = getOrAdd(this.#byStart, start, () => new Map<number, Map<string, T>>())
    const needles = getOrAdd(lengths, needle.length, () => new Map<string, T>())
    if (!needles.has(needle)) needles.set(needle, meaning)
  }

  #hash(text: string, i: number): number {
    const word =
      text.charCodeAt(i) ^
      (text.charCodeAt(i + 1) << 8) ^
      (text.charCodeAt(i + 2) << 16) ^
      (text.charCodeAt(i + 3) << 24)
    return (Math.imul(word, 0x9e3779b1) >>> 12) & this.#mask
  }
}

/** So many are compared one by one: a look-up reads all of a long needle, a comparison stops at the first difference. */
const FEW = 4

function oneAt<T>(text: string, start: number, needles: ReadonlyMap<string, T>): T | undefined {
  for (const [needle, meaning] of needles) if (text.startsWith(needle, start)) return meaning
  return undefined
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
