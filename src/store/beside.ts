import { randomUUID } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { threadId } from 'node:worker_threads'

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
