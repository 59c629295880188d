import { percentDecoded } from './escapes.ts'

/** A pair of a form or of a query (WHATWG URL, application/x-www-form-urlencoded), as it is written. */
export interface WrittenPair {
  readonly name: string
  /** Where the value stands; without an equals sign there is none. */
  readonly value: { readonly text: string; readonly start: number; readonly end: number } | undefined
}

/** The type of a form. */
export const FORM_TYPE = 'application/x-www-form-urlencoded'

/** The pairs of a form or a query in their order; only `&` ends one. */
export function* writtenPairs(text: string): Generator<WrittenPair> {
  for (let start = 0; start <= text.length;) {
    const next = text.indexOf('&', start)
    const end = next === -1 ? text.length : next
    const equals = text.indexOf('=', start)
    const hasValue = equals !== -1 && equals < end
    yield {
      name: text.slice(start, hasValue ? equals : end),
      value: hasValue ? { text: text.slice(equals + 1, end), start: equals + 1, end } : undefined,
    }
    start = end + 1
  }
}

/** Names and values as they are meant. */
export const formPairs = (text: string): readonly (readonly [name: string, value: string])[] => [
  ...new URLSearchParams(text),
]

/** The meaning of a name, byte by byte. */
export const nameOfPair = ({ name }: WrittenPair): string => percentDecoded(name.replaceAll('+', ' '))

/** Whether a text is a form by how it looks: servers often do not say so. */
export const looksLikeForm = (text: string): boolean => FORM.test(text)

const FORM = /^[\w.%[\]+*-]{1,200}=[^\s"<>{}]*$/
