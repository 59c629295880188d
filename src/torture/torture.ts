import { inspect, isDeepStrictEqual } from 'node:util'
import type { Cassette } from '../tape/cassette.ts'
import { loadCassette } from '../store/load-cassette.ts'
import { Conversations } from '../interactions/conversations.ts'
import { LocalProtocolError, WiretapeError } from '../errors.ts'
import type { Segmentation } from '../replay/segmentation.ts'
import { isCleanError } from './clean-error.ts'
import { type PlanOptions, planOf, type Target, TORTURE_KINDS, type TortureCase, type TortureKind } from './plan.ts'
import { type Outcome, type ReplayBase, runOnce, type Scenario } from './run.ts'
import { checkOptions } from '../options.ts'

/** What is done to a scenario, and how its results are judged. */
export interface TortureOptions<Result = unknown> {
  /** How the cassette is replayed otherwise. Default: `{ allowPlaybackRepeats: true }`, for clients that try again. */
  readonly replay?: ReplayBase | undefined
  /** What is done to the answers. Default: everything. */
  readonly kinds?: readonly TortureKind[] | undefined
  /** Default: `'coalesced'`, `'boundaries'`, `'bytewise'` and three seeds that depend on `seed`. */
  readonly segmentations?: readonly Segmentation[] | undefined
  /** Most runs that are made; with fewer than there could be, those at borders are preferred. Default: 1,000. */
  readonly maxRuns?: number | undefined
  /** The same seed makes the same runs. Default: 1. */
  readonly seed?: number | undefined
  /** Real milliseconds after which a run hangs; one that waits for nothing is found at once. Default: 5,000. */
  readonly hangAfter?: number | undefined
  /** Whether an error says cleanly that it went wrong. Default: it, or what caused it, has a `code`; or it is of an abort. */
  readonly isCleanError?: ((error: unknown) => boolean) | undefined
  /** Whether a result is the right one. Default: deeply equal. */
  readonly isSame?: ((result: Result, expected: Result) => boolean) | undefined
  readonly onProgress?: ((progress: TortureProgress) => void) | undefined
}

/** How many runs are done, and how many of these failed. */
export interface TortureProgress {
  readonly done: number
  readonly total: number
  readonly failed: number
}

/** How a run went wrong. */
export type TortureVerdict =
  | 'wrong-result'
  | 'error'
  | 'unclean-error'
  | 'hang'
  | 'unhandled-rejection'
  | 'uncaught-exception'

/** A way to fail, with the first run that did. */
export interface TortureFinding {
  readonly verdict: TortureVerdict
  /** One sentence: what was done, and what came of it. */
  readonly summary: string
  /** Options of a Replayer that bring it back; with the same options otherwise. */
  readonly options: TortureCase
  /** The same as a line of code. */
  readonly reproduce: string
  readonly error: unknown
  /** What came instead of the right result. */
  readonly result: unknown
  /** Runs that failed the same way. */
  readonly count: number
}

/** What came of all runs. */
export interface TortureReport<Result = unknown> {
  /** What the scenario gives where nothing goes wrong. */
  readonly expected: Result
  readonly runs: number
  /** Runs that there could have been. */
  readonly possible: number
  /** Runs that ended in the right result, and in a clean error. */
  readonly right: number
  readonly clean: number
  readonly failed: number
  /** One for each way to fail, in the order they were found. */
  readonly findings: readonly TortureFinding[]
}

const DEFAULTS = { maxRuns: 1_000, seed: 1, hangAfter: 5_000 } as const

const TORTURE_OPTIONS: Readonly<Record<keyof TortureOptions, true>> = {
  replay: true,
  kinds: true,
  segmentations: true,
  maxRuns: true,
  seed: true,
  hangAfter: true,
  isCleanError: true,
  isSame: true,
  onProgress: true,
}

/**
 * Plays a cassette to `scenario` again and again, with its answers cut, broken off, delayed and garbled, and reports the runs
 * that ended neither in the right result nor in a clean error.
 *
 * Where no byte is lost, only the right result will do. Where bytes are garbled, doubled or missing in the middle, any result
 * will: no client can know. Runs are made one at a time, also of several calls; while one is made, errors that would end
 * the process are its own.
 *
 * @throws WiretapeError `TORTURE_BASELINE` where the scenario fails with nothing wrong, or gives different results.
 */
export async function torture<Result>(
  cassette: Cassette | string,
  scenario: Scenario<Result>,
  options: TortureOptions<Result> = {},
): Promise<TortureReport<Result>> {
  checkOptions('torture', options, TORTURE_OPTIONS)
  const tape = typeof cassette === 'string' ? await loadCassette(cassette) : cassette
  const {
    replay = { allowPlaybackRepeats: true },
    hangAfter = DEFAULTS.hangAfter,
    isSame = isDeepStrictEqual,
  } = options
  const run = (one: TortureCase): Promise<Outcome<Result>> => runOnce(tape, scenario, replay, one, hangAfter)
  const { cases, possible } = planOf(targetsOf(tape, replay), planOptions(options))
  const expected = resultOf(await run({}))
  const again = resultOf(await run({}))
  if (!isSame(again, expected)) throw baseline(`it gives ${show(expected)} once and ${show(again)} the next time`)

  const judge = judgeOf(expected, isSame, options.isCleanError ?? isCleanError)
  const findings = new Map<string, TortureFinding>()
  const tally = { right: 0, clean: 0, failed: 0 }
  for (const [index, one] of cases.entries()) {
    const outcome = await run(one)
    const verdict = judge(one, outcome)
    if (verdict === 'right' || verdict === 'clean') tally[verdict] += 1
    else {
      tally.failed += 1
      note(findings, findingOf(verdict, one, outcome, expected))
    }
    options.onProgress?.({ done: index + 1, total: cases.length, failed: tally.failed })
  }
  return { expected, runs: cases.length, possible, ...tally, findings: [...findings.values()] }
}

