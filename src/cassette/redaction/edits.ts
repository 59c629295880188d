/** A stretch `[start, end)` of a text and what is to stand there instead. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly with: string
}

/** The edits in order, without overlaps: of two that overlap, the longer one replaces what both cover. */
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

/** The text with merged edits made. */
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
 * Where ascending offsets of a text lie once merged edits are made.
 *
 * An offset inside an edit goes to the same fraction of its replacement, so that what was cut stays cut.
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

/** How much longer the text becomes. */
export function growth(edits: readonly Edit[]): number {
  return edits.reduce((sum, edit) => sum + edit.with.length - (edit.end - edit.start), 0)
}
