import { CASSETTE_VERSION } from '../tape/cassette.ts'
import type { YamlMap } from './yaml-node.ts'

/** Makes of a cassette of one version one of the next; places stay what they were in the file. */
export type Upgrade = (cassette: YamlMap) => YamlMap

/**
 * By the version that is upgraded. None yet: 1 is the first.
 *
 * A new version adds the function for the one before it, and a folder of fixtures that is never edited again.
 */
const UPGRADES: Readonly<Record<number, Upgrade | undefined>> = {}

/** A cassette of an older version as one of this; `undefined` where nobody knows how. */
export function upgraded(
  cassette: YamlMap,
  version: number,
  upgrades: Readonly<Record<number, Upgrade | undefined>> = UPGRADES,
  newest: number = CASSETTE_VERSION,
): YamlMap | undefined {
  let current = cassette
  for (let from = version; from !== newest; from++) {
    const upgrade = upgrades[from]
    if (upgrade === undefined) return undefined
    current = upgrade(current)
  }
  return current
}
