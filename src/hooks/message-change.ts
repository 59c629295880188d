import { chunkEdits } from '../messages/chunk-edits.ts'
import { applyEdits, type Edit, growth, mergeEdits, shiftEdits } from '../content/edits.ts'
import { DIGEST_FIELD } from '../messages/message-content.ts'
import { type Message, readRequests, readResponses, type Speech } from '../messages/speech.ts'
import type { TapedMessage } from './taped-exchanges.ts'
import type { NewHeader, NewMessage } from './hook-result.ts'

/**
 * The edits that make a message of a tape what a hook gave, in offsets of its direction. Bytes that say the same stay.
 *
 * @param method of the request that a response answers; `undefined` for a request.
 * @throws TypeError if the result is not a valid message, or would end at another place.
 */
export function changeEdits(taped: TapedMessage, wanted: NewMessage, method: string | undefined): readonly Edit[] {
  const { direction, message } = taped
  const content = newContent(taped, wanted)
  const edits = mergeEdits([...headEdits(taped, wanted, content), ...bodyEdits(taped, content)])
  if (edits.length > 0)
    checkFraming(direction.text.slice(0, direction.text.length), message, { edits, content, method })
  return edits
}

/**
 * The edits that replace a response with another of another length: for what the framing of the recorded one has no room for.
 *
 * @throws TypeError for a body where none can be.
 */
export function replacingEdits(taped: TapedMessage, wanted: NewMessage, method: string): readonly Edit[] {
  const { message, startLine, direction } = taped
  const content = newContent(taped, wanted)
  const [status = ''] = wanted.subject.split(' ')
  const hasNoBody = method === 'HEAD' || isBodiless(status)
  if (hasNoBody && content !== '') throw new TypeError(`a response with status ${status} to ${method} has no body`)
  const kept = withFraming(wanted.headers, message.fields).filter(
    (header) => !/^(?:content-length|transfer-encoding|trailer)$/i.test(header.name) && !isStaleDigest(header, message),
  )
  const headers = hasNoBody ? kept : [...kept, { name: 'Content-Length', value: String(content.length) }]
  const lines = [
    newStartLine(startLine, wanted.subject, false),
    ...headers.map(({ name, value }) => `${name}: ${value}`),
  ]
  const end = message.end?.end ?? direction.text.length
  return [{ start: message.headStart, end, with: `${lines.join('\r\n')}\r\n\r\n${content}` }]
}

/** RFC 9112 section 6.3 rule 1. */
export const isBodiless = (status: string): boolean => /^(?:1..|204|304)$/.test(status)

/** Whether a field was computed from a body that is not there any more. */
const isStaleDigest = ({ name, value }: NewHeader, { fields }: Message): boolean =>
  DIGEST_FIELD.test(name.toLowerCase()) && fields.some((field) => field.name === name && field.value === value)

/** In the codings that it had, where the fields still name them. */
function newContent({ message, content, decoded }: TapedMessage, { body, headers }: NewMessage): string {
  if (!isSameList(codings(message.fields), codings(headers))) return body
  return body === decoded.text ? content : decoded.encode(body)
}

const codings = (fields: readonly NewHeader[]): readonly string[] =>
  fields.flatMap(({ name, value }) => (name.toLowerCase() === 'content-encoding' ? [value] : []))

const isSameList = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((item, index) => item === other[index])

function bodyEdits({ direction, message, content }: TapedMessage, wanted: string): readonly Edit[] {
  if (wanted === content) return []
  const { chunks, headEnd, end, isChunked } = message
  if (!isChunked) return [{ start: headEnd, end: headEnd + content.length, with: wanted }]
  const whole = [{ start: 0, end: content.length, with: wanted }]
  if (chunks.length > 0) return chunkEdits(direction.text, message, content, whole)
  const start = end?.start ?? headEnd
  return [{ start, end: start, with: `${wanted.length.toString(16)}\r\n${wanted}\r\n` }]
}

