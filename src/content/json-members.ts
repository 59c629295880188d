import { copyOf } from './copy-of.ts'
import { CR, isEscaped, LF, QUOTE, skipBlanks, stringEnd, walkContainer } from './json-strings.ts'

/** A member of an object, in a text that may be cut or no JSON around it. */
export interface JsonMember {
  /** Without its escapes. */
  readonly name: string
  /** Where the quote before the name stands. */
  readonly nameStart: number
  /** Where the value begins. */
  readonly at: number
}

/** Finds members by the colons after their names; which names matter is asked once for each of them, as far as it can be. */
export class JsonMembers {
  readonly #matters: (name: string) => boolean
  /** Names that were looked at, and whether they matter: to look one up takes no copy of it. */
  readonly #lookedAt: { readonly name: string; readonly matters: boolean }[] = []

  constructor(matters: (name: string) => boolean) {
    this.#matters = matters
  }

  *in(text: string): Generator<JsonMember> {
    for (let colon = text.indexOf(':'); colon !== -1; colon = text.indexOf(':', colon + 1)) {
      const end = skipBlanks(text, colon - 1, -1)
      if (text.charCodeAt(end) !== QUOTE || isEscaped(text, end)) continue
      const nameStart = this.#nameBefore(text, end)
      if (nameStart !== undefined)
        yield { name: unescapedName(text.slice(nameStart + 1, end)), nameStart, at: skipBlanks(text, colon + 1, 1) }
    }
  }

  /**
   * Where the name in double quotes begins that ends before a colon, if it may matter. An expression that finds all names takes ten times
   * as long in a body of JSON.
   *
   * A quote after a backslash may begin a name, as in a cut piece of JSON inside JSON, or be part of one.
   */
  #nameBefore(text: string, end: number): number | undefined {
    const least = Math.max(0, end - LONGEST_NAME)
    for (let start = end - 1; start >= least; start -= 1) {
      const code = text.charCodeAt(start)
      if (code === CR || code === LF) return undefined
      if (code !== QUOTE) continue
      if (this.#mayMatter(text, start + 1, end)) return start
      if (!isEscaped(text, start)) return undefined
    }
    return undefined
  }

  #mayMatter(text: string, start: number, end: number): boolean {
    const length = end - start
    const place =
      (length * 37 +
        text.charCodeAt(start) * 5 +
        text.charCodeAt(end - 1) * 67 +
        text.charCodeAt(start + (length >> 1)) * 131) &
      1023
    const before = this.#lookedAt[place]
    if (before !== undefined && before.name.length === length && text.startsWith(before.name, start))
      return before.matters
    const name = text.slice(start, end)
    const matters = this.#matters(unescapedName(name))
    this.#lookedAt[place] = { name: copyOf(name), matters }
    return matters
  }
}

const LONGEST_NAME = 200

/** A name without the escapes that JSON may have in it. */
export const unescapedName = (name: string): string =>
  name.includes('\\')
    ? name.replaceAll(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
    : name

const NUMBER = /-?\d[\d.eE+-]*/y

/** The number that is written without quotes at a place of a text; `undefined` if it is something else. */
export function jsonNumberAt(text: string, at: number): string | undefined {
  NUMBER.lastIndex = at
  return NUMBER.exec(text)?.[0]
}

/** Where the value ends that begins at `at`: with its quotes or brackets, or a number or a word. */
export function jsonValueEnd(text: string, at: number): number {
  const char = text[at]
  if (char === '"') return Math.min(text.length, stringEnd(text, at) + 1)
  if (char === '{' || char === '[') return walkContainer(text, at, () => {})
  WORD.lastIndex = at
  return at + (WORD.exec(text)?.[0].length ?? 0)
}

const WORD = /[\w.+-]+/y

/** Whether what stands at a range of a text is a number where JSON has one, without quotes. */
export function isBareNumber(text: string, start: number, end: number): boolean {
  if (!/^-?\d[\d.eE+-]*$/.test(text.slice(start, end))) return false
  return (
    /[:[,]\s{0,20}$/.test(text.slice(Math.max(0, start - 21), start)) && /^\s*[,}\]]/.test(text.slice(end, end + 20))
  )
}
