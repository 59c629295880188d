import { CASSETTE_VERSION } from '../tape/cassette.ts'
import type { YamlMap } from './yaml-node.ts'

/** Turns a cassette of one version into one of the next; places still refer to the file. */
export type Upgrade = (cassette: YamlMap) => YamlMap

/**
 * Upgrades by the old version. None yet: 1 is the first.
 *
 * A new version adds the function for the one before it, and a folder of fixtures that is never edited again.
 */
const UPGRADES: Readonly<Record<number, Upgrade | undefined>> = {}

/** Upgrades a cassette to this version; `undefined` if there is no way. */
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
