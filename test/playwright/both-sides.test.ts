import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { CHROMIUM, NO_CHROMIUM } from '../helpers/chromium.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { runSuite, startApi } from './suite.ts'
import { freePort } from '../helpers/free-port.ts'

const ROOT = resolve(import.meta.dirname, '../..')

// Each starts a runner, an app and a browser, more than once.
test.describe.configure({ mode: 'parallel', timeout: 240_000 })
test.skip(NO_CHROMIUM !== undefined, NO_CHROMIUM)

const CUSTOMERS = ['ada', 'edsger', 'grace']

test('page and server of an unchanged app are on one cassette for each test, and play without the API', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  await using shop = await Shop.open()
  expect(await shop.run(['--workers=2'])).toMatchObject({ code: 0 })
  expect(shop.asked.toSorted()).toEqual(
    CUSTOMERS.flatMap(() => ['GET /offer', 'GET /teas', 'OPTIONS /offer', 'POST /orders']).toSorted(),
  )
  // The app sees no trace of wiretape, and hands none on.
  expect(shop.strange).toEqual([])
  const cassettes = await shop.cassettes()
  expect(Object.keys(cassettes)).toHaveLength(3)
  for (const text of Object.values(cassettes)) {
    const requests = Array.from(text.matchAll(/# --> (\S+ \S+)/g), ([, request = '']) => request.replace(/,$/, ''))
    expect(requests.toSorted()).toEqual(['GET /offer', 'GET /teas', 'OPTIONS /offer', 'POST /orders'])
    expect(text).not.toContain('googleapis')
  }

  const asked = shop.asked.length
  const replayed = await shop.run(['--workers=3'], { CI: 'true' })
  expect(replayed.output).toContain('3 passed')
  expect(replayed.code).toBe(0)
  expect(shop.asked).toHaveLength(asked)
  expect(await shop.cassettes()).toEqual(cassettes)
})

test('what the server of the app misses, fails the test, and nothing is recorded in CI', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  await using shop = await Shop.open()
  // The page that the test waits for does not come.
  await shop.edit('playwright.config.ts', 'timeout: 60_000', 'timeout: 2_000')
  const refused = await shop.run(['-g', 'Ada'], { CI: 'true' })
  await shop.edit('playwright.config.ts', 'timeout: 2_000', 'timeout: 60_000')
  expect(refused.code).toBe(1)
  expect(refused.output).toMatch(/there is no such cassette: .*WIRETAPE_MODE=once.*ada-orders-tea/)
  expect(shop.asked).toEqual([])

  expect(await shop.run(['-g', 'Ada'])).toMatchObject({ code: 0 })
  const recorded = await shop.cassettes()
  await shop.edit('server.mjs', '`${API}/orders`', '`${API}/orders?later`')
  // Nothing in the test itself notices it.
  await shop.edit(
    'shop.spec.ts',
    /await expect\(page\.getByRole\('heading'\)\)\.toHaveText\(\/\^Order.*\n/,
    "await page.waitForURL('**/orders')\n",
  )
  const missed = await shop.run(['-g', 'Ada'], { CI: 'true' })
  expect(missed.code).toBe(1)
  expect(missed.output).toMatch(/no recorded interaction matches the request: POST http:\S+\/orders\?later/)

  await shop.edit('shop.spec.ts', "await page.waitForURL('**/orders')", 'expect(1).toBe(2)')
  expect(await shop.run(['-g', 'Ada', '--update-snapshots=all'])).toMatchObject({ code: 1 })
  expect(await shop.cassettes()).toEqual(recorded)
})

test('an app that runs without wiretape is named', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  await using shop = await Shop.open()
  await shop.edit('playwright.config.ts', /env: wiretapeEnv\(.*?\),/, '')
  await shop.edit('playwright.config.ts', 'const port', 'wiretapeEnv()\n\nconst port')
  const { code, output } = await shop.run(['-g', 'Ada'])
  expect(code).toBe(1)
  expect(output).toMatch(
    /the app under test runs without wiretape.*http:\/\/localhost:\d+; start it with env: wiretapeEnv\(\)/,
  )
})

type Api = Awaited<ReturnType<typeof startApi>>

/** A copy of the example, and the API that it needs. */
class Shop {
  readonly #dir: string
  readonly #port: number
  readonly #api: Api
  readonly asked: string[]
  readonly strange: readonly string[]

  private constructor(parts: Pick<Shop, 'asked' | 'strange'>, dir: string, port: number, api: Api) {
    this.#dir = dir
    this.#port = port
    this.#api = api
    this.asked = parts.asked
    this.strange = parts.strange
  }

  static async open(): Promise<Shop> {
    const asked: string[] = []
    const strange: string[] = []
    const api = await startApi((request, response) => {
      asked.push(`${request.method} ${request.url}`)
      strange.push(...Object.keys(request.headers).filter((name) => name.startsWith('wiretape')))
      const cors = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': 'x-page' }
      if (request.method === 'OPTIONS') response.writeHead(204, cors).end()
      else if (request.url === '/teas') response.end(JSON.stringify([{ name: `green ${asked.length}` }]))
      else if (request.url === '/offer') response.writeHead(200, cors).end(`offer ${asked.length}`)
      else response.end(JSON.stringify({ id: asked.length }))
    })
    await mkdir(join(ROOT, '.tmp'), { recursive: true })
    const dir = await mkdtemp(join(ROOT, '.tmp', 'both-sides-'))
    await cp(join(ROOT, 'examples/both-sides'), dir, { recursive: true })
    await mkdir(join(dir, 'node_modules'))
    await symlink(ROOT, join(dir, 'node_modules/wiretape'))
    const shop = new Shop({ asked, strange }, dir, await freePort(), api)
    // A busy machine takes its time.
    await shop.edit('playwright.config.ts', 'use: {', 'expect: { timeout: 60_000 },\n  use: {')
    return shop
  }

  run(args: readonly string[], env: Record<string, string> = {}): ReturnType<typeof runSuite> {
    return runSuite(this.#dir, ['--reporter=line', '--output=test-results', '--timeout=90000', ...args], {
      API_URL: this.#api.url,
      API_HOST: new URL(this.#api.url).host,
      PORT: String(this.#port),
      CHROMIUM,
      ...env,
    })
  }

  async edit(name: string, from: string | RegExp, to: string): Promise<void> {
    const path = join(this.#dir, name)
    const text = await readFile(path, 'utf8')
    const edited = text.replace(from, to)
    expect(edited).not.toBe(text)
    await writeFile(path, edited)
  }

  async cassettes(): Promise<Readonly<Record<string, string>>> {
    const dir = join(this.#dir, 'shop.spec.ts-cassettes')
    const names = (await readdir(dir)).toSorted()
    return Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await readFile(join(dir, name), 'utf8')] as const)),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#api.stop()
    await rm(this.#dir, { recursive: true })
  }
}
