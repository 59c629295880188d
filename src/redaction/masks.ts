import type { FieldLine } from '../http1/events.ts'
import { hidesValue } from './secret-names.ts'

/**
 * Replaces the values of secret-looking headers, query and form fields, and JSON members by as many asterisks.
 *
 * For what is only shown: it goes by names, and takes no account of what else is known to be secret.
 */
export function maskSecrets(text: string): string {
  return PLACES.reduce(maskPlace, text)
}

/** The lines with the values of secret ones masked. */
export function maskFields(fields: readonly FieldLine[]): readonly FieldLine[] {
  return fields.map(({ name, value }) => ({ name, value: hidesValue(name, value) ? MASK : value }))
}

/** Whether a JSON path such as `$.login.password` leads through a member with a secret name. */
export const isSecretPath = (path: string): boolean => path.split(/[.[\]"]+/).some((name) => hidesValue(name))

export const MASK = '***'

/** How a name stands before its value, and how far the value reaches. Bounds keep the time linear, whatever the text. */
interface Place {
  readonly name: RegExp
  readonly value: RegExp
}

// oxfmt-ignore
const PLACES: readonly Place[] = [
  { name: /^([\w.-]{1,80}):[ \t]*/gm,         value: /.+/y },
  { name: /([\w.%[\]-]{1,80})=/g,             value: /[^&\s"';]+/y },
  { name: /"([\w.-]{1,80})"\s{0,8}:\s{0,8}/g, value: /"(?:[^"\\]|\\.)*"?|\{[^}]*|\[[^\]]*|[\w.+-]+/y },
]

function maskPlace(text: string, { name, value }: Place): string {
  let [masked, done] = ['', 0]
  name.lastIndex = 0
  for (let found = name.exec(text); found !== null; found = name.exec(text)) {
    value.lastIndex = name.lastIndex
    const [secret = ''] = value.exec(text) ?? []
    if (secret === '' || !hidesValue(found[1] ?? '', secret)) continue
    masked += text.slice(done, name.lastIndex) + '*'.repeat(secret.length)
    done = name.lastIndex += secret.length
  }
  return masked + text.slice(done)
}
