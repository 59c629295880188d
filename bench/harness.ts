/**
 * Measures contenders side by side: in one process, in turns, over many rounds.
 *
 * Machines get slower and faster while a benchmark runs. Compared values are measured within moments of each other, and the
 * ratio is taken round by round, so a disturbance of a whole round does not affect the ratio.
 */

/** Rows that share a topic, and the contender that the others are compared with. */
export interface Group {
  readonly name: string
  /** The heading. */
  readonly title: string
  /** Name of the contender whose speed is 1. */
  readonly baseline: string
  /** Sets up what the rows need; it is torn down when the iteration ends. */
  rows(): Iterable<Row> | AsyncIterable<Row>
}

/** One piece of work, and its contenders. */
export interface Row {
  readonly name: string
  /** The unit of the count: `an answer`, `10 GETs` ... */
  readonly operation: string
  /** By name of a contender: how many times as fast we want to be. */
  readonly goals: Readonly<Record<string, number>>
  /** Among them one called `wiretape` and the baseline. */
  open(): readonly Contender[] | Promise<readonly Contender[]>
}

export interface Contender {
  readonly name: string
  /** Does the work this many times; throws if the result is wrong. */
  run(operations: number): void | Promise<void>
  close?(): void | Promise<void>
}

/** How long to measure. */
export interface Effort {
  readonly rounds: number
  /** The time of one contender in one round, milliseconds. */
  readonly sample: number
}

/** Over all rounds. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export interface RowResult {
  readonly name: string
  readonly operation: string
  readonly contenders: readonly ContenderResult[]
}

export interface ContenderResult {
  readonly name: string
  /** In each round. */
  readonly operations: number
  /** For one operation, nanoseconds. */
  readonly elapsed: Spread
  /** For one operation, nanoseconds: the processor time of this process, which a busy machine changes least. */
  readonly cpu: Spread
  /** Times as fast as the baseline. */
  readonly speed: Spread
  /** How many times as fast as this contender wiretape is. */
  readonly lead: Spread
  /** The `lead` that we want. */
  readonly goal: number | undefined
  /** `elapsed`, round by round. */
  readonly samples: readonly number[]
}

/** The name under which we compete. */
export const OURS = 'wiretape'

/** Measures one row: all contenders warm up, then each runs once in every round, in the same order. */
export async function measureRow(row: Row, baseline: string, effort: Effort): Promise<RowResult> {
  const contenders = await row.open()
  try {
    const lanes: Lane[] = []
    for (const contender of contenders) {
      lanes.push({ contender, operations: await warmUp(contender, effort.sample), elapsed: [], cpu: [] })
    }
    for (let round = 0; round < effort.rounds; round += 1) {
      for (const { contender, operations, elapsed, cpu } of lanes) {
        const taken = await time(contender, operations)
        elapsed.push(taken.elapsed / operations)
        cpu.push(taken.cpu / operations)
      }
    }
    return { name: row.name, operation: row.operation, contenders: compare(lanes, baseline, row.goals) }
  } finally {
    for (const contender of contenders) await contender.close?.()
  }
}

/** The state of one contender while the row is measured. */
interface Lane {
  readonly contender: Contender
  readonly operations: number
  readonly elapsed: number[]
  readonly cpu: number[]
}

/** Runs a contender for longer and longer; returns the number of operations that fill a sample. */
async function warmUp(contender: Contender, sample: number): Promise<number> {
  let operations = 1
  // On a busy machine time passes in which nothing is done.
  for (;;) {
    const taken = await time(contender, operations)
    if (taken.cpu > 1e6 * WARM_UP || taken.elapsed > 1e7 * WARM_UP) break
    operations *= 2
  }
  // Once more, now that everything is compiled.
  const { elapsed } = await time(contender, operations)
  return Math.max(1, Math.round((operations * 1e6 * sample) / elapsed))
}

/** The shortest last-but-one run of the warm-up, milliseconds of the processor: the engine needs this time to optimise. */
const WARM_UP = 100

/** In nanoseconds. */
interface Taken {
  readonly elapsed: number
  /** On all threads of this process, in the system and outside of it. */
  readonly cpu: number
}

async function time(contender: Contender, operations: number): Promise<Taken> {
  const cpuBefore = process.cpuUsage()
  const began = performance.now()
  await contender.run(operations)
  const elapsed = performance.now() - began
  const { user, system } = process.cpuUsage(cpuBefore)
  return { elapsed: 1e6 * elapsed, cpu: 1e3 * (user + system) }
}

function compare(lanes: readonly Lane[], baseline: string, goals: Row['goals']): ContenderResult[] {
  const base = samplesOf(lanes, baseline)
  const ours = samplesOf(lanes, OURS)
  return lanes.map(({ contender: { name }, operations, elapsed, cpu }) => ({
    name,
    operations,
    elapsed: spread(elapsed),
    cpu: spread(cpu),
    speed: spread(ratios(base, elapsed)),
    lead: spread(ratios(elapsed, ours)),
    goal: goals[name],
    samples: elapsed,
  }))
}

function samplesOf(lanes: readonly Lane[], name: string): readonly number[] {
  const lane = lanes.find(({ contender }) => contender.name === name)
  if (lane === undefined) throw new Error(`the row has no contender called ${name}`)
  return lane.elapsed
}

/** Round by round. */
const ratios = (dividends: readonly number[], divisors: readonly number[]): number[] =>
  dividends.map((dividend, round) => dividend / (divisors[round] ?? NaN))

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length / 2
  const median = ((sorted[Math.ceil(half) - 1] ?? NaN) + (sorted[Math.floor(half)] ?? NaN)) / 2
  return { median, min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN }
}
