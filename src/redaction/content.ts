import { isUtf8 } from 'node:buffer'
import type { FieldLine } from '../http1/events.ts'
import { countEdits, hasCounts } from '../content/text-counts.ts'
import { strangeCharset } from '../content/charset.ts'
import { decodeContent } from '../content/coded-content.ts'
import { codingsOf, GZIP_MAGIC, MOST_DECODED, valueOf } from '../content/codings.ts'
import { applyEdits, type Edit, growth, type LongText, mergeEdits, ofSameLength, shiftEdits } from '../content/edits.ts'
import { looksLikeForm } from '../content/form-fields.ts'
import { isMultipart, mediaTypeOf } from '../content/media-type.ts'
import { QUOTED_PRINTABLE } from '../content/escapes.ts'
import { editsBehind } from '../content/views.ts'
import { type BinaryFormat, readBinaryMaps } from '../named/binary-maps.ts'
import { isQuotedPrintable, type Part, partsIn } from '../content/multipart.ts'
import { wideCoding } from '../content/wide-text.ts'
import { looksRandom } from '../secrets/randomness.ts'
import type { Scrubber } from './scrubber.ts'
import type { OpaquePolicy } from './redaction-options.ts'
import { labelOf } from '../secrets/secret-names.ts'
import { editsInWindows, type WindowSizes } from './windows.ts'

/** A content that could not be searched. */
export interface OpaqueContent {
  readonly reason: string
  readonly isWithheld: boolean
}

/** What is to change in the content of a message. */
export interface ContentEdits {
  readonly edits: readonly Edit[]
  readonly opaque?: OpaqueContent | undefined
}

export interface ContentContext {
  readonly scrubber: Scrubber
  readonly policy: OpaquePolicy
  readonly sizes: WindowSizes
}

/** The edits of the content of a message with such fields; `isWhole`: nothing of it is missing. */
export function contentEdits(
  body: string,
  fields: readonly FieldLine[],
  isWhole: boolean,
  { scrubber, policy }: ContentContext,
): ContentEdits {
  const look: Look = { scrubber, policy, opaque: [] }
  const edits = scrubber.recalled(
    `content ${isWhole} ${valueOf(fields, 'content-type')}\n${valueOf(fields, 'content-encoding')}`,
    body,
    () => codedEdits(body, fields, isWhole, look, MOST_MULTIPARTS),
    () => look.opaque.length === 0,
  )
  return { edits, opaque: look.opaque.find(({ isWithheld }) => isWithheld) ?? look.opaque[0] }
}

/** A look at a content, and what could not be searched in it. */
interface Look {
  readonly scrubber: Scrubber
  readonly policy: OpaquePolicy
  readonly opaque: OpaqueContent[]
}

/** `depth`: how many multipart bodies this one may still have in each other; what lies deeper is searched as text. */
function codedEdits(
  body: string,
  fields: readonly FieldLine[],
  isWhole: boolean,
  look: Look,
  depth: number,
): readonly Edit[] {
  if (body === '') return []
  const { scrubber, policy, opaque } = look
  const type = valueOf(fields, 'content-type')
  const { layers, text, isTooLarge, encode } = decodeContent(body, fields, isWhole)
  const reason = isTooLarge ? TOO_LARGE : (codingReason(fields, layers) ?? charsetReason(type))
  // UTF-7 looks plain, and its base64 is of UTF-16.
  const isOpaque =
    reason !== undefined && !isPicture(text) && (!isPlain(text) || (/utf-?7/i.test(reason) && text.includes('+')))
  if (isOpaque) opaque.push({ reason, isWithheld: policy === 'withhold' })
  if (isOpaque && policy === 'withhold') return [{ start: 0, end: body.length, with: encode(WITHHELD) }]
  const edits = textEdits(text, type, look, depth)
  if (!isOpaque && edits.length > 0 && isCounted(text, type)) opaque.push(COUNTED)
  if (layers === 0) return edits
  // What a coding carries beside the content: file names and comments of gzip.
  const around = scrubber.text(body.slice(0, 1024))
  if (edits.length === 0 && around.length === 0) return edits
  const plain = applyEdits(text, edits)
  if (edits.length > 0) scrubber.noteEncoded(plain)
  const encoded = encode(plain)
  return encoded === body ? [] : [{ start: 0, end: body.length, with: encoded }]
}

const TOO_LARGE = `a coding that decodes to more than ${MOST_DECODED} bytes`

