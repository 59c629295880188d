import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { type Hit, Needles } from '../../src/redaction/needles.ts'
import { expectEqual as expectSame } from '../helpers/expect-equal.ts'
import { countOf } from '../helpers/share.ts'

const expectEqual = (found: unknown, expected: unknown, what: unknown): void =>
  expectSame(found, expected, JSON.stringify(what))

/** At each place the longest of the needles that stand there; of equal ones the first. */
function searchNaively(needles: readonly (readonly [string, number])[], text: string): Hit<number>[] {
  return Array.from(text, (_, start) => start).flatMap((start) => {
    const [longest] = needles
      .filter(([needle]) => needle.length >= 8 && text.startsWith(needle, start))
      .toSorted(([one], [other]) => other.length - one.length)
    return longest === undefined ? [] : [{ start, end: start + longest[0].length, meaning: longest[1] }]
  })
}

// Two letters and few shapes, so that needles begin alike, lie in each other and recur.
const word = (maxLength: number): fc.Arbitrary<string> => fc.string({ unit: fc.constantFrom('a', 'b'), maxLength })
const needle = fc.oneof(
  word(14),
  word(6).map((end) => `aaaaaaaa${end}`),
  word(6).map((end) => `abababab${end}`),
)

test.describe('Needles', () => {
  test('find what a naive search finds', () => {
    const property = fc.property(
      fc.array(needle, { maxLength: 14 }),
      fc.array(fc.oneof(needle, word(5)), { maxLength: 12 }),
      (list, parts) => {
        const named = list.map((each, index) => [each, index] as const)
        const text = parts.join('')
        expectEqual(new Needles(named).search(text), searchNaively(named, text), [list, text])
      },
    )
    fc.assert(property, { seed: 22, numRuns: countOf(600, 3000) })
  })

  test('find one among thousands, at the beginning and at the end of a text', () => {
    const named = Array.from({ length: 5000 }, (_, index) => [`secret-${index}-value`, index] as const)
    const needles = new Needles(named)
    for (const index of [0, 77, 4999]) {
      const text = `secret-${index}-value and secret-${index}-value`
      expect(needles.search(text).map(({ start, meaning }) => [start, meaning])).toEqual([
        [0, index],
        [text.length / 2 + 2.5, index],
      ])
    }
    expect(needles.search('nothing in here')).toEqual([])
    expect(new Needles([]).search('secret-1-value')).toEqual([])
  })
})