/** @throws LocalProtocolError `INVALID_OPTION` for an option with an unknown value. */
function planOptions({ kinds = TORTURE_KINDS, segmentations, maxRuns, seed }: TortureOptions<never>): PlanOptions {
  const [first = DEFAULTS.seed, most = DEFAULTS.maxRuns] = [seed, maxRuns]
  const unknown = kinds.find((kind) => !TORTURE_KINDS.includes(kind))
  if (unknown !== undefined)
    throw new LocalProtocolError('INVALID_OPTION', `kinds has ${unknown}; known are ${TORTURE_KINDS.join(', ')}`)
  if (!(most >= 1) || !Number.isSafeInteger(first))
    throw new LocalProtocolError('INVALID_OPTION', 'maxRuns is 1 or more, seed a whole number')
  const seeds = [first, first + 1, first + 2].map((one): Segmentation => ({ seed: one }))
  return {
    kinds: new Set(kinds),
    segmentations: segmentations ?? ['coalesced', 'boundaries', 'bytewise', ...seeds],
    maxRuns: most,
    seed: first,
  }
}

/** What faults are put into: answers, or what servers say on connections. */
function targetsOf(cassette: Cassette, { matchOn }: ReplayBase): Target[] {
  const { connections, interactions } = new Conversations(cassette)
  if (matchOn !== 'bytes')
    return interactions.map(({ index, answer }) => ({
      index,
      segments: answer.flatMap(({ action }) => (action.type === 'segment' ? [action.bytes] : [])),
    }))
  return connections.map(({ events }, index) => ({
    index,
    segments: events.flatMap((event) => (event.type === 'received' ? [event.bytes] : [])),
  }))
}

/** @throws WiretapeError `TORTURE_BASELINE` if there is no such run. */
function resultOf<Result>({ end, strays }: Outcome<Result>): Result {
  const [stray] = strays
  if (stray !== undefined) throw baseline(`${stray.kind}: ${describe(stray.error)}`, stray.error)
  if (end.type === 'hang') throw baseline('it never ends')
  if (end.type === 'error') throw baseline(describe(end.error), end.error)
  return end.result
}

const baseline = (detail: string, cause?: unknown): WiretapeError =>
  new WiretapeError('TORTURE_BASELINE', detail, { cause })

type Judge<Result> = (one: TortureCase, outcome: Outcome<Result>) => 'right' | 'clean' | TortureVerdict

function judgeOf<Result>(
  expected: Result,
  isSame: (result: Result, expected: Result) => boolean,
  isClean: (error: unknown) => boolean,
): Judge<Result> {
  return ({ faults = [] }, { end, strays }) => {
    const [stray] = strays
    if (stray !== undefined) return stray.kind
    switch (end.type) {
      case 'hang':
        return 'hang'
      case 'error':
        if (faults.every(({ type }) => HARMLESS.has(type))) return 'error'
        return isClean(end.error) ? 'clean' : 'unclean-error'
      case 'result':
        return isSame(end.result, expected) || faults.some(({ type }) => GARBLING.has(type)) ? 'right' : 'wrong-result'
    }
  }
}

/** All bytes come, and in time. */
const HARMLESS: ReadonlySet<string> = new Set<TortureKind>(['split'])

/** Other bytes come, and nothing need be wrong with them. */
const GARBLING: ReadonlySet<string> = new Set<TortureKind>(['corrupt', 'duplicate', 'drop'])

function findingOf<Result>(
  verdict: TortureVerdict,
  options: TortureCase,
  { end, strays }: Outcome<Result>,
  expected: Result,
): TortureFinding {
  const error = strays[0]?.error ?? (end.type === 'error' ? end.error : undefined)
  const result = end.type === 'result' ? end.result : undefined
  const reproduce = inspect(options, { breakLength: Infinity, depth: Infinity, compact: true })
  const came =
    verdict === 'hang'
      ? 'no result, and nothing left to wait for'
      : verdict === 'wrong-result'
        ? `${show(result)} instead of ${show(expected)}`
        : describe(error)
  return { verdict, summary: `${verdict} with ${reproduce}: ${came}`, options, reproduce, error, result, count: 1 }
}

/** Runs that fail in the same words under the same kind of fault are one finding. */
function note(findings: Map<string, TortureFinding>, finding: TortureFinding): void {
  const { verdict, options, error } = finding
  const kinds = options.faults?.map(({ type }) => type).join(', ') ?? 'segmentation'
  const key = [verdict, kinds, error instanceof Error ? error.name : typeof error, codeOf(error)].join('|')
  const before = findings.get(key)
  findings.set(key, before === undefined ? finding : { ...before, count: before.count + 1 })
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''

const describe = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : show(error))

const show = (value: unknown): string => inspect(value, { breakLength: Infinity, depth: 4, maxStringLength: 200 })
