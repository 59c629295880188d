import { WiretapeError } from '../errors.ts'
import type { FieldLine } from '../http1/events.ts'
import { type Framing, requestFraming, responseFraming } from '../http1/framing.ts'
import type { Leniencies } from '../http1/leniency.ts'
import type { Edit } from '../content/edits.ts'

/** What one side said on a connection, and which of it somebody has edited. */
export interface EditedSpeech {
  /** One character a byte. */
  readonly text: string
  readonly type: 'sent' | 'received'
  /** The methods of the requests that are answered, for what was received. */
  readonly methods: readonly string[]
  readonly lenient: Leniencies
  /** Whether this side may have been cut off: it ended, or the connection did. */
  readonly isOver: boolean
  /** Where segments begin: there, a message may begin with any method. */
  readonly segmentStarts: ReadonlySet<number>
  /** Whether a byte stands in a record whose checksum is wrong. */
  readonly isEdited: (start: number, end: number) => boolean
}

/** A length that does not fit what follows it. */
export interface FramingFault extends Edit {
  /** Such as `Content-Length says 22, the body has 30 bytes`. */
  readonly problem: string
}

/**
 * Lengths of messages and chunks that an edit by hand has left behind, with what they should be.
 *
 * Where nothing was edited, what does not fit is what the server sent, and no fault.
 */
export function framingFaults(speech: EditedSpeech): readonly FramingFault[] {
  const faults: FramingFault[] = []
  const methods = speech.methods.values()
  let method = ''
  for (let at: number | undefined = 0; at !== undefined;) {
    const head = readHead(speech, at)
    if (head === undefined) break
    if (speech.type === 'received' && method === '') method = methods.next().value ?? 'GET'
    const framing = framingOf(head, method, speech)
    if (framing === undefined || isSwitch(head, method)) break
    if (!isInterim(head)) method = ''
    at = endOfMessage(speech, head, framing, faults)
  }
  return faults.filter(({ start, end }) => speech.isEdited(start, end))
}

interface Head {
  readonly start: number
  readonly end: number
  /** 0 in a request. */
  readonly status: number
  readonly method: string
  readonly fields: readonly PlacedField[]
}

interface PlacedField extends FieldLine {
  readonly valueStart: number
}

