import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { expect, test } from './helpers/test.ts'
import { SYSTEM_CLOCK, VirtualClock } from '../src/clock.ts'
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

  test('does not go back for a timer of the past, and fires it', async () => {
    const clock = new VirtualClock()
    await sleep(clock, 10)
    await sleep(clock, -5)
    expect(clock.now()).toBe(10)
    await sleep(clock, 0)
    expect(clock.now()).toBe(10)
  })

  test('fires a timer without an end after all others, and no time passes for it', async () => {
    const clock = new VirtualClock()
    const fired: string[] = []
    const never = sleep(clock, Infinity).then(() => fired.push(`never ${clock.now()}`))
    await sleep(clock, 10).then(() => fired.push('ten'))
    await never
    expect(fired).toEqual(['ten', 'never 10'])
  })

  test('fires what keeps nothing alive on the way to what does', async () => {
    const clock = new VirtualClock()
    const fired: string[] = []
    clock.schedule(5, () => void fired.push('idle')).keepAlive(false)
    await sleep(clock, 10)
    expect([fired, clock.now()]).toEqual([['idle'], 10])
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

/** Timers that would keep this process. */
const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

test.describe('the clock of the system', () => {
  test('keeps the process alive for a timer, if that is wanted, until it is cancelled', () => {
    const before = timers()
    const timer = SYSTEM_CLOCK.schedule(60_000, () => {})
    expect(timers()).toBe(before + 1)
    timer.keepAlive(false)
    expect(timers()).toBe(before)
    timer.keepAlive(true)
    expect(timers()).toBe(before + 1)
    timer.cancel()
    expect(timers()).toBe(before)
  })

  test('has a timer for longer than Node has', () => {
    const before = timers()
    for (const delay of [2 ** 31, 2 ** 40, Infinity]) {
      const timer = SYSTEM_CLOCK.schedule(delay, () => {})
      expect(timers()).toBe(before + 1)
      timer.cancel()
      expect(timers()).toBe(before)
    }
  })

  test('lets what has arrived be read before a timer that became due meanwhile', async () => {
    const order: string[] = []
    await new Promise<void>((resolve) => {
      SYSTEM_CLOCK.schedule(1, () => {
        order.push('timer')
        resolve()
      })
      setTimeout(() => order.push('timer of Node'), 1)
      busyFor(5)
    })
    // The action runs after the timers of the turn.
    expect(order).toEqual(['timer of Node', 'timer'])
  })

  test('can be told not to act even in the turn in which the timer is due', async () => {
    let ran = false
    const timer = SYSTEM_CLOCK.schedule(1, () => (ran = true))
    const due = new Promise<void>((resolve) => {
      setTimeout(() => {
        timer.cancel()
        resolve()
      }, 1)
    })
    busyFor(5)
    await due
    await nextTurn()
    await nextTurn()
    expect(ran).toBe(false)
  })
})

/** Keeps the process busy for so many milliseconds. */
function busyFor(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}
