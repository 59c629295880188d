import { LocalProtocolError } from '../errors.ts'

/** Places in a JSON text, step by step from its root. */
export type JsonPath = readonly JsonStep[]

/** A member or element by name, all of them, or the rest of the path at any depth. */
export type JsonStep = { readonly type: 'name'; readonly name: string } | { readonly type: 'each' | 'anywhere' }

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
