import { jsonDocument } from '../content/json-content.ts'
import { jsonDifferences as allDifferences } from '../content/json-differences.ts'
import { isSecretPath, MASK, maskSecrets } from '../redaction/masks.ts'

/** A place where two JSON documents differ. */
export interface JsonDifference {
  /** Such as `$.users[0].name`; where elements were added or removed, as counted in the document that has them. */
  readonly path: string
  /** JSON text, shortened and masked; `undefined` where there is no such place. */
  readonly recorded: string | undefined
  readonly asked: string | undefined
}

/** The first ten places in which two JSON texts differ; none where they are too deep to be compared. */
export function jsonDifferences(recorded: string, asked: string): readonly JsonDifference[] {
  const [ours, theirs] = [jsonDocument(recorded), jsonDocument(asked)]
  if (ours === undefined || theirs === undefined) return []
  return allDifferences(ours, theirs)
    .slice(0, MOST_DIFFERENCES)
    .map(({ path, before, after }) => ({ path, recorded: show(path, before), asked: show(path, after) }))
}

const MOST_DIFFERENCES = 10
const LONGEST_VALUE = 80

function show(path: string, json: string | undefined): string | undefined {
  if (json === undefined) return undefined
  if (isSecretPath(path)) return MASK
  const text = maskSecrets(json)
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text
}
