import { readYaml, YamlSource } from '../format/yaml-reader.ts'

/** Both count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/**
 * Finds the places of the events of a cassette in its text, in the order of the file.
 *
 * This parses the whole text with `yaml`, so it is called only if there is something to report.
 */
export function placesOfEvents(text: string): readonly Place[] {
  const source = new YamlSource(text, undefined)
  const root = readYaml(source)
  const tape = root.type === 'map' ? root.entries.get('tape')?.value : undefined
  if (tape?.type !== 'list') return []
  const offsets = tape.items.flatMap((item) => (item.type === 'map' && !item.entries.has('saved') ? [item.offset] : []))
  return placesOf(source.text, offsets)
}

/** In one pass: there may be many. */
function placesOf(text: string, rising: readonly number[]): readonly Place[] {
  let line = 1
  let lineStart = 0
  return rising.map((offset) => {
    for (let end = text.indexOf('\n', lineStart); end !== -1 && end < offset; end = text.indexOf('\n', lineStart)) {
      line += 1
      lineStart = end + 1
    }
    return { line, column: offset - lineStart + 1 }
  })
}
