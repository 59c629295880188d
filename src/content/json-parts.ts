/** A value in the text of a JSON document. */
export interface JsonNode {
  readonly type: 'object' | 'array' | 'string' | 'scalar'
  readonly start: number
  readonly end: number
  /** Such as `$.users[0].name`. */
  readonly path: string
  /** Members or elements; of a member, `start` is that of its name. */
  readonly parts: readonly JsonPart[]
}

/** A member of an object, or an element of an array. */
export interface JsonPart {
  readonly start: number
  readonly end: number
  readonly value: JsonNode
}

/**
 * Where the values of a JSON document stand in its text, one character a byte or not; `undefined` for text that is not JSON, or nests
 * deeper than `MOST_DEPTH`.
 */
export function jsonNodes(text: string): JsonNode | undefined {
  if (!/^\s*[[{"]/.test(text) || !isJson(text)) return undefined
  const reader = new Reader(text)
  return reader.value('$', 0)
}

const MOST_DEPTH = 64

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Reads a text that is JSON. */
class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(path: string, depth: number): JsonNode | undefined {
    this.#skipBlanks()
    const start = this.#at
    const first = this.#text[start]
    if (first === '{' || first === '[') return this.#container(first, path, depth)
    if (first === '"') this.#skip(STRING)
    else this.#skip(SCALAR)
    return { type: first === '"' ? 'string' : 'scalar', start, end: this.#at, path, parts: [] }
  }

  #container(open: '{' | '[', path: string, depth: number): JsonNode | undefined {
    if (depth === MOST_DEPTH) return undefined
    const start = this.#at
    const close = open === '{' ? '}' : ']'
    const parts: JsonPart[] = []
    this.#at += 1
    for (;;) {
      this.#skipBlanks()
      if (this.#text[this.#at] === ',') this.#at += 1
      this.#skipBlanks()
      if (this.#text[this.#at] === close) break
      const from = this.#at
      const value = this.value(open === '{' ? memberPath(path, this.#name()) : `${path}[${parts.length}]`, depth + 1)
      if (value === undefined) return undefined
      parts.push({ start: from, end: value.end, value })
    }
    this.#at += 1
    return { type: open === '{' ? 'object' : 'array', start, end: this.#at, path, parts }
  }

  /** Reads a name and its colon. */
  #name(): string {
    const start = this.#at
    this.#skip(STRING)
    const name: unknown = JSON.parse(this.#text.slice(start, this.#at))
    this.#skipBlanks()
    this.#at += 1
    return String(name)
  }

  #skipBlanks(): void {
    this.#skip(BLANKS)
  }

  #skip(pattern: RegExp): void {
    pattern.lastIndex = this.#at
    this.#at += pattern.exec(this.#text)?.[0].length ?? 0
  }
}

const BLANKS = /[ \t\r\n]*/y
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/sy
const SCALAR = /[^\s,\]}]+/y

const memberPath = (path: string, name: string): string =>
  /^[A-Za-z_$][\w$]*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`

/** The ranges to cut so that only those of these parts stay that are not out, with the commas between them. */
export function cutParts(
  parts: readonly JsonPart[],
  isOut: (part: JsonPart) => boolean,
): readonly { readonly start: number; readonly end: number }[] {
  let kept: JsonPart | undefined
  return parts.flatMap((part, index) => {
    if (!isOut(part)) {
      kept = part
      return []
    }
    if (kept !== undefined) return [{ start: parts[index - 1]?.end ?? part.start, end: part.end }]
    return [{ start: part.start, end: parts[index + 1]?.start ?? part.end }]
  })
}
