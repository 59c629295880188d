import type { WireRequest } from '../../interactions/request-reader.ts'
import { canonicalJson, parseJsonPath } from '../../content/json-content.ts'
import { URL_PARTS, urlParts } from '../../content/url-form.ts'
import type { NearMiss } from './report.ts'

/** What can be said of the recorded request that comes closest. */
export interface AdviceContext {
  readonly asked: WireRequest | undefined
  /** The recorded request, where `asked` is compared with one. */
  readonly recorded: WireRequest | undefined
  readonly nearest: NearMiss | undefined
  readonly matchOn: readonly string[]
  /** Where the client connected to, and what of that was recorded. */
  readonly origin: string
  readonly origins: readonly string[]
  /** Whether a hook may have changed the recorded requests. */
  readonly changedRequests: boolean
}

/** What would accept the request, narrowest first, and what would record it. */
export function adviceFor(context: AdviceContext): string[] {
  const { nearest, matchOn, origin, origins } = context
  const differing = new Set<string>(nearest?.reasons.map(({ what }) => what))
  const advice: string[] = []
  if (differing.has('played')) advice.push('allowPlaybackRepeats: true plays an interaction more than once')
  if (matchOn.includes('bytes') && differing.has('bytes') && nearest?.method !== undefined)
    advice.push("matchOn: ['method', 'url', 'body'] accepts other headers, or the same in another case or order")
  const [narrow, broad] = [narrowList(context, differing), broadList(context, differing)]
  if (narrow !== undefined) advice.push(`matchOn: [${narrow.join(', ')}] accepts it`)
  else if (broad.length > 0 && matchOn.some((name) => differing.has(name) && name !== 'bytes'))
    advice.push(`matchOn: [${broad.join(', ')}] accepts it; a function in the list can say what else must agree`)
  if (context.changedRequests && [...differing].some((what) => !OF_RUNS.has(what)))
    advice.push(
      'beforeRecord may have changed the recorded request; normalizeRequest changes what is asked for as well',
    )
  const { host } = urlParts(origin)
  if (origins.length > 0 && !origins.includes(origin) && host !== '')
    advice.push(`ignoreHosts: [${quote(host)}] lets it through to the server, unrecorded`)
  if (!matchOn.includes('bytes')) advice.push('WIRETAPE_MODE=new_episodes records it, and keeps the rest')
  advice.push('WIRETAPE_MODE=all records the conversation anew')
  return advice
}

/** Reasons that are not about what the request is. */
const OF_RUNS: ReadonlySet<string> = new Set(['played', 'order', 'barrier', 'left', 'incomplete'])

/** The list with all that need not agree left out. */
function broadList({ asked, recorded, matchOn }: AdviceContext, differing: ReadonlySet<string>): readonly string[] {
  return matchOn.flatMap((name) => {
    if (!differing.has(name)) return [show(name)]
    if (name !== 'url' || asked === undefined || recorded === undefined) return []
    const [ours, theirs] = [urlParts(asked.url), urlParts(recorded.url)]
    return URL_PARTS.filter((part) => ours[part] === theirs[part]).map(quote)
  })
}

/** The list with rules that leave out only what differs; `undefined` where something differs of which no rule can say so. */
function narrowList(context: AdviceContext, differing: ReadonlySet<string>): readonly string[] | undefined {
  const { asked, recorded, matchOn } = context
  const names = matchOn.filter((name) => differing.has(name))
  if (asked === undefined || recorded === undefined || names.length === 0) return undefined
  const rules = new Map<string, string | undefined>()
  if (names.includes('body')) rules.set('body', bodyRule(asked, recorded, context.nearest))
  if (names.includes('query')) rules.set('query', queryRule(asked, recorded))
  if (names.includes('url')) {
    const query = queryRule(asked, recorded)
    rules.set('url', query && `'url', ${query}`)
  }
  if (names.some((name) => rules.get(name) === undefined)) return undefined
  return matchOn.map((name) => rules.get(name) ?? show(name))
}

/** The places in JSON where the bodies differ; where elements came or went, the list that they are in. */
function bodyRule(asked: WireRequest, recorded: WireRequest, nearest: NearMiss | undefined): string | undefined {
  const paths = nearest?.json.map(({ path }) => path) ?? []
  if (paths.length === 0 || paths.length > MOST_PATHS) return undefined
  const lists = [...new Set(paths.map((path) => path.replace(/\[\d+\][^[]*$/, '')))]
  const ignore = [paths, lists].find((some) => areEqualWithout(some, asked.body, recorded.body))
  return ignore && `{ body: { ignore: [${ignore.map(quote).join(', ')}] } }`
}

/** More than these are another body, and not the same with something that varies. */
const MOST_PATHS = 4

function areEqualWithout(paths: readonly string[], asked: Uint8Array, recorded: Uint8Array): boolean {
  if (paths.includes('$')) return false
  const ignored = paths.map(parseJsonPath)
  return canonicalJson(asked, ignored) === canonicalJson(recorded, ignored)
}

/** Where all but the query of the URLs is equal. */
function queryRule(asked: WireRequest, recorded: WireRequest): string | undefined {
  const [ours, theirs] = [urlParts(asked.url), urlParts(recorded.url)]
  if (URL_PARTS.some((part) => part !== 'query' && ours[part] !== theirs[part])) return undefined
  const [mine, old] = [valuesByName(ours.query), valuesByName(theirs.query)]
  const ignore = [...new Set([...old.keys(), ...mine.keys()])].filter((name) => mine.get(name) !== old.get(name))
  if (ignore.length === 0) return '{ query: { anyOrder: true } }'
  // With nothing left to compare, it would be a broad rule.
  const isNarrow = ignore.length < Math.max(mine.size, old.size)
  return isNarrow ? `{ query: { ignore: [${ignore.map(quote).join(', ')}] } }` : undefined
}

/** The values of each parameter, in their order. */
function valuesByName(query: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(query)) values.set(name, `${values.get(name) ?? ''}\n${value}`)
  return values
}

const show = (name: string): string => (name === 'function' ? name : quote(name))

const quote = (text: string): string => `'${text.replaceAll(/[\\']/g, (char) => `\\${char}`)}'`
