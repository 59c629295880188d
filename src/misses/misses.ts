import { WiretapeError } from '../errors.ts'
import type { CassetteMiss } from './cassette-miss.ts'

/** The reports of misses, each told once: a client that tries again gets the same one each time. */
export function missReports(misses: readonly CassetteMiss[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const { message } of misses) counts.set(message, (counts.get(message) ?? 0) + 1)
  return Array.from(counts, ([message, count]) => (count === 1 ? message : `${message}\n(${count} times)`))
}

/** Misses that the code under test may have swallowed. */
export class UnnoticedMisses extends WiretapeError {
  override readonly name = 'UnnoticedMisses'
  readonly misses: readonly CassetteMiss[]

  constructor(misses: readonly CassetteMiss[]) {
    super('MISSED', missReports(misses).join('\n\n'), { cause: misses[0] })
    this.misses = misses
  }
}
