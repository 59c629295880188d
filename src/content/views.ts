import { isUtf8 } from 'node:buffer'
import { applyEdits, countUpTo, type Edit, growth, mergeEdits, shiftEdits, trimEdit } from './edits.ts'
import { type Escapes, ESCAPES, PERCENT } from './escapes.ts'
import { gzipMemberLength } from './gzip-member.ts'
import { hasDigits, mayBeginText, mayHaveWords, type RunCoding } from './run-bytes.ts'
import { GZIP_IN_BASE64, type Run, wrappedRuns } from './runs.ts'

/** Finds the edits of a text. */
export type FindEdits = (text: string) => readonly Edit[]

/** The edits that are found after the escapes of a text are decoded, one kind at a time. */
export function editsBehindEscapes(text: string, find: FindEdits): Edit[] {
  return ESCAPES.flatMap((escapes) => {
    if (!text.includes(escapes.mark)) return []
    return escapes === PERCENT ? editsInPairs(text, find) : editsBehind(escapes, text, find)
  })
}

/** In forms and queries an ampersand that is not escaped ends a pair, whose escapes may hide others. */
function editsInPairs(text: string, find: FindEdits): Edit[] {
  const pairs = text.split('&')
  if (pairs.length > MOST_PAIRS) return editsBehind(PERCENT, text, find)
  let start = 0
  return pairs.flatMap((pair) => {
    const edits = pair.includes(PERCENT.mark) ? shiftEdits(editsBehind(PERCENT, pair, find), start) : []
    start += pair.length + 1
    return edits
  })
}

/** More of them are read as one, so that a form of a million pairs takes no longer. */
const MOST_PAIRS = 1000

/** The same for one kind. */
export function editsBehind({ pattern, decode, encode }: Escapes, text: string, find: FindEdits): Edit[] {
  let decoded = ''
  let done = 0
  /** Where each escape ends in the decoded text, and its range in the text. */
  const ends: number[] = []
  const sourceStarts: number[] = []
  const sourceEnds: number[] = []
  for (const match of text.matchAll(pattern)) {
    decoded += text.slice(done, match.index) + decode(match[0])
    done = match.index + match[0].length
    ends.push(decoded.length)
    sourceStarts.push(match.index)
    sourceEnds.push(done)
  }
  if (ends.length === 0) return []
  decoded += text.slice(done)

  // Between escapes offsets differ by a constant; a decoded character belongs to its whole escape.
  const locate = (offset: number, side: readonly number[]): number => {
    const k = countUpTo(ends, offset)
    const place = offset + (sourceEnds[k - 1] ?? 0) - (ends[k - 1] ?? 0)
    return place <= (sourceStarts[k] ?? Infinity) ? place : (side[k] ?? place)
  }
  return find(decoded).map((edit) => {
    const [start, end] = [locate(edit.start, sourceStarts), locate(edit.end, sourceEnds)]
    // What an edit leaves is written as it was: a slash before a run of base64 must not read as an escape afterwards.
    const changed = trimEdit(edit, decoded)
    const before = text.slice(start, locate(changed.start, sourceStarts))
    const after = text.slice(locate(changed.end, sourceEnds), end)
    return { start, end, with: before + encode(changed.with) + after }
  })
}

/** The edits in text that is encoded as base64 or hex, in one line or in several: each makes a new run in the same spelling. */
export function editsInsideRuns(text: string, runs: readonly Run[], find: FindEdits): Edit[] {
  const inLines: Edit[] = []
  for (const { start, end, text: run, wrap } of wrappedRuns(text, runs))
    for (const edit of editsInsideRun(run, find)) inLines.push({ start, end, with: wrap(applyEdits(run, [edit])) })
  const edits: Edit[] = []
  for (const { start, end } of runs)
    for (const edit of shiftEdits(editsInsideRun(text.slice(start, end), find), start)) edits.push(edit)
  return [...edits, ...inLines]
}

