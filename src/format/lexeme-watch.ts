import type { ErrorCode } from '../errors.ts'
import { JSON_LIMIT, LONGEST_JSON, MOST_JSON_VALUES } from './json-limits.ts'

/**
 * Checks the lexemes of the YAML library one by one, and refuses a text at the first one that a cassette may not have.
 *
 * It also limits hostile text: the library takes some microseconds for a lexeme, and ten times as long for its node.
 */
export class LexemeWatch {
  readonly #refuse: (code: ErrorCode, detail: string) => never
  #count = 0
  #isText = false
  /** The last lexeme that is not a blank or comment, and the last text. */
  #last = ''
  #text = ''
  #json: JsonCount | undefined

  /** `refuse` adds the place of the current lexeme. */
  constructor(refuse: (code: ErrorCode, detail: string) => never) {
    this.#refuse = refuse
  }

  /** `depth`: how many collections are open. */
  see(lexeme: string, depth: number): void {
    this.#count += 1
    if (this.#count > MOST_LEXEMES)
      this.#refuse(
        'CASSETTE_TOO_LARGE',
        `more than ${MOST_LEXEMES} words and marks in one part that is not in the form that wiretape writes`,
      )
    if (this.#isText) this.#seeText(lexeme)
    else if (!BLANK.has(lexeme.charAt(0))) this.#seeMark(lexeme, depth)
    this.#json?.add(lexeme, this.#isText, this.#refuse)
    this.#isText = lexeme === TEXT_FOLLOWS
  }

  #seeText(text: string): void {
    this.#text = text
    this.#last = ''
  }

  #seeMark(lexeme: string, depth: number): void {
    const forbidden = FORBIDDEN.get(lexeme.charAt(0))
    if (forbidden !== undefined) this.#refuse(forbidden.code, `\`${lexeme.slice(0, 40)}\` ${forbidden.detail}`)
    // The library would continue and create an error for each of them.
    if (lexeme === ',' && NO_VALUE.has(this.#last))
      this.#refuse('CASSETTE_SYNTAX', 'there is no value before this comma')
    if (QUOTES.has(lexeme.charAt(0))) this.#text = lexeme.slice(1, -1)
    if (lexeme === ':') this.#seeColon(depth)
    this.#last = lexeme
  }

  #seeColon(depth: number): void {
    if (this.#json !== undefined && depth > this.#json.depth) return
    this.#json = this.#text === 'json' ? new JsonCount(depth) : undefined
  }
}

/** The content of the `json` piece that is being read. */
class JsonCount {
  readonly depth: number
  #marks = 0
  #texts = 0
  #length = 0

  constructor(depth: number) {
    this.depth = depth
  }

  add(lexeme: string, isText: boolean, refuse: (code: ErrorCode, detail: string) => never): void {
    if (isText || QUOTES.has(lexeme.charAt(0))) {
      this.#texts += 1
      this.#length += lexeme.length
    } else if (lexeme === ',' || lexeme === '-' || lexeme === '?') this.#marks += 1
    // A key and its value are each a text; an escape has up to six characters.
    const isOver =
      this.#marks > MOST_JSON_VALUES || this.#texts > 2 * MOST_JSON_VALUES || this.#length > 6 * LONGEST_JSON
    if (isOver) refuse('CASSETTE_INVALID', JSON_LIMIT)
  }
}

/** In a text in our own form, the library reads only edited parts, one at a time. */
const MOST_LEXEMES = 100_000

/** The lexemes before the text of a plain scalar or block. */
const TEXT_FOLLOWS = '\u001f'
const BLANK: ReadonlySet<string> = new Set([' ', '\t', '\n', '\r', '#', TEXT_FOLLOWS])
const QUOTES: ReadonlySet<string> = new Set(['"', "'"])
const NO_VALUE: ReadonlySet<string> = new Set([',', '[', '{'])

interface Forbidden {
  readonly code: ErrorCode
  readonly detail: string
}

/** Advice for a value that YAML reads as something else, or refuses. */
export const IN_QUOTES = 'text that begins like this must be in quotes'

/** Errors by the first character of a lexeme that is not text. */
const FORBIDDEN: ReadonlyMap<string, Forbidden> = new Map([
  ['&', { code: 'ALIAS_FORBIDDEN', detail: `is an anchor; ${IN_QUOTES}` }],
  ['*', { code: 'ALIAS_FORBIDDEN', detail: `is an alias; ${IN_QUOTES}` }],
  ['!', { code: 'UNKNOWN_TAG', detail: `is a tag; ${IN_QUOTES}` }],
  ['%', { code: 'CASSETTE_SYNTAX', detail: `is a directive; ${IN_QUOTES}` }],
])
