import { isUtf8 } from 'node:buffer'
import { LONGEST_JSON, MOST_JSON_VALUES } from './json-limits.ts'
import { styleOf } from './json-style.ts'
import type { Piece } from './piece.ts'
import { isBlock, isBlockSafe, isPlainBlock, type Plain } from './yaml-writer.ts'

/** How deeply collections may nest in a `json` piece: what the limit of 16 leaves below tape, event and piece. */
const JSON_DEPTH = 11

/**
 * Cuts a segment into pieces that together hold its bytes: HTTP as lines, bodies by their kind of content.
 *
 * The pieces depend only on the bytes, so recording the same segment again writes the same lines. Takes linear time.
 */
export function piecesOf(bytes: Uint8Array): readonly Piece[] {
  // Latin-1 has one character for each byte: offsets in the string are offsets in the segment.
  const wire = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  const pieces = tidy(
    regionsOf(wire).flatMap(({ start, end, lines }) => (lines ? linePieces : contentPieces)(wire.slice(start, end))),
  )
  // Reading a hostile segment must not cost more than its size.
  return pieces.length <= mostPieces(wire) ? pieces : [wholePiece(wire)]
}

/** The length of the HTTP lines at the start of a segment, bytes. */
export function leadingLines(bytes: Uint8Array): number {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, LONGEST_LINES)).toString('latin1')
  const end = start.indexOf('\r\n\r\n')
  return end === -1 ? 0 : Math.min(endOfLines(start, 0), end + 4)
}

const LONGEST_LINES = 65_536

interface Region {
  readonly start: number
  readonly end: number
  /** Lines that end in CRLF: heads, chunk-size lines, trailers. Otherwise content, up to text that looks like HTTP again. */
  readonly lines: boolean
}

function regionsOf(wire: string): readonly Region[] {
  const regions: Region[] = []
  for (let start = 0; start < wire.length;) {
    const content = endOfLines(wire, start)
    if (content > start) regions.push({ start, end: content, lines: true })
    if (content === wire.length) break
    start = nextStructure(wire, content)
    regions.push({ start: content, end: start, lines: false })
  }
  return regions
}

/** The end of the run of lines from `start` on: lines without controls that end in CRLF and do not open a JSON text. */
function endOfLines(wire: string, start: number): number {
  for (let at = start; ;) {
    const end = wire.indexOf('\r\n', at)
    if (end === -1 || wire[at] === '{' || wire[at] === '[' || !isLine(wire, at, end)) return at
    at = end + 2
  }
}

function isLine(wire: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (isControl(wire.charCodeAt(at))) return false
  return true
}

const isControl = (code: number): boolean => (code < 0x20 && code !== 0x09) || code === 0x7f

/** The next place after `from` that looks like a chunk-size line or the start line of a message, or the end. */
function nextStructure(wire: string, from: number): number {
  // Each of them has one, and most content has none.
  if (!wire.includes('\r\n', from + 1)) return wire.length
  STRUCTURE.lastIndex = from + 1
  return STRUCTURE.exec(wire)?.index ?? wire.length
}

// Repetitions are bounded or cannot start twice on the same characters, so a search takes linear time for any bytes.
const STRUCTURE =
  /\r\n[\da-fA-F]{1,16}(?:;[^\r\n]*)?\r\n|HTTP\/1\.[01] \d{3}[^\r\n]{0,200}\r\n|(?<![A-Z])[A-Z]{3,20} [\x21-\x7e]{1,2000} HTTP\/1\.[01]\r\n/g

function contentPieces(wire: string): readonly Piece[] {
  const json = jsonPieces(wire)
  if (json !== undefined) return json
  // A shortcut for most text, with the same result as the code below.
  if (isPlainBlock(wire)) return [{ kind: 'text', text: wire }]
  // A segment may end within a character.
  const before = /^[\x80-\xbf]{1,3}/.exec(wire)?.[0] ?? ''
  const after = CUT_CHARACTER.exec(wire.slice(-3))?.[0] ?? ''
  const text = wire.slice(before.length, wire.length - after.length)
  if (before + after === '' || decodeUtf8(text) === undefined || !looksLikeText(text)) return textPieces(wire)
  return [before, text, after].filter((part) => part !== '').flatMap(textPieces)
}

/** The beginning of a character of UTF-8 whose rest is missing. */
const CUT_CHARACTER = /(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})$/

function textPieces(wire: string): readonly Piece[] {
  return looksLikeText(wire) ? linePieces(wire) : [base64Piece(wire)]
}

/** UTF-8 with few controls, or an older character set with mostly ASCII. */
function looksLikeText(wire: string): boolean {
  let controls = 0
  let high = 0
  // Without a branch, because a processor cannot predict one in binary data.
  for (let at = 0; at < wire.length; at++) {
    const kind = KINDS_OF_BYTES[wire.charCodeAt(at)] ?? 0
    controls += kind & 1
    high += kind >> 1
  }
  if (controls * 10 > wire.length) return false
  if (high === 0 || decodeUtf8(wire) !== undefined) return true
  return controls === 0 && high * 3 < wire.length
}

/** 1 for a control that does not end a line, 2 for bytes outside ASCII. */
const KINDS_OF_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte > 0x7f) return 2
  return isControl(byte) && byte !== 0x0a && byte !== 0x0d ? 1 : 0
})

