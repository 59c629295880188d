import { expect, test } from '../helpers/test.ts'
import { MiB } from '../helpers/memory.ts'
import { countOf } from '../helpers/share.ts'
import { runTypeScript } from '../helpers/ts-process.ts'
import type { SlowReaderReport } from './slow-reader-process.ts'

test('a large body waits for a slow reader on the wire, not in memory', async () => {
  const size = countOf(32, 128) * MiB
  const { stdout, stderr } = await runTypeScript(new URL('slow-reader-process.ts', import.meta.url), String(size))
  expect(stderr).toBe('')
  const { bytes, isSame, rssGrowth, heldGrowth, ahead }: SlowReaderReport = JSON.parse(stdout)
  expect({ bytes, isSame }).toEqual({ bytes: size, isSame: true })
  expect(rssGrowth).toBeLessThan(64 * MiB)
  // A megabyte, and what a socket reads at once on either side.
  expect(heldGrowth).toBeLessThan(2 * MiB)
  // What the system holds for both ends comes on top.
  expect(ahead).toBeLessThan(16 * MiB)
})
