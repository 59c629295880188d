import type * as Core from './core.ts'

/** What {@link loadCore} gives. */
export type RunnerCore = typeof Core

/**
 * The core of this process, whatever realm asks for it.
 *
 * @param require of the caller, outside of the realm of its tests.
 */
export const loadCore = (require: NodeJS.Require): RunnerCore => require('#runner')
