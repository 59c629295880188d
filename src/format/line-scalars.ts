import type { YamlScalar } from './yaml-node.ts'
import { leave } from './other-form.ts'

/** Words that some readers take for a truth value or null. */
export const WORD_WITH_A_TYPE = /^(?:null|true|false|yes|no|on|off|y|n)$/i

/** What a plain scalar means: a text, a number, a truth value or null. */
export function valueOf(text: string): YamlScalar['value'] {
  const first = text.charCodeAt(0)
  if (first < 0x41) return text.length > LONGEST_NUMBER ? leave() : Number(text)
  if (!WORD_WITH_A_TYPE.test(text)) return text
  return WORDS.get(text) ?? (text === 'null' ? null : leave())
}

/** Readers round numbers with more digits in different ways. */
const LONGEST_NUMBER = 20

const WORDS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
])

/** What stands between two double quotes. */
export function unquote(text: string): string {
  if (!text.includes('\\')) return text
  // The one escape that JSON does not have: a character outside the first plane.
  const json = text.includes('\\U')
    ? text.replace(/\\(?:U([\da-f]{8})|[^])/g, (escape, hex: string | undefined) =>
        hex === undefined ? escape : toChar(hex),
      )
    : text
  try {
    const value: unknown = JSON.parse(`"${json}"`)
    return typeof value === 'string' ? value : leave()
  } catch {
    return leave()
  }
}

function toChar(hex: string): string {
  const code = Number.parseInt(hex, 16)
  return code > 0x10ffff ? leave() : String.fromCodePoint(code)
}
