/**
 * Records the tests of `examples/app` under each runner, on real databases, stops all servers, and replays again and again: `npm run shop -- [times] [runner...]`.
 *
 * A line for each runner: failed replays, misses, tests that saw what they had not seen when they were recorded, and connections to where the servers were.
 */
import { SHOP_RUNNERS, ShopProject, type ShopScore } from '../../test/runner/shop-runs.ts'
import { ShopServers } from '../../test/runner/shop-servers.ts'

async function play(name: string, args: readonly string[], times: number): Promise<ShopScore> {
  const servers = await ShopServers.start()
  await using shop = await ShopProject.create(servers)
  const first = await shop.run(args)
  await servers.stop()
  if (first.code !== 0) throw new Error(`${name} did not record:\n${first.output}`)
  const score = await shop.replay(args, first, servers, times)
  console.log(`${name.padEnd(10)}  ${first.recorded} interactions recorded, ${JSON.stringify(score)}`)
  return score
}

const [times = '20', ...names] = process.argv.slice(2)
for (const [name, args] of Object.entries(SHOP_RUNNERS)) {
  if (names.length > 0 && !names.includes(name)) continue
  const { failed, misses, crossed, connects } = await play(name, args, Number(times))
  if (failed + misses + crossed + connects > 0) process.exitCode = 1
}
