import type { Change } from './content-changes.ts'
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

/** Whether two recordings of the same thing differ there anyway: by a rule, or because it is an id or a time in both. */
export function isVolatile(
  change: Change,
  rules: readonly VolatileRule[],
  { method, target }: { readonly method: string; readonly target: string },
): boolean {
  return rules.some((rule) => rule.isFor(method, target) && rule.allows(change)) || isDrawnAnew(change)
}

/** Ids that are drawn at random, and dates and times, instead of others of the same form. */
function isDrawnAnew(change: Change): boolean {
  switch (change.kind) {
    case 'header':
      return change.change === 'value' && isSameForm(change.before, change.after)
    case 'value':
      return change.field === 'url' && isSameForm(change.before, change.after)
    case 'json':
      return isSameForm(change.before, change.after)
    case 'lines':
      return change.hunks.every(({ lines }) => isSameForm(marked(lines, '-'), marked(lines, '+')))
    case 'bytes':
      return false
  }
}

const marked = (lines: readonly string[], mark: string): string =>
  lines
    .filter((line) => line.startsWith(mark))
    .map((line) => line.slice(1))
    .join('\n')

function isSameForm(before: string | undefined, after: string | undefined): boolean {
  if (before === undefined || after === undefined) return false
  const form = formOf(before)
  return form !== before && form === formOf(after)
}

const formOf = (text: string): string => FORMS.reduce((form, [pattern, name]) => form.replaceAll(pattern, name), text)

/** What the form alone shows; a number is a time only if it is one of this century in seconds or milliseconds. */
const FORMS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/gi, '<uuid>'],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?/g, '<time>'],
  [/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*, \d\d[ -][A-Z][a-z]{2}[ -]\d{2,4} \d\d:\d\d:\d\d GMT\b/g, '<date>'],
  [/\b[0-7][\dA-HJKMNP-TV-Z]{25}\b/g, '<ulid>'],
  [/\b(?=[\da-f]*\d)(?=[\da-f]*[a-f])[\da-f]{16,}\b/gi, '<hex>'],
  [/(?<![\w.-])(?:1[0-9]|2[0-9])\d{8}(?:\d{3})?(?:\.\d+)?(?![\w-])/g, '<epoch>'],
]

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

/** The first character of JSON text determines its type. */
function typeOf(json: string): string {
  const [first = ''] = json
  return /[-\d]/.test(first) ? 'number' : /[tf]/.test(first) ? 'boolean' : first
}
