import { chmodSync, lstatSync } from 'node:fs'
import { systemCode } from './file-error.ts'

/** The mode of files that may hold what was not redacted: journals, temporary files, and cassettes and blobs of `redact: false`. */
export const PRIVATE = 0o600

/** Who may read a finished file. */
export interface Sharing {
  /** Whether it may hold what was not redacted. Default: `false`. */
  readonly isPrivate?: boolean
}

/** Gives a finished temporary file the mode that it is to have at `path`: that of the file there, or of any new file. */
export function share(temporary: string, path: string, { isPrivate = false }: Sharing = {}): void {
  if (!isPrivate) chmodSync(temporary, modeOf(path) ?? 0o666 & ~process.umask())
}

function modeOf(path: string): number | undefined {
  try {
    const stats = lstatSync(path)
    return stats.isFile() ? stats.mode & 0o777 : undefined
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}
