/** Text that may be JSON, may be cut off, and may be something else: these read no more of it than they have to. */

export const [QUOTE, APOSTROPHE, BACKSLASH, CR, LF] = [0x22, 0x27, 0x5c, 0x0d, 0x0a]
const [COLON, COMMA, BRACE, BRACKET, BRACE_END, BRACKET_END] = [0x3a, 0x2c, 0x7b, 0x5b, 0x7d, 0x5d]
const isBlank = (code: number): boolean =>
  code <= 0x20 && (code === 0x20 || code === 0x09 || code === CR || code === LF)

/** Goes over at most 100 blanks and line ends. */
export function skipBlanks(text: string, from: number, step: 1 | -1): number {
  let at = from
  while (isBlank(text.charCodeAt(at)) && Math.abs(at - from) < 100) at += step
  return at
}

/** Whether an odd number of backslashes stands before it. */
export function isEscaped(text: string, at: number): boolean {
  let start = at
  while (text.charCodeAt(start - 1) === BACKSLASH) start -= 1
  return (at - start) % 2 === 1
}

/** Where the string ends that begins with the quote at `start`: its closing quote, or the end of the text. */
export function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1))
    if (!isEscaped(text, end)) return end
  return text.length
}

/** A string in an object or array, and the name it stands under there. */
export interface JsonString {
  readonly name: string | undefined
  readonly start: number
  readonly end: number
  readonly isNumber: boolean
}

/**
 * Calls back for all strings and numbers in the object or array that begins at `at`, and gives where it ends.
 *
 * What stands in an inner array has the name of the array.
 */
export function walkContainer(text: string, at: number, visit: (value: JsonString) => void): number {
  const outer: (string | undefined)[] = []
  let name: string | undefined
  for (let i = at; i < text.length;) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) {
      const end = stringEnd(text, i)
      const next = skipBlanks(text, end + 1, 1)
      if (text.charCodeAt(next) === COLON) {
        name = text.slice(i + 1, end)
        i = next + 1
      } else {
        visit({ name, start: i + 1, end, isNumber: false })
        i = end + 1
      }
    } else if (code === BRACE || code === BRACKET) {
      outer.push(name)
      if (code === BRACE) name = undefined
      i += 1
    } else if (code === BRACE_END || code === BRACKET_END) {
      name = outer.pop()
      i += 1
      if (outer.length === 0) return i
    } else if (isDigit(code) && !isWordCode(text.charCodeAt(i - 1))) {
      let end = i + 1
      while (isDigit(text.charCodeAt(end)) || text[end] === '.') end += 1
      visit({ name, start: i, end, isNumber: true })
      i = end
    } else i += 1
  }
  return text.length
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39
const isWordCode = (code: number): boolean => isDigit(code) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a)

/** The object around a place of a text, as far as it is near. */
export class ObjectAround {
  readonly #text: string
  /** Where it begins and ends, with its braces. */
  readonly #start: number
  readonly #end: number

  /** @param at where something of the object begins, outside of its strings. */
  constructor(text: string, at: number) {
    this.#text = text
    this.#start = opening(text, at)
    this.#end = closing(text, at)
  }

  /** Where in the text {@link source} begins. */
  get start(): number {
    return Math.max(0, this.#start)
  }

  /** What is there of it. */
  get source(): string {
    return this.#text.slice(this.start, this.#end)
  }

  /** The texts of its own members, those of objects in it left out. */
  members(): ReadonlyMap<string, string> {
    const members = new Map<string, string>()
    const text = this.#text
    let depth = 0
    let name: string | undefined
    for (let i = this.#start + 1; i < this.#end;) {
      const code = text.charCodeAt(i)
      if (code === QUOTE) {
        const end = stringEnd(text, i)
        if (depth === 0 && text.charCodeAt(skipBlanks(text, end + 1, 1)) === COLON) name = text.slice(i + 1, end)
        else if (depth === 0 && name !== undefined) members.set(name, text.slice(i + 1, end))
        i = end + 1
        continue
      }
      if (code === BRACE || code === BRACKET) depth += 1
      else if (code === BRACE_END || code === BRACKET_END) depth -= 1
      else if (code === COMMA && depth === 0) name = undefined
      i += 1
    }
    return members
  }

  /** The object around it. */
  get outer(): ObjectAround {
    return new ObjectAround(this.#text, this.#start)
  }

  /** The name under which it stands, also in an array. */
  get name(): string | undefined {
    if (!/[[{]/.test(this.#text.charAt(this.#start))) return undefined
    let before = skipBlanks(this.#text, this.#start - 1, -1)
    const code = this.#text.charCodeAt(before)
    if (code === BRACKET || code === COMMA) {
      const array = code === BRACKET ? before : opening(this.#text, this.#start)
      before = skipBlanks(this.#text, array - 1, -1)
    }
    if (this.#text.charCodeAt(before) !== COLON) return undefined
    const end = skipBlanks(this.#text, before - 1, -1)
    if (this.#text.charCodeAt(end) !== QUOTE) return undefined
    const start = stringStart(this.#text, end, Math.max(0, end - NEAR))
    return this.#text.slice(start + 1, end)
  }
}

/** Further away nothing is looked at, so that the time stays linear. */
const NEAR = 600

/** The brace or bracket that is open at `at`; if there is none nearby, what stands before the first member that is. */
function opening(text: string, at: number): number {
  const least = Math.max(0, at - NEAR)
  let depth = 0
  let first = at
  for (let i = at - 1; i >= least; i -= 1) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) {
      i = stringStart(text, i, least)
      if (i > least) first = i
    } else if (code === BRACE_END || code === BRACKET_END) depth += 1
    else if (code === BRACE || code === BRACKET) {
      if (depth === 0) return i
      depth -= 1
    }
  }
  return first - 1
}

function stringStart(text: string, end: number, least: number): number {
  let start = text.lastIndexOf('"', end - 1)
  while (start > least && isEscaped(text, start)) start = text.lastIndexOf('"', start - 1)
  return Math.max(start, least)
}

function closing(text: string, at: number): number {
  const most = Math.min(text.length, at + NEAR)
  let depth = 0
  for (let i = at; i < most;) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) {
      i = stringEnd(text, i) + 1
      continue
    }
    if (code === BRACE || code === BRACKET) depth += 1
    else if (code === BRACE_END || code === BRACKET_END) {
      if (depth === 0) return i
      depth -= 1
    }
    i += 1
  }
  return most
}
