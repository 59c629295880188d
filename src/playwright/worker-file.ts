import { test, type TestInfo } from '@playwright/test'
import { isBegunBefore } from './prepare-workers.ts'
import { Interception } from '../intercept/interception.ts'
import { FileRun } from '../runner/file-run.ts'
import { areLeftOut } from '../runner/left-out.ts'
import type { RunnerOptions } from '../runner/runner-options.ts'

/** Options for the files of a project; `undefined` if its tests are not caught unless they say so. */
export type FileOptions = (info: TestInfo) => RunnerOptions | undefined

/**
 * The file of tests that a worker of Playwright is at.
 *
 * What outlives a test belongs to it: connections of a pool, and what `beforeAll` does.
 */
export class WorkerFile {
  readonly #optionsOf: FileOptions
  #run: FileRun | undefined
  #project: string | undefined
  #options: RunnerOptions = {}
  #isOver = false
  readonly #finished: Promise<Error | undefined>[] = []

  constructor(optionsOf: FileOptions) {
    this.#optionsOf = optionsOf
  }

  /** The worker begins, with a hook or a test. */
  async open(): Promise<void> {
    this.#turnToNow()
    await this.#run?.started
  }

  /** A test begins that is caught; `options` are those of its file. */
  async begin(info: TestInfo, options: RunnerOptions): Promise<void> {
    this.#turnTo(info, options)
    await this.#run?.started
  }

  /** A test of the file has failed: what the file recorded is not saved. */
  noteFailed(): void {
    this.#run?.noteFailed()
  }

  /** The worker ends. @throws what was wrong with the cassette of a file. */
  async close(): Promise<void> {
    this.#isOver = true
    this.#finish(this.#run)
    const problem = (await Promise.all(this.#finished)).find((each) => each !== undefined)
    if (problem !== undefined) throw problem
  }

  /** Without a test, in a hook that runs before all tests of a file, the options are those of the project. */
  #turnToNow(): void {
    const info = this.#isOver ? undefined : infoNow()
    if (info === undefined || this.#isAt(info)) return
    const options = this.#optionsOf(info)
    if (options !== undefined) this.#turnTo(info, options)
  }

  #turnTo(info: TestInfo, options: RunnerOptions): void {
    this.#options = options
    if (this.#isAt(info)) return
    const before = this.#run
    const { file, project } = info
    this.#project = project.name
    // Before the other file ends, so that what is connected again then belongs to this one.
    this.#run = new FileRun({ file, project: project.name, options: () => this.#options, flag: undefined })
    if (areLeftOut() || isBegunBefore(file, project.name)) this.#run.noteLeftOut()
    this.#finish(before)
    // A worker goes on with another file, and only says so when it runs a hook or a test of it.
    Interception.ofProcess().scopes.beforeAsked = () => this.#turnToNow()
  }

  #isAt({ file, project }: TestInfo): boolean {
    return file === this.#run?.file && project.name === this.#project
  }

  #finish(run: FileRun | undefined): void {
    if (run !== undefined) this.#finished.push(run.finish())
  }
}

/** What the worker does now; `undefined` outside of all tests and hooks. */
function infoNow(): TestInfo | undefined {
  try {
    return test.info()
  } catch {
    // That is how Playwright says so.
    return undefined
  }
}
