import { jsonDocument } from '../content/json-content.ts'
import { isMap } from '../content/normal-form.ts'
import { nameInBraces, partsOfName } from '../content/placeholders.ts'
/**
 * What stands for a value in the form that clients take apart, given its placeholder such as `{{token.1}}`.
 *
 * A JSON web token stays one that can be read and has not expired, a UUID stays one, a key in PEM keeps its frame; anything
 * else is the placeholder itself.
 */
export function formFor(value: string, placeholder: string): string {
  return (
    tokenFor(value, placeholder) ??
    uuidFor(value, placeholder) ??
    pemFor(value, placeholder) ??
    decodableFor(value, placeholder) ??
    placeholder
  )
}

/** Labels of places whose readers decode what stands there, and how. See docs/decisions/024-what-is-decoded.md. */
const DECODED: ReadonlyMap<string, 'base64' | 'base64url'> = new Map([
  // RFC 7518 section 6: members of a JSON Web Key.
  ['jwk', 'base64url'],
  ['secret-data', 'base64'],
])

/** The placeholder in the coding that a reader of the value undoes, if the value is in it. */
function decodableFor(value: string, placeholder: string): string | undefined {
  const coding = DECODED.get(partsOfName(nameInBraces(placeholder) ?? '').label)
  if (coding === undefined || Buffer.from(value, coding).toString(coding) !== value) return undefined
  return Buffer.from(placeholder).toString(coding)
}

/** RFC 7519: the algorithm and the times stay, the end is far ahead, and the signature is the placeholder. */
function tokenFor(value: string, placeholder: string): string | undefined {
  const [, head = '', body = ''] = /^(eyJ[\w-]+)\.(eyJ[\w-]+)\.[\w-]*$/.exec(value) ?? []
  const [header, claims] = [membersOf(head), membersOf(body)]
  if (header === undefined || claims === undefined) return undefined
  const kept = Object.entries(claims).flatMap(([name, member]) => {
    return typeof member === 'number' && TIMES.has(name) ? [[name, member] as const] : []
  })
  const { alg = 'none', typ = 'JWT' } = header
  return [
    { alg, typ },
    { ...Object.fromEntries(kept), exp: FAR_AHEAD },
  ]
    .map((part) => base64url(JSON.stringify(part)))
    .concat(base64url(placeholder))
    .join('.')
}

/** The year 2100, in seconds. */
const FAR_AHEAD = 4_102_444_800
const TIMES: ReadonlySet<string> = new Set(['iat', 'nbf', 'auth_time'])

const base64url = (text: string): string => Buffer.from(text).toString('base64url')

function membersOf(part: string): Readonly<Record<string, unknown>> | undefined {
  const value = jsonDocument(Buffer.from(part, 'base64url').toString())?.value
  return isMap(value) ? value : undefined
}

function uuidFor(value: string, placeholder: string): string | undefined {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) return undefined
  const { label, number } = partsOfName(nameInBraces(placeholder) ?? '')
  return `dddddddd-${digestOf(label)}-4ddd-8ddd-${number.padStart(12, '0').slice(-12)}`
}

/** Four digits that tell labels apart (FNV-1a, cut to 16 bits). */
function digestOf(label: string): string {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(label)) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash & 0xffff).toString(16).padStart(4, '0')
}

/** RFC 7468: line ends may be escaped, as in JSON. */
function pemFor(value: string, placeholder: string): string | undefined {
  const [, begin, lineEnd = '', end, after = ''] = PEM.exec(value) ?? []
  return begin === undefined || end === undefined ? undefined : begin + lineEnd + placeholder + lineEnd + end + after
}

const PEM =
  /^(-----BEGIN [A-Z0-9 ]+-----)(\r?\n[ \t]*|(?:\\+r)?\\+n(?: *)|%0A|%0D%0A)?[^]*?(-----END [A-Z0-9 ]+-----)((?:\s|\\+[rn]|%0A|%0D)*)$/i

/** What stands for a number that is written without quotes: as many digits, or the placeholder in quotes. */
export function numberFor(value: string, placeholder: string): string {
  const { number } = partsOfName(nameInBraces(placeholder) ?? '')
  const digits = `404${number.padStart(value.length - 3, '0')}`
  return /^[1-9]\d{3,14}$/.test(value) && digits.length === value.length ? digits : `"${placeholder}"`
}
