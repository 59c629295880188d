import type { BodyKind } from '../content/content-form.ts'
import { parseJsonPath } from '../content/json-path.ts'
import type { UrlSpelling } from '../content/url-form.ts'
import { LocalProtocolError } from '../errors.ts'
import { checkOptions } from '../options.ts'
import type {
  BodyRule,
  CustomMatcher,
  HeadersRule,
  MatchCase,
  MatchList,
  MatchName,
  MatchOn,
  MatchRule,
  QueryRule,
  UrlRule,
} from './match-on.ts'

/**
 * Checks how requests are matched before there are any: a mistake is reported at the line that makes it.
 *
 * What a function returns is checked when it is called.
 *
 * @throws LocalProtocolError `INVALID_OPTION` for an unknown rule, or for a list that any request would match.
 */
export function checkMatchOn(matchOn: MatchOn): void {
  if (matchOn === 'bytes' || typeof matchOn === 'function') return
  if (isCases(matchOn)) for (const one of matchOn) checkList(one.matchOn)
  else checkList(matchOn)
}

/** Whether all requests have the same list. */
export const isOneList = (matchOn: MatchOn): boolean =>
  matchOn === 'bytes' || (typeof matchOn !== 'function' && !isCases(matchOn))

export const isCases = (matchOn: MatchList | readonly MatchCase[]): matchOn is readonly MatchCase[] => {
  const [first] = matchOn
  return typeof first === 'object' && first !== null && 'matchOn' in first
}

/** @throws LocalProtocolError `INVALID_OPTION` for an unknown rule, or for a list that any request would match. */
export function checkList(list: MatchList): void {
  if (!Array.isArray(list))
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `matchOn is ${JSON.stringify(list)}; it takes a list, a function, or 'bytes'`,
    )
  if (list.length === 0) throw new LocalProtocolError('INVALID_OPTION', 'matchOn is empty: every request would match')
  const unknown = list.find((rule) => typeof rule !== 'function' && !isKnown(rule))
  if (unknown !== undefined)
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `matchOn names ${JSON.stringify(unknown)}; known are ${[...NAMES].join(', ')}, { url }, { query }, { headers }, { body }, functions, or 'bytes'`,
    )
  for (const rule of list) checkValues(rule)
}

function isKnown(rule: Exclude<MatchRule, CustomMatcher>): boolean {
  if (typeof rule === 'string') return NAMES.has(rule)
  if (typeof rule !== 'object' || rule === null) return false
  return isUrlRule(rule) || isQueryRule(rule) || isHeadersRule(rule) || isBodyRule(rule)
}

export const isUrlRule = (rule: MatchRule): rule is UrlRule => typeof rule === 'object' && 'url' in rule
export const isQueryRule = (rule: MatchRule): rule is QueryRule => typeof rule === 'object' && 'query' in rule
export const isHeadersRule = (rule: MatchRule): rule is HeadersRule => typeof rule === 'object' && 'headers' in rule
export const isBodyRule = (rule: MatchRule): rule is BodyRule => typeof rule === 'object' && 'body' in rule

const NAMES: ReadonlySet<MatchName> = new Set<MatchName>([
  'method',
  'url',
  'scheme',
  'host',
  'port',
  'path',
  'query',
  'headers',
  'body',
])

function checkValues(rule: MatchRule): void {
  if (typeof rule !== 'object') return
  if (isUrlRule(rule)) checkSpelling(rule.url)
  if (isQueryRule(rule)) checkQuery(rule)
  if (isHeadersRule(rule)) checkHeaders(rule)
  if (isBodyRule(rule)) checkBody(rule)
}

function checkQuery({ query }: QueryRule): void {
  checkOptions('{ query } in matchOn', query, { anyOrder: true, ignore: true })
  if (query.ignore !== undefined) checkNames('query', query.ignore)
}

function checkHeaders({ headers }: HeadersRule): void {
  if (typeof headers === 'object' && 'ignore' in headers) {
    checkOptions('{ headers } in matchOn', headers, { ignore: true })
    checkNames('headers', headers.ignore)
  } else checkNames('headers', headers)
}

function checkNames(what: string, names: readonly string[]): void {
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string'))
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `{ ${what} } in matchOn: not a list of names: ${JSON.stringify(names)}`,
    )
}

const SPELLINGS: ReadonlySet<UrlSpelling> = new Set(['spelled', 'normal', 'decoded'])

function checkSpelling(spelling: UrlSpelling): void {
  if (!SPELLINGS.has(spelling))
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `matchOn compares URLs as ${JSON.stringify(spelling)}; known are ${[...SPELLINGS].join(', ')}`,
    )
}

const BODY_KINDS: ReadonlySet<BodyKind> = new Set(['auto', 'bytes', 'text', 'json', 'form', 'multipart'])

function checkBody({ body }: BodyRule): void {
  if (typeof body !== 'string') checkOptions('{ body } in matchOn', body, { as: true, ignore: true })
  const { as = 'auto', ignore = [] } = typeof body === 'string' ? { as: body } : body
  checkNames('body', ignore)
  if (!BODY_KINDS.has(as))
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `matchOn compares bodies as ${JSON.stringify(as)}; known are ${[...BODY_KINDS].join(', ')}`,
    )
  if (ignore.length > 0 && (as === 'bytes' || as === 'text'))
    throw new LocalProtocolError('INVALID_OPTION', `matchOn ignores places in a body that is compared as ${as}`)
  for (const path of pathsIn(as, ignore)) parseJsonPath(path)
}

/** Those of the places to be ignored in a body that are paths into JSON. */
export const pathsIn = (as: BodyKind, ignore: readonly string[]): readonly string[] =>
  as === 'form' || as === 'multipart' ? [] : ignore.filter((place) => as === 'json' || place.startsWith('$'))
