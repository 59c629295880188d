import type { Interaction } from '../interactions/interaction.ts'
import type { WireRequest } from '../interactions/request-reader.ts'
import { type BodyKind, contentForm, type IgnoredContent, latin1, NOTHING_IGNORED } from '../content/content-form.ts'
import { GZIP_MAGIC, valueOf } from '../content/codings.ts'
import { parseJsonPath } from '../content/json-content.ts'
import { canonicalText, type NormalForm } from '../content/normal-form.ts'
import { mayHoldPlaceholder } from '../content/pattern.ts'
import { type Template, templateOf } from '../content/template.ts'
import {
  normalUrl,
  selectedQuery,
  URL_PARTS,
  urlForm,
  type UrlPart,
  urlParts,
  type UrlSpelling,
} from '../content/url-form.ts'
import { LocalProtocolError } from '../errors.ts'
import { headerValues, otherOperation } from './choosing-headers.ts'
import { firstDifference } from './first-difference.ts'
import {
  type BodyRule,
  type CustomMatcher,
  DEFAULT_MATCH,
  type HeadersRule,
  type MatchCase,
  type MatchList,
  type MatchName,
  type MatchOn,
  type MatchRule,
  type QueryRule,
  type Reason,
  type UrlRule,
} from './match-on.ts'
import { sharePrefix } from './share-prefix.ts'

/** One thing that must agree. */
interface Rule {
  readonly name: MatchName
  /** What is compared. */
  readonly form: (request: WireRequest) => NormalForm
  /** Equal for requests whose forms are equal; quicker than the form where there is a quicker way. */
  readonly key: (request: WireRequest) => string
  /** How two differ, for people. Values go through `shown`, which hides secrets. */
  readonly difference: (asked: WireRequest, recorded: WireRequest, shown: Shown) => string
}

type Shown = (text: string) => string

/** What a list of {@link MatchOn} asks for, ready for use. */
export class MatchRules {
  /** What it was made of. */
  readonly list: MatchList
  /** The names in the list, `function` for a custom one. */
  readonly names: readonly string[]
  /** Equal for lists that make the same keys. */
  readonly signature: string
  readonly #rules: readonly Rule[]
  readonly #heads: readonly Rule[]
  readonly #body: Rule | undefined
  readonly #customs: readonly CustomMatcher[]
  /** Whether the fields that name an operation must agree: where headers have a rule of their own, that counts. */
  readonly #comparesOperation: boolean
  #last: { readonly request: WireRequest; readonly form: NormalForm } | undefined
  readonly #templates = new WeakMap<WireRequest, Template | 'none'>()

  /** @throws LocalProtocolError `INVALID_OPTION` for an unknown rule, or for a list that any request would match. */
  constructor(list: MatchList) {
    checkList(list)
    this.list = list
    this.#rules = rulesIn(list)
    this.names = list.map((rule) => (typeof rule === 'string' ? rule : (Object.keys(rule)[0] ?? 'function')))
    this.signature = JSON.stringify(list.filter((rule) => typeof rule !== 'function'))
    this.#heads = this.#rules.filter(({ name }) => name !== 'body')
    this.#body = this.#rules.find(({ name }) => name === 'body')
    this.#customs = list.filter((rule) => typeof rule === 'function')
    this.#comparesOperation =
      !list.some((rule) => rule === 'headers' || isHeadersRule(rule)) && this.#rules.some(({ name }) => name === 'url')
  }

  get comparesContent(): boolean {
    return this.#body !== undefined
  }

