import { LocalProtocolError } from '../errors.ts'

/** JSON in a canonical form, with members sorted; `undefined` for a body that is not JSON. */
export function canonicalJson(body: Uint8Array, ignored: readonly JsonPath[] = []): string | undefined {
  if (!JSON_STARTS.has(body[0] ?? 0)) return undefined
  try {
    const text = UTF8.decode(body)
    const value: unknown = JSON.parse(LONG_NUMBER.test(text) ? quoteLongNumbers(text) : text)
    return JSON.stringify(ignored.reduce(without, value), sortMembers)
  } catch {
    // Not JSON, not UTF-8, or nested deeper than the stack: compared as bytes.
    return undefined
  }
}

/** `{ [ "`, blanks, a digit or minus, and the first letters of `true`, `false`, `null`. */
const JSON_STARTS: ReadonlySet<number> = new Set(Buffer.from('{["\t\n\r -0123456789tfn'))
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A double holds 15 digits and exponents to 308; rounding must not make two longer numbers equal. */
const LONG_NUMBER = /\d[\d.]{15}|[eE][+-]?\d{3}/
const quoteLongNumbers = (text: string): string =>
  text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
    token.startsWith('"') || !LONG_NUMBER.test(token) ? token : JSON.stringify(`number ${token}`),
  )

function sortMembers(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1)))
}

/** Places in a JSON text, step by step from its root. */
export type JsonPath = readonly JsonStep[]

/** A member or element by name, all of them, or the rest of the path at any depth. */
type JsonStep = { readonly type: 'name'; readonly name: string } | { readonly type: 'each' | 'anywhere' }

/**
 * Reads `$.user.id`, `$.items[*].at`, `$["odd name"]`, `$.items[0]` and `$..at`, at any depth.
 *
 * @throws LocalProtocolError `INVALID_OPTION` for anything else.
 */
export function parseJsonPath(text: string): JsonPath {
  const steps: JsonStep[] = []
  let at = text.startsWith('$') ? 1 : -1
  while (at >= 0 && at < text.length) {
    STEP.lastIndex = at
    const [all, deep, member, index, quoted] = STEP.exec(text) ?? []
    if (all === undefined) break
    const name = quoted === undefined ? (member ?? index ?? '*') : memberName(quoted, text)
    if (deep !== undefined) steps.push({ type: 'anywhere' })
    steps.push(quoted === undefined && name === '*' ? { type: 'each' } : { type: 'name', name })
    at = STEP.lastIndex
  }
  if (at === text.length && steps.length > 0) return steps
  throw new LocalProtocolError(
    'INVALID_OPTION',
    `${JSON.stringify(text)} is not a JSON path such as $.user.id, $.items[*].at or $..at`,
  )
}

/** `.name`, `..name`, `.*`, `[0]`, `[*]`, `["name"]`. */
const STEP = /(?:\.(\.)?([\w$-]+|\*)|\[(?:(\d+|\*)|("(?:[^"\\]|\\.)*"))\])/y

function memberName(quoted: string, path: string): string {
  try {
    return String(JSON.parse(quoted))
  } catch (cause) {
    throw new LocalProtocolError('INVALID_OPTION', `${quoted} in ${path} is not a JSON string`, { cause })
  }
}

/** A copy of `value` without the members at `path`; elements there become `null`. */
function without(value: unknown, path: JsonPath): unknown {
  const [step, ...rest] = path
  if (step === undefined || typeof value !== 'object' || value === null) return value
  if (step.type === 'anywhere') {
    const here = without(value, rest)
    return mapChildren(here, (child) => without(child, path))
  }
  return mapChildren(value, (child, name) => {
    if (step.type === 'name' && step.name !== name) return child
    return rest.length === 0 ? undefined : without(child, rest)
  })
}

/** A copy with other children; a member that becomes `undefined` is dropped, an element becomes `null`. */
function mapChildren(value: unknown, map: (child: unknown, name: string) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((child: unknown, index) => map(child, String(index)))
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, map(child, name)]))
}
