import type { LongText } from '../content/edits.ts'
import { JoinedText } from './segment-text.ts'
import type { Message } from './speech.ts'

/** The content of a message without its transfer coding. */
export function contentOf(speech: LongText, { chunks }: Message): LongText {
  if (typeof speech === 'string')
    return chunks.map(({ dataStart, dataEnd }) => speech.slice(dataStart, dataEnd)).join('')
  return new JoinedText(
    speech,
    chunks.map(({ dataStart, dataEnd }) => ({ start: dataStart, end: dataEnd })),
  )
}

/** Lower-case names of fields that are computed from the content, such as digests (RFC 9530): wrong once it has changed. */
export const DIGEST_FIELD =
  /^(?:content-md5|(?:content-|repr-)?digest|x-amz-content-sha256|x-amz-checksum-.*|x-goog-hash|content-crc32c?|x-content-(?:hash|sha256|digest))$/
