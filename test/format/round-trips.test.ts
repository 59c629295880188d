import { expect, test } from '../helpers/test.ts'
import { randomConversations, sendThrough } from '../../scripts/round-trips/round-trips.ts'
import { TRANSFORMERS } from '../../scripts/round-trips/transformers.ts'
import { countOf } from '../helpers/share.ts'

// A share of `npm run round-trips`.

/** What other writers lose, or write in a form that is refused; all else gives the same bytes, always. */
const LOSSY: ReadonlySet<string> = new Set([
  'tabs for indentation',
  'parsed and written by yaml',
  'parsed, and written as JSON',
  'parsed and written by PyYAML',
])

for (const name of Object.keys(TRANSFORMERS)) {
  const promise = LOSSY.has(name) ? 'gives the same bytes, or is refused with line and column' : 'gives the same bytes'
  test(`a cassette after ${name}: ${promise}`, async () => {
    const cassettes = randomConversations(4711, countOf(12, 40))
    const { same, wrongs, told, skipped } = await sendThrough(name, cassettes)
    test.skip(skipped !== undefined, skipped)
    expect(wrongs).toEqual([])
    if (name === 'tabs for indentation') expect(same).toBe(0)
    else if (LOSSY.has(name)) expect(same, JSON.stringify(told)).toBeGreaterThan(cassettes.length / 2)
    else expect(same, JSON.stringify(told)).toBe(cassettes.length)
  })
}
