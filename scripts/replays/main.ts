/**
 * `npm run replays`: replays the same recording to eight clients at once, in another order each time, under load and in other
 * time zones, languages and years. They must always see the same, and no client may reach the network.
 *
 * The exit code is 1 otherwise.
 */
import { Command } from 'commander'
import { playIn, SURROUNDINGS } from './rig.ts'

process.exitCode = await main(options())

async function main({ replays }: { replays: number }): Promise<number> {
  const digests = new Set<string>()
  const total = { replays: 0, connects: 0, lookups: 0 }
  const share = Math.ceil(replays / SURROUNDINGS.length)
  for (const [index, surroundings] of SURROUNDINGS.entries()) {
    const startedAt = performance.now()
    const played = await playIn(surroundings, index * share, share)
    for (const digest of played.digests) digests.add(digest)
    total.replays += played.replays
    total.connects += played.connects
    total.lookups += played.lookups
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
    console.log(`${surroundings.name}: ${played.replays} replays, ${seconds} s (${played.surroundings})`)
  }
  console.log(
    `${total.replays} replays x 8 clients: ${digests.size} digest(s), ${total.connects} connect and ${total.lookups} look-up calls`,
  )
  console.log([...digests].join('\n'))
  return digests.size === 1 && total.connects + total.lookups === 0 ? 0 : 1
}

function options(): { replays: number } {
  const command = new Command('replays').option('--replays <count>', 'how many in all', Number, 1_000)
  return command.parse().opts()
}
