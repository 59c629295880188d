import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { removeFile } from './append-only-file.ts'
import { systemCode } from './file-error.ts'
import { stemOf } from './beside.ts'

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
