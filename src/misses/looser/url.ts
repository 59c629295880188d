import { formPairs } from '../../content/form-fields.ts'
import { URL_PARTS, urlParts } from '../../content/url-form.ts'
import type { WireRequest } from '../../interactions/request-reader.ts'
import type { MatchList, MatchRule, QueryRule } from '../../matching/match-on.ts'
import { isQueryRule, isUrlRule } from '../../matching/match-check.ts'
import { type Agrees, type Candidate, fewest } from './candidate.ts'

/** Rules about URLs. */
export const isOfUrl = (rule: MatchRule): boolean =>
  typeof rule !== 'function' && (isWhole(rule) || isOfQuery(rule) || URL_PARTS.some((part) => part === rule))

const isWhole = (rule: MatchRule): boolean => rule === 'url' || isUrlRule(rule)
const isOfQuery = (rule: MatchRule): boolean => rule === 'query' || isQueryRule(rule)

interface Tolerance {
  readonly ignores: boolean
  readonly decodes: boolean
  readonly anyOrder: boolean
}

// oxfmt-ignore
const TOLERANCES: readonly Tolerance[] = [
  { ignores: true,  decodes: false, anyOrder: false },
  { ignores: false, decodes: true,  anyOrder: false },
  { ignores: false, decodes: false, anyOrder: true  },
  { ignores: false, decodes: true,  anyOrder: true  },
  { ignores: true,  decodes: true,  anyOrder: false },
  { ignores: true,  decodes: false, anyOrder: true  },
  { ignores: true,  decodes: true,  anyOrder: true  },
]

/** What may replace the rules about URLs, the narrowest first; not all of it agrees. */
export function* looserUrls(
  own: MatchList,
  asked: WireRequest,
  recorded: WireRequest,
  agrees: Agrees,
): Iterable<Candidate> {
  const isWholeUrl = own.some(isWhole)
  if (isWholeUrl || own.some(isOfQuery)) {
    const names = differingNames(asked, recorded, agrees)
    for (const tolerance of TOLERANCES) {
      const rules = withTolerance(own, names, tolerance, agrees)
      if (rules !== undefined) yield { rules, leftOut: [] }
    }
  }
  const parts = isWholeUrl ? partsOf(own) : own
  const kept = parts.flatMap((rule): MatchList => {
    if (agrees([rule])) return [rule]
    return isOfQuery(rule) ? looserQuery(rule, asked, recorded, agrees) : []
  })
  yield { rules: kept, leftOut: leftOutOf(parts, kept) }
}

/** The parts of URLs one by one, the query with the rule that it has. */
const partsOf = (own: MatchList): MatchList =>
  URL_PARTS.map((part) => (part === 'query' && own.find(isQueryRule)) || part)

function looserQuery(own: MatchRule, asked: WireRequest, recorded: WireRequest, agrees: Agrees): MatchList {
  const names = differingNames(asked, recorded, agrees)
  for (const tolerance of TOLERANCES) {
    const rules = withTolerance([own], names, tolerance, agrees)
    if (rules !== undefined && agrees(rules)) return rules
  }
  return []
}

function leftOutOf(parts: MatchList, kept: MatchList): readonly string[] {
  const isLeftOut = (part: MatchRule): boolean => parts.includes(part) && !kept.includes(part)
  return [
    ...(ORIGIN.some(isLeftOut) ? ['origin'] : []),
    ...(isLeftOut('path') ? ['path'] : []),
    ...(parts.some(isOfQuery) && !kept.some(isOfQuery) ? ['query'] : []),
  ]
}

const ORIGIN = ['scheme', 'host', 'port'] as const

/** `undefined` where the rules say so already, or ignoring parameters does not help. */
function withTolerance(
  own: MatchList,
  names: readonly string[],
  { ignores, decodes, anyOrder }: Tolerance,
  agrees: Agrees,
): MatchList | undefined {
  if (decodes && !own.some((rule) => isWhole(rule) && !isDecoded(rule))) return undefined
  if (!ignores) return rebuilt(own, [], { decodes, anyOrder })
  const ignore = fewest(names, (some) => agrees([...rebuilt(own, some, { decodes, anyOrder }), { headers: [] }]))
  return ignore && rebuilt(own, ignore, { decodes, anyOrder })
}

const isDecoded = (rule: MatchRule): boolean => isUrlRule(rule) && rule.url === 'decoded'

function rebuilt(
  own: MatchList,
  more: readonly string[],
  { decodes, anyOrder }: Pick<Tolerance, 'decodes' | 'anyOrder'>,
): MatchList {
  const before = own.find(isQueryRule)?.query ?? {}
  const ignore = [...(before.ignore ?? []), ...more]
  const query: QueryRule['query'] = {
    ...((anyOrder || before.anyOrder === true) && { anyOrder: true }),
    ...(ignore.length > 0 && { ignore }),
  }
  const rest = own.filter((rule) => !isOfQuery(rule)).map((rule) => (decodes && isWhole(rule) ? DECODED : rule))
  if (Object.keys(query).length > 0) return [...rest, { query }]
  return [...rest, ...own.filter(isOfQuery)]
}

const DECODED = { url: 'decoded' } as const

/** Names of parameters whose values are others, whatever their spelling. */
function differingNames(asked: WireRequest, recorded: WireRequest, agrees: Agrees): readonly string[] {
  const [mine, old] = [valuesByName(urlParts(asked.url).query), valuesByName(urlParts(recorded.url).query)]
  const all = [...new Set([...old.keys(), ...mine.keys()])]
  return all.filter(
    (name) =>
      mine.get(name) !== old.get(name) &&
      !agrees([{ query: { anyOrder: true, ignore: all.filter((other) => other !== name) } }]),
  )
}

/** The values of each parameter, in their order. */
function valuesByName(query: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const [name, value] of formPairs(query.replace(/^\?/, '')))
    values.set(name, `${values.get(name) ?? ''}\n${value}`)
  return values
}
