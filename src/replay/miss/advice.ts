import { URL_PARTS, urlParts } from '../matching/request-parts.ts'
import type { NearMiss, AskedRequest } from './miss-report.ts'

export function adviceFor(asked: AskedRequest, nearest: NearMiss | undefined, matchOn: readonly string[]): string[] {
  const differing = new Set<string>(nearest?.reasons.map(({ what }) => what))
  const advice: string[] = []
  if (differing.has('played')) advice.push('allowPlaybackRepeats: true plays an interaction more than once')
  if (matchOn.includes('bytes') && differing.has('bytes') && nearest?.method !== undefined)
    advice.push("matchOn: ['method', 'url', 'body'] accepts other headers, or the same in another case or order")
  const kept = matchOn.flatMap((name) => {
    if (!differing.has(name)) return [name]
    return name === 'url' ? equalUrlParts(asked.url, nearest?.url) : []
  })
  if (kept.length > 0 && matchOn.some((name) => differing.has(name) && name !== 'bytes')) {
    const list = kept.map((name) => (name === 'function' ? name : `'${name}'`)).join(', ')
    advice.push(`matchOn: [${list}] accepts it; a function in the list can say what else must agree`)
  }
  advice.push('WIRETAPE_MODE=all records the conversation anew')
  return advice
}

function equalUrlParts(asked: string | undefined, recorded: string | undefined): string[] {
  if (asked === undefined || recorded === undefined) return []
  const [ours, theirs] = [urlParts(asked), urlParts(recorded)]
  return URL_PARTS.filter((part) => ours[part] === theirs[part])
}
