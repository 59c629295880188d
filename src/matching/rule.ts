import type { WireRequest } from '../interactions/request-reader.ts'
import { decodesToTooMuch } from '../content/coded-content.ts'
import { contentForm, type IgnoredContent, latin1, NOTHING_IGNORED } from '../content/content-form.ts'
import { DecodingBudget, GZIP_MAGIC, MOST_COMPARED, valueOf } from '../content/codings.ts'
import { parseJsonPath } from '../content/json-path.ts'
import { canonicalText, type NormalForm } from '../content/normal-form.ts'
import { mayHoldPlaceholder, type Values } from '../templates/pattern.ts'
import { templateOf } from '../templates/template.ts'
import {
  normalUrl,
  selectedQuery,
  URL_PARTS,
  urlForm,
  type UrlPart,
  urlParts,
  type UrlSpelling,
} from '../content/url-form.ts'
import { headerValues, namesOperation, operationOf } from './choosing-headers.ts'
import { firstDifference } from './first-difference.ts'
import { isHeadersRule, isQueryRule, isUrlRule, pathsIn } from './match-check.ts'
import type { BodyRule, HeadersRule, MatchList, MatchName, QueryRule } from './match-on.ts'
import { sharePrefix } from './share-prefix.ts'

/** One thing that must agree. */
export interface Rule {
  readonly name: MatchName
  /** What is compared. */
  readonly form: (request: WireRequest) => NormalForm
  /** Equal for requests whose forms are equal; quicker than the form where there is a quicker way. */
  readonly key: (request: WireRequest) => string
  /** How two differ, for people. Values go through `shown`, which hides secrets. */
  readonly difference: (asked: WireRequest, recorded: WireRequest, shown: Shown) => string
}

/** Hides the secrets in a text. */
export type Shown = (text: string) => string

/** Whether a request that was asked agrees with a recorded one in one thing. */
export const agreesIn = (rule: Rule, asked: WireRequest, recorded: WireRequest): boolean =>
  valuesIn(rule, asked, recorded, new Map()) !== undefined

/** The rules in which they do not agree: a placeholder stands for one value in all of them. */
export function rulesAgainst(rules: readonly Rule[], asked: WireRequest, recorded: WireRequest): readonly Rule[] {
  let known: Values = new Map()
  return rules.filter((rule) => {
    const values = valuesIn(rule, asked, recorded, known)
    known = values ?? known
    return values === undefined
  })
}

/** The values of placeholders, those that are known included, with which they agree; `undefined` if they do not. */
function valuesIn(rule: Rule, asked: WireRequest, recorded: WireRequest, known: Values): Values | undefined {
  if (!recorded.isComplete && rule.name === 'body') return sharePrefix(asked, recorded) ? known : undefined
  if (rule.key(asked) === rule.key(recorded)) return known
  const template = mayStandForOthers(recorded) ? templateOf(rule.form(recorded), recorded.disguised) : undefined
  if (template === undefined) return undefined
  const form = rule.form(asked)
  return template.keyOf(form) === template.key ? template.valuesIn(form, known) : undefined
}

/** Whether a recorded request may hold a placeholder; a compressed content, or a part that is, may without showing it. */
export function mayStandForOthers({ raw, body, fields, disguised }: WireRequest): boolean {
  if (disguised !== undefined) return true
  const text = latin1(raw)
  if (mayHoldPlaceholder(text) || text.includes(GZIP_MAGIC) || CODED.test(text)) return true
  // The sizes of chunks may stand within it.
  return valueOf(fields, 'transfer-encoding') !== '' && mayHoldPlaceholder(latin1(body))
}

const CODED = /\ncontent-encoding:/i

