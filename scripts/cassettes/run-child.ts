import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Tally } from './mutations.ts'

/** Runs a child process over this many mutated cassettes. @throws Error if the process crashes. */
export async function mutateInChild(seed: number, texts: number): Promise<Tally> {
  const child = fileURLToPath(new URL('child.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', child, `${seed}`, `${texts}`])
  const tally: Tally = JSON.parse(stdout)
  return tally
}
