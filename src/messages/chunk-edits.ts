import { type Edit, editedText, type LongText, mapOffsets } from '../content/edits.ts'
import type { Chunk, Message } from './speech.ts'

/** After the line end that closes the chunk before. */
export const lineStart = (text: string): number => /^(?:\r?\n)?/.exec(text)?.[0].length ?? 0

/** Spreads the edits of the content over its chunks, and mends the chunk-size lines. */
export function chunkEdits(speech: LongText, message: Message, content: LongText, inContent: readonly Edit[]): Edit[] {
  const { chunks, end } = message
  const borders = [0]
  for (const { dataStart, dataEnd } of chunks) borders.push((borders.at(-1) ?? 0) + dataEnd - dataStart)
  const newBorders = mapOffsets(inContent, borders)
  const redacted = editedText(content, inContent)

  const edits: Edit[] = []
  let next = 0
  chunks.forEach((chunk, k) => {
    const [from = 0, to = 0] = [borders[k], borders[k + 1]]
    while ((inContent[next]?.end ?? Infinity) <= from) next += 1
    if ((inContent[next]?.start ?? Infinity) >= to) return
    const size = chunk.lineStart + lineStart(speech.slice(chunk.lineStart, chunk.lineEnd))
    const data = redacted.slice(newBorders[k] ?? 0, newBorders[k + 1] ?? 0)
    const following = chunks[k + 1]?.lineStart ?? end?.start
    edits.push(...chunkEdit(chunk, size, { data, following, speech }))
  })
  return edits
}

interface NewChunk {
  readonly data: string
  /** Where the next chunk-size line begins, with the line end before it. */
  readonly following: number | undefined
  readonly speech: LongText
}

function chunkEdit(chunk: Chunk, size: number, { data, following, speech }: NewChunk): Edit[] {
  const { dataStart, dataEnd, lineEnd } = chunk
  // An empty chunk would be the last one, so it goes with its line; of one that was cut off, something must stay.
  if (data === '' && following !== undefined)
    return [{ start: size, end: following + lineStart(speech.slice(following, following + 2)), with: '' }]
  const kept = data === '' ? '*' : data
  const digits = /^[0-9a-fA-F]*/.exec(speech.slice(size, lineEnd))?.[0].length ?? 0
  const newSize = (chunk.size + kept.length - (dataEnd - dataStart)).toString(16)
  return [
    { start: size, end: size + digits, with: newSize },
    { start: dataStart, end: dataEnd, with: kept },
  ]
}
