import { existsSync } from 'node:fs'
import { connectSocket } from '../client/socket-connector.ts'
import { scopeContext, type ScopePlace } from '../intercept/scope-context.ts'
import { UnnoticedMisses } from '../misses/misses.ts'
import { cassettePath } from '../store/cassette-name.ts'
import { Capture } from '../use/capture.ts'
import { recordsSockets } from '../use/cassette-in-use.ts'
import { namedHosts } from '../intercept/named-hosts.ts'
import { decideBy, hostsIn, type Policy } from '../intercept/policy.ts'
import { RECORD_MODES, recordMode } from '../use/record-mode.ts'
import type { OpenCassette } from '../use/open-cassette.ts'
import { useCassette } from '../use/use-cassette.ts'
import { type Connector, isSecure, type Origin } from '../transport.ts'
import type { RunnerOptions } from './runner-options.ts'
import type { TapeNote } from './tape-note.ts'

/** How a test, or a file of tests, ended. */
export type Outcome = 'passed' | 'failed' | 'skipped'

/** Where the cassettes of a file are, and how they are used. */
export interface TapeSettings {
  readonly dir: string
  readonly options: RunnerOptions
}

/** What a tape is made of. */
export interface TapeParts {
  /** For people: the titles of the test. */
  readonly title: string
  readonly name: string
  /** Read at each use: the set-up of a file may give options later. */
  readonly settings: () => TapeSettings
  readonly isOfFile: boolean
  /** Whether an existing cassette stays, as the test has been tried before. */
  readonly isRetry?: boolean | undefined
  /** Called for what the test asks for after its end. */
  readonly onLate: (tape: Tape, what: string) => void
}

/**
 * The cassette of a test, or of a file of tests, and the connections of the process that go through it.
 *
 * The cassette is opened at the first connection: a test that connects nowhere neither needs nor makes one.
 */
export class Tape {
  readonly title: string
  readonly late: string[] = []
  readonly #parts: TapeParts
  readonly #capture: Capture
  readonly #place: ScopePlace<Capture>
  #opened: Promise<OpenCassette> | undefined
  #cassette: OpenCassette | undefined
  #failure: Error | undefined
  #isEnded = false
  /** How much was recorded in vain, if the test did not get to its end. */
  #unsaved: number | undefined
  #isSaved = true

