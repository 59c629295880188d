import type { FieldLine } from '../http1/events.ts'
import { looksDrawn } from './drawn.ts'
import type { WireRequest } from '../interactions/request-reader.ts'
import type { Disguised } from '../content/placeholders.ts'
import { isSecretName } from '../secrets/secret-names.ts'
import { fits, type Pattern, patternOf, type Values } from '../templates/pattern.ts'
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

/** The fields that name an operation and are the same in both. */
export function sameOperations(recorded: readonly FieldLine[], asked: readonly FieldLine[]): readonly string[] {
  const [theirs, ours] = [operationOf(recorded), operationOf(asked)]
  return [...theirs].filter(([name, value]) => ours.get(name) === value).map(([name]) => name)
}

/** The fields that name an operation, by name in lower case. */
export function operationOf(fields: readonly FieldLine[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const field of fields) if (namesOperation(field)) found.set(field.name.toLowerCase(), field.value)
  return found
}

export const namesOperation = ({ name }: FieldLine): boolean =>
  LENGTHS.has(name.length) && OPERATION.has(name.toLowerCase())

/** The length alone excludes most names, without a copy of them. */
const LENGTHS: ReadonlySet<number> = new Set(Array.from(OPERATION, ({ length }) => length))

type FieldsOf = Pick<WireRequest, 'fields' | 'disguised'>

/** How the header fields of a recorded request agree with those of one that is asked. */
export interface HeaderFit {
  /**
   * In how many fields they differ that may have been answered differently because of them: of several recorded requests that fit,
   * the one with the fewest is meant. Fields of the connection and the framing do not count, nor do values that are new in each request.
   */
  readonly distance: number
  /** What stands for the placeholders in the recorded ones. */
  readonly values: Values
}

export function headerFit(recorded: FieldsOf, asked: Pick<FieldsOf, 'fields'>): HeaderFit {
  if (areSame(recorded.fields, asked.fields)) return SAME
  const [theirs, ours] = [headerValues(recorded.fields), headerValues(asked.fields)]
  const values: Values = new Map()
  let distance = 0
  for (const [name, value] of theirs)
    if (!isAlike(name, value, ours.get(name), recorded.disguised, values)) distance += 1
  for (const [name, value] of ours) if (!theirs.has(name) && !mayBeMissing(name, value)) distance += 1
  return { distance, values }
}

const SAME: HeaderFit = { distance: 0, values: new Map() }

const areSame = (recorded: readonly FieldLine[], asked: readonly FieldLine[]): boolean =>
  recorded.length === asked.length &&
  recorded.every(({ name, value }, index) => {
    const other = asked[index]
    return name === other?.name && (value === other.value || NOT_CHOOSING.has(name.toLowerCase()))
  })

/** Adds to `values` what stands for placeholders if they are alike. */
function isAlike(
  name: string,
  recorded: string,
  asked: string | undefined,
  disguised: Disguised | undefined,
  values: Values,
): boolean {
  if (recorded === asked || NOT_CHOOSING.has(name)) return true
  const pattern = patternFor(recorded, disguised)
  if (asked === undefined) return pattern === undefined && mayBeMissing(name, recorded)
  if (pattern === undefined) return !CHOOSING.has(name) && looksDrawn(recorded) && looksDrawn(asked)
  const found: Values = new Map()
  if (!fits(pattern, asked, found)) return false
  for (const [placeholder, value] of found) values.set(placeholder, value)
  return true
}

/** Whether a field that only one of two requests has says nothing: credentials say who asks, whatever they look like. */
const mayBeMissing = (name: string, value: string): boolean =>
  NOT_CHOOSING.has(name) || (!CHOOSING.has(name) && !isSecretName(name) && looksDrawn(value))

const patterns = new Map<string, Pattern | undefined>()

function patternFor(recorded: string, disguised: Disguised | undefined): Pattern | undefined {
  // What they are called is different in each cassette.
  if (disguised !== undefined) return patternOf(recorded, disguised)
  if (!patterns.has(recorded)) {
    if (patterns.size > 1000) patterns.clear()
    patterns.set(recorded, patternOf(recorded))
  }
  return patterns.get(recorded)
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
