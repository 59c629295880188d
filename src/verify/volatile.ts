import type { Change } from '../inspection/diff-cassettes.ts'
import { LocalProtocolError } from '../errors.ts'
import { escaped, type RequestPattern, requestPattern } from './request-pattern.ts'

/** What may differ in the answers to some requests. */
export interface VolatileRule {
  readonly isFor: RequestPattern
  /** Whether a difference does not matter. */
  allows(change: Change): boolean
}

/** Fields whose values differ in every answer, without meaning. */
// oxfmt-ignore
const VOLATILE_HEADERS = [
  'Date', 'Age', 'Expires', 'Server-Timing', 'X-Runtime', 'X-Response-Time',
  'X-Request-Id', 'X-Correlation-Id', 'X-Trace-Id', 'Traceparent', 'CF-Ray', 'X-Amzn-RequestId', 'X-Amzn-Trace-Id',
] as const

const anyRequest = (): boolean => true

/** The rules that hold for every server. */
export const DEFAULT_RULES: readonly VolatileRule[] = VOLATILE_HEADERS.map((name) => ruleFor('header', name))

/**
 * Parses a rule: `header:ETag`, `json:$.items[*].id`, `json:$..updatedAt`, `body`; after `GET /users/* ` it is only for such requests.
 *
 * @throws LocalProtocolError `INVALID_OPTION` for an invalid rule.
 */
export function parseVolatileRule(text: string): VolatileRule {
  const [, request, kind = '', what] = /^(?:(\S+ \S+) )?(header|trailer|json|body)(?::(.+))?$/.exec(text) ?? []
  const isComplete = kind === 'body' ? what === undefined : what !== undefined
  if (kind === '' || !isComplete || (kind === 'json' && what?.startsWith('$') !== true))
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `volatile: ${JSON.stringify(text)} is not like header:ETag, json:$.items[*].id or body`,
    )
  const rule = ruleFor(kind, what ?? '')
  return request === undefined ? rule : { ...rule, isFor: requestPattern(request, 'volatile') }
}

function ruleFor(kind: string, what: string): VolatileRule {
  if (kind === 'body') return { isFor: anyRequest, allows: (change) => change.field.endsWith('body') }
  if (kind === 'json') {
    const path = jsonPath(what)
    return {
      isFor: anyRequest,
      allows: (change) => change.kind === 'json' && hasBothOfOneType(change) && path.test(change.path),
    }
  }
  const sections = kind === 'header' ? /headers$/ : /trailers$/
  const start = `${what.toLowerCase()}:`
  return {
    isFor: anyRequest,
    allows: (change) =>
      change.kind === 'header' &&
      change.change === 'value' &&
      sections.test(change.field) &&
      change.after?.toLowerCase().startsWith(start) === true,
  }
}

/** A path and all below it: `[*]` is any element, `.*` any member, `..` any number of steps. */
function jsonPath(text: string): RegExp {
  const steps = text
    .slice(1)
    .split(/(\.\.|\[\*\]|\.\*)/)
    .map((part) => STEPS[part] ?? escaped(part))
  return new RegExp(String.raw`^\$${steps.join('')}(?=$|[.[])`)
}

const STEPS: Readonly<Record<string, string>> = {
  '..': String.raw`(?:[^]*)\.`,
  '[*]': String.raw`\[\d+\]`,
  '.*': String.raw`(?:\.[^.[]+|\["(?:[^"\\]|\\.)*"\])`,
}

/** Whether a place in JSON has a value of the same type in both documents. */
export function hasBothOfOneType({
  before,
  after,
}: {
  readonly before: string | undefined
  readonly after: string | undefined
}): boolean {
  return before !== undefined && after !== undefined && typeOf(before) === typeOf(after)
}

/** The first character of JSON text tells its type. */
function typeOf(json: string): string {
  const [first = ''] = json
  return /[-\d]/.test(first) ? 'number' : /[tf]/.test(first) ? 'boolean' : first
}
