import { readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { blobsFolder } from '../blobs.ts'
import type { TapeEvent } from '../cassette.ts'
import { loadCassette, saveCassette } from '../cassette-file.ts'
import { lockCassette } from '../lock.ts'
import { redactCassette, type RedactionOptions, type RedactionReport } from '../redaction/redact-cassette.ts'

export interface RedactFileOptions extends RedactionOptions {
  /** Only tells what would change. Default: `false`. */
  readonly check?: boolean | undefined
}

/** What redaction did to a file. */
export interface FileRedaction extends RedactionReport {
  readonly path: string
  /** Whether the file was written anew or, with `check`, would be. */
  readonly isChanged: boolean
  /** Blobs that held what is gone, and that no cassette beside them needs: they were removed. */
  readonly removedBlobs: readonly string[]
}

/**
 * Takes the secrets out of a cassette that is there already, and out of the blobs beside it.
 *
 * The file is replaced as a whole, or stays as it was. What has been pushed is known nevertheless: make such a secret worthless.
 *
 * @throws CassetteError as `loadCassette` and `saveCassette`, and `CASSETTE_LOCKED` while it is recorded.
 */
export async function redactFile(path: string, options: RedactFileOptions = {}): Promise<FileRedaction> {
  const { check = false, ...secrets } = options
  const before = await loadCassette(path)
  const { cassette, report } = redactCassette(before, secrets)
  const isChanged = !isSameTape(before.tape, cassette.tape)
  if (!isChanged || check) return { path, isChanged, removedBlobs: [], ...report }
  const lock = lockCassette(path)
  try {
    const digests = digestsIn(await readFile(path, 'utf8'))
    await saveCassette(path, cassette)
    return { path, isChanged, removedBlobs: await removeUnnamed(path, digests), ...report }
  } finally {
    lock.release()
  }
}

function isSameTape(before: readonly TapeEvent[], after: readonly TapeEvent[]): boolean {
  return before.length === after.length && before.every((event, index) => isSame(event, after[index]))
}

/** Redaction changes bytes and the messages of failures, and nothing else. */
function isSame(one: TapeEvent, other: TapeEvent | undefined): boolean {
  if (other === undefined || one.type !== other.type) return false
  if ('bytes' in one && 'bytes' in other) return Buffer.compare(one.bytes, other.bytes) === 0
  return messageOf(one) === messageOf(other)
}

const messageOf = (event: TapeEvent): string | undefined => ('failure' in event ? event.failure?.message : undefined)

const digestsIn = (text: string): readonly string[] => [...new Set(text.match(/\b[\da-f]{64}\b/g))]

/** A blob may serve several cassettes, and recordings that have not ended. */
async function removeUnnamed(path: string, digests: readonly string[]): Promise<readonly string[]> {
  if (digests.length === 0) return []
  const named = new Set<string>()
  for (const name of await readdir(dirname(path))) {
    if (!/\.(?:ya?ml|rec)$/.test(name)) continue
    for (const digest of digestsIn(await readFile(join(dirname(path), name), 'utf8').catch(() => ''))) named.add(digest)
  }
  const blobs = digests.filter((digest) => !named.has(digest)).map((digest) => join(blobsFolder(path), digest))
  for (const blob of blobs) await rm(blob, { force: true })
  return blobs
}
