import type { Interaction } from '../../interactions/interaction.ts'
import type { WireRequest } from '../../interactions/request-reader.ts'
import type { MatchList, MatchRule } from '../../matching/match-on.ts'
import { MatchRules } from '../../matching/rules.ts'
import { type Agrees, agreementOf, type Candidate } from './candidate.ts'
import { isOfBody, looserBodies } from './body.ts'
import { isOfHeaders, looserHeaders } from './headers.ts'
import { isOfUrl, looserUrls } from './url.ts'

/** A list in which a request agrees that does not agree in a stricter one. */
export interface LooserList {
  readonly list: MatchList
  /** As in {@link Candidate}: at most one thing. */
  readonly leftOut: string | undefined
}

interface Group {
  readonly names: readonly string[]
  readonly has: (rule: MatchRule) => boolean
  readonly looser: (own: MatchList, asked: WireRequest, recorded: WireRequest, agrees: Agrees) => Iterable<Candidate>
}

const GROUPS: readonly Group[] = [
  { names: ['url', 'scheme', 'host', 'port', 'path', 'query'], has: isOfUrl, looser: looserUrls },
  { names: ['headers'], has: isOfHeaders, looser: looserHeaders },
  { names: ['body'], has: isOfBody, looser: looserBodies },
]

const LOOSE: ReadonlySet<string> = new Set(GROUPS.flatMap(({ names }) => names))

/**
 * The list with as few changes as make the request agree with a recorded one; it has been tried.
 *
 * `undefined` if the method differs or a function says no, which is not for a list to change, or if more than one thing
 * would have to be left out: then it is another request.
 */
export function looserList(list: MatchList, asked: WireRequest, interaction: Interaction): LooserList | undefined {
  const reasons = new MatchRules(list).reasonsAgainst(asked, interaction, (text) => text)
  if (!asked.isComplete || reasons.some(({ what }) => !LOOSE.has(what))) return undefined
  const agrees = agreementOf(asked, interaction)
  const leftOut: string[] = []
  let looser = list
  for (const { names, has, looser: candidates } of GROUPS) {
    if (!reasons.some(({ what }) => names.includes(what))) continue
    const own = list.filter(has)
    const found = firstThat(candidates(own, asked, interaction.request, agrees), ({ rules }) =>
      // Fields that name an operation are not what is tried here.
      agrees(rules.some(isOfHeaders) ? rules : [...rules, { headers: [] }]),
    )
    if (found === undefined) return undefined
    looser = replaced(looser, own, found.rules)
    leftOut.push(...found.leftOut)
  }
  const comparesSomething = looser.some((rule) => typeof rule !== 'function')
  if (leftOut.length > 1 || !comparesSomething || !agrees(looser)) return undefined
  return { list: looser, leftOut: leftOut[0] }
}

function firstThat<Item>(items: Iterable<Item>, accepts: (item: Item) => boolean): Item | undefined {
  for (const item of items) if (accepts(item)) return item
  return undefined
}

/** New rules instead of the first of the old ones. */
function replaced(list: MatchList, own: MatchList, rules: MatchList): MatchList {
  const [first] = own
  if (first === undefined) return [...list, ...rules]
  return list.flatMap((rule): MatchList => (rule === first ? rules : own.includes(rule) ? [] : [rule]))
}