  /** The options may still change until something connects. */
  readonly #policy: Policy = {
    hosts: (origin) => namedHosts('hosts', hostsIn(this.#options))(origin),
    ignoreHosts: (origin) => namedHosts('ignoreHosts', this.#options.ignoreHosts ?? [])(origin),
    thisMachine: false,
    replays: () => this.#replays(),
  }

  constructor(parts: TapeParts) {
    const { title, isOfFile } = parts
    this.title = title
    this.#parts = parts
    this.#capture = Capture.start({
      title,
      isOfFile,
      connector: this.connector,
      policy: this.#policy,
      recordsSockets: () => recordsSockets(this.#cassette),
      onLate: (what) => this.#onLate(what),
    })
    this.#place = { scope: this.#capture }
  }

  /** Records or replays; the cassette is opened by the first connection. */
  readonly connector: Connector = async (origin, settings) => (await this.open()).connector(origin, settings)

  /** As a connection of the process itself: let through, refused, or recorded and replayed. */
  readonly routed: Connector = (origin, settings) => {
    const decision = this.#capture.decide({ origin, path: undefined, isTls: isSecure(origin), offers: [], options: {} })
    if (decision instanceof Error) return Promise.reject(decision)
    return decision === 'pass' ? connectSocket(origin, settings) : this.connector(origin, settings)
  }

  /** Whether connections to `origin` are recorded and replayed. */
  takes(origin: Origin): boolean {
    return decideBy(this.#policy, { origin, path: undefined }) === 'take'
  }

  /** Whether nothing may leave that is not on the cassette. */
  get replays(): boolean {
    return this.#replays()
  }

  /** Another process has refused something of the test, and its program may have swallowed it. */
  noteProblem(problem: Error): void {
    this.#capture.noteEscape(problem)
  }

  get path(): string {
    return cassettePath(this.#parts.settings().dir, this.#parts.name)
  }

  get #options(): RunnerOptions {
    return this.#parts.settings().options
  }

  /** Resolves when connections are caught at once. */
  get started(): Promise<void> {
    return this.#capture.started
  }

  /** Calls `run` in the context of the test: what it starts belongs to the test, whatever else runs meanwhile. */
  run<Result>(run: () => Result): Result {
    return scopeContext<Capture>().run(this.#place, run)
  }

  /** The cassette. @throws CassetteError as `useCassette`; the test fails with it, even if its code swallows it. */
  async open(): Promise<OpenCassette> {
    this.#opened ??= this.#open()
    return this.#opened
  }

  /** The cassette, if it has been opened. */
  get opened(): OpenCassette | undefined {
    return this.#cassette
  }

  /** What the code under test may have swallowed; the test has to fail with it. */
  get problem(): Error | undefined {
    const misses = this.#cassette?.misses ?? []
    if (this.#failure !== undefined) return this.#failure
    if (misses.length > 0 && this.#options.failOnMiss !== false) return new UnnoticedMisses(misses)
    return this.#capture.escapes[0]
  }

  /** Closes the cassette, and saves it unless the test has failed. Returns what the test has to fail with, if it has not. */
  async end(outcome: Outcome): Promise<Error | undefined> {
    this.#isEnded = true
    this.#capture.end()
    const cassette = await this.#opened?.catch(() => undefined)
    const { problem } = this
    if (cassette === undefined) return problem
    const { recorded } = cassette.summary
    const isGivenUp = outcome !== 'passed' || problem !== undefined
    if (outcome === 'skipped') cassette.discard()
    else if (isGivenUp) cassette.noteFailure()
    this.#unsaved = isGivenUp && this.#options.recordOnError !== true ? recorded : undefined
    try {
      await cassette.eject()
    } catch (error) {
      this.#failure ??= asError(error)
    }
    return problem ?? this.#failure
  }

  /** What the summary of a run says of it; `undefined` if it was not used. */
  get note(): TapeNote | undefined {
    const { passed, escapes } = this.#capture
    const cassette = this.#cassette
    if (cassette === undefined && passed + escapes.length + this.late.length === 0 && this.#failure === undefined)
      return undefined
    const { played, recorded, unused } = cassette?.summary ?? { played: 0, recorded: 0, unused: 0 }
    return {
      title: this.title,
      path: this.path,
      played,
      recorded: this.#unsaved === undefined && this.#isSaved ? recorded : 0,
      unsaved: this.#unsaved ?? (this.#isSaved ? 0 : recorded),
      // A test that does not get to its end leaves something.
      unused: this.#unsaved === undefined ? unused : 0,
      missed: cassette?.misses.length ?? 0,
      passed,
      late: this.late,
      escaped: escapes.map(({ message }) => message),
      failure: this.#failure?.message,
    }
  }

  async #open(): Promise<OpenCassette> {
    const { name, settings, isRetry } = this.#parts
    const { dir, options } = settings()
    const { hosts: _, ...rest } = options
    try {
      const save = options.save !== false && !(isRetry === true && existsSync(this.path))
      this.#isSaved = save
      // What it throws for misses is found by `problem`, too, and before the hooks after a test are over.
      this.#cassette = await useCassette(name, { ...rest, failOnMiss: false, dir, save })
      return this.#cassette
    } catch (error) {
      this.#failure = asError(error)
      throw error
    }
  }

  #replays(): boolean {
    const { env = process.env, mode } = this.#options
    const { found, missing } = RECORD_MODES[recordMode(mode, env)]
    return ['replay', 'fail'].includes(existsSync(this.path) ? found : missing)
  }

  #onLate(what: string): void {
    this.late.push(what)
    if (this.#isEnded) this.#parts.onLate(this, what)
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))
