import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from './helpers/test.ts'
import { isWhole, ONLY_WHOLE } from './helpers/share.ts'
import { bundled } from '../scripts/bundled.ts'
import { blocksOf, PAGES, ROOT } from './docs/blocks.ts'

const run = promisify(execFile)

test('the README example records, and replays with the server gone', async () => {
  await using example = await runExample('record-and-replay.ts')
  expect(example.stdout).toBe('live: 200 hello from /users\nreplay: 200 hello from /users\n')
  expect(await readFile(join(example.cwd, 'cassettes/hello.yaml'), 'utf8')).toContain('GET /users HTTP/1.1')
})

test('the example of a protocol that is not HTTP replays with the server gone', async () => {
  await using example = await runExample('raw-tcp.ts')
  expect(example.stdout).toBe('the same, to the nanosecond\n220 mail.example ready | 250 ada, at ... | 221 bye\n')
  expect(await readFile(join(example.cwd, 'cassettes/mail.yaml'), 'utf8')).toContain('to: tcp://127.0.0.1:')
})

test('the example of a streaming answer replays it event by event', async () => {
  await using example = await runExample('streaming-answer.ts')
  expect(example.stdout).toBe('live: The tea is ready ☕\nreplay: The tea is ready ☕\n')
  const text = await readFile(join(example.cwd, 'cassettes/tea.yaml'), 'utf8')
  expect(text).toContain('data: {"token":" tea"}')
})

test('the example of a reset replays it after the same byte', async () => {
  await using example = await runExample('reproduce-a-reset.ts')
  expect(example.stdout.split('\n').slice(0, 3)).toEqual([
    'live:   15 bytes, then CONNECTION_LOST',
    'replay: 15 bytes, then CONNECTION_LOST',
    expect.stringMatching(/^cut: {4}\d+ bytes, then /),
  ])
})

test('the msw example returns the same with the server gone', async () => {
  await using example = await runExample('msw-handlers.ts')
  expect(example.stdout).toBe(
    'live: hello from /users\nmsw: hello from /users\nmsw cannot carry: headers\nmsw cannot carry: timing\n',
  )
})

test('the example of generated fixtures makes bodies, types and commands', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  await using example = await runExample('generate-fixtures.ts')
  expect(example.stdout).toContain('0001-get-teas-1.response.json: {"id":1,"tea":"green"}\n')
  expect(example.stdout).toMatch(/export interface GetTeasByIDResponse \{\s+id: +number;\s+tea: +string;\s+\}/)
  expect(example.stdout).toMatch(/^curl --http1\.1 .*\/teas\/1'$/m)
})

/** Runs an example in a folder of its own, which is gone at the end of the scope. */
async function runExample(name: string): Promise<AsyncDisposable & { readonly cwd: string; readonly stdout: string }> {
  const cwd = await mkdtemp(join(tmpdir(), 'wiretape-'))
  const env = { ...process.env, CI: '', WIRETAPE_MODE: '' }
  const script = bundled(new URL(`../examples/${name}`, import.meta.url))
  const { stdout } = await run(process.execPath, [script], { cwd, env })
  return { cwd, stdout, [Symbol.asyncDispose]: () => rm(cwd, { recursive: true }) }
}

test('the pages show the examples unchanged', async () => {
  const shown = PAGES.flatMap(blocksOf).filter(({ note }) => note.startsWith('example: '))
  expect(new Set(shown.map(({ page }) => page)).size).toBeGreaterThan(3)
  for (const { page, note, code } of shown)
    expect({ page, code }).toEqual({ page, code: await readFile(join(ROOT, note.slice('example: '.length)), 'utf8') })
})

test('the version in the code is the version of the package', async () => {
  const { VERSION } = await import('../src/version.ts')
  expect(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))).toMatchObject({ version: VERSION })
})
