import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test as base } from '@playwright/test'
import { cassetteNameOf } from '../../src/playwright/title-path.ts'

const ROOT = resolve(import.meta.dirname, '../..')

interface Project {
  /** Runs the suite; gives exit code and output. */
  run(args?: readonly string[], env?: Record<string, string>): Promise<{ code: number; output: string }>
  readonly dir: string
}

const test = base.extend<{
  project: Project
  api: { readonly url: string; readonly requests: string[]; stop(): void }
}>({
  // Inside the repository, so that the suite finds `wiretape/playwright` by the package's own name.
  project: async ({}, use) => {
    await mkdir(join(ROOT, '.tmp'), { recursive: true })
    const dir = await mkdtemp(join(ROOT, '.tmp', 'suite-'))
    await writeFile(
      join(dir, 'playwright.config.ts'),
      "export default { testDir: '.', respectGitIgnore: false, reporter: 'line', workers: 2 }\n",
    )
    await use({ dir, run: (args = [], env = {}) => runSuite(dir, args, env) })
    await rm(dir, { recursive: true })
  },
  api: async ({}, use) => {
    const requests: string[] = []
    const server = createServer((request, response) => response.end(`answer ${requests.push(String(request.url))}`))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const stop = (): void => server.close().closeAllConnections()
    await use({ url: `http://127.0.0.1:${Object(server.address()).port}`, requests, stop })
    stop()
  },
})

const SUITE = `
import { expect, test } from 'wiretape/playwright'

for (const name of ['lists users', 'Lists users', '../../escape']) {
  test(name, async ({ cassette }) => {
    const connection = cassette.connect(process.env.API_URL)
    await connection.request('GET', '/' + encodeURIComponent(name))
    const response = await connection.getResponse()
    expect(await response.text()).toMatch(/^answer/)
    expect(process.env.FAIL).not.toBe(name)
  })
}
`

test.describe('the cassette fixture', () => {
  test('records each test into a file of its own, and replays with the server gone', async ({ project, api }) => {
    await writeFile(join(project.dir, 'users.spec.ts'), SUITE)
    const recording = await project.run([], { API_URL: api.url })
    expect(recording).toMatchObject({ code: 0, output: /3 passed/ })
    expect(api.requests).toHaveLength(3)
    const files = await readdir(join(project.dir, 'users.spec.ts-cassettes'))
    expect(files.toSorted()).toEqual([
      expect.stringMatching(/^escape-[0-9a-f]{10}\.yaml$/),
      expect.stringMatching(/^lists-users-[0-9a-f]{10}\.yaml$/),
      'lists-users.yaml',
    ])

    api.stop()
    const replay = await project.run([], { API_URL: api.url, CI: 'true' })
    expect(replay).toMatchObject({ code: 0, output: /3 passed/ })
  })

  test('leaves the cassette of a failing test as it was', async ({ project, api }) => {
    await writeFile(join(project.dir, 'users.spec.ts'), SUITE)
    await project.run([], { API_URL: api.url })
    const file = join(project.dir, 'users.spec.ts-cassettes', 'lists-users.yaml')
    const before = await readFile(file, 'utf8')

    const failing = await project.run(['--update-snapshots=all'], { API_URL: api.url, FAIL: 'lists users' })
    expect(failing).toMatchObject({ code: 1, output: /1 failed/ })
    expect(api.requests).toHaveLength(6)
    expect(await readFile(file, 'utf8')).toBe(before)

    await project.run(['--update-snapshots=all'], { API_URL: api.url })
    expect(await readFile(file, 'utf8')).not.toBe(before)
  })

  test('fails in CI where there is no cassette, without a request', async ({ project, api }) => {
    await writeFile(join(project.dir, 'users.spec.ts'), SUITE)
    const run = await project.run([], { API_URL: api.url, CI: 'true' })
    expect(run).toMatchObject({ code: 1, output: /CASSETTE_NOT_FOUND|there is no cassette/ })
    expect(api.requests).toEqual([])
  })
})

test.describe('the name of a cassette', () => {
  test('is the title where that is a plain phrase, with a folder for each describe', () => {
    expect(cassetteNameOf(['users', 'lists all 3'])).toBe('users/lists-all-3')
  })

  test('is never shared by two titles, even where case is ignored', () => {
    const words = [
      'a',
      'A',
      'a b',
      'a-b',
      'a  b',
      'a_b',
      'ä',
      'a\u0308',
      '',
      ' ',
      '.',
      '..',
      '/',
      'con',
      'CON',
      '\0',
      '\n',
      '😀',
    ]
    const titles = [
      ...words,
      ...words.flatMap((left) => words.map((right) => left + right)),
      'x'.repeat(300),
      'x'.repeat(301),
    ]
    const distinct = new Set(titles)
    const names = new Set([...distinct].map((title) => cassetteNameOf([title]).toLowerCase()))
    expect(names.size).toBe(distinct.size)
    for (const name of names) expect(name).toMatch(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/)
  })
})

// What the outer runner tells its workers, and what its environment says of recording, is not meant for the inner one.
const isMeant = ([key]: readonly [string, unknown]): boolean => !/^(?:PW|PLAYWRIGHT|TEST_|CI$|WIRETAPE_)/.test(key)

async function runSuite(
  dir: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number; output: string }> {
  const clean = Object.fromEntries(Object.entries(process.env).filter(isMeant))
  const cli = join(ROOT, 'node_modules/@playwright/test/cli.js')
  const child = spawn(process.execPath, [cli, 'test', ...args], { cwd: dir, env: { ...clean, ...env } })
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: Number(code), output: output + errors }
}
