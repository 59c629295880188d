import { basename, join, relative } from 'node:path'
import { cassetteNameOf, defaultDir, titlesOf } from '../use/test-name.ts'
import type { RecordMode } from '../use/record-mode.ts'
import { addToRun } from './notes-file.ts'
import { keepWatch } from './watch.ts'
import type { RunnerOptions } from './runner-options.ts'
import { areNotable, summaryLines } from './summary.ts'
import { type Outcome, Tape, type TapeSettings } from './tape.ts'
import type { TapeNote } from './tape-note.ts'

/** What a runner says about a file of tests. */
export interface FileRunParts {
  /** Absolute. */
  readonly file: string
  /** Name of the project, if the runner has several: they may run the same file at the same time. */
  readonly project?: string | undefined
  /** Read at each use: a set-up file may call `configure` after ours. */
  readonly options: () => RunnerOptions
  /** What the runner's own flag for snapshots means for cassettes. */
  readonly flag: RecordMode | undefined
}

/** What a runner says about a test. */
export interface TestParts {
  /** From the outermost suite on. */
  readonly titles: readonly string[]
  readonly isRetry?: boolean | undefined
}

/** A file of tests in a process: its own cassette, for what outlives a test, and those of its tests. */
export class FileRun {
  readonly file: string
  readonly #parts: FileRunParts
  readonly #tape: Tape
  readonly #notes: TapeNote[] = []
  /** The tests of each name, in the order of their definition. */
  readonly #named = new Map<string, object[]>()
  #hasFailed = false
  #isPartial = false
  #isFinished = false

  constructor(parts: FileRunParts) {
    this.file = parts.file
    this.#parts = parts
    keepWatch()
    const { file, project = '' } = parts
    const folder = project === '' ? '' : `${cassetteNameOf([project])}/`
    this.#tape = this.#tapeFor(basename(file), `${folder}${FILE_NAME}`, true)
  }

  /** Resolves when connections are caught at once. */
  get started(): Promise<void> {
    return this.#tape.started
  }

  /** Announces a test before any is begun, so that tests with equal titles get the same names in each run. */
  expect(test: object, titles: readonly string[]): void {
    this.#nameOf(test, titles)
  }

  /** A test begins, or is tried again. @param test whatever stands for it in its runner. */
  begin(test: object, { titles, isRetry }: TestParts): Tape {
    return this.#tapeFor(titles.join(' > '), this.#nameOf(test, titles), false, isRetry)
  }

  /** A test has ended. Returns what it has to fail with. */
  async end(tape: Tape, outcome: Outcome): Promise<Error | undefined> {
    const problem = await tape.end(outcome)
    if (outcome === 'failed' || problem !== undefined) this.#hasFailed = true
    this.#keep(tape)
    return problem
  }

  /** A test that somebody else began has failed. */
  noteFailed(): void {
    this.#hasFailed = true
  }

  /** Some tests of the file have not been asked for. */
  noteLeftOut(): void {
    this.#isPartial = true
  }

  /**
   * All tests have ended. Returns what the file has to fail with.
   *
   * The file's cassette holds what all its tests have done: if one of them failed or did not run, it stays as it is.
   */
  async finish(): Promise<Error | undefined> {
    if (this.#isFinished) return undefined
    const outcome = this.#hasFailed ? 'failed' : this.#isPartial ? 'skipped' : 'passed'
    const problem = await this.#tape.end(outcome)
    this.#keep(this.#tape)
    this.#isFinished = true
    report(this.#notes)
    return problem
  }

  #keep({ note }: Tape): void {
    if (note !== undefined) this.#notes.push(note)
  }

  #tapeFor(title: string, name: string, isOfFile: boolean, isRetry?: boolean): Tape {
    return new Tape({
      title,
      name,
      settings: () => this.#settings(),
      isOfFile,
      isRetry,
      onLate: (tape) => this.#onLate(tape),
    })
  }

  #settings(): TapeSettings {
    const options = this.#parts.options()
    const { dir, mode } = options
    return {
      dir: dir === undefined ? defaultDir(this.file) : join(dir, relative(process.cwd(), this.file)),
      options: { ...options, mode: this.#parts.flag ?? mode },
    }
  }

  #nameOf(test: object, titles: readonly string[]): string {
    const name = cassetteNameOf(titlesOf(this.#parts.project ?? '', titles))
    const tests = this.#named.get(name) ?? []
    this.#named.set(name, tests)
    if (!tests.includes(test)) tests.push(test)
    const place = tests.indexOf(test)
    return place === 0 ? name : `${name}.${place + 1}`
  }

  /** Nobody else reports what comes after the end of the file. */
  #onLate(tape: Tape): void {
    const { note } = tape
    if (this.#isFinished && note !== undefined) report([{ ...note, ...COUNTED }])
  }
}

/** A note that has been given before counts only what is new. */
const COUNTED = { played: 0, recorded: 0, unsaved: 0, unused: 0, missed: 0, passed: 0, escaped: [], failure: undefined }

/** The cassette of a file. No title has this name: see `cassetteNameOf`. */
export const FILE_NAME = '_file'

function report(notes: readonly TapeNote[]): void {
  if (notes.length === 0 || addToRun(notes) || !areNotable(notes)) return
  process.stderr.write(`${summaryLines(notes).join('\n')}\n`)
}
