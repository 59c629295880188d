import { rm } from 'node:fs/promises'
import { holderOf } from '../store/lock.ts'
import { type CheckReport } from './check-cassettes.ts'
import type { Finding } from './findings.ts'
import { formatCassette, type PlacedRemark } from './format-cassette.ts'

/** What was mended, and what was not. */
export interface FixReport {
  readonly mended: readonly FileRemark[]
  /** What could be mended only by guessing, or with a loss. */
  readonly left: readonly FileRemark[]
}

/** A remark about a place in a cassette, or about a file beside it. */
export interface FileRemark extends PlacedRemark {
  readonly file: string
}

/**
 * Mends of what `checkCassettes` has found whatever can be mended without guessing: the layout, checksums, numbers of events, and lengths in
 * edited records; and removes locks of processes that are gone.
 *
 * No byte of a recording and no comment of yours is lost: journals, temporary files, blobs, secrets and records that are torn or broken stay as they are.
 */
export async function fixCassettes({ findings }: Pick<CheckReport, 'findings'>): Promise<FixReport> {
  const mended: FileRemark[] = []
  const left: FileRemark[] = []
  for (const file of filesWith(findings, BY_FORM)) {
    const planned = await formatCassette(file, { check: true }).catch(() => undefined)
    if (planned === undefined) continue // the finding says what is wrong
    const lost = planned.mended.filter(({ message }) => message.startsWith('a comment is lost'))
    if (lost.length > 0) {
      left.push(
        ...lost.map(({ line, column, message }) => ({
          file,
          line,
          column,
          message: message.replace('is lost', 'would be lost'),
        })),
      )
      continue
    }
    const done = planned.isChanged ? await formatCassette(file) : planned
    mended.push(...done.mended.map(({ line, column, message }) => ({ file, line, column, message })))
    left.push(...done.left.map(({ line, column, message }) => ({ file, line, column, message })))
  }
  for (const file of filesWith(findings, LOCKS)) {
    // Somebody may have taken it over meanwhile.
    if (holderOf(file) !== undefined) continue
    await rm(file, { force: true })
    mended.push({ file, line: 1, column: 1, message: 'a lock whose owner is gone was removed' })
  }
  return { mended, left }
}

const BY_FORM: ReadonlySet<string> = new Set(['CHECKSUM_WRONG', 'CHECKSUM_MISSING', 'LENGTH_WRONG', 'CASSETTE_INVALID'])
const LOCKS: ReadonlySet<string> = new Set(['LOCK_LEFT'])

const filesWith = (findings: readonly Finding[], codes: ReadonlySet<string>): readonly string[] => [
  ...new Set(findings.filter(({ code }) => codes.has(code)).map(({ file }) => file)),
]
