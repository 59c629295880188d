/** A value in a YAML file that knows where it stands. */
export type YamlNode = YamlMap | YamlList | YamlScalar

interface Placed {
  /** Where the value begins in the text. */
  readonly offset: number
}

export interface YamlMap extends Placed {
  readonly type: 'map'
  readonly entries: ReadonlyMap<string, YamlEntry>
}

export interface YamlEntry {
  /** Where the key begins in the text. */
  readonly keyOffset: number
  readonly value: YamlNode
}

export interface YamlList extends Placed {
  readonly type: 'list'
  readonly items: readonly YamlNode[]
}

export interface YamlScalar extends Placed {
  readonly type: 'scalar'
  readonly value: string | number | boolean | null
}

/** What no event is: one says when it happened to which connection, and a checksum has a key of its own. */
export function isNoEvent(node: YamlNode): boolean {
  if (node.type !== 'map') return true
  const { entries } = node
  return !entries.has('saved') && (!entries.has('at') || entries.size < 3)
}

/** Keys that a document may have before it is clear that it is no cassette, which has four. */
export const MOST_ROOT_KEYS = 16

/** Collections that may stand in each other; `yaml` 2.9.1 itself kills the process at some thousands. */
export const MAX_DEPTH = 16
