export const HTAB = 0x09
export const LF = 0x0a
export const CR = 0x0d
export const SP = 0x20
export const DQUOTE = 0x22
export const DOT = 0x2e
export const ZERO = 0x30
export const COLON = 0x3a
export const SEMICOLON = 0x3b
export const EQUALS = 0x3d
export const BACKSLASH = 0x5c

const DEL = 0x7f

/** 1 for the bytes of a token (RFC 9110 section 5.6.2). */
const TCHARS: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => Number(isToken(String.fromCharCode(byte))))

// Small functions over one byte, not a table of classes: they are the inner loops of the parser, and V8 compiles them
// to the fastest code (a table with a bit for each class took 1.8 times as long).

export const isTchar = (byte: number): boolean => TCHARS[byte] === 1

/** What a field value or reason phrase may hold: HTAB, SP, VCHAR and obs-text (RFC 9110 section 5.5). */
export const isFieldVchar = (byte: number): boolean => (byte < SP ? byte === HTAB : byte !== DEL)

/** What a request target may hold: visible ASCII. */
export const isTargetChar = (byte: number): boolean => byte > SP && byte < DEL

/** A control byte other than NUL, HTAB, LF and CR. */
export const isMereControl = (byte: number): boolean => !isFieldVchar(byte) && byte !== 0 && byte !== LF && byte !== CR

/** Bytes from 0x80 on, in place of percent-encoding or in other charsets (RFC 9110 section 5.6.4). */
export const isObsText = (byte: number): boolean => byte > DEL

export const isDigit = (byte: number): boolean => byte >= ZERO && byte <= ZERO + 9

/** The value of a hexadecimal digit, or 255. */
export const HEX: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase())
  return digit === -1 ? 255 : digit
})

/** SP or HTAB: the only optional whitespace (RFC 9110 section 5.6.3). */
export const isBlank = (byte: number | undefined): boolean => byte === SP || byte === HTAB

/** `text` without the blanks around it. A regular expression would retry every run of blanks inside. */
export function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start += 1
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

/** RFC 9110 section 5.6.2. */
export function isToken(text: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text)
}

/** Whether a field value is safe to write: latin-1 without controls other than HTAB (RFC 9110 section 5.5). */
export const isFieldValue = (text: string): boolean => /^[\t\x20-\x7e\x80-\xff]*$/.test(text)

/** Whether a request target is safe to write: visible ASCII only, which can be read in only one way (RFC 9112 section 3.2). */
export const isTarget = (text: string): boolean => /^[\x21-\x7e]+$/.test(text)

/** Names a byte for an error message. */
export function nameByte(byte: number | undefined): string {
  if (byte === undefined) return 'nothing'
  if (byte > SP && byte < 0x7f) return `"${String.fromCharCode(byte)}"`
  return BYTE_NAMES[byte] ?? `byte 0x${byte.toString(16).padStart(2, '0')}`
}

const BYTE_NAMES: Readonly<Record<number, string>> = { 0: 'NUL', 9: 'a tab', 10: 'LF', 13: 'CR', 32: 'a space' }
