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
  ofSameLength,
  shiftEdits,
  trimEdit,
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

  test('make a string of a string', () => {
    expect(editedText('abcdef', [{ start: 1, end: 3, with: 'X' }])).toBe('aXdef')
    expect(editedText('abcdef', [])).toBe('abcdef')
  })

  test('move an offset inside of them to the same share of the replacement', () => {
    const edits = [
      { start: 2, end: 6, with: '12345678' },
      { start: 10, end: 14, with: '12' },
    ]
    expect(mapOffsets(edits, [0, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 20])).toEqual([
      0, 2, 4, 6, 8, 10, 11, 14, 15, 15, 16, 16, 22,
    ])
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

test('an edit is cut down to what it changes, but for characters outside ASCII', () => {
  for (const [text, replacement, trimmed] of [
    ['abcd', 'abXd', { start: 12, end: 13, with: 'X' }],
    ['abcd', 'abd', { start: 12, end: 13, with: '' }],
    ['abd', 'abcd', { start: 12, end: 12, with: 'c' }],
    ['aaa', 'aa', { start: 12, end: 13, with: '' }],
    ['aa', 'aaa', { start: 12, end: 12, with: 'a' }],
    ['abcd', 'abcd', { start: 14, end: 14, with: '' }],
    ['abcd', '', { start: 10, end: 14, with: '' }],
    ['abcd', 'XbcY', { start: 10, end: 14, with: 'XbcY' }],
    ['\xe9b\xe9', '\xe9c\xe9', { start: 10, end: 13, with: '\xe9c\xe9' }],
    ['\x7fb\x7f', '\x7fc\x7f', { start: 11, end: 12, with: 'c' }],
    ['\x80b\x80', '\x80c\x80', { start: 10, end: 13, with: '\x80c\x80' }],
  ] as const)
    expect([
      text,
      trimEdit({ start: 10, end: 10 + text.length, with: replacement }, `${'-'.repeat(10)}${text}--`),
    ]).toEqual([text, trimmed])
})

test('an edit of the same length is filled up, or is asterisks alone', () => {
  for (const [length, by] of [
    [5, 'X****'],
    [1, 'X'],
    [0, ''],
  ] as const)
    expect(ofSameLength({ start: 3, end: 3 + length, with: 'X' })).toEqual({ start: 3, end: 3 + length, with: by })
  expect(ofSameLength({ start: 3, end: 5, with: 'XYZ' })).toEqual({ start: 3, end: 5, with: '**' })
})

test('countUpTo counts as a walk does', () => {
  law(fc.tuple(fc.array(fc.nat(20)), fc.nat(22)), ([numbers, limit]) => {
    const ascending = numbers.toSorted((a, b) => a - b)
    expectEqual(countUpTo(ascending, limit), ascending.filter((each) => each <= limit).length, [ascending, limit])
  })
})
