import type { Step } from './interaction.ts'

/** A step as it is played. */
export interface Cue<Cause = unknown> extends Step<Cause> {
  /** Milliseconds beyond the recorded ones. */
  readonly delay?: number | undefined
  /** Whether it is never joined with what comes before it. */
  readonly isApart?: boolean | undefined
}

/** What a client hears in answer to one thing. */
export interface Played<Cause> {
  readonly cues: readonly Cue<Cause>[]
  /** Whether the server says nothing more on this connection, though it is open. */
  readonly fallsSilent: boolean
}

/** Whether the client hears the same first. */
export function beginsWith(cues: readonly Cue[], told: readonly Cue[]): boolean {
  return told.every(({ action }, index) => {
    const other = cues[index]?.action
    if (other?.type !== action.type) return false
    return action.type !== 'segment' || (other.type === 'segment' && Buffer.compare(other.bytes, action.bytes) === 0)
  })
}
