import { type Agreement, compareAgreements, isBest, WHOLE } from '../../src/matching/agreement.ts'
import { expect, test } from '../helpers/test.ts'

const agreement = (distance: number, others: number, news: number): Agreement => ({ ...WHOLE, distance, others, news })

test('header fields that differ are worse than values of something else, and those than new ones', () => {
  const fromBest = [
    agreement(0, 0, 0),
    agreement(0, 0, 1),
    agreement(0, 0, 5),
    agreement(0, 1, 0),
    agreement(0, 2, 0),
    agreement(0, 2, 1),
    agreement(1, 0, 0),
    agreement(1, 0, 9),
    agreement(1, 1, 0),
    agreement(2, 0, 0),
  ]
  for (const [place, one] of fromBest.entries())
    for (const [other, two] of fromBest.entries())
      expect(Math.sign(compareAgreements(one, two))).toBe(Math.sign(place - other))
})

test('nothing can agree better where no field differs and no value is of something else', () => {
  expect(
    [agreement(0, 0, 0), agreement(0, 0, 3), agreement(0, 1, 0), agreement(1, 0, 0), agreement(1, 1, 0)].map(isBest),
  ).toEqual([true, true, false, false, false])
})
