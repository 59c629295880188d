import { MOST_JSON_VALUES } from './json-limits.ts'
import { unquote, valueOf, WORD_WITH_A_TYPE } from './line-scalars.ts'
import { leave, unlessOther } from './other-form.ts'
import {
  isNoEvent,
  MAX_DEPTH,
  MOST_ROOT_KEYS,
  type YamlEntry,
  type YamlList,
  type YamlMap,
  type YamlNode,
  type YamlScalar,
} from './yaml-node.ts'

/**
 * Reads the YAML that `yaml-writer.ts` writes, ten times faster than a full YAML reader: most cassettes are unedited recordings.
 *
 * Returns `undefined` for everything else, valid or not; any other result equals that of `readYaml` for the same text, places
 * included. The caller must check that the text holds no control character.
 *
 * @throws JsonTooLong
 */
export function readLines(text: string, start = 0, end = text.length): YamlNode | undefined {
  return unlessOther(() => new LineReader(text, start, end).document())
}

/** The same for the items of a list with this many blanks before their dashes. */
export function readItems(text: string, start: number, end: number, indent: number): YamlNode | undefined {
  return unlessOther(() => new LineReader(text, start, end).items(indent))
}

/** Thrown if a `json` piece has more values than the limit, with the place of the first surplus one. */
export class JsonTooLong extends Error {
  readonly offset: number

  constructor(offset: number) {
    super('a json piece has too many values')
    this.offset = offset
  }
}

/** Each method reads from `#at` and moves it past what it has read; a value in a block ends at the start of a line. */
class LineReader {
  readonly #text: string
  readonly #end: number
  #at: number
  #depth = 0
  /** How many more values the current line or JSON may have: our own form has few. */
  #room = Infinity
  #isJson = false
  /** Blanks before each continuation line of the current value. */
  #continuation = 0

  constructor(text: string, start: number, end: number) {
    this.#text = text
    this.#at = start
    this.#end = end
  }

  document(): YamlNode {
    this.#skipComments()
    const root = this.#map(0)
    return this.#at === this.#end ? root : leave()
  }

  items(indent: number): YamlNode {
    // The map of the document encloses it.
    this.#enter()
    const list = this.#list(indent)
    return this.#at === this.#end ? list : leave()
  }

