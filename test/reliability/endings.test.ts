import { expect, test } from '../helpers/test.ts'
import { every } from '../helpers/share.ts'
import { inParallel } from '../helpers/in-parallel.ts'
import { EVERY_ENDING, serveEndings, tryEnding } from './endings.ts'

test.describe('an answer that is broken off after any of its bytes', () => {
  test('is complete, truncated or lost, and returns the body that came before', async () => {
    await using server = await serveEndings()
    const wrong = await inParallel(16, every(19, EVERY_ENDING), (broken) => tryEnding(server.port, broken))
    expect(wrong).toEqual([])
    expect(EVERY_ENDING.length).toBeGreaterThan(6_000)
  })
})
