import { readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { isRunning } from '../store/orphans.ts'
import { holderOf } from '../store/lock.ts'
import type { FoundFiles } from './find-cassettes.ts'
import { type Finding, finding } from './findings.ts'

/** Finds what killed recordings left, and what current recordings need. */
export function checkLeftovers({ journals, locks, temporaries, originals }: FoundFiles): readonly Finding[] {
  const held = new Set<string>()
  const findings: Finding[] = []
  for (const file of locks) {
    const holder = holderOf(file)
    const cassette = file.replace(/\.lock$/, '')
    if (holder !== undefined) held.add(cassette)
    findings.push(
      holder === undefined ? finding('LOCK_LEFT', { file }) : finding('LOCKED', { file: cassette }, `by ${holder}`),
    )
  }
  for (const file of journals)
    if (!held.has(file.replace(/\.rec$/, ''))) findings.push(finding('JOURNAL_LEFT', { file }))
  for (const original of originals) {
    const file = original.replace(/\.before-shrink$/, '')
    if (!held.has(file)) findings.push(finding('ORIGINAL_LEFT', { file }))
  }
  for (const file of temporaries) if (!isInUse(file)) findings.push(finding('TEMPORARY_LEFT', { file }))
  return findings
}

/** The name contains the process that writes it; the file that guards taking over a lock is itself a lock. */
function isInUse(temporary: string): boolean {
  const pid = /\.(?:tmp|lock-new)-(\d+)\./.exec(temporary)?.[1]
  return pid === undefined ? holderOf(temporary) !== undefined : isRunning(Number(pid))
}

/** Blobs that no cassette beside them names; the others are read with their cassette. */
export async function checkBlobs({ blobs, cassettes }: FoundFiles): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const used = new Map<string, ReadonlySet<string>>()
  for (const file of blobs) {
    const digest = /^[\da-f]{64}/.exec(basename(file))?.[0]
    const folder = dirname(dirname(file))
    const named = used.get(folder) ?? (await digestsNamedIn(cassettes.filter((path) => dirname(path) === folder)))
    used.set(folder, named)
    if (digest === undefined || !named.has(digest)) findings.push(finding('BLOB_ORPHAN', { file }))
  }
  return findings
}

/** Includes cassettes that cannot be read: the blobs that they name must not be deleted. */
async function digestsNamedIn(cassettes: readonly string[]): Promise<ReadonlySet<string>> {
  const digests = new Set<string>()
  for (const path of cassettes) {
    for (const [digest] of (await readFile(path, 'utf8')).matchAll(/[\da-f]{64}/g)) digests.add(digest)
  }
  return digests
}
