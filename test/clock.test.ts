import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { expect, test } from './helpers/test.ts'
import { VirtualClock } from '../src/clock.ts'
import { nextTurn } from './helpers/scripted-transport.ts'

/** So many milliseconds of `clock`. */
const sleep = (clock: VirtualClock, delay: number): Promise<void> =>
  new Promise((resolve) => void clock.schedule(delay, resolve))

/** Turns of the event loop in which nothing is done, as a clock sees it. */
async function quietTurns(count: number): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  for (let turn = 0; turn < count; turn += 1) {
    port1.postMessage('')
    await once(port2, 'message')
  }
  port1.close()
}

test.describe('VirtualClock', () => {
  test('lets an hour pass at once, and reports that it has passed', async () => {
    const clock = new VirtualClock()
    const before = performance.now()
    await sleep(clock, 3_600_000)
    expect(clock.now()).toBe(3_600_000)
    expect(performance.now() - before).toBeLessThan(1000)
  })

  test('fires timers in the order of their times, and equal ones in the order in which they were set', async () => {
    const clock = new VirtualClock()
    const fired: string[] = []
    const set = (name: string, delay: number): Promise<void> =>
      sleep(clock, delay).then(() => void fired.push(`${name} ${clock.now()}`))
    await Promise.all([set('c', 20), set('a', 10), set('b', 10), set('d', 20)])
    expect(fired).toEqual(['a 10', 'b 10', 'c 20', 'd 20'])
  })

  test('waits for the consequences of a timer before the next one fires', async () => {
    const clock = new VirtualClock()
    const late = sleep(clock, 11)
    await sleep(clock, 10)
    for (let turn = 0; turn < 5; turn += 1) await nextTurn()
    // Had it not waited, the later timer would have fired meanwhile.
    expect(clock.now()).toBe(10)
    await sleep(clock, 0.5)
    expect(clock.now()).toBe(10.5)
    await late
  })

  test('waits for files', async () => {
    test.skip(Number.parseInt(process.versions.node, 10) >= 26, 'Node 26 does not tell of file work under way')
    const clock = new VirtualClock()
    let isOver = false
    const end = sleep(clock, 10).then(() => (isOver = true))
    for (let round = 0; round < 20; round += 1) await readFile(import.meta.filename)
    expect(isOver).toBe(false)
    await end
  })

  test('stands still while no timer keeps the process alive, and continues when one does', async () => {
    const clock = new VirtualClock()
    let setTimer: (() => void) | undefined
    const fired = new Promise<void>((resolve) => {
      const timer = clock.schedule(10, resolve)
      timer.keepAlive(false)
      setTimer = () => timer.keepAlive(true)
    })
    await quietTurns(20)
    expect(clock.now()).toBe(0)
    setTimer?.()
    await fired
    expect(clock.now()).toBe(10)
  })

  test('forgets a timer that is cancelled', async () => {
    const clock = new VirtualClock()
    let hasFired = false
    clock.schedule(10, () => (hasFired = true)).cancel()
    await quietTurns(20)
    expect(clock.now()).toBe(0)
    await sleep(clock, 20)
    expect(hasFired).toBe(false)
  })
})
