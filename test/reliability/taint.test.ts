import { expect, test } from '@playwright/test'
import { SLOW_TAINT_TRIALS, TAINT_TRIALS, tallyTaint } from './taint.ts'

test.describe('where a server says one answer too many', () => {
  test('no wrong answer is without its mark', async () => {
    const tally = await tallyTaint(TAINT_TRIALS, 30)
    expect(tally.right).toBeGreaterThan(0)
    expect(tally.WRONG).toBe(undefined)
    expect(tally.none).toBe(undefined)
  })

  test('no wrong answer is without its mark, though the client pauses for less than the server takes', async () => {
    const tally = await tallyTaint(SLOW_TAINT_TRIALS, 5)
    expect(tally['wrong, but suspect']).toBeGreaterThan(0)
    expect(tally.WRONG).toBe(undefined)
    expect(tally.none).toBe(undefined)
  })
})
