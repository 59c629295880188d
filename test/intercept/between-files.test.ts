import { expect, test } from '../helpers/test.ts'
import { runTypeScript } from '../helpers/ts-process.ts'

test('a connection that was made before a file began is ended, so that the next one is of the file', async () => {
  const { stdout, stderr, code } = await runTypeScript(new URL('between-files-process.ts', import.meta.url))
  expect(code, stderr).toBe(0)
  expect(stdout).toBe('after: true, before: false\n')
})
