import type { BytesEvent } from '../tape/cassette.ts'
import { countUpTo, type LongText } from '../content/edits.ts'

/** The bytes of segments as one text, which is read from them as far as it is asked for. */
export class SegmentText implements LongText {
  readonly length: number
  readonly #events: readonly BytesEvent[]
  /** Where each of them begins, and where the last one ends. */
  readonly #borders: readonly number[]
  #last: { readonly index: number; readonly text: string } | undefined

  constructor(events: readonly BytesEvent[], borders: readonly number[]) {
    this.#events = events
    this.#borders = borders
    this.length = borders.at(-1) ?? 0
  }

  slice(start: number, end: number): string {
    let result = ''
    for (let index = countUpTo(this.#borders, start) - 1; index < this.#events.length; index += 1) {
      const border = this.#borders[index] ?? 0
      if (border >= end) break
      result += this.#textOf(index).slice(Math.max(0, start - border), end - border)
    }
    return result
  }

  /** Who asks for one thing after the other asks for the same segment again. */
  #textOf(index: number): string {
    if (this.#last?.index === index) return this.#last.text
    const bytes = this.#events[index]?.bytes ?? NOTHING
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
    this.#last = { index, text }
    return text
  }
}

const NOTHING = new Uint8Array(0)

/** Parts of a text, one after the other. */
export class JoinedText implements LongText {
  readonly length: number
  readonly #text: LongText
  readonly #starts: readonly number[]
  /** Where each part begins among the parts. */
  readonly #borders: readonly number[]

  constructor(text: LongText, parts: readonly { readonly start: number; readonly end: number }[]) {
    this.#text = text
    this.#starts = parts.map(({ start }) => start)
    const borders = [0]
    let length = 0
    for (const { start, end } of parts) {
      length += end - start
      borders.push(length)
    }
    this.#borders = borders
    this.length = length
  }

  slice(start: number, end: number): string {
    let result = ''
    for (let index = countUpTo(this.#borders, start) - 1; index < this.#starts.length; index += 1) {
      const border = this.#borders[index] ?? 0
      if (border >= end) break
      const shift = (this.#starts[index] ?? 0) - border
      result += this.#text.slice(
        Math.max(start, border) + shift,
        Math.min(end, this.#borders[index + 1] ?? end) + shift,
      )
    }
    return result
  }
}
