import { applyEdits, type Edit, growth } from './edits.ts'

/** A number in a text that says how long something in it is. */
export interface TextCount {
  /** Where its digits stand. */
  readonly start: number
  readonly end: number
  readonly radix: 10 | 16
  /** What it counts. */
  readonly from: number
  readonly to: number
}

/** Whether a text has bytes as counts have them, so that it is no text. */
export const hasCounts = (text: string): boolean => BINARY_COUNT.test(text.slice(0, LOOKED_AT))

// oxlint-disable-next-line no-control-regex
const BINARY_COUNT = /[\0-\x06]/
const LOOKED_AT = 65_536

/** The counts of a text that are right: of messages in it, chunks with signatures, netstrings, PHP's serialization and Redis. */
export function textCounts(text: string): readonly TextCount[] {
  return [...COUNTS.flatMap((kind) => (text.includes(kind.hint) ? countsOf(text, kind) : [])), ...netstrings(text)]
}

interface Kind {
  /** In all texts that have such counts. */
  readonly hint: string
  /** What comes before the number, the number, and what stands between it and what it counts. */
  readonly pattern: RegExp
  readonly radix: 10 | 16
  /** What follows what is counted. */
  readonly after: string
}

// oxfmt-ignore
const COUNTS: readonly Kind[] = [
  // RFC 9112 section 6.2, in messages that are the content of others, and in the frames of language servers.
  { hint: 'ontent-', pattern: /(content-length:[ \t]*)(\d{1,9})((?:\r?\n[^\r\n]{1,8192}){0,99}\r?\n\r?\n)/gi, radix: 10, after: '' },
  { hint: ';chunk-signature=', pattern: /((?:^|\n))([\da-f]{1,8})(;chunk-signature=[^\r\n]*\r?\n)/g, radix: 16, after: '' },
  { hint: 's:', pattern: /((?:^|[;{}|])s:)(\d{1,9})(:")/g, radix: 10, after: '"' },
  { hint: '$', pattern: /((?:^|\n)\$)(\d{1,9})(\r\n)/g, radix: 10, after: '\r\n' },
]

function countsOf(text: string, { pattern, radix, after }: Kind): readonly TextCount[] {
  return Array.from(text.matchAll(pattern)).flatMap(({ index, 0: all, 1: before = '', 2: digits = '' }) => {
    const start = index + before.length
    const from = index + all.length
    const to = from + parseInt(digits, radix)
    const isRight = to <= text.length && text.startsWith(after, to)
    return isRight ? [{ start, end: start + digits.length, radix, from, to }] : []
  })
}

/** `5:hello,3:you,` and nothing else, also in each other. */
function netstrings(text: string, offset = 0): readonly TextCount[] {
  const counts: TextCount[] = []
  for (let at = 0; at < text.length;) {
    const digits = /^\d{1,9}(?=:)/.exec(text.slice(at, at + 10))?.[0]
    if (digits === undefined) return []
    const from = at + digits.length + 1
    const to = from + Number(digits)
    if (text[to] !== ',') return []
    counts.push({ start: offset + at, end: offset + from - 1, radix: 10, from: offset + from, to: offset + to })
    counts.push(...netstrings(text.slice(from, to), offset + from))
    at = to + 1
  }
  return counts
}

/** What is to change in the counts of a text so that they are right after other edits of it. */
export function countEdits(text: string, edits: readonly Edit[]): readonly Edit[] {
  const changed: Edit[] = []
  // What lies in something else changes the length of that, too.
  for (const { start, end, radix, from, to } of textCounts(text).toSorted(
    (one, other) => one.to - one.from - (other.to - other.from),
  )) {
    const more = growth([...edits, ...changed].filter((edit) => edit.start >= from && edit.end <= to))
    if (more !== 0) changed.push({ start, end, with: (to - from + more).toString(radix) })
  }
  return changed
}

/** The text without the counts that are right; they say nothing that it does not say itself. */
export function withoutCounts(text: string): string {
  const counts = textCounts(text)
  return applyEdits(
    text,
    counts.map(({ start, end }) => ({ start, end, with: '' })).toSorted((one, other) => one.start - other.start),
  )
}