function editsInsideRun(run: string, find: FindEdits): readonly Edit[] {
  const coding = codingOf(run)
  const replacement = redactRun(run, coding, find)
  if (replacement !== undefined) return [{ start: 0, end: run.length, with: replacement }]
  if (coding === 'hex') return NO_EDITS
  const inHex = hasDigits(run, 'hex', SHORTEST_HEX) ? editsInParts(run, HEX_IN_RUN, 'hex', find) : NO_EDITS
  if (inHex.length > 0 || coding === 'base64' || !hasDigits(run, 'base64', SHORTEST_STRICT)) return inHex
  return editsInParts(run, STRICT_RUN, 'base64', find)
}

const NO_EDITS: readonly Edit[] = []

/** Words with signs of base64 between them and what is coded, such as `key-c2VjcmV0...-v2`, look like one run. */
function editsInParts(run: string, parts: RegExp, coding: RunCoding, find: FindEdits): Edit[] {
  const edits: Edit[] = []
  for (const { index, 0: part } of run.matchAll(parts)) {
    const replacement = part.length === run.length ? undefined : redactRun(part, coding, find)
    if (replacement !== undefined) edits.push({ start: index, end: index + part.length, with: replacement })
  }
  return edits
}

const SHORTEST_HEX = 32
const SHORTEST_STRICT = 16
const HEX_IN_RUN = /(?:[\da-f]{2}){16,}/gi
const STRICT_RUN = /[A-Za-z0-9+/]{16,}={0,2}/g

function codingOf(run: string): RunCoding {
  if (run.length % 2 === 0 && /^[0-9a-f]*$/i.test(run)) return 'hex'
  return /[-_]/.test(run) ? 'base64url' : 'base64'
}

function redactRun(run: string, coding: RunCoding, find: FindEdits): string | undefined {
  // Most runs are words and hashes; their beginning shows it.
  const isTried = mayHoldText(run, coding)
  if (isTried) {
    const whole = redactPart(run, coding, find)
    if (whole !== undefined) return whole
  }
  if (coding === 'hex') return undefined
  // Words may directly precede the base64, which can then begin anywhere.
  const zipped = redactZipped(run, coding, find)
  if (zipped !== undefined) return zipped
  if (!mayHaveWords(run)) return undefined
  for (const lead of [0, 1, 2, 3])
    for (const end of endsOf(run, lead, coding)) {
      if (isTried && end - lead === run.length) continue
      const part = run.slice(lead, end)
      if (!HAS_WORDS.test(Buffer.from(part, coding).toString('latin1'))) continue
      const redacted = redactPart(part, coding, end === run.length ? find : (text) => inThrees(find(text)))
      if (redacted !== undefined) return run.slice(0, lead) + redacted + run.slice(end)
    }
  return undefined
}

/** Where base64 may end: with the run, or with the last whole four, as words may follow; first with the run if that ends as text does. */
function endsOf(run: string, lead: number, coding: RunCoding): readonly number[] {
  const inFours = run.length - ((run.length - lead) % 4)
  if (inFours === run.length) return [run.length]
  const last = Buffer.from(run.slice(Math.max(lead, inFours - 4)), coding)
  // A character may begin before them.
  const first = last.findIndex((byte) => byte < 0x80 || byte > 0xbf)
  return first !== -1 && isUtf8(last.subarray(first)) ? [run.length, inFours] : [inFours, run.length]
}

/**
 * The edits, of which the last is filled up to change the length by a multiple of three: then what follows it is the same
 * base64 as before, and needs no padding in the middle.
 */
function inThrees(found: readonly Edit[]): readonly Edit[] {
  const edits = mergeEdits(found)
  const last = edits.at(-1)
  if (last === undefined) return edits
  const missing = (3 - (growth(edits) % 3)) % 3
  return [...edits.slice(0, -1), { ...last, with: last.with + '_'.repeat(missing) }]
}

/** gzip with words before and after it, as in a path; without padding it ends with the member. */
function redactZipped(run: string, coding: RunCoding, find: FindEdits): string | undefined {
  const start = run.indexOf(GZIP_IN_BASE64)
  if (start < 0) return undefined
  const all = run.slice(start, run.length - ((run.length - start) % 4))
  const redacted = redactPart(all, coding, find)
  if (redacted !== undefined) return run.slice(0, start) + redacted + run.slice(start + all.length)
  const length = gzipMemberLength(Buffer.from(run.slice(start), coding))
  if (length === undefined) return undefined
  const end = start + Math.ceil((length * 4) / 3)
  const member = redactPart(run.slice(start, end), coding, find)
  return member === undefined ? undefined : run.slice(0, start) + member + run.slice(end)
}

