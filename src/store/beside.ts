import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { removeFile } from './append-only-file.ts'
import { systemCode } from './file-error.ts'

/**
 * The name of a new file beside the one at `path`, which tells whose it is: `users.yaml.tmp-4711.0-3f9a0c12`.
 *
 * Beside it, as `rename` and `link` stay within a file system.
 */
export const besideOf = (path: string, kind: Kind): string =>
  join(dirname(path), `${stemOf(path)}.${kind}-${process.pid}.${threadId}-${randomUUID().slice(0, 8)}`)

/** A name may be as long as the file system allows already. */
export const stemOf = (path: string): string => basename(path).slice(0, 40)

type Kind = 'tmp' | 'lock-new'

/** Removes what dead processes left beside the file at `path`; that it stays is no reason to fail. */
export function removeOrphans(path: string): void {
  try {
    for (const name of readdirSync(dirname(path)))
      if (isOrphan(name, stemOf(path))) removeFile(join(dirname(path), name))
  } catch {
    // Whoever cannot list or clean the folder may still be able to write in it.
  }
}

function isOrphan(name: string, stem: string): boolean {
  if (!name.startsWith(`${stem}.`)) return false
  const [, pid, thread] = /^\.(?:tmp|lock-new)-(\d{1,10})\.(\d{1,10})-[\da-f]{8}$/.exec(name.slice(stem.length)) ?? []
  if (pid === undefined) return false
  // This thread is here, and not writing one.
  if (Number(pid) === process.pid) return Number(thread) === threadId
  return !isRunning(Number(pid))
}

/** Whether there is such a process on this machine. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) !== 'ESRCH'
  }
}
