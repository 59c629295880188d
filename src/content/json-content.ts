import type { JsonPath } from './json-path.ts'
import { isMap, type NormalForm } from './normal-form.ts'

/**
 * The value of a JSON text (RFC 8259), which is UTF-8 with one character a byte; `undefined` for a text that is not JSON.
 *
 * Numbers that a double would round are texts, so that two of them are equal only if their digits are.
 */
export function parseJson(text: string): NormalForm | undefined {
  if (!JSON_STARTS.has(text.charCodeAt(0)) || isTooMuch(text)) return undefined
  try {
    const plain = ASCII.test(text) ? text : UTF8.decode(Buffer.from(text, 'latin1'))
    const value: NormalForm = JSON.parse(LONG_NUMBER.test(plain) ? quoteLongNumbers(plain) : plain)
    return value
  } catch {
    // Not JSON, or not UTF-8.
    return undefined
  }
}

/**
 * What a text of characters holds, if it is a JSON document: an object or a list, as a lone number or word reads better as text.
 *
 * Numbers are as JavaScript has them. `undefined` also for what is too deep to be walked through.
 */
export function jsonDocument(text: string): { readonly value: NormalForm } | undefined {
  if (!/^\s*[[{]/.test(text) || isTooMuch(text)) return undefined
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined // It is text then.
  }
}

/**
 * Whether a text is longer than what is taken apart, or has lists and maps in each other so deep that walking through them would need more
 * stack than there is.
 */
function isTooMuch(text: string): boolean {
  if (text.length < DEEPEST) return false
  if (text.length > LONGEST) return true
  let depth = 0
  for (let at = 0; at < text.length && depth <= DEEPEST; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 0x5b || code === 0x7b) depth += 1
    else if ((code === 0x5d || code === 0x7d) && depth > 0) depth -= 1
  }
  return depth > DEEPEST
}

const DEEPEST = 1000
/** A list of so many characters has some eight million elements. */
const LONGEST = 16 << 20

/** `{ [ "`, blanks, a digit or minus, and the first letters of `true`, `false`, `null`. */
// A browser loads this file, too, and has no Buffer.
const JSON_STARTS: ReadonlySet<number> = new Set(Array.from('{["\t\n\r -0123456789tfn', (char) => char.charCodeAt(0)))
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
// oxlint-disable-next-line no-control-regex
const ASCII = /^[\0-\x7f]*$/

/** A double holds 15 digits and exponents to 308; rounding must not make two longer numbers equal. */
const LONG_NUMBER = /\d[\d.]{15}|[eE][+-]?\d{3}/
const quoteLongNumbers = (text: string): string =>
  text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
    token.startsWith('"') || !LONG_NUMBER.test(token) ? token : JSON.stringify(`number ${token}`),
  )

/** A copy without what stands at the paths; elements there become `null`. */
export const withoutPaths = (form: NormalForm, paths: readonly JsonPath[]): NormalForm =>
  paths.reduce((rest: NormalForm, path) => without(rest, path) ?? null, form)

function without(form: NormalForm, path: JsonPath): NormalForm | undefined {
  const [step, ...rest] = path
  if (step === undefined || typeof form !== 'object' || form === null) return form
  if (step.type === 'anywhere') {
    const here = without(form, rest) ?? null
    return mapChildren(here, (child) => without(child, path))
  }
  return mapChildren(form, (child, name) => {
    if (step.type === 'name' && step.name !== name) return child
    return rest.length === 0 ? undefined : without(child, rest)
  })
}

/** A copy with other children; a member that becomes `undefined` is dropped, an element becomes `null`. */
function mapChildren(form: NormalForm, map: (child: NormalForm, name: string) => NormalForm | undefined): NormalForm {
  if (isMap(form)) {
    const members = Object.entries(form).flatMap(([name, child]) => {
      const kept = map(child, name)
      return kept === undefined ? [] : [[name, kept] as const]
    })
    return Object.fromEntries(members)
  }
  return typeof form === 'object' && form !== null
    ? form.map((child, index) => map(child, String(index)) ?? null)
    : form
}
