import { expect, test } from '../helpers/test.ts'
import { planOf } from '../../src/torture/plan.ts'

test('faults are put first at the borders of segments, and at the bytes beside them', () => {
  const segments = ['x'.repeat(100), 'x'.repeat(50), 'x'.repeat(70)].map((text) => Buffer.from(text))
  const borders = [0, 1, 99, 100, 101, 149, 150, 151, 219]
  for (const seed of [1, 2, 3]) {
    const options = { kinds: new Set(['corrupt'] as const), segmentations: [], maxRuns: borders.length, seed }
    const { cases } = planOf([{ index: 1, segments }], options)
    const places = cases.flatMap(({ faults = [] }) => faults.flatMap((fault) => ('at' in fault ? [fault.at ?? 0] : [])))
    expect(places.toSorted((one, other) => one - other)).toEqual(borders)
  }
})
