import { LocalProtocolError, WiretapeError } from '../errors.ts'
import { checkOptions } from '../options.ts'
import { loadCassette } from '../store/load-cassette.ts'
import type { Cassette } from '../tape/cassette.ts'
import { clearTimeout, monotonicNow, setTimeout } from '../timers.ts'
import type { Part, Phase } from './parts.ts'
import { PHASES, RAW_PHASE } from './phases.ts'
import { reduce } from './reduce.ts'
import { digestOf, type Size, sizeOf } from './size.ts'

/**
 * Says how a cassette fails: any text, or `true`; `undefined` or `false` if it does not.
 *
 * Two failures with the same text are the same failure. An error that it throws ends the shrinking.
 */
export type Failing = (cassette: Cassette, signal: AbortSignal) => Verdict | Promise<Verdict>
type Verdict = string | boolean | undefined

/** How to shrink a cassette. */
export interface ShrinkOptions {
  /** Whether to cut single bytes in the end, without regard for framing: the result may not be HTTP. Default: `false`. */
  readonly raw?: boolean | undefined
  /** Milliseconds after which the best so far is the result. Default: no limit. */
  readonly timeLimit?: number | undefined
  /** Milliseconds after which a run counts as another failure, because it hangs. Default: 10,000. */
  readonly hangAfter?: number | undefined
  /** Attempts in vain, one after the other, after which a kind of part is left as it is. Default: 500. */
  readonly patience?: number | undefined
  /** Ends the shrinking; the best so far is the result. */
  readonly signal?: AbortSignal | undefined
  /** Called after each run. */
  readonly onProgress?: ((progress: ShrinkProgress) => void) | undefined
}

/** How far a cassette has shrunk. */
export interface ShrinkProgress {
  /** What is being left out, such as `interactions`. */
  readonly phase: string
  readonly runs: number
  readonly left: ShrinkSize
}

/** How much there is in a cassette. */
export type ShrinkSize = Size

/** The smallest cassette that was found. */
export interface Shrunk {
  readonly cassette: Cassette
  /** How the original fails, and so does this one; `true` or the text of the predicate. */
  readonly failure: string | true
  readonly before: ShrinkSize
  readonly after: ShrinkSize
  /** How often the predicate was called. */
  readonly runs: number
  /** `'minimal'`: no part that was tried can go; `'patience'`: some were not tried; `'time'`, `'abort'`: it was ended before. */
  readonly ended: 'minimal' | 'patience' | 'time' | 'abort'
  /** What the failure needs, as far as it is known: headers, members, borders and the like that cannot go. */
  readonly needed: readonly NeededPart[]
}

/** A part without which the cassette does not fail the same way. */
export type NeededPart = Part

const DEFAULTS = { raw: false, timeLimit: Infinity, hangAfter: 10_000, patience: 500 } as const

const SHRINK_OPTIONS: Readonly<Record<keyof ShrinkOptions, true>> = {
  raw: true,
  timeLimit: true,
  hangAfter: true,
  patience: true,
  signal: true,
  onProgress: true,
}

/**
 * Finds the smallest cassette that still fails the same way: connections, interactions, headers, members of JSON, segments, characters.
 *
 * What is left is exact in its bytes; lengths change with what they count. The cassette must fail twice the same way before anything is
 * tried, so that a failure which comes and goes is not taken for one that needs nothing.
 *
 * @throws WiretapeError `SHRINK_PASSES` if it does not fail, `SHRINK_FLAKY` if it does not fail the same way twice; and as `loadCassette`.
 */
export async function shrink(
  cassette: Cassette | string,
  failing: Failing,
  options: ShrinkOptions = {},
): Promise<Shrunk> {
  checkOptions('shrink', options, SHRINK_OPTIONS)
  const { hangAfter = DEFAULTS.hangAfter, patience = DEFAULTS.patience } = options
  if (!(hangAfter >= 1) || !(patience >= 1))
    throw new LocalProtocolError('INVALID_OPTION', 'hangAfter and patience are 1 or more')
  const tape = typeof cassette === 'string' ? await loadCassette(cassette) : cassette
  return await new Shrinker({ version: tape.version, recorded: tape.recorded, tape: tape.tape }, failing, options).run()
}

class Shrinker {
  readonly #original: Cassette
  readonly #failing: Failing
  readonly #options: ShrinkOptions
  readonly #end: number
  /** Verdicts, by the digest of the cassette. */
  readonly #known = new Map<string, boolean>()
  /** Kinds of parts that were tried, and whose rest says what the failure needs. */
  readonly #telling = new Set<Phase>()
  #best: Cassette
  #failure: string | true = true
  #runs = 0
  #phase = 'the original'
  #hasHung = false

