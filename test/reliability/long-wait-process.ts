// A clock on timers that pass at once, and say what was asked of them.
const real = globalThis.setTimeout
const asked: number[] = []
let unrefs = 0
const quick = (action: () => void, delay: number): NodeJS.Timeout => {
  asked.push(delay)
  const timer = real(action, 1)
  // It is only counted: this process waits for it all the same.
  timer.unref = () => {
    unrefs += 1
    return timer
  }
  return timer
}
Object.assign(globalThis, { setTimeout: quick })

const { SYSTEM_CLOCK } = await import('../../src/clock.ts')
await new Promise<void>((resolve) => SYSTEM_CLOCK.schedule(5_000_000_000, resolve).keepAlive(false))
process.stdout.write(JSON.stringify({ asked, unrefs }))
