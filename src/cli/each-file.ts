import { findCassettes } from '../entries/inspect.ts'
import type { CommandContext } from './command.ts'
import { UserError } from '../console/failure.ts'
import { Progress } from '../console/progress.ts'
import type { Output } from '../console/terminal.ts'

/** The named cassettes, and those in named folders. @throws UserError `NO_CASSETTES` if there are none. */
export async function cassettesIn(paths: readonly string[]): Promise<readonly string[]> {
  const { cassettes } = await findCassettes(paths)
  if (cassettes.length === 0) throw noCassettes(paths)
  return cassettes
}

export const noCassettes = (paths: readonly string[]): UserError =>
  new UserError('NO_CASSETTES', `there are no cassettes in ${paths.join(', ')}`)

/**
 * Calls `work` for one file after the other, and prints what it returns. After an error in one file, which is printed, it goes on with the next.
 *
 * Returns how many failed.
 */
export async function forEachFile(
  verb: string,
  files: readonly string[],
  { out, complain }: CommandContext,
  work: (file: string, out: Output) => Promise<() => void>,
): Promise<number> {
  const progress = new Progress(verb)
  let failures = 0
  for (const [index, file] of files.entries()) {
    progress.update(index, files.length, file)
    try {
      const print = await work(file, out)
      progress.around(print)
    } catch (error) {
      failures += 1
      progress.around(() => complain(error))
    }
  }
  progress.stop()
  return failures
}