  constructor(original: Cassette, failing: Failing, options: ShrinkOptions) {
    this.#original = original
    this.#best = original
    this.#failing = failing
    this.#options = options
    this.#end = monotonicNow() + (options.timeLimit ?? DEFAULTS.timeLimit)
  }

  async run(): Promise<Shrunk> {
    const first = await this.#verdictOn(this.#original)
    if (!isFailure(first)) throw this.#passes()
    const second = await this.#verdictOn(this.#original)
    if (second !== first) throw new WiretapeError('SHRINK_FLAKY', `first ${wordsOf(first)}, then ${wordsOf(second)}`)
    this.#failure = first
    const phases = [...PHASES, ...(this.#options.raw === true ? [RAW_PHASE] : [])]
    let isWhole = true
    for (let before: Cassette | undefined; before !== this.#best && !this.#isOver();) {
      before = this.#best
      isWhole = true
      // What could not go may be able to once smaller parts have gone, so all is tried until nothing changes.
      for (const phase of phases) if (!(await this.#shorten(phase))) isWhole = false
    }
    return this.#result(isWhole)
  }

  #result(isWhole: boolean): Shrunk {
    return {
      cassette: this.#best,
      failure: this.#failure,
      before: sizeOf(this.#original),
      after: sizeOf(this.#best),
      runs: this.#runs,
      ended:
        this.#options.signal?.aborted === true ? 'abort' : this.#isOver() ? 'time' : isWhole ? 'minimal' : 'patience',
      // Places in what is left now: later phases have moved them.
      needed: Array.from(this.#telling, ({ partsOf }) => partsOf(this.#best).parts).flat(),
    }
  }

  /** Leaves out what can go of one kind of part; returns whether all of them were tried. */
  async #shorten(phase: Phase): Promise<boolean> {
    this.#phase = phase.name
    const found = phase.partsOf(this.#best)
    const { patience = DEFAULTS.patience } = this.#options
    const { removed, isMinimal } = await reduce(
      Array.from(found.parts.keys()),
      async (indices) => await this.#isSame(found.without(indices)),
      { patience, isOver: () => this.#isOver() },
    )
    const shorter = removed.size === 0 ? this.#best : found.without(removed)
    // Something must stay of a chunk that was cut off: a cut that puts it back has changed nothing.
    if (digestOf(shorter) !== digestOf(this.#best)) this.#best = shorter
    if (phase.isTelling) this.#telling.add(phase)
    return isMinimal
  }

  async #isSame(candidate: Cassette): Promise<boolean> {
    const digest = digestOf(candidate)
    const known = this.#known.get(digest)
    if (known !== undefined) return known
    const verdict = await this.#verdictOn(candidate)
    const isSame = verdict === this.#failure && !this.#isOver()
    if (!this.#isOver()) this.#known.set(digest, isSame)
    return isSame
  }

  async #verdictOn(candidate: Cassette): Promise<Verdict> {
    const { hangAfter = DEFAULTS.hangAfter, signal } = this.#options
    const left = Math.min(hangAfter, Math.max(1, this.#end - monotonicNow()))
    const ended = new AbortController()
    // Before it can be aborted: nobody hears of it later.
    const hung = new Promise<undefined>((resolve) => ended.signal.addEventListener('abort', () => resolve(undefined)))
    const end = (): void => ended.abort()
    signal?.addEventListener('abort', end)
    if (signal?.aborted === true) end()
    this.#hasHung = false
    const timer = setTimeout(() => {
      this.#hasHung = true
      end()
    }, left)
    try {
      return await Promise.race([this.#failing(candidate, ended.signal), hung])
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      this.#runs += 1
      const { onProgress } = this.#options
      onProgress?.({ phase: this.#phase, runs: this.#runs, left: sizeOf(this.#best) })
    }
  }

  #isOver(): boolean {
    return this.#options.signal?.aborted === true || monotonicNow() >= this.#end
  }

  #passes(): WiretapeError {
    if (this.#isOver()) return new WiretapeError('SHRINK_PASSES', 'it was ended before it had failed')
    const { hangAfter = DEFAULTS.hangAfter } = this.#options
    return new WiretapeError('SHRINK_PASSES', this.#hasHung ? `no failure within ${hangAfter} ms` : '')
  }
}

const isFailure = (verdict: Verdict): verdict is string | true => verdict !== undefined && verdict !== false

const wordsOf = (verdict: Verdict): string =>
  typeof verdict === 'string' ? verdict : verdict === true ? 'it failed' : 'it did not fail'
