import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from './helpers/test.ts'
import { startApi } from './playwright/suite.ts'
import { filesIn } from './helpers/files-in.ts'
import { isWhole, ONLY_WHOLE } from './helpers/share.ts'

const ROOT = resolve(import.meta.dirname, '..')
const TSX = fileURLToPath(import.meta.resolve('tsx'))

// Each starts another runner, twice.
test.describe.configure({ mode: 'parallel', timeout: 180_000 })

interface Runner {
  readonly example: string
  readonly args: readonly string[]
  readonly cassettes: readonly string[]
}

const RUNNERS: readonly Runner[] = [
  {
    example: 'node-test',
    args: ['--import', TSX, '--test', 'users.test.ts'],
    cassettes: ['lists-users.yaml', 'orders/order-1.yaml', 'orders/order-2.yaml'],
  },
  {
    example: 'vitest',
    args: [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--root', '.'],
    cassettes: ['lists-users.yaml', 'orders/order-1.yaml', 'orders/order-2.yaml'],
  },
  {
    example: 'jest',
    args: [join(ROOT, 'node_modules/jest/bin/jest.js'), '--rootDir=.'],
    cassettes: ['lists-users.yaml'],
  },
  {
    example: 'mocha',
    args: [join(ROOT, 'node_modules/mocha/bin/mocha.js')],
    cassettes: ['lists-users.yaml'],
  },
  {
    example: 'playwright',
    args: [join(ROOT, 'node_modules/@playwright/test/cli.js'), 'test', '--reporter=line', '--output=test-results'],
    cassettes: ['a-client-of-any-kind.yaml', 'lists-users.yaml'],
  },
]

/** Playwright has tests of its own in a quick run; Jest and Mocha come with a whole one. */
const QUICK: ReadonlySet<string> = new Set(['vitest', 'node-test'])

for (const { example, args, cassettes } of RUNNERS) {
  test(`the example for ${example} records, and passes with the server gone`, async () => {
    test.skip(!isWhole && !QUICK.has(example), ONLY_WHOLE)
    await using api = await startApi((request, response) => response.end(`hello from ${request.url}`))
    const cwd = await copyOf(example)
    // Mocha looks for what it requires beside the place where it really is.
    const base = { ...cleanEnvironment(), API_URL: api.url, NODE_PATH: join(cwd, 'node_modules') }
    const run = (env: NodeJS.ProcessEnv): Promise<unknown> =>
      promisify(execFile)(process.execPath, args, { cwd, env: { ...base, ...env } })
    await run({})
    expect((await filesIn(cwd, '.yaml')).map((path) => path.replace(/^[^/]*-cassettes\//, '')).toSorted()).toEqual(
      cassettes,
    )
    api.stop()
    await run({ CI: 'true' })
    await rm(cwd, { recursive: true })
  })
}

test('with the recipe for vitest, a failing test replaces no cassette', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  await using api = await startApi((request, response) => response.end(`hello from ${request.url}`))
  const cwd = await copyOf('vitest')
  const vitest = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--root', '.']
  const run = (env: NodeJS.ProcessEnv): Promise<unknown> =>
    promisify(execFile)(process.execPath, vitest, { cwd, env: { ...cleanEnvironment(), API_URL: api.url, ...env } })
  await run({})
  const cassette = join(cwd, 'users.test.ts-cassettes/lists-users.yaml')
  const good = await readFile(cassette, 'utf8')
  const source = await readFile(join(cwd, 'users.test.ts'), 'utf8')
  await writeFile(join(cwd, 'users.test.ts'), source.replace("get('/users')", "get('/others')"))
  await expect(run({ WIRETAPE_MODE: 'update' })).rejects.toThrow()
  expect(await readFile(cassette, 'utf8')).toBe(good)
  await rm(cwd, { recursive: true })
})

/** A project in which this package is installed. */
async function copyOf(example: string): Promise<string> {
  await mkdir(join(ROOT, '.tmp'), { recursive: true })
  const dir = await mkdtemp(join(ROOT, '.tmp', `${example}-`))
  await cp(join(ROOT, 'examples', example), dir, { recursive: true })
  // Playwright looks for reporters from its own folder, and then from the project's.
  await mkdir(join(dir, 'node_modules'))
  await symlink(ROOT, join(dir, 'node_modules/wiretape'), 'junction')
  return dir
}

/** What the environment says of this runner and of recording is not meant for the other one. */
const cleanEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(?:PW|PLAYWRIGHT|TEST_|NODE_TEST|VITEST|CI$|WIRETAPE_)/.test(key)),
  )
