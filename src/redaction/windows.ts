import { LONG } from '../tape/late-bytes.ts'
import { type Edit, type LongText, mergeEdits, shiftEdits } from '../content/edits.ts'
import type { FindEdits } from '../content/views.ts'

/** How texts are searched that are too long to be searched as a whole; in characters. */
export interface WindowSizes {
  /** From this length on. */
  readonly long: number
  /** What is looked at at once. */
  readonly window: number
  /** How much of the neighbours is looked at with it, at most: what lies across the border is whole in one of the two. */
  readonly overlap: number
}

export const WINDOW_SIZES: WindowSizes = { long: LONG, window: 524_288, overlap: 32_768 }

/**
 * The edits of a long text. A window begins and ends between lines where there are any, so that what stands in a line is not cut;
 * one that ends within something secret goes on.
 */
export function editsInWindows(text: LongText, { window, overlap }: WindowSizes, find: FindEdits): Edit[] {
  const edits: Edit[] = []
  for (let start = 0; start < text.length; start += window) {
    const from = start === 0 ? 0 : firstLine(text, Math.max(0, start - overlap), start)
    for (let size = window + overlap; ; size *= 2) {
      const to = Math.min(text.length, start + size)
      const end = to === text.length ? to : lastLine(text, Math.min(start + window, to), to)
      const found = find(text.slice(from, end))
      const isCut = end < text.length && found.some((edit) => from + edit.end >= end)
      // What goes on for that long and has no line ends is taken for secret as far as it was seen, window by window.
      if (isCut && size < MOST_WINDOWS * window) continue
      for (const edit of shiftEdits(found, from)) edits.push(edit)
      break
    }
  }
  return mergeEdits(edits)
}

const MOST_WINDOWS = 8

/** The offset after the first line end from `from` on; `from` if there is no line end before `limit`. */
function firstLine(text: LongText, from: number, limit: number): number {
  return from + text.slice(from, limit).indexOf('\n') + 1
}

/** The offset after the last line end before `to`; `to` if there is no line end after `limit`. */
function lastLine(text: LongText, limit: number, to: number): number {
  const lineEnd = text.slice(limit, to).lastIndexOf('\n')
  return lineEnd === -1 ? to : limit + lineEnd + 1
}