/** The rules of a checked list. A rule for queries says how the query in the URL is compared, if that is in the list. */
export function rulesIn(list: MatchList): readonly Rule[] {
  const query = list.find(isQueryRule)
  const spelling = list.find(isUrlRule)?.url ?? 'normal'
  const hasUrl = list.some((rule) => rule === 'url' || isUrlRule(rule))
  // Where headers have a rule of their own, that counts.
  const hasHeaders = list.some((rule) => rule === 'headers' || isHeadersRule(rule))
  const rules = list.flatMap((rule): readonly Rule[] => {
    if (typeof rule === 'function' || (hasUrl && isQueryRule(rule))) return []
    const isPlainUrl = spelling === 'normal' && query === undefined
    if (rule === 'url' || isUrlRule(rule)) return [isPlainUrl ? NAMED_RULES.url : urlRule(spelling, query)]
    if (typeof rule === 'string') return [NAMED_RULES[rule]]
    if (isQueryRule(rule)) return [queryRule('normal', rule)]
    return [isHeadersRule(rule) ? headersRule(rule) : bodyRule(rule)]
  })
  return hasUrl && !hasHeaders ? [...rules, OPERATION] : rules
}

/** A rule whose key is its form. */
function formRule(name: MatchName, form: Rule['form'], difference: Rule['difference']): Rule {
  return { name, form, key: (request) => canonicalText(form(request)), difference }
}

const twoValues = (theirs: string, ours: string, shown: Shown): string =>
  `recorded ${shown(theirs) || 'none'}, asked ${shown(ours) || 'none'}`

const METHOD: Rule = {
  name: 'method',
  form: ({ method }) => method,
  key: ({ method }) => method,
  difference: (asked, recorded, shown) => twoValues(recorded.method, asked.method, shown),
}

const urlPartRule = (part: UrlPart, spelling: UrlSpelling): Rule =>
  formRule(
    part,
    ({ url }) => urlForm(url, part, spelling),
    (asked, recorded, shown) => twoValues(urlParts(recorded.url)[part], urlParts(asked.url)[part], shown),
  )

function queryRule(spelling: UrlSpelling, { query: { anyOrder = false, ignore = [] } }: QueryRule): Rule {
  const ignored = new Set(ignore)
  const selected = ({ url }: WireRequest): string => selectedQuery(urlParts(url).query, ignored, anyOrder)
  return formRule(
    'query',
    (request) => urlForm(`http://host/${selected(request)}`, 'query', spelling),
    (asked, recorded, shown) => twoValues(selected(recorded), selected(asked), shown),
  )
}

/** The whole URL, or where queries have a rule of their own, the rest of it and that. */
function urlRule(spelling: UrlSpelling, query: QueryRule | undefined): Rule {
  const rules = URL_PARTS.map((name) =>
    name === 'query' && query ? queryRule(spelling, query) : urlPartRule(name, spelling),
  )
  const form: Rule['form'] = (request) => rules.map((rule) => rule.form(request))
  const byForm = (request: WireRequest): string => canonicalText(form(request))
  const quick: Partial<Record<UrlSpelling, Rule['key']>> = {
    spelled: ({ url }) => url,
    normal: ({ url }) => normalUrl(url),
  }
  return {
    name: 'url',
    form,
    key: (query === undefined ? quick[spelling] : undefined) ?? byForm,
    difference: (asked, recorded, shown) =>
      rulesAgainst(rules, asked, recorded)
        .map((rule) => `${rule.name} differs: ${rule.difference(asked, recorded, shown)}`)
        .join('; '),
  }
}

/** Names without case, values as they are, several of one name in their order; the order of names does not matter. */
function headersRule({ headers }: HeadersRule): Rule {
  const named = 'ignore' in headers ? undefined : lowerCase(headers)
  const ignored = 'ignore' in headers ? lowerCase(headers.ignore) : undefined
  // The key of a WebSocket is random each time (RFC 6455 section 4.1).
  const isCompared = (name: string): boolean =>
    named?.has(name) ?? (ignored?.has(name) !== true && name !== 'sec-websocket-key')
  const valuesOf = (request: WireRequest): ValuesByName =>
    Object.fromEntries(
      Array.from(headerValues(request.fields)).flatMap(([name, value]) =>
        isCompared(name) ? [[name, lengthOrValue(name, value, request)] as const] : [],
      ),
    )
  return formRule(
    'headers',
    valuesOf,
    (asked, recorded) => `different: ${differentNames(valuesOf(asked), valuesOf(recorded)).join(', ')}`,
  )
}

