/** A value in a YAML file, with its place. */
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

/** Whether a map cannot be an event: an event has a time and a connection, and a checksum has a key of its own. */
export function isNoEvent(node: YamlNode): boolean {
  if (node.type !== 'map') return true
  const { entries } = node
  return !entries.has('saved') && (!entries.has('at') || entries.size < 3)
}

/** How many keys a document may have; a cassette has four. */
export const MOST_ROOT_KEYS = 16

/** How deeply collections may nest; `yaml` 2.9.1 itself kills the process at some thousands. */
export const MAX_DEPTH = 16