function codingReason(fields: readonly FieldLine[], layers: number): string | undefined {
  const names = codingsOf(fields)
  return layers < names.length ? `Content-Encoding: ${names.join(', ')}` : undefined
}

/** The same for a content that is too long to be looked at as a whole. */
export function longContentEdits(
  body: LongText,
  fields: readonly FieldLine[],
  isWhole: boolean,
  context: ContentContext,
): ContentEdits {
  const { scrubber, policy, sizes } = context
  const type = valueOf(fields, 'content-type')
  const start = body.slice(0, sizes.window)
  const isCoded = codingsOf(fields).length > 0 || start.startsWith(GZIP_MAGIC)
  // What has parts, a coding or wide characters has to be there as a whole.
  const isOfParts = isMultipart(mediaTypeOf(type)) || looksLikeForm(start) || wideCoding(start, type) !== undefined
  if (isOfParts || (isCoded && body.length <= MOST_DECODED))
    return contentEdits(body.slice(0, body.length), fields, isWhole, context)
  const reason = isCoded ? TOO_LARGE : charsetReason(type)
  const opaque = reason === undefined ? undefined : { reason, isWithheld: policy === 'withhold' }
  if (opaque?.isWithheld === true) return { edits: [{ start: 0, end: body.length, with: WITHHELD }], opaque }
  return { edits: editsInWindows(body, sizes, (text) => scrubber.text(text)), opaque }
}

/** Stands for a content that could not be searched. */
const WITHHELD = '{{withheld.1}}'

function charsetReason(type: string): string | undefined {
  const charset = strangeCharset(type)
  return charset === undefined ? undefined : `charset ${charset}`
}

/** Whether a body that was said to be coded is text instead, in ASCII or UTF-8. */
const isPlain = (text: string): boolean => !UNPRINTABLE.test(text) && isUtf8(Buffer.from(text, 'latin1'))

/** A picture is compressed by itself, and shows that the coding which is not known has not been applied. */
const isPicture = (text: string): boolean => /^(?:\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a|RIFF.{4}WEBP)/s.test(text)

// oxlint-disable-next-line no-control-regex
const UNPRINTABLE = /[\0-\x08\x0b\x0e-\x1f\x7f]/

function textEdits(text: string, type: string, look: Look, depth: number): readonly Edit[] {
  const { scrubber } = look
  const coding = wideCoding(text, type)
  if (coding !== undefined) {
    const narrow = coding.decode(text)
    // Not in UTF-16 once more: text that is made so grows by half each time.
    const edits = coding.encode(narrow) === text ? plainEdits(narrow, scrubber) : []
    const plain = applyEdits(narrow, edits)
    if (edits.length > 0) scrubber.noteEncoded(plain)
    if (edits.length > 0) return [{ start: 0, end: text.length, with: coding.encode(plain) }]
  }
  const parts = partsIn(text, mediaTypeOf(type))
  if (parts !== undefined && depth > 0) return multipartEdits(text, parts, look, depth - 1)
  if (parts !== undefined) look.opaque.push(TOO_DEEP)
  const inText = plainEdits(text, scrubber, type)
  const edits = MAY_BE_MAPS.test(type) ? mergeEdits([...inText, ...mapEdits(text, type, scrubber)]) : inText
  if (edits.length === 0) return edits
  if (isCounted(text, type) && coding === undefined) return edits.map(ofSameLength)
  return mergeEdits([...edits, ...countEdits(text, edits)])
}

/** A content with counts of bytes in it, as protobuf and archives have, where every length has to stay. */
const isCounted = (text: string, type: string): boolean =>
  hasCounts(text) || (COUNTED_TYPE.test(mediaTypeOf(type).essence) && !isUtf8(Buffer.from(text, 'latin1')))

const COUNTED_TYPE =
  /^application\/(?:grpc|(?:x-|vnd\.google\.)?protobuf|vnd\.amazon\.eventstream|(?:x-|vnd\.)?(?:msgpack|messagepack)|[\w.+-]*\+(?:cbor|msgpack)|cbor|bson|octet-stream|x-thrift|vnd\.apache\.|zip|x-tar)/i

/** What stands under secret names in the maps of a binary format. */
function mapEdits(text: string, type: string, scrubber: Scrubber): readonly Edit[] {
  const format = BINARY_FORMATS.find(([, pattern]) => pattern.test(mediaTypeOf(type).essence))?.[0]
  const edits: Edit[] = []
  if (format !== undefined)
    readBinaryMaps(text, format, ({ name, start, end }) => {
      const value = text.slice(start, end)
      const label = labelOf(name, value, 'member')
      if (label !== undefined) edits.push(...shiftEdits(scrubber.whole(label, value), start))
    })
  return edits
}

