import { type Disguised, formedIn, PLACEHOLDER } from '../content/placeholders.ts'

/** A stretch of recorded text: as it is, or a placeholder, for which the sender of the request gives a value. */
export type Stretch =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'placeholder'; readonly name: string }

/** Cuts a text at its placeholders, in whatever form: `{{token.1}}`, a token, a UUID, a number in JSON. */
export function stretchesOf(text: string, disguised: Disguised): readonly Stretch[] {
  const braces = Array.from(text.matchAll(PLACEHOLDER), ({ index, 0: written, 1: label, 2: number }) => ({
    name: `${label}.${number}`,
    start: index,
    end: index + written.length,
  }))
  const found = [...braces, ...formedIn(text, disguised)].toSorted((one, other) => one.start - other.start)
  const stretches: Stretch[] = []
  let at = 0
  for (const { name, start, end } of found) {
    if (start < at) continue
    if (start > at) stretches.push({ type: 'text', text: text.slice(at, start) })
    stretches.push({ type: 'placeholder', name: nameOf(name) })
    at = end
  }
  if (at < text.length) stretches.push({ type: 'text', text: text.slice(at) })
  return stretches
}

/** A UUID that stands for a secret has no name but itself; its last group is its number. */
const nameOf = (name: string): string =>
  /^[0-9a-f]{8}-/.test(name) ? `uuid-${name.slice(9, 13)}.${Number(name.slice(24))}` : name

/** A text in which each placeholder is `{{name}}`, for formats that write variables so; their names are added to `variables`. */
export function withVariables(text: string, disguised: Disguised, variables: Set<string>): string {
  const written = (stretch: Stretch): string => {
    if (stretch.type === 'text') return stretch.text
    variables.add(stretch.name)
    return `{{${stretch.name}}}`
  }
  return stretchesOf(text, disguised).map(written).join('')
}

/** Why a request cannot be written where `{{` begins a variable. */
export const STRAY_BRACES = 'it has {{ that is not a placeholder, which would be read as a variable'

/** Whether a text would be read as a variable where it has none. */
export const hasStrayBraces = (text: string, disguised: Disguised): boolean =>
  stretchesOf(text, disguised).some((stretch) => stretch.type === 'text' && stretch.text.includes('{{'))
