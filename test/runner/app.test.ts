import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { missing, programPath } from '../helpers/programs.ts'
import { PASSWORD } from '../helpers/servers.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { SHOP_RUNNERS, ShopProject } from './shop-runs.ts'
import { ShopServers } from './shop-servers.ts'

// Each run starts a runner with two workers, on whatever machine this is.
test.describe.configure({ timeout: 300_000 })

const SHOP = resolve(import.meta.dirname, '..', '..', 'examples', 'app', 'shop')

test('no file of the app knows of this package', async () => {
  for (const name of await readdir(SHOP))
    expect(await readFile(join(SHOP, name), 'utf8'), name).not.toMatch(/wiretape/i)
})

/** `npm run shop` replays each of them 20 times. */
for (const [name, args] of Object.entries(SHOP_RUNNERS))
  test(`${name}: the app is recorded unchanged, and replayed with its servers and databases gone`, async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    test.skip(programPath('postgres') === undefined, missing('postgres', 'postgresql'))
    test.skip(programPath('redis-server') === undefined, missing('redis-server', 'redis-server'))
    const servers = await ShopServers.start()
    await using shop = await ShopProject.create(servers)
    const first = await shop.run(args)
    await servers.stop()
    expect(first.code, first.output).toBe(0)
    expect(Object.keys(first.seen)).toHaveLength(14)
    const text = Object.values(await shop.project.cassettes()).join('\n')
    for (const said of ['speaks: postgres', 'speaks: redis', '/products/tea', '/charges', 'Thank '])
      expect(text).toContain(said)
    for (const secret of [PASSWORD, servers.env['PAYMENTS_KEY'], servers.env['MODEL_KEY']])
      expect(text).not.toContain(secret)
    expect(await shop.replay(args, first, servers, 1)).toEqual({
      replays: 1,
      failed: 0,
      misses: 0,
      crossed: 0,
      connects: 0,
    })
  })

/** What the command itself has printed. */
const printed = (output: string): string => output.slice(0, output.indexOf('wiretape:'))

test('wiretape run: one line in front of the command, the databases named', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  test.skip(programPath('postgres') === undefined, missing('postgres', 'postgresql'))
  test.skip(programPath('redis-server') === undefined, missing('redis-server', 'redis-server'))
  const servers = await ShopServers.start()
  await using shop = await ShopProject.create(servers)
  const [database, redis] = [servers.env['DATABASE_URL'], servers.env['REDIS_URL']].map((url = '') => new URL(url).host)
  const args = ['node_modules/wiretape/dist/cli/main.js', 'run', '--host', 'localhost']
  args.push('--host', `${database}=postgres`, '--host', `${redis}=redis`, '--', 'node', 'shop/visit.js')
  const first = await shop.run(args)
  await servers.stop()
  expect(first.code, first.output).toBe(0)
  expect(first.output).toContain("lines: [ { sku: 'tea', count: 2 } ]")
  const trap = await servers.trap()
  const second = await shop.run(args, { CI: 'true' })
  expect(second.code, second.output).toBe(0)
  expect(printed(second.output)).toBe(printed(first.output))
  expect(trap.connects).toBe(0)
  await trap.stop()
})
