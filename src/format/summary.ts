import { mediaTypeOf } from '../content/media-type.ts'
import { isUtf8 } from 'node:buffer'
import { beginningWithoutCoding } from '../content/coded-content.ts'
import type { BytesEvent, TapeEvent } from '../tape/cassette.ts'
import { hasLeftEarly } from '../messages/left-early.ts'
import { escapeInvisible } from './quote.ts'

/**
 * Comment lines for an event: the message that a segment starts, and the beginning of a compressed body.
 *
 * For people only: an approximation from the bytes, and never read back.
 */
export function summaryOf(tape: readonly TapeEvent[], index: number): readonly string[] {
  const event = tape[index]
  if (event?.type !== 'sent' && event?.type !== 'received') return []
  const heads = headsIn(event)
  if (heads.length === 0) return binaryBeginning(event.bytes)
  return heads.flatMap((head) => linesOf(tape, index, head))
}

/** Notes that a client closed its connection before the end of an answer: the answer is incomplete. */
export const remarkOnClose = (record: readonly TapeEvent[]): readonly string[] =>
  hasLeftEarly(record) ? ['the client disconnected here: the answer is incomplete'] : []

const linesOf = (tape: readonly TapeEvent[], index: number, head: Head): readonly string[] => [
  printable(describe(head)),
  ...bodyBeginning(tape, index, head),
]

interface Head {
  /** `GET /users` or `200 OK`, after its arrow. */
  readonly title: string
  readonly fields: BodyFields
  /** Where the body starts in the segment. */
  readonly end: number
}

/** Heads that the segment starts with, and those that follow the bodies whose length is given. */
function headsIn({ type, bytes }: BytesEvent): readonly Head[] {
  const wire = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, LONGEST_LOOK)).toString('latin1')
  const heads: Head[] = []
  for (let at = 0; ;) {
    START_LINES[type].lastIndex = at
    const start = START_LINES[type].exec(wire)
    const end = wire.indexOf('\r\n\r\n', at) + 4
    if (start === null || end < 4) return heads
    const fields = bodyFieldsOf(wire.slice(at + start[0].length, end))
    heads.push({ title: `${ARROWS[type]} ${start[1] ?? ''}`, fields, end })
    at = end + Number(/^\d{1,15}$/.exec(fields['content-length'])?.[0] ?? 0)
  }
}

const LONGEST_LOOK = 65_536

const ARROWS = { sent: '-->', received: '<--' } as const

