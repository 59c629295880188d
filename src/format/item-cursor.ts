import { findUnseen } from './yaml-reader.ts'

/** Goes through the items of a tape byte by byte: making strings of them takes longer than all the rest of opening a long tape. */
export class ItemCursor {
  readonly #text: Buffer
  #at = 0

  constructor(text: Buffer) {
    this.#text = text
  }

  /** The current offset in the text. */
  get at(): number {
    return this.#at
  }

  moveTo(at: number): void {
    this.#at = at
  }

  /** Skips these bytes if they come next. */
  takes(expected: Uint8Array): boolean {
    if (!isAt(this.#text, this.#at, expected)) return false
    this.#at += expected.length
    return true
  }

  /** Skips this many lower-case hexadecimal digits if they come next. */
  takesHex(length: number): boolean {
    for (let index = 0; index < length; index += 1) {
      const byte = this.#text[this.#at + index] ?? NONE
      if (!isDigit(byte) && (byte < A || byte > F)) return false
    }
    this.#at += length
    return true
  }

  /** A whole number at the end of its line, at least 1 and short enough to be exact. */
  count(): number | undefined {
    const start = this.#at
    const count = this.#digits()
    return count > 0 && this.#endsLine(start, 0) ? count : undefined
  }

  /** Milliseconds at the end of their line, perhaps with a fraction, and short enough to be exact. */
  time(): number | undefined {
    const start = this.#at
    const whole = this.#digits()
    const isWhole = this.#text[this.#at] !== POINT
    if (isWhole) return this.#endsLine(start, 0) ? whole : undefined
    this.#at += 1
    const begin = this.#at
    const fraction = this.#digits()
    const scale = 10 ** (this.#at - begin)
    // Dividend and divisor are exact, so this is the double nearest to the digits.
    return scale > 1 && this.#endsLine(start, 1) ? (whole * scale + fraction) / scale : undefined
  }

  /**
   * Skips a head as most clients send it: indented lines of printable characters that neither begin nor end with a blank, and an
   * empty line. Returns the end of the last line of the head.
   */
  head(): number | undefined {
    const start = this.#at
    while (this.takes(INDENT)) if (!this.#takesHeadLine()) return undefined
    const end = this.#at
    return end > start && this.takes(EMPTY_LINE) ? end : undefined
  }

  /** Skips comments; returns whether an item begins there, or the text ends. */
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

  /** Skips the rest of the line if it is printable. */
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

  /** The same for a line with characters outside ASCII. */
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

  /** Whether the text since `start` is a number that was read exactly, in the form in which we write numbers. */
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

/** Every number with this many digits is an exact double (2 ** 53 has 16). */
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
