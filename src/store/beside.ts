import { randomUUID } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { threadId } from 'node:worker_threads'

/**
 * The name of a new file beside the one at `path`, with its owner: `users.yaml.tmp-4711.0-3f9a0c12`.
 *
 * It is beside it because `rename` and `link` work only within one file system.
 */
export const besideOf = (path: string, kind: Kind): string =>
  join(dirname(path), `${stemOf(path)}.${kind}-${process.pid}.${threadId}-${randomUUID().slice(0, 8)}`)

/** Shortened, because the name may already be as long as the file system allows. */
export const stemOf = (path: string): string => basename(path).slice(0, 40)

type Kind = 'tmp' | 'lock-new'