function headEdits(taped: TapedMessage, wanted: NewMessage, content: string): readonly Edit[] {
  const { direction, message, startLine } = taped
  const head = direction.text.slice(message.headStart, message.headEnd)
  const start = head.indexOf(startLine)
  const section = start + startLine.length + lineEndOf(head.slice(start + startLine.length))
  const edits = [
    { start, end: start + startLine.length, with: newStartLine(startLine, wanted.subject, message.method !== '') },
    { start: section, end: head.length, with: newSection(head.slice(section), taped, wanted, content) },
  ]
  const changes = edits.filter((edit) => head.slice(edit.start, edit.end) !== edit.with)
  return shiftEdits(changes, message.headStart)
}

const lineEndOf = (text: string): number => text.indexOf('\n') + 1

function newStartLine(line: string, subject: string, isRequest: boolean): string {
  const [first = '', second = '', ...rest] = line.split(' ')
  if (isRequest) return [first, subject, ...rest].join(' ')
  // A response without a reason may also be without the blank before it.
  const isSame = [second, ...rest].join(' ').trimEnd() === subject.trimEnd()
  return isSame ? line : `${first} ${subject}`
}

/** The field lines, as they stood where they say the same; with the framing that there was, and a length that fits. */
function newSection(section: string, taped: TapedMessage, wanted: NewMessage, content: string): string {
  const lines = section.split(/(?<=\n)/)
  const emptyLine = lines.at(-1) ?? '\r\n'
  const left = taped.message.fields.map(({ name, value }, k) => ({ name, value, line: lines[k] ?? '' }))
  const isChanged = content !== taped.content
  const by = growth([{ start: 0, end: taped.content.length, with: content }])
  const kept = withFraming(wanted.headers, taped.message.fields).map(({ name, value }) => {
    const at = left.findIndex((field) => field.name === name && field.value === value)
    const [field] = at === -1 ? [] : left.splice(at, 1)
    // What was computed from the body that was there; a hook that wrote another one knows what it does.
    if (isChanged && field !== undefined && DIGEST_FIELD.test(name.toLowerCase())) return ''
    if (by !== 0 && !taped.message.isChunked && name.toLowerCase() === 'content-length')
      return `${name}: ${Number(value) + by}\r\n`
    return field?.line ?? `${name}: ${value}\r\n`
  })
  return kept.join('') + emptyLine
}

/** The fields of a hook with the framing fields of the message, in their places as far as these are still there. */
function withFraming(headers: readonly NewHeader[], fields: readonly NewHeader[]): readonly NewHeader[] {
  const framing = fields.filter(isFraming)
  const rest: NewHeader[] = headers.flatMap((header) => (isFraming(header) ? (framing.shift() ?? []) : [header]))
  return [...rest, ...framing]
}

const isFraming = ({ name }: NewHeader): boolean =>
  /^(?:content-length|transfer-encoding|connection|upgrade)$/i.test(name)

interface Change {
  readonly edits: readonly Edit[]
  readonly content: string
  readonly method: string | undefined
}

/** Whether the changed bytes are one message, ended like the one that was there, with the content that is wanted. */
function checkFraming(text: string, message: Message, { edits, content, method }: Change): void {
  const start = message.headStart
  const end = message.end?.end ?? text.length
  const before = text.slice(start, end)
  const changed = Buffer.from(applyEdits(before, shiftEdits(edits, -start)), 'latin1')
  const read = (bytes: Uint8Array): Speech =>
    method === undefined ? readRequests([bytes]) : readResponses([bytes], [method])
  const was = outlineOf(read(Buffer.from(before, 'latin1')), before.length)
  const speech = read(changed)
  const [first, ...others] = speech.messages
  const found = first?.chunks.map(({ dataStart, dataEnd }) => changed.toString('latin1', dataStart, dataEnd)).join('')
  if (others.length > 0 || found !== content || outlineOf(speech, changed.length) !== was)
    throw new TypeError(`what it gave is no ${method === undefined ? 'request' : 'response'} of the same framing`)
}

const outlineOf = ({ messages, restStart }: Speech, length: number): string =>
  JSON.stringify([messages.length, messages[0]?.end !== undefined, length - restStart])
