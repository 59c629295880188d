import type { Interaction } from '../../interactions/interaction.ts'
import type { WireRequest } from '../../interactions/request-reader.ts'
import { isRedacted, matchesRedacted } from '../../redaction/redacted-match.ts'
import { LocalProtocolError } from '../../errors.ts'
import { firstDifference } from './first-difference.ts'
import { type BodyKind, contentKey, type IgnoredContent, sharePrefix } from './content.ts'
import { parseJsonPath } from '../../content/json-content.ts'
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
} from './match-on.ts'
import { headerValues, latin1, unorderedQuery, type UrlPart, URL_PARTS, urlParts } from './request-parts.ts'

/** One thing that must agree. */
interface Rule {
  readonly name: MatchName | 'custom'
  /** Equal for requests that agree; absent where only {@link Rule.compare} can tell. No part holds a line end. */
  readonly part?: ((request: WireRequest) => string) | undefined
  readonly compare: Compare
}

/** As a {@link CustomMatcher}; values in what it says against an interaction go through `shown`, which hides secrets. */
type Compare = (asked: WireRequest, interaction: Interaction, shown: Shown) => true | string
type Shown = (text: string) => string

/** For who does not look at the reason. */
const AS_IT_IS: Shown = (text) => text

/** What a list of {@link MatchOn} asks for, ready for use. */
export class MatchRules {
  /** The names in the list, `function` for a custom one. */
  readonly names: readonly string[]
  /** Equal for lists that make the same keys. */
  readonly signature: string
  /** Whether something can be told only by asking a function. */
  readonly isCustom: boolean
  readonly #rules: readonly Rule[]
  /** The parts that are known with the head of a request. */
  readonly #parts: readonly ((request: WireRequest) => string)[]
  /** Those of them that a placeholder elsewhere in the request leaves as they are. */
  readonly #literals: readonly ((request: WireRequest) => string)[]
  readonly #customs: readonly CustomMatcher[]
  readonly #content: ((request: WireRequest) => string) | undefined

  /** @throws LocalProtocolError `INVALID_OPTION` for an unknown rule, or for a list that any request would match. */
  constructor(list: MatchList) {
    checkList(list)
    const query = list.find(isQueryRule)
    this.#rules = list.filter((rule) => rule !== query || !list.includes('url')).map((rule) => ruleOf(rule, query))
    this.names = list.map((rule) => (typeof rule === 'string' ? rule : (Object.keys(rule)[0] ?? 'function')))
    this.signature = JSON.stringify(list.filter((rule) => typeof rule !== 'function'))
    const heads = this.#rules.filter(({ name }) => name !== 'body')
    this.#parts = heads.flatMap(({ part }) => part ?? [])
    this.#literals = heads.filter(({ name }) => name !== 'headers').flatMap(({ part }) => part ?? [])
    this.#customs = list.filter((rule) => typeof rule === 'function')
    this.isCustom = this.#customs.length > 0
    this.#content = this.#rules.find(({ name }) => name === 'body')?.part
  }

  get comparesContent(): boolean {
    return this.#content !== undefined
  }

