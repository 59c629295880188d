import { fileURLToPath } from 'node:url'
import { expect, test } from '../helpers/test.ts'
import { every } from '../helpers/share.ts'
import { runTypeScript } from '../helpers/ts-process.ts'
import { HUGE, isJson } from './huge-texts.ts'

const CHILD = new URL('hostile-child.ts', import.meta.url)
const GOLDEN = fileURLToPath(new URL('../../fixtures/cassettes/readable.yaml', import.meta.url))

test.describe('a text that is made to be expensive', () => {
  for (const [name, { code }] of every(20, Object.entries(HUGE))) {
    test(`of ${name} ends with ${code} in little time and memory`, async () => {
      const { stdout, stderr } = await runTypeScript(CHILD, name, GOLDEN)
      expect(stderr).toBe('')
      const told: { code: string; ms: number; mebibytes: number } = JSON.parse(stdout)
      expect(told.code).toBe(code)
      // Bars for a machine that is busy: it was 25 s and 1 GiB for a megabyte of JSON, and the end of the process for a tape.
      expect(told.ms).toBeLessThan(isJson(name) ? 1000 : 5000)
      expect(told.mebibytes).toBeLessThan(isJson(name) ? 250 : 500)
    })
  }
})
