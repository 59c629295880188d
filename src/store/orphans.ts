import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { removeFile } from './append-only-file.ts'
import { systemCode } from './file-error.ts'
import { stemOf } from './beside.ts'

/** Removes what dead processes left beside the file at `path`, if it can. */
export function removeOrphans(path: string): void {
  try {
    for (const name of readdirSync(dirname(path)))
      if (isOrphan(name, stemOf(path))) removeFile(join(dirname(path), name))
  } catch {
    // The folder may still be writable even if it cannot be listed or cleaned.
  }
}

function isOrphan(name: string, stem: string): boolean {
  if (!name.startsWith(`${stem}.`)) return false
  const [, pid, thread] = /^\.(?:tmp|lock-new)-(\d{1,10})\.(\d{1,10})-[\da-f]{8}$/.exec(name.slice(stem.length)) ?? []
  if (pid === undefined) return false
  // This thread is not writing a temporary file right now.
  if (Number(pid) === process.pid) return Number(thread) === threadId
  return !isRunning(Number(pid))
}

/** Whether a process with this number runs on this machine. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) !== 'ESRCH'
  }
}