  /** Equal for requests whose heads agree. */
  headKey(request: WireRequest): string {
    let key = ''
    for (const part of this.#parts) key += `${part(request)}\n`
    return key
  }

  /** Equal for requests whose contents agree. */
  contentKey(request: WireRequest): string {
    return this.#content === undefined ? '' : this.#content(request)
  }

  /** Which parts of a recorded request have no placeholder in them, one bit each. */
  literalParts(recorded: WireRequest): number {
    let mask = 0
    for (const [index, part] of this.#literals.entries()) if (!isRedacted(part(recorded))) mask |= 1 << index
    return mask
  }

  /** Equal for requests that agree in the parts that {@link literalParts} gave. */
  literalKey(request: WireRequest, mask: number): string {
    return this.#literals.map((part, index) => ((mask & (1 << index)) === 0 ? '' : part(request))).join('\n')
  }

  /** What no key says. */
  agreesBeyondKeys(asked: WireRequest, interaction: Interaction): boolean {
    return this.#customs.every((matcher) => matcher(asked, interaction) === true)
  }

  /** Whether the heads agree, a function aside. */
  agreesInHead(asked: WireRequest, interaction: Interaction): boolean {
    return this.#rules.every(
      ({ name, compare }) => name === 'body' || name === 'custom' || compare(asked, interaction, AS_IT_IS) === true,
    )
  }

  agrees(asked: WireRequest, interaction: Interaction): boolean {
    return this.#rules.every(({ compare }) => compare(asked, interaction, AS_IT_IS) === true)
  }

  /** Whether contents agree as far as they have come. */
  agreesSoFar(asked: WireRequest, recorded: WireRequest): boolean {
    return this.#content === undefined || sharePrefix(asked, recorded)
  }

  /** @param shown hides secrets in a text. */
  reasonsAgainst(asked: WireRequest, interaction: Interaction, shown: Shown): Reason[] {
    return this.#rules.flatMap(({ name, compare }) => {
      const verdict = compare(asked, interaction, shown)
      return verdict === true ? [] : [{ what: name, detail: name === 'custom' ? shown(verdict) : verdict }]
    })
  }
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
      `matchOn names ${JSON.stringify(unknown)}; known are ${Object.keys(NAMED_RULES).join(', ')}, { query }, { headers }, { body }, functions, or 'bytes'`,
    )
}

function isKnown(rule: Exclude<MatchRule, CustomMatcher>): boolean {
  if (typeof rule === 'string') return Object.hasOwn(NAMED_RULES, rule)
  return typeof rule === 'object' && rule !== null && (isQueryRule(rule) || isHeadersRule(rule) || isBodyRule(rule))
}

const isQueryRule = (rule: MatchRule): rule is QueryRule => typeof rule === 'object' && 'query' in rule
const isHeadersRule = (rule: MatchRule): rule is HeadersRule => typeof rule === 'object' && 'headers' in rule
const isBodyRule = (rule: MatchRule): rule is BodyRule => typeof rule === 'object' && 'body' in rule

function ruleOf(rule: MatchRule, query: QueryRule | undefined): Rule {
  if (typeof rule === 'function') return { name: 'custom', compare: rule }
  if (rule === 'url') return urlRule(query)
  if (typeof rule === 'string') return NAMED_RULES[rule]
  if (isQueryRule(rule)) return queryRule(rule)
  return isHeadersRule(rule) ? headersRule(rule) : bodyRule(rule)
}

/** A part that is shown as it is. */
function partRule(name: MatchName, part: (request: WireRequest) => string): Rule {
  const compare: Compare = (asked, { request }, shown) => {
    const [ours, theirs] = [part(asked), part(request)]
    return matchesRedacted(theirs, ours) || `recorded ${shown(theirs) || 'none'}, asked ${shown(ours) || 'none'}`
  }
  return { name, part, compare }
}

const urlPartRule = (name: UrlPart): Rule => partRule(name, ({ url }) => urlParts(url)[name])

function queryRule({ query: { anyOrder = false, ignore = [] } }: QueryRule): Rule {
  const ignored = new Set(ignore)
  return partRule('query', ({ url }) => unorderedQuery(urlParts(url).query, ignored, anyOrder))
}

/** The whole URL, or where queries have a rule of their own, the rest of it and that. */
function urlRule(query: QueryRule | undefined): Rule {
  const rules = URL_PARTS.map((name) => (name === 'query' && query ? queryRule(query) : urlPartRule(name)))
  const part = query
    ? (request: WireRequest): string => rules.map((rule) => rule.part?.(request)).join('\n')
    : ({ url }: WireRequest): string => url
  const compare: Compare = (asked, interaction, shown) => {
    if (asked.url === interaction.request.url) return true
    const verdicts = rules.map((rule) => {
      const verdict = rule.compare(asked, interaction, shown)
      return verdict === true ? '' : `${rule.name} differs: ${verdict}`
    })
    // The parts may agree where the whole does not: some of it may have been a secret.
    return verdicts.filter((verdict) => verdict !== '').join('; ') || true
  }
  return { name: 'url', part, compare }
}

