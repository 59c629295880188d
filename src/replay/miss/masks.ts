import type { FieldLine } from '../../http1/events.ts'

/** The text without anything that could steer a terminal or hide in it: controls, bidirectional marks, lone surrogates. */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (char) => ESCAPES[char] ?? `\\u{${char.codePointAt(0)?.toString(16)}}`)
}

/** Replaces the values of secret-looking headers, query and form fields, and JSON members by as many asterisks. */
export function maskSecrets(text: string): string {
  return text.replace(SECRET_LINE, mask).replace(SECRET_PAIR, mask).replace(SECRET_MEMBER, mask)
}

/** The lines with the values of secret ones masked. */
export function maskFields(fields: readonly FieldLine[]): readonly FieldLine[] {
  return fields.map(({ name, value }) => (isSecretName(name) ? { name, value: MASK } : { name, value }))
}

export const MASK = '***'
const SECRET = '(?:authorization|cookie|passw(?:or)?d|secret|token|api[-_]?key|credential|signature)'
// The bounds keep the time linear, whatever the text.
const SECRET_NAME = `[\\w.-]{0,40}${SECRET}[\\w.-]{0,40}`
const SECRET_LINE = new RegExp(`^(${SECRET_NAME}:[ \\t]*)(.+)$`, 'gim')
const SECRET_PAIR = new RegExp(`(${SECRET_NAME}=)([^&\\s"';]+)`, 'gi')
const SECRET_MEMBER = new RegExp(
  `("${SECRET_NAME}"\\s{0,8}:\\s{0,8})("(?:[^"\\\\]|\\\\.)*"?|\\{[^}]*|\\[[^\\]]*|[\\w.+-]+)`,
  'gi',
)
const SECRET_WORD = new RegExp(SECRET, 'i')
export const isSecretName = (name: string): boolean => SECRET_WORD.test(name)
const mask = (_match: string, name: string, value: string): string => name + '*'.repeat(value.length)

/** How the usual line ends and blanks are written. */
export const ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' }
