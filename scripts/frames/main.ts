/**
 * `npm run frames`: WebSocket frames as bytes -> pieces of a cassette -> bytes, for 100,000 random frames.
 *
 * The exit code is 1 if bytes or lines changed.
 */
import { Command, InvalidArgumentError } from 'commander'
import * as fc from 'fast-check'
import { lives, sendThrough } from './frames.ts'

const PER_BATCH = 500

process.exitCode = main(options())

function main({ frames, seed }: { readonly frames: number; readonly seed: number }): number {
  const startedAt = performance.now()
  const wrongs: string[] = []
  let [seen, conversations] = [0, 0]
  for (let batch = 0; seen < frames && wrongs.length < 10; batch += 1) {
    for (const life of fc.sample(lives, { seed: seed + batch, numRuns: PER_BATCH })) {
      const fared = sendThrough(life)
      seen += fared.frames
      conversations += 1
      if (fared.wrong !== undefined) wrongs.push(`seed ${seed + batch}: ${fared.wrong}: ${JSON.stringify(life)}`)
    }
  }
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  console.log(`${seen} frames in ${conversations} conversations, ${wrongs.length} wrong; ${seconds} s`)
  for (const wrong of wrongs) console.log(`  ${wrong.slice(0, 400)}`)
  return wrongs.length === 0 ? 0 : 1
}

function options(): { readonly frames: number; readonly seed: number } {
  return new Command('npm run frames --')
    .description('Writes random WebSocket frames into cassettes, and reads them again.')
    .option('--frames <count>', 'how many at least', parseCount, 100_000)
    .option('--seed <number>', 'where the random numbers begin', parseCount, 1)
    .parse()
    .opts<{ frames: number; seed: number }>()
}

function parseCount(text: string): number {
  const count = Number(text)
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError('It must be a whole number above 0.')
  return count
}
