/** A range of a text. */
export interface Run {
  readonly start: number
  readonly end: number
}

const SHORTEST_RUN = 16

/** Ranges of at least 16 characters of base64, base64url or hex, with their padding, which does not count. Most characters are skipped. */
export function longRuns(text: string, shortest = SHORTEST_RUN): Run[] {
  const runs: Run[] = []
  for (let i = shortest - 1; i < text.length;) {
    if (RUN_CHARS[text.charCodeAt(i)] !== 1) {
      i += shortest
      continue
    }
    // The run around `i` begins after the last character that is not base64, which the leaps have not passed.
    let start = i
    while (start > 0 && RUN_CHARS[text.charCodeAt(start - 1)] === 1) start -= 1
    if (text[start - 1] === '%' && HEX_DIGITS.test(text.slice(start, start + 2))) start += 2
    let end = i + 1
    while (end < text.length && RUN_CHARS[text.charCodeAt(end)] === 1) end += 1
    const next = end
    while (end - next < 2 && text[end] === '=') end += 1
    if (next - start >= shortest) runs.push({ start, end })
    i = next + shortest
  }
  return runs
}

/** Of an escape that stands before a run (RFC 3986 section 2.1). */
const HEX_DIGITS = /^[\da-f]{2}/i

const RUN_CHARS = Uint8Array.from({ length: 256 }, (_, code) =>
  Number(/[A-Za-z0-9+/_-]/.test(String.fromCharCode(code))),
)

/** A run that goes on over several lines, as in MIME and PEM. */
export interface WrappedRun extends Run {
  /** Without what parts its lines. */
  readonly text: string
  /** Another text in lines of the same length. */
  readonly wrap: (text: string) => string
}

/** The runs that go on over several lines, in each way in which they may; `runs` are the long ones of the text. */
export function wrappedRuns(text: string, runs: readonly Run[]): WrappedRun[] {
  const wrapped: WrappedRun[] = []
  let done = 0
  for (const run of runs) {
    const found = run.start < done ? [] : wrappingsOf(text, run)
    for (const one of found) {
      wrapped.push(one)
      done = Math.max(done, one.end)
    }
  }
  return wrapped
}

/**
 * The lines of which a run may be the first: all have one length but for the last, which may be shorter, and the first, if a name stands
 * before it. None if it is the only one.
 */
export function wrappingsOf(text: string, { start, end }: Run): readonly WrappedRun[] {
  const first = end - start
  const lineEnd = text[end - 1] === '=' ? undefined : lineEndAt(text, end, first)
  if (lineEnd === undefined) return []
  const from = end + lineEnd.length
  const second = endOfLine(text, from) - from
  const widths = isBlank(lineEnd) ? [first] : new Set([Math.max(first, second), second])
  const wrappings = Array.from(widths, (width) => wrappedIn(text, { start, end }, lineEnd, width))
  return wrappings.flatMap((one, k) => (one === undefined || one.end === wrappings[k - 1]?.end ? [] : [one]))
}

function wrappedIn(text: string, { start, end }: Run, lineEnd: string, width: number): WrappedRun | undefined {
  const lines = [text.slice(start, end)]
  let at = end
  while (text.startsWith(lineEnd, at)) {
    const from = at + lineEnd.length
    const to = endOfLine(text, from)
    const length = to - from
    // A line of dashes is a boundary; after a blank a short one is a word.
    const isOther = text.startsWith('--', from) || (isBlank(lineEnd) && length < SHORTEST_RUN && text[to - 1] !== '=')
    if (length === 0 || length > width || isOther) break
    lines.push(text.slice(from, to))
    at = to
    if (length < width || text[to - 1] === '=') break
  }
  // Four characters of base64 are three bytes, so lines of another length are something else.
  if (lines.length === 1 || (lines.length > 2 && width % 4 !== 0)) return undefined
  const first = end - start
  return { start, end: at, text: lines.join(''), wrap: (other) => inLines(other, first, width, lineEnd) }
}

/** What parts lines: a line end and an indentation, or blanks where line ends were taken out, as from a field value. */
const LINE_END = /(?:\r?\n|\r)[ \t>]{0,40}|[ \t]{1,4}/y
/** Words with blanks between them are shorter. */
const SHORTEST_BEFORE_BLANK = 32

function lineEndAt(text: string, at: number, length: number): string | undefined {
  LINE_END.lastIndex = at
  const lineEnd = LINE_END.exec(text)?.[0]
  return lineEnd !== undefined && isBlank(lineEnd) && length < SHORTEST_BEFORE_BLANK ? undefined : lineEnd
}

const isBlank = (lineEnd: string): boolean => !/[\r\n]/.test(lineEnd)

function endOfLine(text: string, from: number): number {
  let end = from
  while (RUN_CHARS[text.charCodeAt(end)] === 1) end += 1
  for (let padding = 0; padding < 2 && end > from && text[end] === '='; padding += 1) end += 1
  return end
}

function inLines(text: string, first: number, width: number, lineEnd: string): string {
  const lines = [text.slice(0, first)]
  for (let start = first; start < text.length; start += width) lines.push(text.slice(start, start + width))
  return lines.join(lineEnd)
}

/** How a run, or a part of it, may be read. */
export interface Reading {
  readonly coding: 'base64' | 'hex'
  /** Characters before it that belong to something else. */
  readonly lead: number
  readonly length: number
  /** What it may consist of. */
  readonly chars: RegExp
}

/** All ways to read a run: words may stand directly before what is coded, and after it. */
export function* readingsOf(run: string): Iterable<Reading> {
  const { length } = run
  if (/^[0-9a-f]+$/i.test(run))
    for (const lead of [0, 1]) yield { coding: 'hex', lead, length: length - lead, chars: /[0-9A-Fa-f]*/y }
  const chars = /[A-Za-z0-9+/_-]*={0,2}/y
  for (const lead of [0, 1, 2, 3]) yield { coding: 'base64', lead, length: length - lead, chars }
  for (const { index, 0: part } of run.matchAll(/[0-9a-f]{16,}/gi))
    if (part.length < length)
      for (const lead of [index, index + 1])
        yield { coding: 'hex', lead, length: index + part.length - lead, chars: /[0-9A-Fa-f]*/y }
  const zipped = run.indexOf(GZIP_IN_BASE64)
  if (zipped > 3) yield { coding: 'base64', lead: zipped, length: length - zipped, chars }
  // Words with dashes around it look like base64 for URLs.
  for (const { index, 0: part } of run.matchAll(/[A-Za-z0-9+/]{16,}={0,2}/g))
    if (part.length < length)
      yield { coding: 'base64', lead: index, length: part.length, chars: /[A-Za-z0-9+/]*={0,2}/y }
}

/** How gzip begins in base64. */
export const GZIP_IN_BASE64 = 'H4sI'
