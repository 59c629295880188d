import { createRequire } from 'node:module'
import type * as Diff from 'diff'

/** `diff`, loaded with the first bodies that differ: recording and replaying do not need it. */
export function diffLibrary(): typeof Diff {
  const diff: typeof Diff = loaded ?? createRequire(import.meta.url)('diff')
  loaded = diff
  return diff
}

let loaded: typeof Diff | undefined

/** The time of a comparison grows with the square of this. */
export const MOST_EDITS = 1000
