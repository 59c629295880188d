import { findUnseen } from './yaml-reader.ts'

/** Goes through items of a tape byte by byte: to make strings of them takes longer than all the rest of opening a long one. */
export class ItemCursor {
  readonly #text: Buffer
  #at = 0

  constructor(text: Buffer) {
    this.#text = text
  }

  /** Where it is, as an offset in the text. */
  get at(): number {
    return this.#at
  }

  moveTo(at: number): void {
    this.#at = at
  }

  /** Goes on behind these bytes, where they come next. */
  takes(expected: Uint8Array): boolean {
    if (!isAt(this.#text, this.#at, expected)) return false
    this.#at += expected.length
    return true
  }

  /** Goes on behind so many digits of base 16 in lower case, where they come next. */
  takesHex(length: number): boolean {
    for (let index = 0; index < length; index += 1) {
      const byte = this.#text[this.#at + index] ?? NONE
      if (!isDigit(byte) && (byte < A || byte > F)) return false
    }
    this.#at += length
    return true
  }

  /** A whole number that ends its line, from 1 on and not too long to be exact. */
  count(): number | undefined {
    const start = this.#at
    const count = this.#digits()
    return count > 0 && this.#endsLine(start, 0) ? count : undefined
  }

  /** Milliseconds, perhaps with a fraction, that end their line and are not too long to be exact. */
  time(): number | undefined {
    const start = this.#at
    const whole = this.#digits()
    const isWhole = this.#text[this.#at] !== POINT
    if (isWhole) return this.#endsLine(start, 0) ? whole : undefined
    this.#at += 1
    const begin = this.#at
    const fraction = this.#digits()
    const scale = 10 ** (this.#at - begin)
    // Dividend and divisor are exact, so this is the double that is nearest, as it is of the digits.
    return scale > 1 && this.#endsLine(start, 1) ? (whole * scale + fraction) / scale : undefined
  }

  /**
   * Goes behind a head as most clients send it: lines of printable characters, indented, that neither begin nor end with a blank, and an
   * empty line. Gives the end of the last line of the head.
   */
  head(): number | undefined {
    const start = this.#at
    while (this.takes(INDENT)) if (!this.#takesHeadLine()) return undefined
    const end = this.#at
    return end > start && this.takes(EMPTY_LINE) ? end : undefined
  }

  /** Goes behind comments, and says whether an item begins there, or the text ends. */
  reachesItem(end: number): boolean {
    while (this.takes(COMMENT)) if (!this.#takesLine() && !this.#takesForeignLine()) return false
    return this.#at === end || isAt(this.#text, this.#at, ITEM)
  }

  /** A line of a head neither begins nor ends with a blank. */
  #takesHeadLine(): boolean {
    const start = this.#at
    return (
      this.#text[start] !== SPACE && this.#takesLine() && this.#at - 1 > start && this.#text[this.#at - 2] !== SPACE
    )
  }

  /** Goes behind the end of the line, where all before it is printable. */
  #takesLine(): boolean {
    const text = this.#text
    let at = this.#at
    let byte = text[at] ?? NONE
    for (; byte !== LF; byte = text[at] ?? NONE) {
      if (byte < SPACE || byte > LAST_PRINTABLE) return false
      at += 1
    }
    this.#at = at + 1
    return true
  }

  /** The same for a line with other characters than those of ASCII. */
  #takesForeignLine(): boolean {
    const end = this.#text.indexOf(LF, this.#at)
    if (end === -1 || findUnseen(this.#text.toString('utf8', this.#at, end)) !== null) return false
    this.#at = end + 1
    return true
  }

  #digits(): number {
    let value = 0
    for (let byte = this.#text[this.#at] ?? NONE; isDigit(byte); byte = this.#text[this.#at] ?? NONE) {
      value = value * 10 + (byte - ZERO)
      this.#at += 1
    }
    return value
  }

  /** Whether what was read since `start` is a number of which nothing was lost, in the form in which we write them. */
  #endsLine(start: number, points: number): boolean {
    const digits = this.#at - start - points
    const hasZeroAhead = this.#text[start] === ZERO && isDigit(this.#text[start + 1] ?? NONE)
    return digits > 0 && digits <= EXACT_DIGITS && !hasZeroAhead && this.#text[this.#at] === LF
  }
}

function isAt(text: Buffer, at: number, expected: Uint8Array): boolean {
  for (let index = 0; index < expected.length; index += 1) if (text[at + index] !== expected[index]) return false
  return true
}

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE

/** Of so many digits every number is a double (2 ** 53 has 16). */
const EXACT_DIGITS = 15

const INDENT = Buffer.from(' '.repeat(8))
const EMPTY_LINE = Buffer.from('\n')
const COMMENT = Buffer.from('  #')
const ITEM = Buffer.from('  - ')

/** No byte has this value. */
const NONE = -1
const LF = 0x0a
const SPACE = 0x20
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const A = 0x61
const F = 0x66
const LAST_PRINTABLE = 0x7e
