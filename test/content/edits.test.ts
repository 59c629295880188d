import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import {
  applyEdits,
  countUpTo,
  type Edit,
  editedText,
  growth,
  type LongText,
  mapOffsets,
  mergeEdits,
  shiftEdits,
} from '../../src/content/edits.ts'
import { expectEqual as expectSame } from '../helpers/expect-equal.ts'
import { countOf } from '../helpers/share.ts'

const expectEqual = (found: unknown, expected: unknown, what: unknown): void =>
  expectSame(found, expected, JSON.stringify(what))

const TEXT = 'abcdefghijklmnopqrst'

const edit: fc.Arbitrary<Edit> = fc
  .tuple(fc.nat(TEXT.length), fc.nat(TEXT.length), fc.constantFrom('', 'X', 'YY', 'ZZZZZZZZZ'))
  .map(([one, other, replacement]) => ({
    start: Math.min(one, other),
    end: Math.max(one, other),
    with: replacement,
  }))
const merged = fc.array(edit, { maxLength: 6 }).map(mergeEdits)
const law = <T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => void): void =>
  fc.assert(fc.property(arbitrary, holds), { seed: 21, numRuns: countOf(500, 2000) })

/** From the last edit to the first, each by itself: no offset moves under another edit. */
const applyNaively = (text: string, edits: readonly Edit[]): string =>
  edits.reduceRight((result, { start, end, with: by }) => result.slice(0, start) + by + result.slice(end), text)

test.describe('edits', () => {
  test('are applied as if each was applied by itself, the last one first', () => {
    law(merged, (edits) => expectEqual(applyEdits(TEXT, edits), applyNaively(TEXT, edits), edits))
  })

  test('make a text longer by their growth', () => {
    law(merged, (edits) => expectEqual(growth(edits), applyNaively(TEXT, edits).length - TEXT.length, edits))
  })

  test('mean the same in a text that begins later', () => {
    law(fc.tuple(merged, fc.nat(5)), ([edits, by]) => {
      const before = '-'.repeat(by)
      expectEqual(applyEdits(before + TEXT, shiftEdits(edits, by)), before + applyNaively(TEXT, edits), edits)
    })
  })

  test('give the same text whole and in any part', () => {
    const long: LongText = { length: TEXT.length, slice: (start, end) => TEXT.slice(start, end) }
    law(fc.tuple(merged, fc.nat(60), fc.nat(60)), ([edits, one, other]) => {
      const whole = applyNaively(TEXT, edits)
      const changed = editedText(long, edits)
      expectEqual(changed.length, whole.length, edits)
      const [start, end] = [Math.min(one, other, whole.length), Math.min(Math.max(one, other), whole.length)]
      expectEqual(changed.slice(start, end), whole.slice(start, end), [edits, start, end])
    })
  })

  test('move an offset outside of them by what is before it, and keep one inside within the replacement', () => {
    law(merged, (edits) => {
      const offsets = Array.from({ length: TEXT.length + 1 }, (_, offset) => offset)
      const moved = mapOffsets(edits, offsets)
      for (const offset of offsets) {
        const before = edits.filter(({ end }) => end <= offset)
        const inside = edits.find(({ start, end }) => start < offset && offset < end)
        const base = (inside?.start ?? offset) + growth(before)
        const [least, most] = inside === undefined ? [base, base] : [base, base + inside.with.length]
        const place = moved[offset] ?? -1
        expectEqual(place >= least && place <= most, true, [edits, offset, place])
      }
      expectEqual(
        moved,
        moved.toSorted((a, b) => a - b),
        edits,
      )
    })
  })
})

/** Whether each character is in an edit. */
const covered = (list: readonly Edit[]): readonly boolean[] =>
  Array.from(TEXT, (_, at) => list.some(({ start, end }) => start <= at && at < end))

test.describe('mergeEdits', () => {
  test('covers what the edits cover, in order and without overlaps', () => {
    law(fc.array(edit, { maxLength: 8 }), (edits) => {
      const result = mergeEdits(edits)
      expectEqual(covered(result), covered(edits), edits)
      for (const [k, { start, end }] of result.entries())
        expectEqual(start <= end && start >= (result[k - 1]?.end ?? 0), true, edits)
      expectEqual(mergeEdits(result), result, edits)
    })
  })

  test('replaces overlapping ones by the longest of them', () => {
    const [short, long] = [
      { start: 2, end: 5, with: 'short' },
      { start: 4, end: 9, with: 'long' },
    ]
    for (const edits of [
      [short, long],
      [long, short],
    ])
      expect(mergeEdits(edits)).toEqual([{ start: 2, end: 9, with: 'long' }])
    expect(mergeEdits([short, { start: 5, end: 6, with: 'next' }])).toHaveLength(2)
    // The widest counts as it was, not as it has become.
    expect(mergeEdits([short, long, { start: 8, end: 14, with: 'longest' }])).toEqual([
      { start: 2, end: 14, with: 'longest' },
    ])
  })
})

test('countUpTo counts as a walk does', () => {
  law(fc.tuple(fc.array(fc.nat(20)), fc.nat(22)), ([numbers, limit]) => {
    const ascending = numbers.toSorted((a, b) => a - b)
    expectEqual(countUpTo(ascending, limit), ascending.filter((each) => each <= limit).length, [ascending, limit])
  })
})
