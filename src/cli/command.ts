import type { Command } from 'commander'
import type { Output } from '../console/terminal.ts'

/** The exit codes of the process; the help of each command says when it uses which. */
export const EXIT = { done: 0, failed: 1, usage: 2, missed: 3, interrupted: 130 } as const

/** What a command gets besides its arguments. */
export interface CommandContext {
  /** For what the user asked for. */
  readonly out: Output
  /** For progress and errors. */
  readonly err: Output
  /** The words after `--`; empty if there is no `--`. */
  readonly behindDashes: readonly string[]
  /** Prints an error in one line, with what to do about it. */
  readonly complain: (error: unknown) => void
  /** Sets the exit code for an end that is neither success nor an exception. */
  readonly exitWith: (code: number) => void
}

/**
 * Adds one command with its options and help; each file of this folder has one.
 *
 * For invalid arguments commander prints an error and throws a CommanderError.
 */
export type AddCommand = (program: Command, context: CommandContext) => void
