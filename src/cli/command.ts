import type { Command } from 'commander'
import type { Output } from './console/terminal.ts'

/** What the process can end with; the help of each command says when. */
export const EXIT = { done: 0, failed: 1, usage: 2, missed: 3, interrupted: 130 } as const

/** What a command works with beside its arguments. */
export interface CommandContext {
  /** What was asked for goes here. */
  readonly out: Output
  /** Progress and complaints go here. */
  readonly err: Output
  /** The words behind `--`: none where that is missing. */
  readonly behindDashes: readonly string[]
  /** Tells of an error in one line, with what to do about it. */
  readonly complain: (error: unknown) => void
  /** Tells of an end that is neither success nor an exception. */
  readonly exitWith: (code: number) => void
}

/**
 * Adds one command with its options and help; a file of this folder holds one.
 *
 * Arguments that make no sense throw a CommanderError once commander has told them.
 */
export type AddCommand = (program: Command, context: CommandContext) => void
