import { expect, test } from '../helpers/test.ts'
import { SYSTEM_CLOCK, VirtualClock } from '../../src/clock.ts'
import { cutBy } from '../../src/replay/cutting.ts'
import { DueQueue } from '../../src/replay/due-queue.ts'
import { HandOver } from '../../src/replay/exits.ts'
import { Fifo } from '../../src/replay/fifo.ts'
import { withoutFarewell } from '../../src/replay/http2-farewell.ts'
import { PacedQueue } from '../../src/replay/paced-queue.ts'
import { checkSegmentation, type Segmentation } from '../../src/replay/segmentation.ts'
import { isClock, paceOf, passed, type Timing } from '../../src/replay/timing.ts'
import type { Cue } from '../../src/interactions/cue.ts'
import { LONGEST_TIMER } from '../../src/timers.ts'
import { FakeClock } from '../helpers/fake-clock.ts'

const messageOf = (act: () => unknown): string | undefined => {
  try {
    act()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

test('a timing is a pace, or none', () => {
  const clock = new FakeClock()
  // oxfmt-ignore
  const PACES: readonly (readonly [timing: Timing, pace: unknown])[] = [
    ['instant',  undefined],
    [0,          undefined],
    ['recorded', { clock: SYSTEM_CLOCK, factor: 1 }],
    [1,          { clock: SYSTEM_CLOCK, factor: 1 }],
    [0.5,        { clock: SYSTEM_CLOCK, factor: 0.5 }],
    [clock,      { clock, factor: 1 }],
  ]
  for (const [timing, pace] of PACES) expect(paceOf(timing)).toEqual(pace)
  const wrong: readonly unknown[] = ['slow', -1, Number.NaN, Infinity, null, undefined, {}, { now: () => 0 }]
  for (const timing of wrong)
    expect(messageOf(() => Reflect.apply(paceOf, undefined, [timing]))).toBe(
      `an option has an invalid value: timing is ${JSON.stringify(timing)}; known are 'instant', 'recorded', a factor from 0 on, and a clock`,
    )
})

test('a clock has both of its methods', () => {
  const [now, schedule] = [() => 0, () => ({ keepAlive() {}, cancel() {} })]
  for (const one of [SYSTEM_CLOCK, new VirtualClock(), { now, schedule }]) expect(isClock(one)).toBe(true)
  for (const one of [null, undefined, 1, 'x', {}, { now }, { schedule }, { now, schedule: 1 }, { now: 1, schedule }])
    expect(isClock(one)).toBe(false)
})

test('time passes by the clock and the factor, or is aborted', async () => {
  const clock = new FakeClock()
  let isOver = false
  const end = passed({ clock, factor: 2 }, 10, undefined).then(() => (isOver = true))
  await clock.advance(19)
  expect(isOver).toBe(false)
  await clock.advance(1)
  await end
  expect(isOver).toBe(true)
  const abort = new AbortController()
  const waiting = passed({ clock, factor: 1 }, 10, abort.signal)
  abort.abort('enough')
  await expect(waiting).rejects.toMatchObject({ code: 'ABORTED', phase: 'tcp', cause: 'enough', detail: 'enough' })
  expect(clock.timers).toBe(0)
  const after = new AbortController()
  const done = passed({ clock, factor: 1 }, 10, after.signal)
  await clock.advance(10)
  await done
  after.abort()
})

const made = (
  factor: number,
): { readonly clock: FakeClock; readonly queue: PacedQueue<string>; readonly given: string[] } => {
  const clock = new FakeClock()
  const given: string[] = []
  return { clock, given, queue: new PacedQueue({ clock, factor }, (item) => given.push(`${clock.now()} ${item}`)) }
}

test.describe('a queue by a clock', () => {
  test('gives what is due at once if nothing waits, and the rest in order', async () => {
    const { clock, queue, given } = made(2)
    queue.add('a', 0)
    expect([given, queue.isEmpty]).toEqual([['0 a'], true])
    queue.add('b', 5)
    queue.add('c', 0)
    queue.add('d', 10, 7)
    queue.add('e', 0, 3)
    expect([given, queue.isEmpty, clock.timers]).toEqual([['0 a'], false, 1])
    await clock.advance(8)
    expect(given).toEqual(['0 a'])
    await clock.advance(2)
    expect(given).toEqual(['0 a', '10 b', '10 c'])
    await clock.advance(16)
    expect(given).toEqual(['0 a', '10 b', '10 c'])
    await clock.advance(1)
    expect(given.slice(3)).toEqual(['27 d', '27 e'])
    expect([queue.isEmpty, clock.timers]).toEqual([true, 0])
  })

  test('gives with a timer what is due within a millisecond of it', async () => {
    const { clock, queue, given } = made(1)
    queue.add('a', 10)
    queue.add('b', 11)
    queue.add('c', 11.5)
    await clock.advance(10)
    expect(given).toEqual(['10 a', '10 b'])
    await clock.advance(1.5)
    expect(given.slice(2)).toEqual(['11.5 c'])
  })

  test('keeps the process alive only if it is to', async () => {
    const { clock, queue } = made(1)
    queue.keepAlive(false)
    queue.add('a', 10)
    queue.add('b', 20)
    expect([clock.timers, clock.liveTimers]).toEqual([1, 0])
    queue.keepAlive(true)
    expect(clock.liveTimers).toBe(1)
    await clock.advance(10)
    expect(clock.liveTimers).toBe(1)
    queue.clear()
    expect([clock.timers, queue.isEmpty]).toEqual([0, true])
  })

  test('waits in several timers for what is due later than a timer can be', async () => {
    const { clock, queue, given } = made(1)
    queue.add('a', LONGEST_TIMER + 10)
    await clock.advance(LONGEST_TIMER)
    expect([given, clock.timers]).toEqual([[], 1])
    await clock.advance(10)
    expect(given).toEqual([`${LONGEST_TIMER + 10} a`])
  })
})

test('a Fifo and a DueQueue are emptied, and go on', () => {
  const fifo = new Fifo<number>()
  for (const one of [1, 2, 3]) fifo.push(one)
  expect([fifo.shift(), fifo.length, fifo.first]).toEqual([1, 2, 2])
  expect([fifo.shift(), fifo.length, fifo.first, fifo.shift(), fifo.length, fifo.shift(), fifo.length]).toEqual([
    2,
    1,
    3,
    3,
    0,
    undefined,
    0,
  ])
  fifo.push(4)
  fifo.clear()
  expect([fifo.length, fifo.first]).toEqual([0, undefined])
  const queue = new DueQueue<number>()
  expect([queue.isEmpty, queue.shift()]).toEqual([true, undefined])
  queue.push([])
  queue.push([1, 2])
  expect([queue.isEmpty, queue.isEmpty, queue.shift(), queue.shift(), queue.isEmpty]).toEqual([
    false,
    false,
    1,
    2,
    true,
  ])
  queue.push([3])
  expect(queue.isEmpty).toBe(false)
  queue.clear()
  expect([queue.isEmpty, queue.shift()]).toEqual([true, undefined])
})

const segment = (text: string, at: number, more: Partial<Cue> = {}): Cue => ({
  action: { type: 'segment', bytes: Buffer.from(text, 'latin1') },
  after: undefined,
  at,
  wait: at,
  ...more,
})
const END: Cue = { after: undefined, action: { type: 'end' }, at: 9, wait: 9 }

const cutsOf = (segmentation: Segmentation, ...cues: readonly Cue[]): readonly string[] =>
  Array.from(cutBy(segmentation)(cues), ({ action, wait }) =>
    action.type === 'segment' ? `${wait} ${Buffer.from(action.bytes).toString('latin1')}` : action.type,
  )

const lengths = (seed: number, length: number): readonly number[] =>
  cutsOf({ seed }, segment('x'.repeat(length), 0)).map((piece) => piece.length - 2)

test.describe('a segmentation', () => {
  test('has the time of the segment that brought the last byte of a piece', () => {
    const cues = [
      segment('ab\r', 1),
      segment('\ncHTTP/', 2),
      segment('', 3),
      segment('d', 4, { isApart: true }),
      END,
      segment('e', 5),
    ]
    // oxfmt-ignore
    const CUTS: readonly (readonly [Segmentation, readonly string[]])[] = [
      ['recorded',   ['1 ab\r', '2 \ncHTTP/', '3 ', '4 d', 'end', '5 e']],
      ['coalesced',  ['2 ab\r\ncHTTP/', '4 d', 'end', '5 e']],
      ['bytewise',   ['1 a', '1 b', '1 \r', '2 \n', '2 c', '2 H', '2 T', '2 T', '2 P', '2 /', '4 d', 'end', '5 e']],
      ['boundaries', ['1 ab', '1 \r', '2 \n', '2 c', '2 HTTP/', '4 d', 'end', '5 e']],
    ]
    for (const [segmentation, cuts] of CUTS)
      expect([segmentation, cutsOf(segmentation, ...cues)]).toEqual([segmentation, cuts])
    expect(cutsOf('coalesced', segment('', 1))).toEqual(['1 '])
    expect(cutsOf('bytewise', END)).toEqual(['end'])
  })

  test('joins the parts of one recorded segment again, unless one stands apart', () => {
    const [one, other] = [Buffer.from('one'), Buffer.from('other')]
    const part = (text: string, at: number, of: Buffer, more: Partial<Cue> = {}): Cue => ({
      ...segment(text, at, more),
      action: { type: 'segment', bytes: Buffer.from(text), of },
    })
    expect(
      cutsOf(
        'recorded',
        part('a', 1, one),
        part('b', 2, one),
        part('c', 3, other),
        segment('d', 4),
        part('e', 5, other),
        part('f', 6, other, { isApart: true }),
      ),
    ).toEqual(['2 ab', '3 c', '4 d', '5 e', '6 f'])
    expect(cutsOf('recorded', segment('a', 1), segment('b', 2))).toEqual(['1 a', '2 b'])
  })

  test('by a seed is the same in every run and release: a seed that failed has to fail again', () => {
    expect(lengths(1, 30)).toEqual(SEEDED[0])
    expect(lengths(-7, 30)).toEqual(SEEDED[1])
    expect(lengths(1, 20_000)).toEqual(SEEDED[2])
    for (const sizes of SEEDED) expect(Math.max(...sizes)).toBeLessThanOrEqual(4096)
  })

  test('that is not known is refused', () => {
    const known: readonly Segmentation[] = [
      'coalesced',
      'boundaries',
      'bytewise',
      'recorded',
      { seed: 0 },
      { seed: -1 },
    ]
    for (const one of known) expect(messageOf(() => checkSegmentation(one))).toBeUndefined()
    const wrong: readonly unknown[] = ['', 'Recorded', { seed: 1.5 }, { seed: 'x' }, {}]
    for (const one of wrong)
      expect(messageOf(() => Reflect.apply(checkSegmentation, undefined, [one]))).toBe(
        `an option has an invalid value: segmentation is ${JSON.stringify(one)}; known are 'coalesced', 'boundaries', 'bytewise', 'recorded' and { seed: a whole number }`,
      )
  })
})

// oxfmt-ignore
const SEEDED: readonly (readonly number[])[] = [
  [5,1,5,2,4,6,1,1,2,1,2],
  [9,1,16,2,2],
  [1572,1,1,3,2118,49,14,7,2,26,2,3904,4,930,2071,148,873,1397,12,10,40,14,5,523,2,2,24,446,1108,178,106,1157,20,15,44,5,416,431,863,10,9,26,2,21,3,619,41,5,179,1,2,1,62,9,5,10,22,27,4,27,29,15,9,15,24,12,4,1,1,26,131,3,2,24,18,1,6,1,4,3,12,8,22,1],
]

const goaway = (length: number): Buffer =>
  Buffer.concat([
    Buffer.from([length >> 16, (length >> 8) & 255, length & 255, 7, 0, 0, 0, 0, 0]),
    Buffer.alloc(length),
  ])

const left = (said: Uint8Array, sent: number, bytes: Uint8Array): number => withoutFarewell(said, sent, bytes).length

test('the farewell of HTTP/2 is left out where all was said', () => {
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  for (const length of [0, 1, 255, 256, 65_536]) expect(left(preface, 24, goaway(length))).toBe(0)
  expect(left(preface, 24, goaway(256).subarray(0, -1))).toBe(264)
  expect(left(preface, 20, Buffer.concat([preface.subarray(20), goaway(8)]))).toBe(4)
  expect(left(preface, 20, preface.subarray(20))).toBe(4)
  expect(left(preface.subarray(0, 23), 23, goaway(8))).toBe(17)
})

const exit = (): never => {
  throw new Error('not now')
}

test('a live server takes over with what it has yet to see', () => {
  const bytes = Buffer.from('rest')
  const handOver = new HandOver(exit, bytes)
  expect([handOver.name, handOver.message, handOver.exit, handOver.bytes]).toEqual([
    'HandOver',
    'a live server takes over',
    exit,
    bytes,
  ])
})
