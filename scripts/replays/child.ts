/** Replays with seeds from the first argument on, as many as the second argument, and prints the result as JSON. */
import './moved-date.ts'
import { trapNetwork } from '../../demo/network-trap.ts'
import { playOnce } from './play.ts'

const [first = 0, count = 0] = process.argv.slice(2).map(Number)
const digests = new Set<string>()
using network = trapNetwork()
for (let seed = first; seed < first + count; seed += 1) digests.add(await playOnce(seed))
const { connects, lookups } = network
const surroundings = `${new Date().getFullYear()} ${new Date(0).toString()} ${process.env['LANG']}`
console.log(JSON.stringify({ replays: count, digests: [...digests], connects, lookups, surroundings }))
