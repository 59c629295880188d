/**
 * How the JSON of an encoder differs from compact JSON, as the words of a piece's `style`:
 * `spaced` a blank after each comma and colon (Python), `ascii` characters outside ASCII as `\u` (Python, PHP), `slashes` a
 * backslash before each slash (PHP), `html` `<`, `>`, `&`, U+2028 and U+2029 as `\u` (Go).
 */
export type JsonStyle = 'spaced' | 'ascii' | 'slashes' | 'html'

/** The styles, in the order in which a cassette names them. */
export const JSON_STYLES = {
  spaced: true,
  ascii: true,
  slashes: true,
  html: true,
} as const satisfies Readonly<Record<JsonStyle, true>>

/** Compact JSON as an encoder of this style writes it. */
export function inStyle(compact: string, styles: readonly JsonStyle[]): string {
  // `spaced` comes last, because the others only change strings.
  const escaped = styles.reduce((text, style) => ESCAPES[style](text), compact)
  return styles.includes('spaced') ? escaped.replace(STRING_OR_SEPARATOR, spaced) : escaped
}

/** The style that turns this compact JSON into `text`, or `undefined` if none does. */
export function styleOf(text: string, compact: string): readonly JsonStyle[] | undefined {
  if (text === compact) return NONE
  const styles: JsonStyle[] = []
  // oxlint-disable-next-line no-control-regex
  if (/\\u/.test(text) && !/[^\0-\x7f]/.test(text) && /[^\0-\x7f]/.test(compact)) styles.push('ascii')
  if (text.includes('\\/')) styles.push('slashes')
  if (/\\u(?:003[ce]|0026)/.test(text)) styles.push('html')
  if (inStyle(compact, styles) === text) return styles
  const withBlanks: readonly JsonStyle[] = ['spaced', ...styles]
  return inStyle(compact, withBlanks) === text ? withBlanks : undefined
}

const NONE: readonly JsonStyle[] = []

// In compact JSON these characters occur only in strings.
const ESCAPES: Readonly<Record<JsonStyle, (compact: string) => string>> = {
  spaced: (text) => text,
  ascii: (text) => text.replaceAll(/[\x80-\uffff]/g, unicodeEscape),
  slashes: (text) => text.replaceAll('/', String.raw`\/`),
  html: (text) => text.replaceAll(/[<>&\u2028\u2029]/g, unicodeEscape),
}

const unicodeEscape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

const STRING_OR_SEPARATOR = /"(?:[^"\\]|\\.)*"|[,:]/g

const spaced = (token: string): string => (token === ',' || token === ':' ? `${token} ` : token)
