import { isUtf8 } from 'node:buffer'

/**
 * Makes text from anywhere safe to print: what is not a printable character becomes `\xNN`, byte by byte in UTF-8.
 *
 * A recorded body may hold sequences that clear the screen, set the clipboard, or let text run backwards (CWE-150).
 * So nothing but printable characters passes, and line breaks are escaped as well: split into lines first.
 */
export function escapeText(text: string): string {
  return text.replace(UNPRINTABLE, (character) => escapeEach(Buffer.from(character)))
}

/** As {@link escapeText}, for bytes: UTF-8 where they are UTF-8, and `\xNN` for each byte that is not part of any. */
export function escapeBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (isUtf8(buffer)) return escapeText(buffer.toString())
  return buffer.toString('latin1').replace(UTF8_SEQUENCE_OR_BYTE, (sequence) => {
    const part = Buffer.from(sequence, 'latin1')
    return isUtf8(part) ? escapeText(part.toString()) : escapeEach(part)
  })
}

/** As {@link escapeText}, for text of several lines: LF stays. */
export function escapeLines(text: string): string {
  return text.split('\n').map(escapeText).join('\n')
}

/** JSON of a value, indented, and as safe to print as {@link escapeText}: what is not printable becomes `\uNNNN`. */
export function toPrintableJson(value: unknown): string {
  const lines = JSON.stringify(value, undefined, 2).split('\n')
  return lines.map((line) => line.replace(UNPRINTABLE, toUnicodeEscapes)).join('\n')
}

/** `1 byte`, `1,048,576 bytes`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`
}

/** Milliseconds, to the microsecond. */
export const milliseconds = (duration: number): string => `${duration.toFixed(3)} ms`

/** Controls, formats (bidi, zero width, BOM), surrogates, private and unassigned characters, line and paragraph ends. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu

/** RFC 3629 section 4, over a string of one character a byte. ASCII comes in runs. */
const UTF8_SEQUENCE_OR_BYTE = new RegExp(
  [
    '[\\x00-\\x7f]+',
    '[\\xc2-\\xdf][\\x80-\\xbf]',
    '\\xe0[\\xa0-\\xbf][\\x80-\\xbf]',
    '[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]{2}',
    '\\xed[\\x80-\\x9f][\\x80-\\xbf]',
    '\\xf0[\\x90-\\xbf][\\x80-\\xbf]{2}',
    '[\\xf1-\\xf3][\\x80-\\xbf]{3}',
    '\\xf4[\\x80-\\x8f][\\x80-\\xbf]{2}',
    '[\\x80-\\xff]',
  ].join('|'),
  'g',
)

function escapeEach(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
}

function toUnicodeEscapes(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`
  }).join('')
}
