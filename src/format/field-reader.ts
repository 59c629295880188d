import type { ErrorCode } from '../errors.ts'
import type { YamlMap, YamlNode } from './yaml-node.ts'
import type { YamlSource } from './yaml-reader.ts'
import { quote } from './quote.ts'

/**
 * Reads the values under the keys of maps, and checks their types.
 *
 * Each method throws a CassetteError with line and column for a wrong type: `CASSETTE_INVALID` unless another code is given.
 */
export class FieldReader {
  readonly source: YamlSource

  constructor(source: YamlSource) {
    this.source = source
  }

  oneOfAt<Word extends string>(map: YamlMap, key: string, words: Readonly<Record<Word, true>>): Word {
    return this.oneOf(this.need(map, key), key, words)
  }

  oneOf<Word extends string>(node: YamlNode, key: string, words: Readonly<Record<Word, true>>): Word {
    const text = this.text(node, key)
    if (isKeyOf(words, text)) return text
    return this.refuse(node, `\`${key}\` must be one of ${Object.keys(words).join(', ')}`)
  }

  numberAt(map: YamlMap, key: string): number {
    return this.number(this.need(map, key), key)
  }

  number(node: YamlNode, key: string): number {
    if (node.type === 'scalar' && typeof node.value === 'number') return node.value
    return this.refuse(node, `\`${key}\` must be a number`)
  }

  truthAt(map: YamlMap, key: string): boolean {
    const node = this.need(map, key)
    if (node.type === 'scalar' && typeof node.value === 'boolean') return node.value
    return this.refuse(node, `\`${key}\` must be true or false`)
  }

  textAt(map: YamlMap, key: string): string {
    return this.text(this.need(map, key), key)
  }

  text(node: YamlNode, key: string): string {
    if (node.type === 'scalar' && typeof node.value === 'string') return node.value
    return this.refuse(node, `\`${key}\` must be text; put it in quotes if it looks like another type`)
  }

  mapAt(map: YamlMap, key: string): YamlMap {
    return this.asMap(this.need(map, key), `\`${key}\``)
  }

  asMap(node: YamlNode, what: string): YamlMap {
    return node.type === 'map' ? node : this.refuse(node, `${what} must be a map`)
  }

  listAt(map: YamlMap, key: string): readonly YamlNode[] {
    const node = this.need(map, key)
    return node.type === 'list' ? node.items : this.refuse(node, `\`${key}\` must be a list`)
  }

  need(map: YamlMap, key: string): YamlNode {
    return map.entries.get(key)?.value ?? this.refuse(map, `the key \`${key}\` is missing`)
  }

  checkKeys(map: YamlMap, known: readonly string[]): void {
    for (const [key, { keyOffset }] of map.entries) {
      if (!known.includes(key))
        this.refuse({ offset: keyOffset }, `unknown key ${quote(key)}; allowed here: ${known.join(', ')}`)
    }
  }

  refuse(place: { readonly offset: number }, detail: string, code: ErrorCode = 'CASSETTE_INVALID'): never {
    throw this.source.error(code, place.offset, detail)
  }
}

export const isKeyOf = <Key extends string>(table: Readonly<Record<Key, true>>, key: string): key is Key =>
  Object.hasOwn(table, key)