  /** Equal for requests whose heads agree. */
  headKey(request: WireRequest): string {
    let key = ''
    for (const rule of this.#heads) key += `${rule.key(request)}\n`
    return key
  }

  /** Equal for requests whose contents agree. */
  contentKey(request: WireRequest): string {
    return this.#body === undefined ? '' : this.#body.key(request)
  }

  /** All that is compared, by rule. The form of the request that was asked for last is kept. */
  formOf(request: WireRequest): NormalForm {
    if (this.#last?.request !== request || !request.isComplete) this.#last = { request, form: this.#form(request) }
    return this.#last.form
  }

  #form(request: WireRequest): NormalForm {
    return this.#rules.map(({ form }) => form(request))
  }

  /** What a recorded request says of those that may be asked in its place; `undefined` where it holds no placeholder. */
  templateOf(recorded: WireRequest): Template | undefined {
    let template = this.#templates.get(recorded)
    if (template === undefined) {
      const holds = mayStandForOthers(recorded)
      template = (holds ? templateOf(this.#form(recorded), recorded.disguised) : undefined) ?? 'none'
      this.#templates.set(recorded, template)
    }
    return template === 'none' ? undefined : template
  }

  /** What neither keys nor templates say. */
  agreesBeyondKeys(asked: WireRequest, interaction: Interaction): boolean {
    return (
      (!this.#comparesOperation || otherOperation(interaction.request.fields, asked.fields) === undefined) &&
      this.#customs.every((matcher) => matcher(asked, interaction) === true)
    )
  }

  /** Whether two requests are equal in all that is compared. */
  isExact(asked: WireRequest, recorded: WireRequest): boolean {
    return this.#rules.every(
      ({ name, key }) => (name === 'body' && hasSameBytes(asked, recorded)) || key(asked) === key(recorded),
    )
  }

  /** Whether the heads agree, a function aside. */
  agreesInHead(asked: WireRequest, { request }: Interaction): boolean {
    return this.#heads.every((rule) => agreesIn(rule, asked, request))
  }

  /** Whether contents agree as far as they have come. */
  agreesSoFar(asked: WireRequest, recorded: WireRequest): boolean {
    return this.#body === undefined || sharePrefix(asked, recorded)
  }

  /** @param shown hides secrets in a text. */
  reasonsAgainst(asked: WireRequest, interaction: Interaction, shown: Shown): Reason[] {
    const { request } = interaction
    const reasons: Reason[] = this.#rules
      .filter((rule) => !agreesIn(rule, asked, request))
      .map((rule) => ({ what: rule.name, detail: rule.difference(asked, request, shown) }))
    const operation = this.#comparesOperation ? otherOperation(request.fields, asked.fields) : undefined
    if (operation !== undefined)
      reasons.push({
        what: 'headers',
        detail: `different: ${operation}, which says what is to be done, or to what part`,
      })
    for (const matcher of this.#customs) {
      const verdict = matcher(asked, interaction)
      if (verdict !== true) reasons.push({ what: 'custom', detail: shown(verdict) })
    }
    return reasons
  }
}

/** Then the contents are equal whatever they are read as. */
const hasSameBytes = (asked: WireRequest, recorded: WireRequest): boolean =>
  asked.bodyLength === recorded.bodyLength &&
  Buffer.compare(asked.body, recorded.body) === 0 &&
  valueOf(asked.fields, 'content-type') === valueOf(recorded.fields, 'content-type')

/** Whether a recorded request may hold a placeholder; a compressed one may without showing it. */
function mayStandForOthers({ raw, body, fields, disguised }: WireRequest): boolean {
  if (disguised !== undefined) return true
  const isCompressed = latin1(body.subarray(0, 2)) === GZIP_MAGIC || valueOf(fields, 'content-encoding') !== ''
  return isCompressed || mayHoldPlaceholder(latin1(raw))
}

/** Whether a request that was asked agrees with a recorded one in one thing. */
function agreesIn(rule: Rule, asked: WireRequest, recorded: WireRequest): boolean {
  if (!recorded.isComplete && rule.name === 'body') return sharePrefix(asked, recorded)
  if (rule.key(asked) === rule.key(recorded)) return true
  const template = mayStandForOthers(recorded) ? templateOf(rule.form(recorded), recorded.disguised) : undefined
  if (template === undefined) return false
  const form = rule.form(asked)
  return template.keyOf(form) === template.key && template.valuesIn(form) !== undefined
}

/**
 * The rules for each request.
 *
 * @throws LocalProtocolError `INVALID_OPTION` for an unknown rule, or for a list that any request would match.
 */
export function rulesFor(matchOn: Exclude<MatchOn, 'bytes'>): (request: WireRequest) => MatchRules {
  if (typeof matchOn === 'function') {
    // A function may give a list of its own for each request; equal ones are read once.
    const known = new Map<string, MatchRules>()
    return (request) => {
      const list = matchOn(request)
      const isPlain = list.every((rule) => typeof rule !== 'function')
      if (!isPlain) return new MatchRules(list)
      const key = JSON.stringify(list)
      const rules = known.get(key) ?? new MatchRules(list)
      known.set(key, rules)
      return rules
    }
  }
  if (!isCases(matchOn)) {
    const rules = new MatchRules(matchOn)
    return () => rules
  }
  const cases = matchOn.map((one) => ({ fits: fitOf(one), rules: new MatchRules(one.matchOn) }))
  const fallback = new MatchRules(DEFAULT_MATCH)
  return (request) => cases.find(({ fits }) => fits(request))?.rules ?? fallback
}

/** Whether all requests have the same list. */
export const isOneList = (matchOn: MatchOn): boolean =>
  matchOn === 'bytes' || (typeof matchOn !== 'function' && !isCases(matchOn))

const isCases = (matchOn: MatchList | readonly MatchCase[]): matchOn is readonly MatchCase[] => {
  const [first] = matchOn
  return typeof first === 'object' && first !== null && 'matchOn' in first
}

function fitOf({ method, path }: MatchCase): (request: WireRequest) => boolean {
  const methods = method === undefined || typeof method === 'object' ? method : [method]
  return (request) =>
    (methods === undefined || methods.includes(request.method)) &&
    (path === undefined || isPath(path, urlParts(request.url).path))
}

function isPath(pattern: string | RegExp, path: string): boolean {
  if (typeof pattern !== 'string') return path.search(pattern) !== -1
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern
}

function checkList(list: MatchList): void {
  if (!Array.isArray(list) || list.length === 0)
    throw new LocalProtocolError('INVALID_OPTION', 'matchOn is empty: every request would match')
  const unknown = list.find((rule) => typeof rule !== 'function' && !isKnown(rule))
  if (unknown !== undefined)
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `matchOn names ${JSON.stringify(unknown)}; known are ${Object.keys(NAMED_RULES).join(', ')}, { url }, { query }, { headers }, { body }, functions, or 'bytes'`,
    )
}

function isKnown(rule: Exclude<MatchRule, CustomMatcher>): boolean {
  if (typeof rule === 'string') return Object.hasOwn(NAMED_RULES, rule)
  if (typeof rule !== 'object' || rule === null) return false
  return isUrlRule(rule) || isQueryRule(rule) || isHeadersRule(rule) || isBodyRule(rule)
}

export const isUrlRule = (rule: MatchRule): rule is UrlRule => typeof rule === 'object' && 'url' in rule
export const isQueryRule = (rule: MatchRule): rule is QueryRule => typeof rule === 'object' && 'query' in rule
export const isHeadersRule = (rule: MatchRule): rule is HeadersRule => typeof rule === 'object' && 'headers' in rule
export const isBodyRule = (rule: MatchRule): rule is BodyRule => typeof rule === 'object' && 'body' in rule

/** A rule for queries says how the query in the URL is compared, where that is in the list. */
function rulesIn(list: MatchList): readonly Rule[] {
  const query = list.find(isQueryRule)
  const spelling = checkSpelling(list.find(isUrlRule)?.url ?? 'normal')
  const hasUrl = list.some((rule) => rule === 'url' || isUrlRule(rule))
  return list.flatMap((rule): readonly Rule[] => {
    if (typeof rule === 'function' || (hasUrl && isQueryRule(rule))) return []
    if (rule === 'url' || isUrlRule(rule)) return [urlRule(spelling, query)]
    if (typeof rule === 'string') return [NAMED_RULES[rule]]
    if (isQueryRule(rule)) return [queryRule('normal', rule)]
    return [isHeadersRule(rule) ? headersRule(rule) : bodyRule(rule)]
  })
}

const SPELLINGS: ReadonlySet<UrlSpelling> = new Set(['spelled', 'normal', 'decoded'])

function checkSpelling(spelling: UrlSpelling): UrlSpelling {
  if (SPELLINGS.has(spelling)) return spelling
  throw new LocalProtocolError(
    'INVALID_OPTION',
    `matchOn compares URLs as ${JSON.stringify(spelling)}; known are ${[...SPELLINGS].join(', ')}`,
  )
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
      rules
        .filter((rule) => !agreesIn(rule, asked, recorded))
        .map((rule) => `${rule.name} differs: ${rule.difference(asked, recorded, shown)}`)
        .join('; '),
  }
}

/** Names without case, values as they are, several of one name in their order; the order of names does not matter. */
function headersRule({ headers }: HeadersRule): Rule {
  const named = 'ignore' in headers ? undefined : lowerCase(headers)
  const ignored = 'ignore' in headers ? lowerCase(headers.ignore) : undefined
  const isCompared = (name: string): boolean => named?.has(name) ?? ignored?.has(name) !== true
  const valuesOf = (request: WireRequest): Readonly<Record<string, string>> =>
    Object.fromEntries(
      Array.from(headerValues(request.fields)).flatMap(([name, value]) =>
        isCompared(name) ? [[name, lengthOrValue(name, value, request)] as const] : [],
      ),
    )
  return formRule('headers', valuesOf, (asked, recorded) => {
    const [ours, theirs] = [valuesOf(asked), valuesOf(recorded)]
    const names = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])]
    const isSame = (name: string): boolean =>
      ours[name] === theirs[name] ||
      (ours[name] !== undefined && templateOf(theirs[name] ?? '')?.valuesIn(ours[name]) !== undefined)
    return `different: ${names.filter((name) => !isSame(name)).join(', ')}`
  })
}

