import type { Interaction } from '../../interactions/interaction.ts'
import type { WireRequest } from '../../interactions/request-reader.ts'
import { LocalProtocolError } from '../../errors.ts'
import type { MatchList } from '../../matching/match-on.ts'
import { MatchRules } from '../../matching/rules.ts'

/** Rules that may stand in a list instead of stricter ones. */
export interface Candidate {
  readonly rules: MatchList
  /** Of what nothing is compared any more: `path`, `query`, `body`, `headers`, or `origin` for scheme, host and port. */
  readonly leftOut: readonly string[]
}

/** Whether a request agrees with the recorded one in some rules. */
export type Agrees = (rules: MatchList) => boolean

export const agreementOf =
  (asked: WireRequest, interaction: Interaction): Agrees =>
  (rules) => {
    if (rules.length === 0) return true
    try {
      return new MatchRules(rules).reasonsAgainst(asked, interaction, (text) => text).length === 0
    } catch (error) {
      // A name of a field may look like a path into JSON without being one.
      if (error instanceof LocalProtocolError) return false
      throw error
    }
  }

/** More than these are another request, and not the same with something that varies. */
const MOST_IGNORED = 4

/** So many are tried one by one. */
const MOST_TRIED = 24

/** As few of the names as work; `undefined` if all of them do not, or if many are needed. */
export function fewest(
  names: readonly string[],
  works: (names: readonly string[]) => boolean,
): readonly string[] | undefined {
  if (names.length === 0 || names.length > MOST_TRIED || !works(names)) return undefined
  let kept = names
  for (const name of names) {
    const others = kept.filter((one) => one !== name)
    if (works(others)) kept = others
  }
  return kept.length > MOST_IGNORED ? undefined : kept
}
