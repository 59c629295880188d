import { type ContentContext, contentEdits, longContentEdits, type OpaqueContent } from './content.ts'
import { findToldByTarget, mayTell } from './told-by-target.ts'
import { codingsOf, valueOf } from '../content/codings.ts'
import { looksRandom } from '../secrets/randomness.ts'
import { chunkEdits, lineStart } from '../messages/chunk-edits.ts'
import { type Edit, growth, type LongText, mergeEdits, shiftEdits } from '../content/edits.ts'
import { contentOf, DIGEST_FIELD } from '../messages/message-content.ts'
import type { Message } from '../messages/speech.ts'
import type { Scrubber } from './scrubber.ts'

/** What is to change in a message, in offsets of its direction. */
export interface MessageEdits {
  readonly edits: readonly Edit[]
  /** What is to be said of a content that could not be searched. */
  readonly opaque?: OpaqueContent | undefined
}

/** The edits of one message of `speech`, with those that keep its framing true. */
export function messageEdits(speech: LongText, message: Message, context: ContentContext): MessageEdits {
  const { scrubber } = context
  const content = contentOf(speech, message)
  scrubber.beginMessage(content.length)
  const isWhole = message.end !== undefined
  const { edits: found, opaque } =
    content.length < context.sizes.long
      ? contentEdits(content.slice(0, content.length), message.fields, isWhole, context)
      : longContentEdits(content, message.fields, isWhole, context)
  const told = message.method === '' ? [] : toldEdits(speech, message, content, scrubber)
  const inContent = told.length === 0 ? found : mergeEdits([...found, ...told])
  const inBody = message.isChunked
    ? [...chunkEdits(speech, message, content, inContent), ...extensionEdits(speech, message, scrubber)]
    : shiftEdits(inContent, message.headEnd)
  const inHead = headEdits(speech.slice(message.headStart, message.headEnd), {
    bodyGrowth: message.isChunked ? 0 : growth(inContent),
    isBodyChanged: inContent.length > 0,
    isRequest: message.method !== '',
    scrubber,
  })
  return {
    edits: mergeEdits([...shiftEdits(inHead, message.headStart), ...inBody, ...endEdits(speech, message, scrubber)]),
    opaque: opaque ?? (scrubber.isOverBudget ? OVER_BUDGET : scrubber.isTooDeep ? TOO_DEEP : undefined),
  }
}

/** Of a request of which its target says what it sends. */
function toldEdits(speech: LongText, message: Message, content: LongText, scrubber: Scrubber): readonly Edit[] {
  if (content.length === 0 || content.length > LONGEST_TOLD) return []
  const text = content.slice(0, content.length)
  const head = speech.slice(message.headStart, Math.min(message.headEnd, message.headStart + LONGEST_LINE))
  const line = head.slice(0, head.indexOf('\n', 4))
  if (!mayTell(line) && (text.startsWith('{') || !mayTell(valueOf(message.fields, 'content-type')))) return []
  if (codingsOf(message.fields).length > 0) return []
  const edits: Edit[] = []
  findToldByTarget(line, valueOf(message.fields, 'content-type'), text, (label, start, end) => {
    edits.push(...shiftEdits(scrubber.whole(label, text.slice(start, end)), start))
  })
  return edits
}

const LONGEST_TOLD = 8192
const LONGEST_LINE = 2048

const TOO_DEEP: OpaqueContent = { reason: 'text that is encoded more often than is undone', isWithheld: false }
const OVER_BUDGET: OpaqueContent = { reason: 'gzip inside it that unzips to too much', isWithheld: false }

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
    ...shiftEdits(startEdits(head.slice(start, end), context), start),
    ...shiftEdits(sectionEdits(head.slice(end), context), end),
  ]
}

const startEdits = (line: string, context: HeadContext): readonly Edit[] =>
  context.scrubber.recalled(context.isRequest ? 'request' : 'response', line, () => startLineEdits(line, context))

