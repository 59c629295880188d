import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from '@playwright/test'

const ROOT = resolve(import.meta.dirname, '..')
const run = promisify(execFile)

test('the example of the README records, and replays with the server gone', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'wiretape-'))
  const env = { ...process.env, CI: '', WIRETAPE_MODE: '' }
  const loader = fileURLToPath(import.meta.resolve('tsx'))
  const { stdout } = await run(process.execPath, ['--import', loader, join(ROOT, 'examples/record-and-replay.ts')], {
    cwd,
    env,
  })
  expect(stdout).toBe('live: 200 hello from /users\nreplay: 200 hello from /users\n')
  expect(await readFile(join(cwd, 'cassettes/hello.yaml'), 'utf8')).toContain('GET /users HTTP/1.1')
  await rm(cwd, { recursive: true })
})

test('the README shows the examples as they are', async () => {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
  const blocks = [...readme.matchAll(/<!-- example: (.*?) -->\n```ts\n(.*?)```/gs)]
  expect(blocks.length).toBeGreaterThan(0)
  for (const [, file = '', code] of blocks) expect(code).toBe(await readFile(join(ROOT, file), 'utf8'))
})

test('the version in the code is the version of the package', async () => {
  const { VERSION } = await import('../src/version.ts')
  expect(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))).toMatchObject({ version: VERSION })
})
