import type { Interaction } from '../interactions/interaction.ts'
import type { WireRequest } from '../interactions/request-reader.ts'
import { valueOf } from '../content/codings.ts'
import type { NormalForm } from '../content/normal-form.ts'
import { type Template, templateOf } from '../templates/template.ts'
import { urlParts } from '../content/url-form.ts'
import { checkList, isCases } from './match-check.ts'
import {
  type CustomMatcher,
  DEFAULT_MATCH,
  type MatchCase,
  type MatchList,
  type MatchOn,
  type Reason,
} from './match-on.ts'
import { agreesIn, mayStandForOthers, type Rule, rulesAgainst, rulesIn, type Shown } from './rule.ts'
import { sharePrefix } from './share-prefix.ts'

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
  #last: { readonly request: WireRequest; readonly form: NormalForm } | undefined
  readonly #templates = new WeakMap<WireRequest, Template | undefined>()

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
    if (!this.#templates.has(recorded)) {
      const holds = mayStandForOthers(recorded)
      this.#templates.set(recorded, holds ? templateOf(this.#form(recorded), recorded.disguised) : undefined)
    }
    return this.#templates.get(recorded)
  }

  /** What neither keys nor templates say. */
  agreesBeyondKeys(asked: WireRequest, interaction: Interaction): boolean {
    return this.#customs.length === 0 || this.#customs.every((matcher) => matcher(asked, interaction) === true)
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
    const reasons: Reason[] = rulesAgainst(this.#rules, asked, request).map((rule) => ({
      what: rule.name,
      detail: rule.difference(asked, request, shown),
    }))
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