type ValuesByName = Readonly<Record<string, string>>

/** The names whose values are others than were recorded, placeholders aside. */
function differentNames(ours: ValuesByName, theirs: ValuesByName): readonly string[] {
  const isSame = (name: string): boolean =>
    ours[name] === theirs[name] ||
    (ours[name] !== undefined && templateOf(theirs[name] ?? '')?.valuesIn(ours[name]) !== undefined)
  return [...new Set([...Object.keys(theirs), ...Object.keys(ours)])].filter((name) => !isSame(name))
}

/** The fields that name an operation. Few requests have any, and their key is empty. */
const OPERATION: Rule = {
  ...formRule('headers', operationForm, (asked, recorded) => {
    const [name] = differentNames(operationForm(asked), operationForm(recorded))
    return `different: ${name}, which says what is to be done, or to what part`
  }),
  key: (request) => (request.fields.some(namesOperation) ? canonicalText(operationForm(request)) : ''),
}

function operationForm({ fields }: WireRequest): ValuesByName {
  return Object.fromEntries(operationOf(fields))
}

const lowerCase = (names: readonly string[]): Set<string> => new Set(names.map((name) => name.toLowerCase()))

/** With another value in the body, another length: so what has a placeholder in it has any. */
function lengthOrValue(name: string, value: string, { body }: WireRequest): string {
  return name === 'content-length' && mayHoldPlaceholder(latin1(body)) ? ANY_LENGTH : value
}

const ANY_LENGTH = '{{withheld-length.1}}'

function bodyRule({ body }: BodyRule): Rule {
  const { as = 'auto', ignore = [] } = typeof body === 'string' ? { as: body } : body
  const ignored: IgnoredContent =
    ignore.length === 0 ? NOTHING_IGNORED : { paths: pathsIn(as, ignore).map(parseJsonPath), names: new Set(ignore) }
  const form: Rule['form'] = (request) => contentForm(request, as, ignored)
  return { ...formRule('body', form, bodyDifference), key: (request) => bodyKey(form(request)) }
}

/** Text is its own key: it may be long, and most of its characters need no escape. */
function bodyKey(form: NormalForm): string {
  if (typeof form !== 'object' || form === null || Array.isArray(form)) return `: ${canonicalText(form)}`
  const [[kind, value] = ['', '']] = Object.entries(form)
  return typeof value === 'string' ? `${kind}:${value}` : `${kind}: ${canonicalText(value)}`
}

const bodyDifference: Rule['difference'] = (asked, recorded) => {
  if (!recorded.isComplete) return `not the ${recorded.bodyLength} bytes that were recorded`
  const offset = firstDifference(recorded.body, asked.body) ?? asked.bodyLength
  const difference = `recorded ${recorded.bodyLength} bytes, asked ${asked.bodyLength}, different from body byte ${offset} on`
  return [recorded, asked].some(isTooLarge) ? `${difference}; decoded it is too large to be compared` : difference
}

const isTooLarge = ({ body, fields }: WireRequest): boolean =>
  decodesToTooMuch(body, fields, new DecodingBudget({ all: MOST_COMPARED }))

const NAMED_RULES: Readonly<Record<MatchName, Rule>> = {
  method: METHOD,
  url: urlRule('normal', undefined),
  scheme: urlPartRule('scheme', 'normal'),
  host: urlPartRule('host', 'normal'),
  port: urlPartRule('port', 'normal'),
  path: urlPartRule('path', 'normal'),
  query: urlPartRule('query', 'normal'),
  headers: headersRule({ headers: { ignore: [] } }),
  body: bodyRule({ body: 'auto' }),
}
