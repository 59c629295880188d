import { contentEdits, type OpaqueContent, type OpaquePolicy } from './content.ts'
import { applyEdits, type Edit, growth, mapOffsets, mergeEdits, shiftEdits } from './edits.ts'
import type { Chunk, Message } from './messages.ts'
import type { Scrubber } from './scrubber.ts'

/** What is to change in a message, in offsets of its direction. */
export interface MessageEdits {
  readonly edits: readonly Edit[]
  /** What is to be said of a content that could not be searched. */
  readonly opaque?: OpaqueContent | undefined
}

/** The edits of one message of `speech`, with those that keep its framing true. */
export function messageEdits(speech: string, message: Message, scrubber: Scrubber, policy: OpaquePolicy): MessageEdits {
  const content = message.chunks.map(({ dataStart, dataEnd }) => speech.slice(dataStart, dataEnd)).join('')
  const isWhole = message.end !== undefined
  const { edits: inContent, opaque } = contentEdits(content, message.fields, isWhole, { scrubber, policy })
  const inBody = message.isChunked
    ? chunkEdits(speech, message, inContent, scrubber)
    : shiftEdits(inContent, message.headEnd)
  const inHead = headEdits(speech.slice(message.headStart, message.headEnd), {
    bodyGrowth: message.isChunked ? 0 : growth(inContent),
    isBodyChanged: inContent.length > 0,
    isRequest: message.method !== '',
    scrubber,
  })
  return {
    edits: mergeEdits([...shiftEdits(inHead, message.headStart), ...inBody, ...endEdits(speech, message, scrubber)]),
    opaque,
  }
}

interface HeadContext {
  readonly bodyGrowth: number
  readonly isBodyChanged: boolean
  readonly isRequest: boolean
  readonly scrubber: Scrubber
}

function headEdits(head: string, context: HeadContext): Edit[] {
  const start = /^(?:\r?\n)*/.exec(head)?.[0].length ?? 0
  const end = head.indexOf('\n', start) + 1
  return [
    ...shiftEdits(startLineEdits(head.slice(start, end), context), start),
    ...shiftEdits(sectionEdits(head.slice(end), context), end),
  ]
}

/** In a request line the target may change, in a status line the reason phrase (RFC 9112 sections 3 and 4). */
function startLineEdits(line: string, { isRequest, scrubber }: HeadContext): Edit[] {
  const pattern = isRequest ? /^(\S+ )(\S+)/ : /^(\S+ \d+ )([^\r\n]*)/
  const [, before = '', text = ''] = pattern.exec(line) ?? []
  const method = isRequest ? asToken(scrubber.text(before.trimEnd())) : []
  return [...method, ...shiftEdits(scrubber.text(text), before.length)]
}

function sectionEdits(section: string, context: HeadContext): Edit[] {
  const edits: Edit[] = []
  let at = 0
  for (const line of section.split(/(?<=\n)/)) {
    edits.push(...shiftEdits(lineEdits(line, context), at))
    at += line.length
  }
  return edits
}

function lineEdits(line: string, { bodyGrowth, isBodyChanged, scrubber }: HeadContext): readonly Edit[] {
  const [, before = '', name = '', value = ''] = /^(([^:\r\n]*):[ \t]*)([^\r\n]*)/.exec(line) ?? []
  if (name === '') return []
  const folded = name.toLowerCase()
  if (folded === 'content-length') {
    const length = value.trimEnd()
    if (bodyGrowth === 0) return []
    return [{ start: before.length, end: before.length + length.length, with: String(Number(length) + bodyGrowth) }]
  }
  if (FRAMING_FIELDS.has(folded)) return []
  // What was computed from a body that is no longer there would only tell it from others.
  if (isBodyChanged && DIGEST_FIELD.test(folded)) return [{ start: 0, end: line.length, with: '' }]
  const inValue = isBodyChanged && folded === 'etag' ? etagEdits(value, scrubber) : scrubber.field(name, value)
  return [...asToken(scrubber.text(name)), ...shiftEdits(inValue, before.length)]
}

