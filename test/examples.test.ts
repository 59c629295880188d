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
  await using example = await runExample('record-and-replay.ts')
  expect(example.stdout).toBe('live: 200 hello from /users\nreplay: 200 hello from /users\n')
  expect(await readFile(join(example.cwd, 'cassettes/hello.yaml'), 'utf8')).toContain('GET /users HTTP/1.1')
})

test('the example of a protocol that is not HTTP replays with the server gone', async () => {
  await using example = await runExample('raw-tcp.ts')
  expect(example.stdout).toBe('the same, to the nanosecond\n220 mail.example ready | 250 ada, at ... | 221 bye\n')
  expect(await readFile(join(example.cwd, 'cassettes/mail.yaml'), 'utf8')).toContain('to: tcp://127.0.0.1:')
})

/** Runs an example in a folder of its own, which is gone at the end of the scope. */
async function runExample(name: string): Promise<AsyncDisposable & { readonly cwd: string; readonly stdout: string }> {
  const cwd = await mkdtemp(join(tmpdir(), 'wiretape-'))
  const env = { ...process.env, CI: '', WIRETAPE_MODE: '' }
  const loader = fileURLToPath(import.meta.resolve('tsx'))
  const { stdout } = await run(process.execPath, ['--import', loader, join(ROOT, 'examples', name)], { cwd, env })
  return { cwd, stdout, [Symbol.asyncDispose]: () => rm(cwd, { recursive: true }) }
}

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