/** A result that decoding rarely has if the run is not base64. */
const HAS_WORDS = /[\t\n\r\x20-\x7e]{8}/

function redactPart(part: string, coding: RunCoding, find: FindEdits): string | undefined {
  const bytes = Buffer.from(part, coding)
  if (spelledAs(part, coding, bytes) !== part) return undefined
  const text = bytes.toString('latin1')
  const found = mergeEdits(find(text))
  const last = found.at(-1)
  if (last === undefined) return undefined
  // What follows may not be base64 of this, such as the next segment of a path.
  const isFollowed = coding !== 'hex' && !part.endsWith('=') && last.end < text.length
  const edits = isFollowed ? inThrees(found) : found
  return spelledAs(part, coding, Buffer.from(applyEdits(text, edits), 'latin1'))
}

/** Encodes the bytes with the case and padding of a run. */
function spelledAs(run: string, coding: RunCoding, bytes: Buffer): string {
  const text = bytes.toString(coding)
  if (coding === 'hex') return /[A-F]/.test(run) ? text.toUpperCase() : text
  const isPadded = run.endsWith('=') || run.length % 4 === 0
  return isPadded ? text.padEnd(Math.ceil(text.length / 4) * 4, '=') : text.replace(/=+$/, '')
}

const GZIP_MAGIC = 0x1f8b

/** Whether a run begins as text does. */
function mayHoldText(run: string, coding: RunCoding): boolean {
  const start = run.slice(0, LOOKED_AT)
  const digits = coding === 'hex' ? start.length / 2 : ((start.length - paddingOf(start)) * 3) >> 2
  if (!mayBeginText(start, coding, digits - CUT_BYTES)) return false
  const bytes = Buffer.from(start, coding).subarray(0, -CUT_BYTES)
  if (bytes.length > 2 && bytes.readUInt16BE(0) === GZIP_MAGIC) return true
  // The excerpt may end within a character.
  const end = bytes.findLastIndex((byte) => byte < 0x80)
  return end >= 0 && bytes.length - end <= 4 && isUtf8(bytes.subarray(0, end)) && isTextual(bytes.toString('latin1'))
}

const LOOKED_AT = 64
const CUT_BYTES = 3
const paddingOf = (run: string): number => (run.endsWith('==') ? 2 : run.endsWith('=') ? 1 : 0)

/** Whether a text that was decoded is encoded once more: its long runs, or its escapes. */
export const mayGoOn = (text: string, runs: readonly Run[]): boolean =>
  /%25[\da-f]{2}/i.test(text) ||
  runs.some(({ start, end }) => {
    const run = text.slice(start, Math.min(end, start + LOOKED_AT))
    return end - start >= LEAST_CODED && mayHoldText(run, codingOf(run))
  })

/** Shorter runs are text by chance too often. */
const LEAST_CODED = 24

/** Whether a text has only the control characters that are usual in text, or, if it is UTF-8, so few of the others that it is text all the same. */
export function isTextual(text: string): boolean {
  const start = text.slice(0, 4096)
  if (!CONTROL.test(start)) return true
  const controls = start.replaceAll(NO_CONTROL, '').length
  return controls * 64 <= start.length && !/[\x80-\xff]/.test(start)
}

// oxlint-disable-next-line no-control-regex
const CONTROL = /[\0-\x08\x0e-\x1a\x1c\x1d\x1f]/
// oxlint-disable-next-line no-control-regex
const NO_CONTROL = /[^\0-\x08\x0e-\x1a\x1c\x1d\x1f]+/g

/** The stretches of what is not text as a whole, such as frames, that are: printable ASCII and UTF-8. Random bytes have next to none. */
export function textIn(bytes: string): Run[] {
  return Array.from(bytes.matchAll(TEXT), ({ index, 0: { length } }) => ({ start: index, end: index + length }))
}

const TEXT = /(?:[\t\n\r\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}){12,}/g
