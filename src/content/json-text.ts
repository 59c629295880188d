import { DecodeError, type TextPosition } from './decode-error.ts'

/**
 * Why a text that `JSON.parse` refused with `cause` is not JSON (RFC 8259): a `DECODE_ERROR` with the position of the first
 * character that cannot belong to a JSON text.
 */
export function jsonError(text: string, cause: unknown): DecodeError {
  const { offset, expected } = findFault(text)
  const position = positionAt(text, offset)
  const detail = `not JSON at line ${position.line}, column ${position.column}, offset ${offset}`
  return new DecodeError('DECODE_ERROR', `${detail}: ${describe(text, offset, expected)}`, { position, cause })
}

interface Fault {
  /** Offset of the first wrong character, or the length of a text that ends too early. */
  readonly offset: number
  readonly expected: string
}

/** What is allowed at a place between two tokens, in words for the error. */
// oxfmt-ignore
const EXPECTED = {
  'value':            'a value',
  'value-or-end':     'a value or ]',
  'name':             'a name in double quotes',
  'name-or-end':      'a name in double quotes or }',
  'colon':            'a colon',
  'comma-in-array':   'a comma or ]',
  'comma-in-object':  'a comma or }',
  'end':              'the end of the text',
} as const

type Place = keyof typeof EXPECTED

/** Walks through a text that is not JSON to the first fault; keeps its own stack, because the text may nest deeply. */
function findFault(text: string): Fault {
  const open: ('array' | 'object')[] = []
  const afterValue = (): Place => {
    const inside = open.at(-1)
    return inside === undefined ? 'end' : `comma-in-${inside}`
  }
  let place: Place = 'value'
  for (let at = afterBlanks(text, 0); ; at = afterBlanks(text, at)) {
    const next = step(place, text.charAt(at))
    switch (next) {
      case undefined:
        return { offset: at, expected: EXPECTED[place] }
      case 'scalar': {
        const end = place.startsWith('name') ? endOfString(text, at) : endOfScalar(text, at)
        if (typeof end !== 'number') return end
        at = end
        place = place.startsWith('name') ? 'colon' : afterValue()
        continue
      }
      case 'close':
        open.pop()
        place = afterValue()
        break
      case 'array':
        open.push('array')
        place = 'value-or-end'
        break
      case 'object':
        open.push('object')
        place = 'name-or-end'
        break
      default:
        place = next
    }
    at += 1
  }
}

/** What a character means at a place: a token starts or ends, or another place follows; `undefined`: it is wrong there. */
function step(place: Place, char: string): Place | 'scalar' | 'array' | 'object' | 'close' | undefined {
  switch (place) {
    case 'value-or-end':
      return char === ']' ? 'close' : step('value', char)
    case 'value':
      if (char === '[') return 'array'
      if (char === '{') return 'object'
      return /^["tfn0-9-]/.test(char) ? 'scalar' : undefined
    case 'name-or-end':
      return char === '}' ? 'close' : step('name', char)
    case 'name':
      return char === '"' ? 'scalar' : undefined
    case 'colon':
      return char === ':' ? 'value' : undefined
    case 'comma-in-array':
      return char === ']' ? 'close' : char === ',' ? 'value' : undefined
    case 'comma-in-object':
      return char === '}' ? 'close' : char === ',' ? 'name' : undefined
    case 'end':
      return undefined
  }
}

function afterBlanks(text: string, start: number): number {
  let at = start
  while (BLANKS.has(text.charCodeAt(at))) at += 1
  return at
}

const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d])

/** The end of the scalar at `start`, or what is wrong with it. */
function endOfScalar(text: string, start: number): number | Fault {
  switch (text.charAt(start)) {
    case '"':
      return endOfString(text, start)
    case 't':
      return endOfWord(text, start, 'true')
    case 'f':
      return endOfWord(text, start, 'false')
    case 'n':
      return endOfWord(text, start, 'null')
    default:
      return endOfNumber(text, start)
  }
}

function endOfString(text: string, start: number): number | Fault {
  for (let at = start + 1; ; at += 1) {
    const char = text.charAt(at)
    if (char === '"') return at + 1
    if (char === '') return { offset: at, expected: 'the closing quote of a string' }
    if (char < ' ') return { offset: at, expected: 'no control character in a string' }
    if (char !== '\\') continue
    at += 1
    const escape = text.charAt(at)
    if (escape === '' || !'"\\/bfnrtu'.includes(escape)) return { offset: at, expected: 'one of "\\/bfnrtu after \\' }
    if (escape !== 'u') continue
    const end = afterDigits(text, at + 1, /^[0-9a-fA-F]$/, 4)
    if (end < at + 5) return { offset: end, expected: 'four hexadecimal digits after \\u' }
    at = end - 1
  }
}

function endOfWord(text: string, start: number, word: string): number | Fault {
  for (let index = 1; index < word.length; index += 1) {
    if (text.charAt(start + index) !== word.charAt(index)) return { offset: start + index, expected: word }
  }
  return start + word.length
}

function endOfNumber(text: string, start: number): number | Fault {
  let at = text.charAt(start) === '-' ? start + 1 : start
  const digits = (most = Infinity): boolean => {
    const from = at
    at = afterDigits(text, at, /^[0-9]$/, most)
    return at > from
  }
  // No digit may follow a leading zero.
  if (!digits(text.charAt(at) === '0' ? 1 : Infinity)) return { offset: at, expected: 'a digit' }
  if (text.charAt(at) === '.') {
    at += 1
    if (!digits()) return { offset: at, expected: 'a digit after the decimal point' }
  }
  if (/^[eE]$/.test(text.charAt(at))) {
    at += /^[+-]$/.test(text.charAt(at + 1)) ? 2 : 1
    if (!digits()) return { offset: at, expected: 'a digit of the exponent' }
  }
  return at
}

function afterDigits(text: string, start: number, digit: RegExp, most: number): number {
  let at = start
  while (at < start + most && digit.test(text.charAt(at))) at += 1
  return at
}

function positionAt(text: string, offset: number): TextPosition {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/)
  return { offset, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 }
}

/** Characters shown on each side of the fault. */
const EXCERPT = 30

function describe(text: string, offset: number, expected: string): string {
  if (text === '') return 'the body is empty'
  const before = text.slice(Math.max(0, offset - EXCERPT), offset)
  const found = text.slice(offset, offset + EXCERPT)
  const where = before === '' ? '' : ` after ${JSON.stringify(before)}`
  return `expected ${expected}${where}, found ${found === '' ? 'the end of the text' : JSON.stringify(found)}`
}
