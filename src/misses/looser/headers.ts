import type { WireRequest } from '../../interactions/request-reader.ts'
import { headerValues, sameOperations } from '../../matching/choosing-headers.ts'
import type { HeadersRule, MatchList, MatchRule } from '../../matching/match-on.ts'
import { isHeadersRule } from '../../matching/match-check.ts'
import { type Agrees, type Candidate, fewest } from './candidate.ts'

export const isOfHeaders = (rule: MatchRule): boolean => rule === 'headers' || isHeadersRule(rule)

/**
 * What may replace the rules about header fields, the narrowest first; not all of it agrees.
 *
 * Without a rule of their own, fields that name an operation are compared; a rule says which of them still are.
 */
export function* looserHeaders(
  own: MatchList,
  asked: WireRequest,
  recorded: WireRequest,
  agrees: Agrees,
): Iterable<Candidate> {
  const others = own.length === 0 ? [] : differingFields(asked, recorded, agrees)
  const [first] = own
  if (own.length === 1 && first !== undefined) {
    const without = (names: readonly string[]): HeadersRule => rebuilt(first, names)
    const ignored = fewest(others, (names) => agrees([without(names)]))
    if (ignored !== undefined) yield { rules: [without(ignored)], leftOut: [] }
  }
  const rule: HeadersRule = { headers: sameOperations(recorded.fields, asked.fields) }
  yield { rules: [rule], leftOut: own.length === 0 ? [] : ['headers'] }
}

function rebuilt(own: MatchRule, names: readonly string[]): HeadersRule {
  const headers = typeof own === 'object' && 'headers' in own ? own.headers : { ignore: [] }
  if ('ignore' in headers) return { headers: { ignore: [...headers.ignore, ...names] } }
  return { headers: headers.filter((name) => !names.includes(name.toLowerCase())) }
}

function differingFields(asked: WireRequest, recorded: WireRequest, agrees: Agrees): readonly string[] {
  const names = new Set([...headerValues(recorded.fields).keys(), ...headerValues(asked.fields).keys()])
  return [...names].filter((name) => !agrees([{ headers: [name] }]))
}