const MAY_BE_MAPS = /pack|cbor/i
const BINARY_FORMATS: readonly (readonly [format: BinaryFormat, type: RegExp])[] = [
  ['msgpack', /[/+.-](?:msgpack|messagepack)$/],
  ['cbor', /[/+](?:cbor|cbor-seq)$/],
]

const COUNTED: OpaqueContent = {
  reason: 'binary content: lengths stay, a checksum in it may not fit any more',
  isWithheld: false,
}

function plainEdits(text: string, scrubber: Scrubber, type = ''): readonly Edit[] {
  const edits = looksLikeForm(text) ? scrubber.form(text) : scrubber.text(text)
  const [, before = '', value = ''] = text.length < LONGEST_ANSWER ? (bareValue(text, type) ?? []) : []
  if (value === '' || edits.length > 0 || BARE_ID.test(value) || !looksRandom(value)) return edits
  return shiftEdits(scrubber.whole('token', value), before.length)
}

/** What a server gives out that makes sessions, and says nothing else: a string, or one under a name that says nothing. */
const BARE_VALUE = /^(\s{0,4}(?:\{\s{0,8}"value"\s{0,4}:\s{0,4})?")([\w.~+/=-]{24,200})"\s{0,8}\}?\s{0,4}$/
const bareValue = (text: string, type: string): RegExpExecArray | null =>
  BARE_VALUE.exec(text) ?? (/^(?:text\/plain|$)/i.test(type) ? BARE_TEXT.exec(text) : null)

/** Without quotes it is as likely a digest: then it has letters of both cases. */
const BARE_TEXT = /^()((?=[^A-Z]*[A-Z])(?=[^a-z]*[a-z])(?=\D*\d)[\w.~+/-]{32,200}={0,2})\s{0,4}$/
/** Ids and digests: of 24, 40 and 64 digits, UUIDs, ULIDs. */
const BARE_ID =
  /^(?:(?:0x)?(?:[\da-f]{24}|[\da-f]{40}|[\da-f]{64})|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|[0-7][\dA-HJKMNP-TV-Z]{25})$/i
const LONGEST_ANSWER = 256

/** Each takes a look at all that is in it. */
const MOST_MULTIPARTS = 6

const TOO_DEEP: OpaqueContent = {
  reason: `multipart in more than ${MOST_MULTIPARTS - 1} others, searched as text`,
  isWithheld: false,
}

function multipartEdits(text: string, parts: readonly Part[], look: Look, depth: number): readonly Edit[] {
  const inParts = parts.flatMap((part) => [
    ...shiftEdits(look.scrubber.text(part.head), part.headStart),
    ...partEdits(part, look, depth),
  ])
  // A secret that is known may lie across a boundary, or be one; what begins in a part ends with it.
  return mergeEdits([...inParts, ...editsBeside(text, parts, look.scrubber), ...look.scrubber.known(text)])
}

/** What stands before the first part and after the last one. */
function editsBeside(text: string, parts: readonly Part[], scrubber: Scrubber): readonly Edit[] {
  const start = parts.at(0)?.headStart ?? text.length
  const end = parts.at(-1)?.end ?? text.length
  return [...scrubber.text(text.slice(0, start)), ...shiftEdits(scrubber.text(text.slice(end)), end)]
}

function partEdits(part: Part, look: Look, depth: number): readonly Edit[] {
  const { fields, content, start } = part
  const label = labelOf(part.name ?? '', content, 'parameter')
  const find = (text: string): readonly Edit[] => codedEdits(text, fields, true, look, depth)
  const inContent = (): readonly Edit[] =>
    isQuotedPrintable(fields) && content.search(QUOTED_PRINTABLE.pattern) !== -1
      ? editsBehind(QUOTED_PRINTABLE, content, find)
      : find(content)
  const edits = label === undefined ? inContent() : look.scrubber.whole(label, content)
  return [...partLengthEdits(part, growth(edits)), ...shiftEdits(edits, start)]
}

/** A part may count itself, as those of mail and of batches do. */
function partLengthEdits({ head, headStart, content }: Part, more: number): readonly Edit[] {
  const match = /(?:^|\n)content-length:[ \t]*(\d+)/i.exec(head)
  if (match === null || more === 0 || Number(match[1]) !== content.length) return []
  const end = headStart + match.index + match[0].length
  return [{ start: end - (match[1]?.length ?? 0), end, with: String(content.length + more) }]
}
