/**
 * A reporter for Vitest and Jest, which ends a run with one summary of its cassettes, whatever number of workers it had.
 *
 * ```ts
 * test: { setupFiles: ['wiretape/vitest'], reporters: ['default', 'wiretape/reporter'] }
 * ```
 *
 * @packageDocumentation
 */
import { RunSummary } from './run-summary.ts'

/** Named as both runners ask for it. */
// oxlint-disable-next-line import/no-default-export
export default class CassetteRunReporter {
  #summary: RunSummary | undefined

  /** Vitest: a run begins, maybe not the first. */
  onTestRunStart(): void {
    this.#begin()
  }

  /** Vitest: it is over. */
  onTestRunEnd(): void {
    this.#end()
  }

  /** Jest: a run begins. */
  onRunStart(): void {
    this.#begin()
  }

  /** Jest: it is over. */
  onRunComplete(): void {
    this.#end()
  }

  #begin(): void {
    this.#summary ??= RunSummary.begin()
  }

  #end(): void {
    this.#summary?.end()
    this.#summary = undefined
  }
}
