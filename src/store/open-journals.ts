/** Something that is written to while the process runs. */
export interface Open {
  /** Called when the process exits: writes what is left and reports what was lost. */
  endWithProcess(): void
}

const OPEN = new Set<Open>()

/** Has a journal told when the process exits, until {@link unwatchExit}. All of them share one listener. */
export function watchExit(journal: Open): void {
  if (OPEN.size === 0) process.once('exit', endWithProcess)
  OPEN.add(journal)
}

export function unwatchExit(journal: Open): void {
  OPEN.delete(journal)
  if (OPEN.size === 0) process.off('exit', endWithProcess)
}

function endWithProcess(): void {
  for (const journal of OPEN) journal.endWithProcess()
}
