import type { Fault } from '../faults/fault.ts'
import type { Segmentation } from '../replay/segmentation.ts'

/** What is done to answers, one kind after the other. */
export type TortureKind = 'segmentation' | Exclude<Fault['type'], 'delay'> | 'delay'

/** What one run is given beyond the options of the replay: a line of it brings a failure back. */
export interface TortureCase {
  readonly faults?: readonly Fault[]
  readonly segmentation?: Segmentation
}

/** Something that the server says, in whose bytes faults are put. */
export interface Target {
  /** What `on` of a fault names. */
  readonly index: number
  readonly segments: readonly Uint8Array[]
}

export interface PlanOptions {
  readonly kinds: ReadonlySet<TortureKind>
  readonly segmentations: readonly Segmentation[]
  readonly maxRuns: number
  readonly seed: number
}

export interface Plan {
  readonly cases: readonly TortureCase[]
  /** How many there would be without a limit. */
  readonly possible: number
}

/**
 * The runs to make, the telling ones first.
 *
 * Every segmentation alone; then every kind of fault in every answer, in turn, at its borders first, then at other bytes; then
 * the same faults in other segmentations. The same seed gives the same runs.
 */
export function planOf(targets: readonly Target[], { kinds, segmentations, maxRuns, seed }: PlanOptions): Plan {
  const random = randomFrom(seed)
  const alone = kinds.has('segmentation') ? segmentations.map((segmentation): TortureCase => ({ segmentation })) : []
  const lanes = targets.flatMap((target) => lanesOf(target, kinds, random))
  const possible = alone.length + lanes.reduce((sum, { places }) => sum + places, 0) * (1 + segmentations.length)
  const singles = inTurns(lanes, Math.max(maxRuns - alone.length, 0), random)
  const cases = [...alone, ...singles]
  if (cases.length < maxRuns) cases.push(...combined(singles, segmentations, maxRuns - cases.length, random))
  return { cases: cases.slice(0, maxRuns), possible }
}

/** One kind of fault in one answer. */
interface Lane {
  readonly places: number
  /** The fault at the next place, or `undefined` when all have been given. */
  next(): Fault | undefined
}

function lanesOf({ index, segments }: Target, kinds: ReadonlySet<TortureKind>, random: () => number): Lane[] {
  const bytes = Buffer.concat(segments)
  if (bytes.length === 0) return []
  const borders = bordersOf(bytes, segments)
  return FAULTS.filter(({ kind }) => kinds.has(kind)).map(({ make, reachesEnd }) => {
    const places = bytes.length + (reachesEnd ? 1 : 0)
    const order = placesFrom(places, borders, random)
    return {
      places,
      next() {
        const { value } = order.next()
        return value === undefined ? undefined : make(value, index)
      },
    }
  })
}

interface Maker {
  readonly kind: TortureKind
  /** Whether it can lie after the last byte. */
  readonly reachesEnd: boolean
  readonly make: (at: number, on: number) => Fault
}

/** More than most clients wait for, and less than any waits. */
const DELAY = 1_000

const FAULTS: readonly Maker[] = [
  { kind: 'split', reachesEnd: false, make: (at, on) => ({ type: 'split', at, on }) },
  { kind: 'cut', reachesEnd: true, make: (at, on) => ({ type: 'cut', at, on }) },
  { kind: 'reset', reachesEnd: true, make: (at, on) => ({ type: 'reset', at, on }) },
  { kind: 'stall', reachesEnd: false, make: (at, on) => ({ type: 'stall', at, on }) },
  { kind: 'delay', reachesEnd: false, make: (at, on) => ({ type: 'delay', at, by: DELAY, on }) },
  { kind: 'corrupt', reachesEnd: false, make: (at, on) => ({ type: 'corrupt', at, on }) },
  { kind: 'duplicate', reachesEnd: false, make: (at, on) => ({ type: 'duplicate', at, on }) },
  { kind: 'drop', reachesEnd: false, make: (at, on) => ({ type: 'drop', at, on }) },
]

/** Every kind there is. */
export const TORTURE_KINDS: readonly TortureKind[] = ['segmentation', ...FAULTS.map(({ kind }) => kind)]

/**
 * The places where something begins or ends: segments, lines, characters of several bytes, JSON strings and members.
 *
 * Each with the byte before it and after it, for that is where readers go wrong.
 */
function bordersOf(bytes: Uint8Array, segments: readonly Uint8Array[]): readonly number[] {
  const places = new Set<number>([0, 1, bytes.length - 1, bytes.length])
  let end = 0
  for (const segment of segments) {
    end += segment.length
    for (const place of [end - 1, end, end + 1]) places.add(place)
  }
  for (const [at, byte] of bytes.entries())
    if (byte >= 0x80 || BORDER_BYTES.has(byte)) for (const place of [at, at + 1]) places.add(place)
  return [...places].filter((place) => place >= 0 && place <= bytes.length)
}

const BORDER_BYTES: ReadonlySet<number> = new Set(Buffer.from('\r\n\t "{}[],:;=<>\\'))

/** Every place once: the borders in any order, then the rest in any order. */
function* placesFrom(count: number, borders: readonly number[], random: () => number): Generator<number, undefined> {
  const first = shuffled(
    borders.filter((place) => place < count),
    random,
  )
  yield* first
  const given = new Set(first)
  const start = Math.floor(random() * count)
  // A stride that has no divisor in common with the count comes to every place; keeping them all in order would be dear.
  const stride = strideFor(count, random)
  for (let step = 0; step < count; step += 1) {
    const place = (start + step * stride) % count
    if (!given.has(place)) yield place
  }
}

function strideFor(count: number, random: () => number): number {
  let stride = 1 + Math.floor(random() * count)
  while (greatestDivisor(stride, count) !== 1) stride += 1
  return stride
}

const greatestDivisor = (left: number, right: number): number =>
  right === 0 ? left : greatestDivisor(right, left % right)

/** One from each lane, and again, until there are enough or no more. */
function inTurns(lanes: readonly Lane[], most: number, random: () => number): TortureCase[] {
  const cases: TortureCase[] = []
  let open = shuffled(lanes, random)
  while (open.length > 0 && cases.length < most) {
    const still: Lane[] = []
    for (const lane of open) {
      const fault = lane.next()
      if (fault === undefined) continue
      still.push(lane)
      cases.push({ faults: [fault] })
    }
    open = still
  }
  return cases.slice(0, most)
}

/** The faults once more, in other segmentations. */
function combined(
  singles: readonly TortureCase[],
  segmentations: readonly Segmentation[],
  most: number,
  random: () => number,
): TortureCase[] {
  const cases: TortureCase[] = []
  for (const segmentation of shuffled(segmentations, random))
    for (const single of shuffled(singles, random)) {
      if (cases.length === most) return cases
      cases.push({ ...single, segmentation })
    }
  return cases
}

/** Fisher and Yates. */
function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const left = [...items]
  const order: Item[] = []
  while (left.length > 0) {
    const at = Math.floor(random() * left.length)
    const last = left.pop()
    const picked = at === left.length ? last : left[at]
    if (picked !== undefined) order.push(picked)
    if (at < left.length && last !== undefined) left[at] = last
  }
  return order
}

/** Numbers from 0 up to 1, the same ones for the same seed: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