const START_LINES = {
  sent: /([!#$%&'*+.^`|~\w-]+) [^\s]+ HTTP\/1\.[01]\r\n/y,
  received: /HTTP\/1\.[01] (\d{3})[^\r\n]*\r\n/y,
} as const

/** A rough look: what is not a head, or has something strange in it, is left to a parser. */
function readHead({ text, type }: EditedSpeech, from: number): Head | undefined {
  let start = from
  while (text.startsWith('\r\n', start)) start += 2
  const startLine = matchAt(START_LINES[type], text, start)
  const end = text.indexOf('\r\n\r\n', start) + 4
  if (startLine === null || end < 4) return undefined
  const [line, word = ''] = startLine
  const fields: PlacedField[] = []
  let at = start + line.length
  for (const row of text.slice(at, end - 4).split('\r\n')) {
    const [, before = '', name = '', value = ''] = /^(([^:]*):[ \t]*)(.*?)[ \t]*$/.exec(row) ?? []
    if (name !== '') fields.push({ name, value, valueStart: at + before.length })
    at += row.length + 2
  }
  const isRequest = type === 'sent'
  return { start, end, status: isRequest ? 0 : Number(word), method: isRequest ? word : '', fields }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

const isInterim = ({ status }: Head): boolean => status >= 100 && status < 200

const isSwitch = ({ status, method: own }: Head, method: string): boolean =>
  status === 101 || own === 'CONNECT' || (method === 'CONNECT' && status >= 200 && status < 300)

/** `undefined` where the fields contradict each other; no length of ours would make sense then. */
function framingOf(head: Head, method: string, { type, lenient }: EditedSpeech): Framing | undefined {
  try {
    return type === 'sent'
      ? requestFraming(head.fields, lenient, refuse)
      : responseFraming(method, head, lenient, refuse)
  } catch (error) {
    if (error instanceof WiretapeError) return undefined
    throw error
  }
}

const refuse = (): never => {
  throw new WiretapeError('BAD_CL', '')
}

/** Where the message ends once its faults are mended; `undefined` where what follows cannot be told. */
function endOfMessage(speech: EditedSpeech, head: Head, framing: Framing, faults: FramingFault[]): number | undefined {
  switch (framing.kind) {
    case 'none':
      return head.end
    case 'until-close':
      return undefined
    case 'content-length':
      return endOfFixedBody(speech, head, framing.length, faults)
    case 'chunked':
      return endOfChunks(speech, head, faults)
  }
}

function endOfFixedBody(speech: EditedSpeech, head: Head, length: number, faults: FramingFault[]): number | undefined {
  const { text, isOver, isEdited } = speech
  if (isBoundary(speech, head.end + length)) return head.end + length
  const end = nextBoundary(speech, head.end)
  const isCutOff = isOver && end === text.length && end < head.end + length
  if (isCutOff || !isEdited(head.start, end)) return undefined
  const field = head.fields.findLast(({ name }) => name.toLowerCase() === 'content-length')
  if (field === undefined) return undefined
  const actual = end - head.end
  const problem = `Content-Length says ${length}, the body has ${actual} bytes`
  const { valueStart, value } = field
  faults.push({ start: valueStart, end: valueStart + value.length, with: String(actual), problem })
  return end
}

/** Whether a message may end here: at the end of all bytes, or before the start line of another message. */
function isBoundary({ text, type, segmentStarts }: EditedSpeech, at: number): boolean {
  if (at === text.length) return true
  if (at > text.length) return false
  const pattern = segmentStarts.has(at) ? START_LINES[type] : NEXT_START_LINE[type]
  return searchFrom(pattern, text, at)?.index === at
}

/** Within a segment only known methods begin a request: of the body `forget` and `GET /` after it, `forgetGET` is none. */
const NEXT_START_LINE = {
  sent: /(?:GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH) [^\s]{1,8000} HTTP\/1\.[01]\r\n/g,
  received: /HTTP\/1\.[01] \d{3}[^\r\n]*\r\n/g,
} as const

function nextBoundary({ text, type, segmentStarts }: EditedSpeech, from: number): number {
  const within = searchFrom(NEXT_START_LINE[type], text, from)?.index ?? text.length
  for (const start of segmentStarts)
    if (start >= from && matchAt(START_LINES[type], text, start) !== null) return Math.min(within, start)
  return within
}

function searchFrom(pattern: RegExp, text: string, from: number): RegExpExecArray | null {
  pattern.lastIndex = from
  return pattern.exec(text)
}

const CHUNK_LINE = /([\da-f]{1,16})(?:[ \t]*;[^\r\n]*)?[ \t]*\r\n/iy

/** The line end after a chunk, with the chunk-size line that follows it. */
const NEXT_CHUNK = /\r\n(?=[\da-f]{1,16}(?:[ \t]*;[^\r\n]*)?[ \t]*\r\n)/gi

function endOfChunks(speech: EditedSpeech, { end: bodyStart }: Head, faults: FramingFault[]): number | undefined {
  const { text, isEdited } = speech
  for (let at = bodyStart; ;) {
    const line = matchAt(CHUNK_LINE, text, at)
    if (line === null) return undefined
    const [{ length }, digits = ''] = line
    const size = Number.parseInt(digits, 16)
    const start = at + length
    if (size === 0) return endOfTrailers(text, start)
    const next = start + size + 2
    if (text.startsWith('\r\n', next - 2) && matchAt(CHUNK_LINE, text, next) !== null) {
      at = next
      continue
    }
    const end = searchFrom(NEXT_CHUNK, text, start - 2)?.index
    if (end === undefined || !isEdited(at, end)) return undefined
    // A chunk that has become empty would be the last one, so it goes.
    if (end <= start) faults.push({ start: at, end: end + 2, with: '', problem: `a chunk of ${size} bytes is empty` })
    else {
      const problem = `a chunk-size says ${size}, the chunk has ${end - start} bytes`
      faults.push({ start: at, end: at + digits.length, with: (end - start).toString(16), problem })
    }
    at = end + 2
  }
}

function endOfTrailers(text: string, start: number): number | undefined {
  if (text.startsWith('\r\n', start)) return start + 2
  const end = text.indexOf('\r\n\r\n', start)
  return end === -1 ? undefined : end + 4
}