/** Names without case, values as they are, several of one name in their order; the order of names does not matter. */
function headersRule({ headers }: HeadersRule): Rule {
  const named = 'ignore' in headers ? undefined : lowerCase(headers)
  const ignored = 'ignore' in headers ? lowerCase(headers.ignore) : undefined
  const isCompared = (name: string): boolean => named?.has(name) ?? ignored?.has(name) !== true
  const valuesOf = (request: WireRequest): [name: string, value: string][] =>
    [...headerValues(request.fields)].filter(([name]) => isCompared(name))
  return {
    name: 'headers',
    part: (request) => JSON.stringify(valuesOf(request).toSorted(([left], [right]) => (left < right ? -1 : 1))),
    compare(asked, { request }) {
      const [ours, theirs] = [new Map(valuesOf(asked)), new Map(valuesOf(request))]
      const names = [...new Set([...theirs.keys(), ...ours.keys()])]
      const differing = names.filter((name) => !isSameField(name, theirs.get(name), ours.get(name), request))
      return differing.length === 0 || `different: ${differing.join(', ')}`
    },
  }
}

const lowerCase = (names: readonly string[]): Set<string> => new Set(names.map((name) => name.toLowerCase()))

function isSameField(name: string, recorded = NO_FIELD, asked = NO_FIELD, request: WireRequest): boolean {
  // With another value in the body, another length.
  if (name === 'content-length' && recorded !== asked && isRedacted(latin1(request.body))) return true
  return matchesRedacted(recorded, asked)
}

/** No field value holds this. */
const NO_FIELD = '\0'

function bodyRule({ body }: BodyRule): Rule {
  const { as = 'auto', ignore = [] } = typeof body === 'string' ? { as: body } : body
  if (!BODY_KINDS.has(as))
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `matchOn compares bodies as ${JSON.stringify(as)}; known are ${[...BODY_KINDS].join(', ')}`,
    )
  const ignored = ignoredContent(as, ignore)
  const part = (request: WireRequest): string => contentKey(request, as, ignored)
  return { name: 'body', part, compare: (asked, { request }) => compareContent(asked, request, part) }
}

const BODY_KINDS: ReadonlySet<BodyKind> = new Set(['auto', 'bytes', 'text', 'json', 'form', 'multipart'])

function ignoredContent(as: BodyKind, ignore: readonly string[]): IgnoredContent {
  if (ignore.length > 0 && (as === 'bytes' || as === 'text'))
    throw new LocalProtocolError('INVALID_OPTION', `matchOn ignores places in a body that is compared as ${as}`)
  const paths =
    as === 'form' || as === 'multipart' ? [] : ignore.filter((place) => as === 'json' || place.startsWith('$'))
  return { paths: paths.map(parseJsonPath), names: new Set(ignore) }
}

function compareContent(
  asked: WireRequest,
  request: WireRequest,
  part: (request: WireRequest) => string,
): true | string {
  if (!request.isComplete)
    return sharePrefix(asked, request) || `not the ${request.bodyLength} bytes that were recorded`
  if (asked.bodyLength === request.bodyLength && Buffer.compare(asked.body, request.body) === 0) return true
  if (matchesRedacted(part(request), part(asked))) return true
  const offset = firstDifference(request.body, asked.body) ?? asked.bodyLength
  return `recorded ${request.bodyLength} bytes, asked ${asked.bodyLength}, different from body byte ${offset} on`
}

const NAMED_RULES: Readonly<Record<MatchName, Rule>> = {
  method: partRule('method', ({ method }) => method),
  url: urlRule(undefined),
  scheme: urlPartRule('scheme'),
  host: urlPartRule('host'),
  port: urlPartRule('port'),
  path: urlPartRule('path'),
  query: urlPartRule('query'),
  headers: headersRule({ headers: { ignore: [] } }),
  body: bodyRule({ body: 'auto' }),
}