/** A JSON text that can be rebuilt exactly from its values, and the line ends after it. */
function jsonPieces(wire: string): readonly Piece[] | undefined {
  if (wire.length > LONGEST_JSON || !/^[[{]/.test(wire)) return undefined
  const end = endWithoutLineEnds(wire)
  const lineEnds = wire.slice(end)
  const text = decodeUtf8(wire.slice(0, end))
  const json = text === undefined ? undefined : jsonPiece(text)
  if (json === undefined) return undefined
  return lineEnds === '' ? [json] : [json, { kind: 'text', text: lineEnds }]
}

function endWithoutLineEnds(wire: string): number {
  let end = wire.length
  while (wire[end - 1] === '\n' || wire[end - 1] === '\r') end--
  return end
}

function jsonPiece(text: string): Piece | undefined {
  // No style has line ends; as text, such JSON keeps its layout.
  if (text.includes('\n')) return undefined
  try {
    const value: Plain = JSON.parse(text)
    const compact = JSON.stringify(value)
    const style = styleOf(text, compact)
    // The only remaining escape of this kind is half of a surrogate pair, which many readers refuse.
    if (style === undefined || compact.includes('\\ud') || countValues(value, JSON_DEPTH) > MOST_JSON_VALUES)
      return undefined
    return style.length === 0 ? { kind: 'json', text } : { kind: 'json', text: compact, style }
  } catch {
    return undefined // Not JSON, then: it is written as text.
  }
}

/** The number of values; `Infinity` if YAML readers disagree about one of them. */
function countValues(value: Plain, depth: number): number {
  if (typeof value === 'number') return isPortable(value) ? 1 : Infinity
  if (typeof value !== 'object' || value === null) return 1
  if (depth === 0 || Object.keys(value).some(isTroublesome)) return Infinity
  return Object.values<Plain>(value).reduce<number>((sum, item) => sum + countValues(item, depth - 1), 1)
}

/**
 * Whether readers in other languages print this number with the same digits.
 *
 * Integers above 2^53-1 change their value, and below 0.0001 languages differ in when they write an exponent.
 */
const isPortable = (value: number): boolean =>
  Number.isInteger(value) ? Number.isSafeInteger(value) : Math.abs(value) >= 0.0001

/** `__proto__` and `<<` mean something else to some readers; YAML allows 1,024 characters in a key. */
const isTroublesome = (key: string): boolean => key === '__proto__' || key === '<<' || JSON.stringify(key).length > 500

/** One piece for each run of lines with the same form. */
function linePieces(wire: string): readonly Piece[] {
  if (wire.length < LONGEST_PLAIN_HEAD && PLAIN_HEAD.test(wire)) return [linePiece('crlf', wire)]
  const runs: { readonly form: LineForm; text: string }[] = []
  for (let start = 0; start < wire.length;) {
    const end = wire.indexOf('\n', start) + 1 || wire.length
    const { form, text } = readLine(wire.slice(start, end))
    const last = runs.at(-1)
    if (last?.form === form) last.text += text
    else runs.push({ form, text })
    if (runs.length > mostPieces(wire)) return [wholePiece(wire)]
    start = end
  }
  return runs.map(({ form, text }) => (form === 'quoted' ? { kind: 'text', text } : linePiece(form, text)))
}

/** Most heads: lines of visible ASCII and blanks, each short enough for a block. */
const PLAIN_HEAD = /^(?:[!-~](?:[ -~]*[!-~])?\r\n)+(?:\r\n)?$/
const LONGEST_PLAIN_HEAD = 4096

/** `text` and `quoted` lines both become a text piece: one in a block, one in quotes. */
type LineForm = 'crlf' | 'text' | 'quoted' | 'latin1'

function readLine(wire: string): { readonly form: LineForm; readonly text: string } {
  const text = decodeUtf8(wire)
  if (text === undefined) return { form: 'latin1', text: wire }
  const content = text.replace(/\r?\n$/, '')
  if (content !== '' && !isBlockSafe(content)) return { form: 'quoted', text }
  return { form: text.endsWith('\r\n') ? 'crlf' : 'text', text }
}

function linePiece(kind: 'crlf' | 'text' | 'latin1', text: string): Piece {
  if (kind !== 'crlf') return { kind, text }
  // A chunk-size line or an empty line is clearer with visible line ends: "\r\n0\r\n\r\n".
  return text.length <= 40 && !text.includes(' ')
    ? { kind: 'text', text }
    : { kind, text: text.replaceAll('\r\n', '\n') }
}

/** Joins neighbours of one kind, but never a block with text that needs quotes. */
function tidy(pieces: readonly Piece[]): readonly Piece[] {
  const tidied: Piece[] = []
  for (const piece of pieces) {
    const last = tidied.at(-1)
    if (last !== undefined && last.kind === piece.kind && areAlike(last, piece)) {
      tidied[tidied.length - 1] = { kind: piece.kind, text: last.text + piece.text }
    } else tidied.push(piece)
  }
  return tidied
}

function areAlike(one: Piece, other: Piece): boolean {
  switch (one.kind) {
    case 'crlf':
      return true
    case 'text':
      return !isBlock(one.text) && !isBlock(other.text)
    case 'latin1':
    case 'json':
    case 'base64':
      return false
  }
}

const mostPieces = (wire: string): number => 16 + wire.length / 256

function wholePiece(wire: string): Piece {
  const text = looksLikeText(wire) ? decodeUtf8(wire) : undefined
  return text === undefined ? base64Piece(wire) : { kind: 'text', text }
}

const base64Piece = (wire: string): Piece => base64PieceOf(Buffer.from(wire, 'latin1'))

/** Bytes that are not text. */
export const base64PieceOf = (bytes: Uint8Array): Piece => ({
  kind: 'base64',
  text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
})

/** The text of these bytes, or `undefined` if they are not UTF-8. */
function decodeUtf8(wire: string): string | undefined {
  // In the string of bytes, each character from 0x80 on would take two bytes.
  if (Buffer.byteLength(wire) === wire.length) return wire
  const bytes = Buffer.from(wire, 'latin1')
  return isUtf8(bytes) ? bytes.toString() : undefined
}