/** In a request line the target may change, in a status line the reason phrase (RFC 9112 sections 3 and 4). */
function startLineEdits(line: string, { isRequest, scrubber }: HeadContext): Edit[] {
  const pattern = isRequest ? /^(\S+ )(\S+)/ : /^(\S+ \d+ )([^\r\n]*)/
  const [, before = '', text = ''] = pattern.exec(line) ?? []
  const method = isRequest ? asToken(scrubber.text(before.trimEnd())) : []
  const key = isRequest && before === 'POST ' ? KEY_AS_PATH.exec(text)?.[2] : undefined
  const inKey = key !== undefined && looksRandom(key) ? shiftEdits(scrubber.whole('path', key), text.indexOf(key)) : []
  return [...method, ...shiftEdits(mergeEdits([...scrubber.text(text), ...inKey]), before.length)]
}

/** All of a path beside a version: nodes of chains and receivers of hooks are called so, things have the name of their kind before them. */
const KEY_AS_PATH = /^\/((?:v\d{1,2}|rpc|ws|archive)\/){0,2}([\w-]{32,128})\/?(?:\?|$)/

function sectionEdits(section: string, context: HeadContext): Edit[] {
  const edits: Edit[] = []
  let at = 0
  while (at < section.length) {
    const end = section.indexOf('\n', at) + 1 || section.length
    for (const edit of shiftEdits(editsOfLine(section.slice(at, end), context), at)) edits.push(edit)
    at = end
  }
  return edits
}

/** Of most lines nothing is to be done, unless the content has changed. */
function editsOfLine(line: string, context: HeadContext): readonly Edit[] {
  const { bodyGrowth, isBodyChanged, isRequest, scrubber } = context
  if (bodyGrowth !== 0 || isBodyChanged) return lineEdits(line, context)
  return scrubber.recalled(isRequest ? 'request line' : 'line', line, () => lineEdits(line, context))
}

function lineEdits(line: string, { bodyGrowth, isBodyChanged, isRequest, scrubber }: HeadContext): readonly Edit[] {
  const [, before = '', name = '', value = ''] = /^(([^:\r\n]*):[ \t]*)([^\r\n]*)/.exec(line) ?? []
  if (name === '') return []
  const folded = name.toLowerCase()
  if (folded === 'content-length') {
    const length = value.trimEnd()
    if (bodyGrowth === 0) return []
    return [{ start: before.length, end: before.length + length.length, with: String(Number(length) + bodyGrowth) }]
  }
  if (FRAMING_FIELDS.has(folded)) return []
  // What was computed from a body that is no longer there could only distinguish it from others.
  if (isBodyChanged && DIGEST_FIELD.test(folded)) return [{ start: 0, end: line.length, with: '' }]
  const inValue =
    isBodyChanged && folded === 'etag' ? etagEdits(value, scrubber) : scrubber.field(name, value, isRequest)
  return [...asToken(scrubber.text(name)), ...shiftEdits(inValue, before.length)]
}

const FRAMING_FIELDS: ReadonlySet<string> = new Set([
  'transfer-encoding',
  'connection',
  'content-encoding',
  'te',
  'trailer',
])

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
function endEdits(speech: LongText, { end, isChunked }: Message, scrubber: Scrubber): Edit[] {
  if (end === undefined || !isChunked || end.start === end.end) return []
  const text = speech.slice(end.start, end.end)
  const start = lineStart(text)
  const lineEnd = text.indexOf('\n', start) + 1
  const context = { bodyGrowth: 0, isBodyChanged: false, isRequest: false, scrubber }
  return [
    ...shiftEdits(editsInSizeLine(text.slice(start, lineEnd), scrubber), end.start + start),
    ...shiftEdits(sectionEdits(text.slice(lineEnd), context), end.start + lineEnd),
  ]
}

/** What follows the sizes of chunks but the last. */
function extensionEdits(speech: LongText, { chunks }: Message, scrubber: Scrubber): Edit[] {
  return chunks.flatMap((chunk) => {
    const line = speech.slice(chunk.lineStart, chunk.lineEnd)
    const size = lineStart(line)
    return shiftEdits(editsInSizeLine(line.slice(size), scrubber), chunk.lineStart + size)
  })
}

/** Extensions with a secret in them go as a whole (RFC 9112 section 7.1.1: a recipient ignores those it does not know). */
function editsInSizeLine(line: string, scrubber: Scrubber): Edit[] {
  const [, size = '', extensions = ''] = /^([0-9a-fA-F]*)([^\r\n]*)/.exec(line) ?? []
  if (extensions === '' || scrubber.text(extensions).length === 0) return []
  return [{ start: size.length, end: size.length + extensions.length, with: '' }]
}
