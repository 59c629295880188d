import { isSecretName, MASK, maskSecrets } from './masks.ts'

/** A place where two JSON documents differ. */
export interface JsonDifference {
  /** Such as `$.users[0].name`. */
  readonly path: string
  /** JSON text, shortened and masked; `undefined` where there is no such place. */
  readonly recorded: string | undefined
  readonly asked: string | undefined
}

/** The first ten places in which two JSON values differ. */
export function jsonDifferences(recorded: unknown, asked: unknown): readonly JsonDifference[] {
  const differences: JsonDifference[] = []
  compareJson({ value: recorded }, { value: asked }, '$', false, differences)
  return differences
}

/** A value, or nothing: `undefined` is no JSON value, so it cannot stand for "absent" by accident. */
type Place = { readonly value: unknown } | undefined

const MOST_DIFFERENCES = 10
/** Deeper than this, values are compared as text. */
const DEEPEST = 50

function compareJson(recorded: Place, asked: Place, path: string, isSecret: boolean, found: JsonDifference[]): void {
  if (found.length === MOST_DIFFERENCES) return
  const [theirs, ours] = [recorded && children(recorded.value), asked && children(asked.value)]
  const isBranch = theirs !== undefined && ours !== undefined && theirs.isList === ours.isList
  if (!isBranch || path.split(/[.[]/).length > DEEPEST) {
    if (JSON.stringify(recorded?.value) !== JSON.stringify(asked?.value))
      found.push({ path, recorded: showValue(recorded, isSecret), asked: showValue(asked, isSecret) })
    return
  }
  for (const key of new Set([...theirs.members.keys(), ...ours.members.keys()])) {
    compareJson(theirs.members.get(key), ours.members.get(key), path + key, isSecret || isSecretName(key), found)
  }
}

/** The members of an object or elements of a list, by how a path goes on to them. */
function children(value: unknown): { readonly isList: boolean; readonly members: Map<string, Place> } | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const isList = Array.isArray(value)
  const members = Object.entries(value).map(([key, member]: [string, unknown]): [string, Place] => [
    isList ? `[${key}]` : /^[a-z_$][\w$]*$/i.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`,
    { value: member },
  ])
  return { isList, members: new Map(members) }
}

const LONGEST_VALUE = 80

function showValue(place: Place, isSecret: boolean): string | undefined {
  if (place === undefined) return undefined
  if (isSecret) return MASK
  const text = maskSecrets(JSON.stringify(place.value))
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text
}
