/** A range `[start, end)` of a text and its replacement. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly with: string
}

/** A text that may be too long for memory; a string is one. */
export interface LongText {
  readonly length: number
  slice(start: number, end: number): string
}

/** The edits in order, without overlaps: of two that overlap, the longer one replaces the range of both. */
export function mergeEdits(edits: readonly Edit[]): Edit[] {
  const merged: Edit[] = []
  let widest = 0
  for (const edit of edits.toSorted((one, other) => one.start - other.start || other.end - one.end)) {
    const last = merged.at(-1)
    if (last === undefined || edit.start >= last.end) {
      merged.push(edit)
      widest = edit.end - edit.start
      continue
    }
    const isWider = edit.end - edit.start > widest
    const end = Math.max(last.end, edit.end)
    merged[merged.length - 1] = { start: last.start, end, with: isWider ? edit.with : last.with }
    if (isWider) widest = edit.end - edit.start
  }
  return merged
}

/** An edit of the text without the ASCII that it leaves at either end. */
export function trimEdit({ start, end, with: replacement }: Edit, text: string): Edit {
  const least = Math.min(end - start, replacement.length)
  const isKept = (at: number, other: number): boolean =>
    text.charCodeAt(at) < 0x80 && text.charCodeAt(at) === replacement.charCodeAt(other)
  let before = 0
  while (before < least && isKept(start + before, before)) before += 1
  let after = 0
  while (after < least - before && isKept(end - 1 - after, replacement.length - 1 - after)) after += 1
  return { start: start + before, end: end - after, with: replacement.slice(before, replacement.length - after) }
}

/** Applies merged edits to the text. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  if (edits.length === 0) return text
  let result = ''
  let done = 0
  for (const edit of edits) {
    result += text.slice(done, edit.start) + edit.with
    done = edit.end
  }
  return result + text.slice(done)
}

/** The same edits in a text that begins `by` characters earlier. */
export function shiftEdits(edits: readonly Edit[], by: number): Edit[] {
  return edits.map(({ start, end, with: replacement }) => ({ start: start + by, end: end + by, with: replacement }))
}

/**
 * Where ascending offsets of a text are after merged edits.
 *
 * An offset inside an edit moves to the same fraction of its replacement, so a segment boundary stays inside it.
 */
export function mapOffsets(edits: readonly Edit[], offsets: readonly number[]): number[] {
  let next = 0
  let shift = 0
  return offsets.map((offset) => {
    for (let edit = edits[next]; edit !== undefined && edit.end <= offset; edit = edits[next]) {
      shift += edit.with.length - (edit.end - edit.start)
      next += 1
    }
    const edit = edits[next]
    if (edit === undefined || edit.start >= offset) return offset + shift
    const share = (offset - edit.start) / (edit.end - edit.start)
    return edit.start + shift + Math.round(share * edit.with.length)
  })
}

/** An edit that keeps the length of what it replaces: asterisks fill it up, or stand for what has no room. */
export function ofSameLength({ start, end, with: replacement }: Edit): Edit {
  const length = end - start
  return { start, end, with: replacement.length > length ? '*'.repeat(length) : replacement.padEnd(length, '*') }
}

/** How much longer the text becomes. */
export function growth(edits: readonly Edit[]): number {
  return edits.reduce((sum, edit) => sum + edit.with.length - (edit.end - edit.start), 0)
}

/** A text with merged edits, from which parts are read. */
export function editedText(text: LongText, edits: readonly Edit[]): LongText {
  return typeof text === 'string' ? applyEdits(text, edits) : new EditedText(text, edits)
}

class EditedText implements LongText {
  readonly length: number
  readonly #text: LongText
  readonly #edits: readonly Edit[]
  /** Where the replacement of each edit begins. */
  readonly #starts: readonly number[]

  constructor(text: LongText, edits: readonly Edit[]) {
    this.#text = text
    this.#edits = edits
    let shift = 0
    this.#starts = edits.map((edit) => {
      const start = edit.start + shift
      shift += edit.with.length - (edit.end - edit.start)
      return start
    })
    this.length = text.length + shift
  }

  slice(start: number, end: number): string {
    let result = ''
    for (let at = start, k = countUpTo(this.#starts, start); at < end; k += 1) {
      // The replacement of the previous edit, then the text up to the next one.
      const edit = this.#edits[k - 1]
      const before = this.#starts[k - 1] ?? 0
      const textStart = before + (edit?.with.length ?? 0)
      if (edit !== undefined && at < textStart) {
        result += edit.with.slice(at - before, end - before)
        at = Math.min(textStart, end)
      }
      const textEnd = Math.min(this.#starts[k] ?? this.length, end)
      if (at < textEnd) {
        const source = (edit?.end ?? 0) - textStart
        result += this.#text.slice(at + source, textEnd + source)
        at = textEnd
      }
    }
    return result
  }
}

/** How many of the ascending numbers are at most `limit`. */
export function countUpTo(ascending: readonly number[], limit: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ascending[middle] ?? 0) <= limit) low = middle + 1
    else high = middle
  }
  return low
}
