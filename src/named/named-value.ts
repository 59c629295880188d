/** A value in a text, and the name that stands beside it. */
export interface NamedValue {
  readonly name: string
  /** Where the value stands, without its quotes. */
  readonly start: number
  readonly end: number
}

/** Whether what stands under a name matters; where it does not, nothing more is read. */
export type Matters = (name: string) => boolean

/** Takes what was read. */
export type Visit<T extends NamedValue = NamedValue> = (value: T) => void

/**
 * Where a value without quotes ends that seems to end at `end`. In a string of JSON or code, escaped line ends and quotes follow it, and what
 * stands in the next line; in a CDATA section its end.
 */
export function unquotedEnd(text: string, start: number, end: number): number {
  if (text.charAt(end) === '>' && text.slice(start, end).endsWith(']]')) return end - 2
  const value = text.slice(start, end)
  if (!value.includes('\\')) return end
  const found = (/["'`]/.test(text.charAt(end)) ? BEFORE_QUOTE : BEFORE_LINE).exec(value)
  return found === null ? end : start + found.index
}

const BEFORE_LINE = /(?:\\+[rn])+(?=$|-$|[\w.-]{1,80}[ \t]?[=:]|[#[\\])/
const BEFORE_QUOTE = new RegExp(`${BEFORE_LINE.source}|\\\\+$`)

/** What the last group of a match is, if the match ends with it and `after` more characters; it has no quotes. */
export function lastOf(name: string, match: RegExpExecArray, value: string, after = 0): NamedValue {
  const end = match.index + match[0].length - after
  const start = end - value.length
  return { name, start, end: unquotedEnd(match.input, start, end) }
}
