import { isUtf8 } from 'node:buffer'

/**
 * Makes untrusted text safe to print: characters that are not printable become `\xNN`, byte by byte in UTF-8.
 *
 * A recorded body may hold sequences that clear the screen, set the clipboard, or reverse text (CWE-150). So only printable
 * characters pass, and line breaks are escaped as well: split into lines first.
 */
export function escapeText(text: string): string {
  return text.replace(UNPRINTABLE, (character) => escapeEach(Buffer.from(character)))
}

/** Like {@link escapeText}, for bytes: valid UTF-8 is text, and every other byte becomes `\xNN`. */
export function escapeBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (isUtf8(buffer)) return escapeText(buffer.toString())
  return buffer.toString('latin1').replace(UTF8_SEQUENCE_OR_BYTE, (sequence) => {
    const part = Buffer.from(sequence, 'latin1')
    return isUtf8(part) ? escapeText(part.toString()) : escapeEach(part)
  })
}

/** Like {@link escapeText}, for text of several lines: LF stays. */
export function escapeLines(text: string): string {
  return text.split('\n').map(escapeText).join('\n')
}

/** Indented JSON of a value, safe to print: characters that are not printable become `\uNNNN`. */
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
