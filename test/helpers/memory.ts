import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes that are held when all garbage has been collected, buffers included. */
export function heldBytes(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** The same when finalizers, which run between turns, have let go what they hold. */
export async function finallyHeldBytes(): Promise<number> {
  let held = heldBytes()
  for (let round = 0; round < FINALIZING_ROUNDS; round += 1) {
    await new Promise(setImmediate)
    held = Math.min(held, heldBytes())
  }
  return held
}

const FINALIZING_ROUNDS = 10

/** The most bytes that are held while `work` goes on, beyond what was held before. Looked at every `interval` ms. */
export async function growthDuring(work: () => Promise<unknown>, interval = 25): Promise<number> {
  const before = heldBytes()
  let most = before
  const look = (): void => void (most = Math.max(most, heldBytes()))
  const timer = setInterval(look, interval)
  try {
    await work()
    look()
  } finally {
    clearInterval(timer)
  }
  return most - before
}

export const MiB = 1_048_576

let collect: unknown

function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc')
  }
  if (typeof collect === 'function') collect()
}