const lowerCase = (names: readonly string[]): Set<string> => new Set(names.map((name) => name.toLowerCase()))

/** With another value in the body, another length: so what has a placeholder in it has any. */
function lengthOrValue(name: string, value: string, { body }: WireRequest): string {
  return name === 'content-length' && mayHoldPlaceholder(latin1(body)) ? ANY_LENGTH : value
}

const ANY_LENGTH = '{{withheld-length.1}}'

function bodyRule({ body }: BodyRule): Rule {
  const { as = 'auto', ignore = [] } = typeof body === 'string' ? { as: body } : body
  if (!BODY_KINDS.has(as))
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `matchOn compares bodies as ${JSON.stringify(as)}; known are ${[...BODY_KINDS].join(', ')}`,
    )
  const ignored = ignoredContent(as, ignore)
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
  return `recorded ${recorded.bodyLength} bytes, asked ${asked.bodyLength}, different from body byte ${offset} on`
}

const BODY_KINDS: ReadonlySet<BodyKind> = new Set(['auto', 'bytes', 'text', 'json', 'form', 'multipart'])

function ignoredContent(as: BodyKind, ignore: readonly string[]): IgnoredContent {
  if (ignore.length === 0) return NOTHING_IGNORED
  if (as === 'bytes' || as === 'text')
    throw new LocalProtocolError('INVALID_OPTION', `matchOn ignores places in a body that is compared as ${as}`)
  const paths =
    as === 'form' || as === 'multipart' ? [] : ignore.filter((place) => as === 'json' || place.startsWith('$'))
  return { paths: paths.map(parseJsonPath), names: new Set(ignore) }
}

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
