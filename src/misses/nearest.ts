import type { Interaction } from '../interactions/interaction.ts'
import type { WireRequest } from '../interactions/request-reader.ts'
import type { InteractionPool } from '../matching/interaction-pool.ts'
import { urlParts } from '../content/url-form.ts'

const MOST_NEAREST = 3

/** The three with the smallest distance; among equals, in recorded order. */
export function closest<Candidate>(
  candidates: readonly Candidate[],
  distanceOf: (candidate: Candidate) => number,
): Candidate[] {
  return candidates
    .map((candidate) => ({ candidate, distance: distanceOf(candidate) }))
    .toSorted((left, right) => left.distance - right.distance)
    .slice(0, MOST_NEAREST)
    .map(({ candidate }) => candidate)
}

/** Another server is further away than another method, that further than another path, query or body. */
export function distance(
  asked: WireRequest,
  interaction: Interaction,
  pool: Pick<InteractionPool, 'isPlayed'>,
): number {
  const recorded = interaction.request
  const [ours, theirs] = [urlParts(asked.url), urlParts(recorded.url)]
  let sum = pool.isPlayed(interaction) ? 0.5 : 0
  if (ours.host !== theirs.host) sum += 16
  if (ours.port !== theirs.port) sum += 8
  if (ours.scheme !== theirs.scheme) sum += 8
  if (asked.method !== recorded.method) sum += 4
  if (ours.path !== theirs.path) sum += 3 + 4 * (1 - similarity(Buffer.from(ours.path), Buffer.from(theirs.path)))
  if (ours.query !== theirs.query) sum += 1 + (1 - similarity(Buffer.from(ours.query), Buffer.from(theirs.query)))
  const alike = similarity(asked.body, recorded.body)
  return alike === 1 ? sum : sum + 1 + (1 - alike)
}

/** From 0 to 1: the part that is equal at the beginning and at the end. */
export function similarity(left: Uint8Array, right: Uint8Array): number {
  const longest = Math.max(left.length, right.length)
  const shortest = Math.min(left.length, right.length)
  if (longest === 0 || Buffer.compare(left, right) === 0) return 1
  let prefix = 0
  while (prefix < shortest && left[prefix] === right[prefix]) prefix += 1
  let suffix = 0
  while (suffix < shortest - prefix && left.at(-1 - suffix) === right.at(-1 - suffix)) suffix += 1
  return (prefix + suffix) / longest
}
