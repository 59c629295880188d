import { isUtf8 } from 'node:buffer'

/** A way to escape characters; the rest of the text is literal. */
export interface Escapes {
  /** The start of each escape. */
  readonly mark: string
  readonly pattern: RegExp
  readonly decode: (escape: string) => string
  readonly encode: (text: string) => string
}

/** RFC 3986 section 2.1. */
export const PERCENT: Escapes = {
  mark: '%',
  pattern: /%[0-9a-f]{2}/gi,
  decode: (escape) => String.fromCharCode(parseInt(escape.slice(1), 16)),
  encode: (text) =>
    text.replaceAll(/[^\w.~{}-]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`),
}

/**
 * RFC 8259 section 7, and the additional escapes of JavaScript.
 *
 * Backslashes at the end of a string stay as they are: of two only one would be left, and escape the quote that ends the string.
 */
const BACKSLASH: Escapes = {
  mark: '\\',
  pattern:
    /\\(?<=(?<!\\)(?:\\\\){0,16}\\)(?:u[0-9a-f]{4}(?:\\ud[c-f][0-9a-f]{2})?|x[0-9a-f]{2}|["'/bfnrt]|\\(?!(?:\\\\){0,16}["']))/gi,
  decode: decodeBackslash,
  encode: (text) =>
    text
      .replaceAll(/["\\]/g, String.raw`\$&`)
      .replaceAll('\n', String.raw`\n`)
      .replaceAll('\r', String.raw`\r`),
}

const HTML: Escapes = {
  mark: '&',
  pattern: /&(?:#\d{1,7}|#x[0-9a-f]{1,6}|amp|lt|gt|quot|apos);/gi,
  decode: decodeEntity,
  encode: (text) => text.replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`),
}

/** RFC 2045 section 6.7, of a content that says so; a line end after an equals sign is none. */
export const QUOTED_PRINTABLE: Escapes = {
  mark: '=',
  pattern: /=(?:[\da-f]{2}|[ \t]*\r?\n)/gi,
  decode: (escape) => (escape.endsWith('\n') ? '' : String.fromCharCode(parseInt(escape.slice(1), 16))),
  encode: (text) =>
    text.replaceAll(
      /[^\t\r\n\x20-\x3c\x3e-\x7e]/g,
      (char) => `=${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    ),
}

/** All that text of any kind may have. */
export const ESCAPES: readonly Escapes[] = [PERCENT, BACKSLASH, HTML]

/** The meanings of a value, one for each kind of escape that it has. */
export function unescapedForms(value: string): string[] {
  const forms = ESCAPES.map(({ pattern, decode }) => value.replaceAll(pattern, (escape) => decode(escape)))
  // WHATWG URL, application/x-www-form-urlencoded.
  if (value.includes('+')) forms.push(value.replaceAll('+', ' ').replaceAll(PERCENT.pattern, PERCENT.decode))
  return forms.filter((form) => form !== value)
}

/**
 * What a value means behind all escapes that it may have, as a byte string: the same for all spellings of one value.
 *
 * A plus is a blank, as it may be one in a form.
 */
export function meaningOf(value: string): string {
  let meaning = inBytes(value)
  for (let layers = 0; layers < MOST_LAYERS; layers += 1) {
    const plain = ESCAPES.reduce((text, escapes) => unescaped(escapes, text), meaning)
    if (plain === meaning) break
    meaning = plain
  }
  return meaning.replaceAll('+', ' ')
}

const MOST_LAYERS = 8

/** One character a byte: of what is not so already, or cannot be UTF-8, its bytes. */
function inBytes(text: string): string {
  const isInBytes = !NO_BYTE.test(text) && isUtf8(Buffer.from(text, 'latin1'))
  return isInBytes ? text : Buffer.from(text).toString('latin1')
}

const NO_BYTE = /[^\0-\xff]/

/** A text with the escapes of one kind undone. */
export const percentDecoded = (text: string): string => unescaped(PERCENT, text)
export const jsDecoded = (text: string): string => unescaped(BACKSLASH, text)
export const htmlDecoded = (text: string): string => unescaped(HTML, text)
export const quotedPrintableDecoded = (text: string): string => unescaped(QUOTED_PRINTABLE, text)

/** The same, given the escapes. */
export const unescaped = ({ mark, pattern, decode }: Escapes, text: string): string =>
  text.includes(mark) ? text.replaceAll(pattern, (escape) => decode(escape)) : text

function decodeBackslash(escape: string): string {
  const kind = escape[1] ?? ''
  if (kind !== 'u' && kind !== 'U' && kind !== 'x' && kind !== 'X') return CONTROLS[kind] ?? kind
  const units = escape
    .split(/\\./)
    .slice(1)
    .map((digits) => parseInt(digits, 16))
  return Buffer.from(String.fromCharCode(...units)).toString('latin1')
}

const CONTROLS: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

function decodeEntity(entity: string): string {
  const name = entity.slice(1, -1).toLowerCase()
  const named = ENTITIES[name]
  if (named !== undefined) return named
  const code = name.startsWith('#x') ? parseInt(name.slice(2), 16) : Number(name.slice(1))
  return code > 0x10ffff ? entity : Buffer.from(String.fromCodePoint(code)).toString('latin1')
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
