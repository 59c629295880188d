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

/** What the last group of a match is, if the match ends with it and `after` more characters. */
export function lastOf(name: string, match: RegExpExecArray, value: string, after = 0): NamedValue {
  const end = match.index + match[0].length - after
  return { name, start: end - value.length, end }
}
