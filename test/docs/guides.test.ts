import { resolve } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { filesIn } from '../helpers/files-in.ts'
import { every, isWhole } from '../helpers/share.ts'
import { startShop } from './api.ts'
import { followPage } from './follow.ts'

// Each starts programs, one after another.
test.describe.configure({ mode: 'parallel', timeout: 180_000 })

const GUIDES = await filesIn(resolve(import.meta.dirname, '../../docs/guides'), '.md')

/** It runs a program some thirty times. */
const LONG = 'reproduce-a-bug.md'

for (const guide of isWhole ? GUIDES : every(20, GUIDES).filter((name) => name !== LONG)) {
  test(`the guide ${guide} does what it says, block by block`, async () => {
    await using api = await startShop()
    const env = { API_URL: api.url }
    await using followed = await followPage(`docs/guides/${guide}`, { env, stop: () => api.stop() })
    expect(followed.blocks).toBeGreaterThan(2)
  })
}
