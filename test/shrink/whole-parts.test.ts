import { test } from '../helpers/test.ts'
import { expectKeptLines, shown } from '../helpers/outcomes.ts'
import { richCassettes } from '../helpers/rich-cassettes.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { PHASES, RAW_PHASE } from '../../src/shrink/phases.ts'
import { digestOf, sizeOf } from '../../src/shrink/size.ts'
import { readExchanges } from '../../src/messages/exchanges.ts'

const KEPT: ReadonlySet<string> = new Set([
  'shop',
  'chunks and interim answers',
  'pipelined by hand',
  'faults',
  'compressed',
])

test('what may be left out in each phase, and what is left then', () => {
  const lines: string[] = []
  for (const [name, cassette] of [...richCassettes()].filter(([each]) => KEPT.has(each)))
    for (const { name: phase, isTelling, partsOf } of [...PHASES, RAW_PHASE]) {
      const parts = partsOf(cassette)
      if (parts.parts.length === 0) continue
      lines.push(`== ${name}, ${phase}, telling ${isTelling}: ${parts.parts.length} parts`)
      for (const [index, { what, place }] of parts.parts.entries()) {
        if (index > 14) break
        const left = parts.without(new Set([index]))
        const { exchanges } = readExchanges(left)
        lines.push(
          `${what} ${shown(place)}: ${shown(sizeOf(left))}, ${digestOf(left) === digestOf(cassette) ? 'same' : 'other'}, ${exchanges.map(({ response, isWhole }) => `${response?.status}${isWhole ? '' : '!'} ${response?.body.length}`).join(' ')}`,
        )
      }
      const all = parts.without(new Set(parts.parts.keys()))
      lines.push(`all: ${shown(sizeOf(all))} ${encodeCassette(all).length}`)
    }
  expectKeptLines(new URL('whole-parts.txt', import.meta.url), lines)
})
