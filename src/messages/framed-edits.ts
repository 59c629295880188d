import { type Edit, growth, type LongText, mergeEdits, shiftEdits } from '../content/edits.ts'
import { chunkEdits } from './chunk-edits.ts'
import { contentOf } from './message-content.ts'
import type { Message } from './speech.ts'

/**
 * Edits of the content of a message, with those that keep its framing as true as it was: chunk sizes and Content-Length change by as
 * much as the content does, so that an answer which was cut off stays cut off.
 *
 * Offsets of `inContent` count from the beginning of the content, those of the result from the beginning of the speech.
 */
export function framedEdits(speech: LongText, message: Message, inContent: readonly Edit[]): readonly Edit[] {
  const edits = mergeEdits(inContent)
  if (edits.length === 0) return []
  if (message.isChunked) return chunkEdits(speech, message, contentOf(speech, message), edits)
  return [...lengthEdit(speech, message, growth(edits)), ...shiftEdits(edits, message.headEnd)]
}

function lengthEdit(speech: LongText, { headStart, headEnd }: Message, by: number): readonly Edit[] {
  if (by === 0) return []
  const head = speech.slice(headStart, headEnd)
  const [line = '', before = '', digits = ''] = /^(content-length:[ \t]*)(\d+)/im.exec(head) ?? []
  const start = head.indexOf(line) + before.length
  if (digits === '') return []
  const length = Math.max(0, Number(digits) + by)
  return [{ start: headStart + start, end: headStart + start + digits.length, with: String(length) }]
}
