import type { FieldLine } from '../http1/events.ts'
import { looksDrawn } from './drawn.ts'
import { type Pattern, fits, patternOf } from '../templates/pattern.ts'
import { withoutBoundary } from '../content/multipart.ts'

/**
 * The values of header fields by name in lower case, several of one name in their order.
 *
 * The boundary of a multipart type is left out: clients draw it anew each time.
 */
export function headerValues(fields: readonly FieldLine[]): Map<string, string> {
  const values = new Map<string, string>()
  for (const { name, value } of fields) {
    const key = name.toLowerCase()
    const before = values.get(key)
    const own = key === 'content-type' ? withoutBoundary(value) : value
    values.set(key, before === undefined ? own : `${before}\n${own}`)
  }
  return values
}

/** Fields that say which part of a resource, or which operation on it, a request means: without them another request. */
const OPERATION: ReadonlySet<string> = new Set([
  'range',
  'soapaction',
  'x-amz-target',
  'depth',
  'destination',
  'x-http-method-override',
  'x-http-method',
])

/** The first field in which the operations differ. */
export function otherOperation(recorded: readonly FieldLine[], asked: readonly FieldLine[]): string | undefined {
  const [theirs, ours] = [operationOf(recorded), operationOf(asked)]
  if (theirs.size === 0 && ours.size === 0) return undefined
  return [...theirs.keys(), ...ours.keys()].find((name) => theirs.get(name) !== ours.get(name))
}

/** The fields that name an operation and are the same in both. */
export function sameOperations(recorded: readonly FieldLine[], asked: readonly FieldLine[]): readonly string[] {
  const [theirs, ours] = [operationOf(recorded), operationOf(asked)]
  return [...theirs].filter(([name, value]) => ours.get(name) === value).map(([name]) => name)
}

function operationOf(fields: readonly FieldLine[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const { name, value } of fields) {
    if (!LENGTHS.has(name.length)) continue
    const key = name.toLowerCase()
    if (OPERATION.has(key)) found.set(key, value)
  }
  return found
}

/** The length alone excludes most names, without a copy of them. */
const LENGTHS: ReadonlySet<number> = new Set(Array.from(OPERATION, ({ length }) => length))

/**
 * In how many header fields two requests differ that may have been answered differently because of them: of several
 * recorded requests that fit, the one with the fewest is meant.
 *
 * Fields of the connection and the framing do not count, nor do values that are new in each request.
 */
export function disagreement(recorded: readonly FieldLine[], asked: readonly FieldLine[]): number {
  if (areSame(recorded, asked)) return 0
  const [theirs, ours] = [headerValues(recorded), headerValues(asked)]
  let count = 0
  for (const [name, value] of theirs) if (!isAlike(name, value, ours.get(name))) count += 1
  for (const [name, value] of ours) if (!theirs.has(name) && !isAlike(name, undefined, value)) count += 1
  return count
}

const areSame = (recorded: readonly FieldLine[], asked: readonly FieldLine[]): boolean =>
  recorded.length === asked.length &&
  recorded.every(({ name, value }, index) => {
    const other = asked[index]
    return name === other?.name && (value === other.value || NOT_CHOOSING.has(name.toLowerCase()))
  })

function isAlike(name: string, recorded: string | undefined, asked: string | undefined): boolean {
  if (recorded === asked || NOT_CHOOSING.has(name)) return true
  const known = recorded ?? asked ?? ''
  if (recorded === undefined || asked === undefined) return !CHOOSING.has(name) && looksDrawn(known)
  const pattern = patternFor(recorded)
  if (pattern !== undefined) return fits(pattern, asked, new Map())
  return !CHOOSING.has(name) && looksDrawn(recorded) && looksDrawn(asked)
}

const patterns = new Map<string, Pattern | 'none'>()

function patternFor(recorded: string): Pattern | undefined {
  let pattern = patterns.get(recorded)
  if (pattern === undefined) {
    if (patterns.size > 1000) patterns.clear()
    pattern = patternOf(recorded) ?? 'none'
    patterns.set(recorded, pattern)
  }
  return pattern === 'none' ? undefined : pattern
}

const NOT_CHOOSING: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'date',
  'user-agent',
  'accept-encoding',
  // RFC 6455 section 4.1: drawn at random for each connection, whatever it looks like.
  'sec-websocket-key',
])

/** These choose whatever their values look like. */
const CHOOSING: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'if-none-match',
  'if-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
])
