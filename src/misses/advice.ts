import type { Interaction } from '../interactions/interaction.ts'
import type { WireRequest } from '../interactions/request-reader.ts'
import { DEFAULT_MATCH, type MatchList } from '../matching/match-on.ts'
import { urlParts } from '../content/url-form.ts'
import { looserList, type LooserList } from './looser/looser-list.ts'
import type { NearMiss } from './report.ts'
import { type Face, type Words, WORDS } from './words.ts'

/** What was missed, and what comes near it. */
export interface AdviceContext {
  /** `undefined` if what was missed is not a whole request. */
  readonly asked: WireRequest | undefined
  readonly nearest: readonly NearMiss[]
  /** The interactions that `nearest` is about. */
  readonly near: readonly (Interaction | undefined)[]
  /** What is compared; `'bytes'` if the option says so, `undefined` if it does not matter here. */
  readonly matchOn: MatchList | 'bytes' | undefined
  /** Whether the list is only for requests like this one. */
  readonly isOneOfSeveral: boolean
  /** What would answer the request if interactions could be played more than once. */
  readonly repeat: Interaction | undefined
  /** Where the client connected to, and what of that was recorded. */
  readonly origin: string
  readonly origins: readonly string[]
  /** Whether a hook may have changed the recorded requests. */
  readonly changedRequests: boolean
  readonly face: Face
  /** Whether a mode that records what is missing would record it. */
  readonly canBeAdded: boolean
}

/** What would accept the request, narrowest first, and what would record it. What accepts it has been tried. */
export function adviceFor(context: AdviceContext): string[] {
  const { nearest, origin, origins, face, repeat, matchOn } = context
  const words = WORDS[face]
  const [first] = nearest
  const differing = new Set<string>(first?.reasons.map(({ what }) => what))
  const advice: string[] = []
  if (repeat !== undefined) advice.push(`${words.repeats} plays an interaction more than once`)
  else if (matchOn !== undefined) advice.push(...listAdvice(context, words))
  if (first?.method !== undefined && differing.has('method'))
    advice.push(`recorded was a ${first.method}: another method is another request`)
  if (context.changedRequests && [...differing].some((what) => !OF_RUNS.has(what)))
    advice.push(
      'beforeRecord may have changed the recorded request; normalizeRequest changes what is asked for as well',
    )
  const { host } = urlParts(origin)
  if (words.ignores !== undefined && origins.length > 0 && !origins.includes(origin) && host !== '')
    advice.push(`${words.ignores(host)} lets it through to the server, unrecorded`)
  if (context.canBeAdded) advice.push(words.recordsIt)
  if (words.recordsAll !== undefined) advice.push(words.recordsAll)
  return advice
}

/** Reasons that are not about what the request is. */
const OF_RUNS: ReadonlySet<string> = new Set(['played', 'order', 'barrier', 'left', 'incomplete'])

/** Reasons that no list changes. */
const BEYOND_LISTS: ReadonlySet<string> = new Set([
  'order',
  'barrier',
  'left',
  'incomplete',
  'custom',
  'method',
  'message',
  'agreement',
])

interface Found extends LooserList {
  readonly near: NearMiss
}

/** The list that accepts the request as one that comes near; only as the nearest if it leaves something out. */
function listAdvice(context: AdviceContext, words: Words): readonly string[] {
  const found = foundLists(context)
  const best = found.find(({ leftOut, near }) => leftOut === undefined || near === context.nearest[0])
  if (best === undefined) return []
  const { list, leftOut, near } = best
  const isPlayed = near.reasons.some(({ what }) => what === 'played')
  const options = isPlayed ? `${words.matchOn(list)} with ${words.repeats}` : words.matchOn(list)
  if (list === DEFAULT_MATCH) return [`${options} accepts other headers, or the same in another case or order`]
  const where = context.isOneOfSeveral ? ', for such requests,' : ''
  const place = near === context.nearest[0] ? '' : ` as #${near.number}`
  const broad = leftOut === undefined || words.refines === undefined ? '' : `; ${words.refines}`
  return [`${options}${where} accepts it${place}${broad}`]
}

function foundLists({ asked, nearest, near, matchOn }: AdviceContext): readonly Found[] {
  // A request that only comes at the wrong time is none that a list should make another one of.
  if (
    asked === undefined ||
    matchOn === undefined ||
    nearest[0]?.reasons.every(({ what }) => OF_RUNS.has(what)) === true
  )
    return []
  return nearest.flatMap((one, index): readonly Found[] => {
    const interaction = near[index]
    if (interaction === undefined || one.reasons.some(({ what }) => BEYOND_LISTS.has(what))) return []
    const found = looserList(matchOn === 'bytes' ? DEFAULT_MATCH : matchOn, asked, interaction)
    return found === undefined || found.list === matchOn ? [] : [{ ...found, near: one }]
  })
}