const START_LINES = {
  sent: /([!#$%&'*+.^`|~\w-]+ [\x21-\x7e]+) HTTP\/1\.[01](?=\r\n)/y,
  received: /HTTP\/1\.[01] (\d{3}(?: [^\r\n]+)?)(?: *)(?=\r\n)/y,
} as const

/** The first value of each field that describes the body; empty if there is none. */
type BodyFields = Record<'content-length' | 'content-type' | 'content-encoding' | 'transfer-encoding', string>

function bodyFieldsOf(head: string): Readonly<BodyFields> {
  const fields: BodyFields = {
    'content-length': '',
    'content-type': '',
    'content-encoding': '',
    'transfer-encoding': '',
  }
  BODY_FIELD.lastIndex = 0
  for (let match = BODY_FIELD.exec(head); match !== null; match = BODY_FIELD.exec(head)) {
    const [, written = '', value = ''] = match
    const name = written.toLowerCase()
    if (isBodyField(fields, name)) fields[name] ||= value.trim()
  }
  return fields
}

const BODY_FIELD = /\r\n(content-(?:length|type|encoding)|transfer-encoding):[ \t]*([^\r\n]*)/gi

const isBodyField = (fields: BodyFields, name: string): name is keyof BodyFields => Object.hasOwn(fields, name)

function describe({ title, fields }: Head): string {
  const type = mediaTypeOf(fields['content-type']).essence
  const length = fields['content-length']
  const size = length === '' ? fields['transfer-encoding'] : `${length} bytes`
  return [title, type, fields['content-encoding'], size].filter((part) => part !== '').join(', ')
}

/** The first lines of a compressed text, or the first bytes of other content. */
function bodyBeginning(tape: readonly TapeEvent[], index: number, { fields, end }: Head): readonly string[] {
  const body = bytesFrom(tape, index, end)
  const chunk = /chunked/i.test(fields['transfer-encoding']) ? firstChunk(body) : body
  const decoded = beginningWithoutCoding(fields['content-encoding'].toLowerCase(), chunk, MOST_DECODED)
  const lines = decoded === undefined ? [] : linesIn(decoded)
  // A body in a segment of its own is shown there.
  return lines.length > 0 || !endsBehind(tape[index], end) ? lines : binaryBeginning(chunk)
}

const endsBehind = (event: TapeEvent | undefined, offset: number): boolean =>
  event !== undefined && 'bytes' in event && event.bytes.length > offset

function linesIn(decoded: Uint8Array): readonly string[] {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(decoded, { stream: true })
    // An image may be UTF-8 by chance; with controls in it, it is not readable.
    if (/(?![\t\r\n])\p{Cc}/u.test(text)) return []
    const lines = text.slice(0, LONGEST_LOOK).split('\n', LINES_SHOWN)
    return lines.filter((line) => line.trim() !== '').map((line) => printable(`    ${line}`))
  } catch {
    return [] // Not text: nothing to show; the bytes are in the tape.
  }
}

const LINES_SHOWN = 3

/** A body that grows to more is not shown. */
const MOST_DECODED = 1_048_576

/** The first bytes of binary content, in hexadecimal and as text. */
function binaryBeginning(bytes: Uint8Array): readonly string[] {
  const first = Buffer.from(bytes.subarray(0, BYTES_SHOWN))
  const latin1 = first.toString('latin1')
  const isText = isUtf8(bytes.subarray(0, LONGEST_LOOK)) || !/[\x80-\x9f]/.test(latin1)
  // oxlint-disable-next-line no-control-regex
  if (isText && !/[\0-\x08\x0e-\x1f\x7f]/.test(latin1)) return []
  const hex = first.toString('hex').replaceAll(/..(?!$)/g, '$& ')
  return [`    ${hex}  ${latin1.replaceAll(/[^\x20-\x7e]/g, '.')}`.trimEnd()]
}

const BYTES_SHOWN = 16

/** Some kilobytes from `offset` in a segment, continued in the next segments of that connection and direction. */
function bytesFrom(tape: readonly TapeEvent[], index: number, offset: number): Uint8Array {
  const event = tape[index]
  const parts: Uint8Array[] = []
  let missing = COMPRESSED_BYTES_READ
  for (const other of tape.slice(index, index + EVENTS_READ)) {
    if (other.type !== event?.type || !('bytes' in other) || other.connection !== event.connection) continue
    const part = other.bytes.subarray(other === event ? offset : 0).subarray(0, missing)
    parts.push(part)
    missing -= part.length
  }
  return Buffer.concat(parts)
}

const COMPRESSED_BYTES_READ = 2048
const EVENTS_READ = 16

function firstChunk(body: Uint8Array): Uint8Array {
  const line = /^([\da-f]{1,8})[^\r\n]*\r\n/i.exec(Buffer.from(body).toString('latin1', 0, 200))
  const start = line?.[0].length ?? 0
  return body.subarray(start, start + Number.parseInt(line?.[1] ?? '0', 16))
}

/** One line within the width of the file, with every byte that is not a visible character as an escape. */
function printable(line: string): string {
  const text = escapeInvisible(line.replaceAll(/\s/g, ' ')).trimEnd()
  return text.length <= LINE_WIDTH ? text : `${text.slice(0, LINE_WIDTH - 3).trimEnd()}...`
}

const LINE_WIDTH = 96
