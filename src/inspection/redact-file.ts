import { blobsNamedIn, removeUnnamedBlobs } from '../store/blobs.ts'
import type { TapeEvent } from '../tape/cassette.ts'
import { loadCassette } from '../store/load-cassette.ts'
import { saveCassette } from '../store/save-cassette.ts'
import { lockCassette } from '../store/lock.ts'
import { redactCassette, type RedactionReport } from '../redaction/redact-cassette.ts'
import { checkSecrets, type RedactionOptions } from '../redaction/redaction-options.ts'

/** What is secret in a file, and whether to change the file. */
export interface RedactFileOptions extends RedactionOptions {
  /** Only report what would change. Default: `false`. */
  readonly check?: boolean | undefined
}

/** What redaction did to a file. */
export interface FileRedaction extends RedactionReport {
  readonly path: string
  /** Whether the file was rewritten or, with `check`, would be. */
  readonly isChanged: boolean
  /** Removed blobs: they held secrets, and no cassette beside them needs them. */
  readonly removedBlobs: readonly string[]
}

/**
 * Removes the secrets from an existing cassette, and from the blobs beside it.
 *
 * The file is replaced as a whole, or does not change. A secret that was pushed is no longer secret: revoke it.
 *
 * @throws CassetteError as `loadCassette` and `saveCassette`, and `CASSETTE_LOCKED` during a recording.
 */
export async function redactFile(path: string, options: RedactFileOptions = {}): Promise<FileRedaction> {
  const { check = false, ...secrets } = options
  checkSecrets(secrets)
  const { redaction: planned } = await planRedaction(path, secrets)
  if (check || !planned.isChanged) return { ...planned, removedBlobs: [] }
  const lock = lockCassette(path)
  try {
    // Read again, because somebody may have replaced the file meanwhile.
    const { redaction, cassette } = await planRedaction(path, secrets)
    const digests = blobsNamedIn(path)
    await saveCassette(path, cassette)
    return { ...redaction, removedBlobs: removeUnnamedBlobs(path, digests) }
  } finally {
    lock.release()
  }
}

async function planRedaction(path: string, secrets: RedactionOptions) {
  const before = await loadCassette(path)
  const { cassette, report } = redactCassette(before, secrets)
  return { redaction: { path, isChanged: !isSameTape(before.tape, cassette.tape), ...report }, cassette }
}

function isSameTape(before: readonly TapeEvent[], after: readonly TapeEvent[]): boolean {
  return before.length === after.length && before.every((event, index) => isSame(event, after[index]))
}

/** Redaction changes only bytes and the messages of failures. */
function isSame(one: TapeEvent, other: TapeEvent | undefined): boolean {
  if (other === undefined) return false
  if ('bytes' in one && 'bytes' in other) return Buffer.compare(one.bytes, other.bytes) === 0
  return messageOf(one) === messageOf(other)
}

const messageOf = (event: TapeEvent): string | undefined => ('failure' in event ? event.failure?.message : undefined)
