import { expect, test } from '../helpers/test.ts'
import { MiB } from '../helpers/memory.ts'
import { runTypeScript } from '../helpers/ts-process.ts'
import type { FailureReport } from './failures-process.ts'
import { countOf } from '../helpers/share.ts'

test.describe('requests that fail in more than thirty ways', () => {
  test('leave no socket, timer, listener or memory, and nothing on stderr; the process ends by itself', async () => {
    const requests = countOf(150, 1000)
    const { code, stdout, stderr, lingered } = await runTypeScript(
      new URL('failures-process.ts', import.meta.url),
      `${requests}`,
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const report: FailureReport = JSON.parse(stdout)
    expect(report).toMatchObject({ wrong: [], handles: [], listeners: 0, warnings: [] })
    expect(report.requests).toBeGreaterThanOrEqual(requests)
    expect(report.kinds).toBeGreaterThan(30)
    expect(report.heapGrowth).toBeLessThan(MiB)
    expect(lingered).toBeLessThan(500)
  })
})
