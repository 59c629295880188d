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
 * Time is linear in the text, whatever the number of needles: needles that begin alike are distinguished by one look-up per length.
 */
export class Needles<T> {
  #shifts = new Uint8Array(0)
  #mask = 0
  #count = 0
  /** By their first eight characters, then by length, the longest first. */
  readonly #byStart = new Map<string, Map<number, Map<string, T>>>()

  constructor(needles: Iterable<readonly [needle: string, meaning: T]> = []) {
    this.#resize()
    for (const [needle, meaning] of needles) this.add(needle, meaning)
  }

  /** A needle that is shorter than eight characters is left out; of equal ones the first counts. */
  add(needle: string, meaning: T): void {
    if (needle.length < SHORTEST_NEEDLE) return
    const start = needle.slice(0, SHORTEST_NEEDLE)
    const lengths = this.#byStart.get(start) ?? new Map<number, Map<string, T>>()
    const needles = lengths.get(needle.length)
    if (needles === undefined) {
      lengths.set(needle.length, new Map([[needle, meaning]]))
      this.#byStart.set(start, new Map([...lengths].toSorted(([one], [other]) => other - one)))
    } else if (!needles.has(needle)) needles.set(needle, meaning)
    this.#count += 1
    if (this.#count * LEAST_ROOM > this.#shifts.length && this.#shifts.length < LARGEST) this.#resize()
    else this.#noteShifts(start)
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

  /** With room for as many again, so that each is noted a few times at most. */
  #resize(): void {
    const size = 2 ** Math.min(20, Math.max(10, Math.ceil(Math.log2(this.#count * LEAST_ROOM * 2 + 1))))
    this.#mask = size - 1
    this.#shifts = new Uint8Array(size).fill(LONGEST_SHIFT)
    for (const start of this.#byStart.keys()) this.#noteShifts(start)
  }

  #noteShifts(start: string): void {
    for (let i = 0; i + BLOCK <= SHORTEST_NEEDLE; i += 1) {
      const hash = this.#hash(start, i)
      this.#shifts[hash] = Math.min(this.#shifts[hash] ?? LONGEST_SHIFT, SHORTEST_NEEDLE - BLOCK - i)
    }
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

/** Places in the table for each needle: fewer make it stop at texts that are none. */
const LEAST_ROOM = 32
const LARGEST = 2 ** 20

/** So many are compared one by one: a look-up reads all of a long needle, a comparison stops at the first difference. */
const FEW = 4

function oneAt<T>(text: string, start: number, needles: ReadonlyMap<string, T>): T | undefined {
  for (const [needle, meaning] of needles) if (text.startsWith(needle, start)) return meaning
  return undefined
}