const FRAMING_FIELDS: ReadonlySet<string> = new Set([
  'transfer-encoding',
  'connection',
  'content-encoding',
  'te',
  'trailer',
])
const DIGEST_FIELD =
  /^(?:content-md5|(?:content-|repr-)?digest|x-amz-content-sha256|x-amz-checksum-.*|x-goog-hash|content-crc32c?|x-content-(?:hash|sha256|digest))$/

/** RFC 9110 section 8.8.3: the quotes stay. */
function etagEdits(value: string, scrubber: Scrubber): Edit[] {
  const [, before = '', tag = ''] = /^((?:W\/)?"?)([^"]*)/.exec(value) ?? []
  return shiftEdits(scrubber.whole('etag', tag), before.length)
}

/** Where only a token may stand, a placeholder has no braces. */
function asToken(edits: readonly Edit[]): Edit[] {
  return edits.map((edit) => ({ ...edit, with: edit.with.replaceAll(/[^\w.-]/g, '_') }))
}

/** Trailers, and the extensions of the last chunk. */
function endEdits(speech: string, { end, isChunked }: Message, scrubber: Scrubber): Edit[] {
  if (end === undefined || !isChunked || end.start === end.end) return []
  const text = speech.slice(end.start, end.end)
  const start = lineStart(text)
  const lineEnd = text.indexOf('\n', start) + 1
  const context = { bodyGrowth: 0, isBodyChanged: false, isRequest: false, scrubber }
  return [
    ...shiftEdits(extensionEdits(text.slice(start, lineEnd), scrubber), end.start + start),
    ...shiftEdits(sectionEdits(text.slice(lineEnd), context), end.start + lineEnd),
  ]
}

/** Behind the line end that closes the chunk before. */
const lineStart = (text: string): number => /^(?:\r?\n)?/.exec(text)?.[0].length ?? 0

/** Extensions with a secret in them go as a whole (RFC 9112 section 7.1.1: a recipient ignores those it does not know). */
function extensionEdits(line: string, scrubber: Scrubber): Edit[] {
  const [, size = '', extensions = ''] = /^([0-9a-fA-F]*)([^\r\n]*)/.exec(line) ?? []
  if (extensions === '' || scrubber.text(extensions).length === 0) return []
  return [{ start: size.length, end: size.length + extensions.length, with: '' }]
}

/** Spreads the edits of the content over its chunks, and mends the chunk-size lines. */
function chunkEdits(speech: string, message: Message, inContent: readonly Edit[], scrubber: Scrubber): Edit[] {
  const { chunks, end } = message
  const borders = [0]
  for (const { dataStart, dataEnd } of chunks) borders.push((borders.at(-1) ?? 0) + dataEnd - dataStart)
  const newBorders = mapOffsets(inContent, borders)
  const content = chunks.map(({ dataStart, dataEnd }) => speech.slice(dataStart, dataEnd)).join('')
  const redacted = applyEdits(content, inContent)

  const edits: Edit[] = []
  let next = 0
  chunks.forEach((chunk, k) => {
    const [from = 0, to = 0] = [borders[k], borders[k + 1]]
    const line = speech.slice(chunk.lineStart, chunk.lineEnd)
    const size = chunk.lineStart + lineStart(line)
    edits.push(...shiftEdits(extensionEdits(line.slice(size - chunk.lineStart), scrubber), size))
    while ((inContent[next]?.end ?? Infinity) <= from) next += 1
    if ((inContent[next]?.start ?? Infinity) >= to) return
    const data = redacted.slice(newBorders[k], newBorders[k + 1])
    const following = chunks[k + 1]?.lineStart ?? end?.start
    edits.push(...chunkEdit(chunk, size, { data, following, speech }))
  })
  return edits
}

interface NewChunk {
  readonly data: string
  /** Where the next chunk-size line begins, with the line end before it. */
  readonly following: number | undefined
  readonly speech: string
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
