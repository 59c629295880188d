import { expect, test } from '../helpers/test.ts'
import { MiB } from '../helpers/memory.ts'
import { countOf, isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { runTypeScriptWithRoom } from '../helpers/ts-process.ts'
import { TRIED_FLOODS, SEGMENT } from './floods.ts'
import type { FloodsReport } from './floods-process.ts'

test('a flood of 10 MB is stopped at its limit, in little memory; without a limit it takes linear time', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  const { stdout, stderr } = await runTypeScriptWithRoom(
    new URL('floods-process.ts', import.meta.url),
    String(countOf(50_000, 500_000)),
  )
  expect(stderr).toBe('')
  const { floods, timeOfChunks }: FloodsReport = JSON.parse(stdout)
  expect(floods.map(({ name, end }) => [name, end])).toEqual(
    TRIED_FLOODS.map(({ name, code = 'complete' }) => [name, code]),
  )
  for (const [index, { name, read, growth, ratio }] of floods.entries()) {
    expect(read, name).toBeLessThanOrEqual((TRIED_FLOODS[index]?.limit ?? 0) + SEGMENT)
    expect(growth, name).toBeLessThan(4 * MiB)
    expect(ratio, name).toBeLessThan(2.3)
  }
  // R104
  expect(timeOfChunks).toBeLessThan(250)
})