  /** The entries at exactly this indentation; `#at` is before it or, for the first entry of an item, after it. */
  #map(indent: number, isItem = false): YamlMap {
    this.#enter()
    const offset = isItem ? this.#at : this.#at + indent
    const entries = new Map<string, YamlEntry>()
    if (!isItem && this.#indentation() !== indent) leave()
    this.#at = offset
    do {
      const keyOffset = this.#at
      const key = this.#key()
      if (entries.has(key) || (indent === 0 && entries.size === MOST_ROOT_KEYS)) leave()
      this.#take()
      entries.set(key, {
        keyOffset,
        value: key === 'json' ? this.#json(indent) : this.#value(indent),
      })
    } while (this.#nextAt(indent))
    this.#depth -= 1
    return { type: 'map', offset, entries }
  }

  #list(indent: number, isItem = false): YamlList {
    this.#enter()
    const offset = isItem ? this.#at : this.#at + indent
    const items: YamlNode[] = []
    this.#at = offset
    do {
      if (!this.#text.startsWith('- ', this.#at)) leave()
      this.#at += 2
      this.#take()
      const item = this.#item(indent + 2)
      if (this.#depth === 2 && isNoEvent(item)) leave()
      items.push(item)
    } while (this.#nextAt(indent))
    this.#depth -= 1
    return { type: 'list', offset, items }
  }

  /** The value after a dash: the first entry of a nested map or list, or a value on the line. */
  #item(indent: number): YamlNode {
    this.#continuation = indent
    if (this.#text.startsWith('- ', this.#at)) return this.#list(indent, true)
    ENTRY.lastIndex = this.#at
    return ENTRY.test(this.#text) ? this.#map(indent, true) : this.#inLine()
  }

  #json(indent: number): YamlNode {
    this.#isJson = true
    const node = this.#limited(() => this.#value(indent))
    this.#isJson = false
    return node
  }

  /** Reads a value with as many values in it as a `json` piece, or the value around it, may still have. */
  #limited(read: () => YamlNode): YamlNode {
    const outer = this.#room
    const room = Math.min(outer, MOST_JSON_VALUES)
    this.#room = room
    const node = read()
    this.#room = outer - (room - this.#room)
    return node
  }

  /** The value after the colon of a key at this indentation. */
  #value(indent: number): YamlNode {
    if (this.#text[this.#at] === '\n') return this.#below(indent + 2)
    if (this.#text[this.#at] !== ' ') leave()
    this.#at += 1
    this.#continuation = indent + 2
    return this.#text[this.#at] === '|' ? this.#literal(indent + 2) : this.#inLine()
  }

  #below(indent: number): YamlNode {
    this.#at += 1
    this.#skipComments()
    if (this.#indentation() !== indent) leave()
    return this.#text.startsWith('- ', this.#at + indent) ? this.#list(indent) : this.#map(indent)
  }

  #inLine(): YamlNode {
    const first = this.#text[this.#at]
    const node = first === '[' || first === '{' ? this.#limited(() => this.#flow()) : this.#flow()
    if (this.#text[this.#at] !== '\n') leave()
    this.#at += 1
    return node
  }

  #flow(): YamlNode {
    const offset = this.#at
    switch (this.#text[offset]) {
      case '"':
        return { type: 'scalar', offset, value: this.#quoted() }
      case '{':
        return this.#flowMap()
      case '[':
        return this.#flowList()
      default:
        return this.#plain()
    }
  }

  #flowMap(): YamlMap {
    this.#enter()
    const offset = this.#at
    const entries = new Map<string, YamlEntry>()
    if (this.#skip('{}')) return this.#left({ type: 'map', offset, entries })
    for (let open = '{ '; !this.#skip(' }'); open = ', ') {
      if (!this.#skip(open)) leave()
      const keyOffset = this.#at
      const key = this.#key()
      if (!this.#skip(' ') || entries.has(key)) leave()
      this.#take()
      entries.set(key, { keyOffset, value: this.#flow() })
    }
    return this.#left({ type: 'map', offset, entries })
  }

  #flowList(): YamlList {
    this.#enter()
    const offset = this.#at
    const items: YamlNode[] = []
    if (this.#skip('[]')) return this.#left({ type: 'list', offset, items })
    for (let open = '['; !this.#skip(']'); open = ', ') {
      if (!this.#skip(open)) leave()
      this.#take()
      items.push(this.#flow())
    }
    return this.#left({ type: 'list', offset, items })
  }

  /** A key and its colon. */
  #key(): string {
    if (this.#text[this.#at] === '"') {
      const start = this.#at
      const key = this.#quoted()
      // A key of more than one line, or of more than 1,024 characters, has another form in YAML.
      if (this.#text.slice(start, this.#at).includes('\n') || this.#at - start > 1000) leave()
      return this.#skip(':') ? key : leave()
    }
    KEY.lastIndex = this.#at
    const key = KEY.exec(this.#text)?.[1]
    if (key === undefined || WORD_WITH_A_TYPE.test(key)) leave()
    this.#at += key.length + 1
    return key
  }

  #plain(): YamlScalar {
    const offset = this.#at
    PLAIN.lastIndex = offset
    const text = PLAIN.exec(this.#text)?.[0] ?? leave()
    this.#at += text.length
    return { type: 'scalar', offset, value: valueOf(text) }
  }

  #quoted(): string {
    const parts: string[] = []
    for (;;) {
      QUOTED.lastIndex = this.#at
      this.#at += (QUOTED.exec(this.#text) ?? leave())[0].length
      const start = this.#at
      const end = this.#endOfQuoted()
      const part = this.#text.slice(start, this.#at)
      this.#at += 1
      parts.push(parts.length > 0 && part.startsWith('\\ ') ? part.slice(1) : part)
      if (end === '"') return unquote(parts.join(''))
      if (!this.#text.startsWith(' '.repeat(this.#continuation), this.#at + 1)) leave()
    }
  }

  /** Moves to the end of a line of a quoted scalar: the quote, or the backslash before a line end. A single expression would need stack for each character. */
  #endOfQuoted(): '"' | '\\' {
    for (;;) {
      RUN.lastIndex = this.#at
      this.#at += RUN.exec(this.#text)?.[0].length ?? 0
      const [character, next = '\n'] = this.#text.slice(this.#at, this.#at + 2)
      if (character === '"') return character
      if (character !== '\\') leave()
      if (next === '\n') return character
      this.#at += 2
    }
  }

  /** A literal block whose lines have this indentation. */
  #literal(indent: number): YamlScalar {
    const offset = this.#at
    LITERAL.lastIndex = offset
    const [head, hint, chomping] = LITERAL.exec(this.#text) ?? leave()
    this.#at += head.length
    const lines: string[] = []
    let filled = 0
    for (;;) {
      const end = this.#text.indexOf('\n', this.#at)
      if (end === -1) break
      if (end > this.#at) {
        const indentation = this.#indentation()
        if (indentation < indent) break
        // Only blanks, or a blank that changes where the block begins: not the form that we write.
        if (this.#at + indentation >= end || (filled === 0 && hint === '' && indentation > indent)) leave()
        if (this.#text.charCodeAt(this.#at + indent) === TAB) leave()
        lines.push(this.#text.slice(this.#at + indent, end))
        filled = lines.length
      } else {
        lines.push('')
      }
      this.#at = end + 1
    }
    if (filled === 0) leave()
    if (filled < lines.length && chomping !== '+') lines.length = filled
    return { type: 'scalar', offset, value: chomping === '-' ? lines.join('\n') : `${lines.join('\n')}\n` }
  }

  /** Whether another entry follows at this indentation; moves to it. Deeper text belongs to nothing. */
  #nextAt(indent: number): boolean {
    this.#skipComments()
    const actual = this.#at >= this.#end ? -1 : this.#indentation()
    if (actual > indent) leave()
    if (actual < indent) return false
    this.#at += indent
    return true
  }

  #skipComments(): void {
    for (;;) {
      COMMENT.lastIndex = this.#at
      if (!COMMENT.test(this.#text)) return
      this.#at = COMMENT.lastIndex
    }
  }

  #indentation(): number {
    let at = this.#at
    while (this.#text.charCodeAt(at) === BLANK) at++
    return at - this.#at
  }

  #skip(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  #take(): void {
    this.#room -= 1
    if (this.#room >= 0) return
    if (this.#isJson) throw new JsonTooLong(this.#at)
    leave()
  }

  #enter(): void {
    this.#depth += 1
    if (this.#depth > MAX_DEPTH) leave()
  }

  #left<Node extends YamlNode>(node: Node): Node {
    this.#depth -= 1
    return node
  }
}

const BLANK = 0x20
const TAB = 0x09

/** A whole line that is a comment, or nothing. */
const COMMENT = /(?: *#[^\n]*)?\n/y

const LITERAL = /\|(2?)([-+]?)\n/y

/** Text that begins like the first entry of a map. */
const ENTRY = /(?:"(?:[^"\\\n]|\\[^\n])*"|[A-Za-z](?:[\w./+ -]|:\/\/)*(?::\d+)?):[ \n]/y

const KEY = /([A-Za-z][\w./+-]*(?: [\w./+-]+)*|(?:https?|tcp|tls):\/\/[\w.-]+(?::\d+)?):(?=[ \n])/y

/** The words that need no quotes, and numbers as JSON has them; a `-0` keeps its sign in some readers only. */
const PLAIN =
  /(?:(?:https?|tcp|tls):\/\/[\w.-]+(?::\d+)?|[A-Za-z][\w./+-]*(?: [\w./+-]+)*|(?!-0(?![.\d]))-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?)(?=\n|, | }|\])/y

/** From a quote, or the blanks of a further line, to the quote or the backslash that ends this line. */
const QUOTED = /"|\n {2,}/y
const RUN = /[^"\\\n]*/y
