import type { FieldLine } from '../http1/events.ts'
import { maskFields, maskSecrets } from '../redaction/masks.ts'
import { firstDifference } from '../matching/first-difference.ts'

/** Where two runs of bytes part, with what stands around. */
export interface ByteDifference {
  /** Where the offset begins: at the first byte of the request or, where nothing else counts, of its body. */
  readonly of: 'request' | 'body'
  /** Offset of the first differing byte. */
  readonly offset: number
  readonly recorded: Excerpt
  readonly asked: Excerpt
}

/** A few bytes around an offset; the byte at the offset is in square brackets. Secrets are masked. */
export interface Excerpt {
  /** Printable ASCII; other bytes as `\r`, `\n`, `\x1b`. */
  readonly text: string
  /** Fewer bytes than `text`, as pairs of digits. */
  readonly hex: string
}

/** How the header lines of two requests differ. */
export interface HeaderDifference {
  readonly kind: 'case' | 'order' | 'value' | 'missing' | 'extra'
  /** As recorded: a name (`case`), a line (`value`, `missing`), or names (`order`). Secrets are masked. */
  readonly recorded: string | undefined
  readonly asked: string | undefined
}

/** Two runs of bytes, and as they may be shown: secrets are hidden in their places. */
export interface Compared {
  readonly bytes: Uint8Array
  readonly shown: Uint8Array
}

/** Where two requests, or their bodies, part byte for byte; `undefined` where they are equal. */
export function byteDifference(
  of: ByteDifference['of'],
  recorded: Compared,
  asked: Compared,
): ByteDifference | undefined {
  const shorter = asked.bytes.length < recorded.bytes.length ? asked.bytes.length : undefined
  const offset = firstDifference(recorded.bytes, asked.bytes) ?? shorter
  return offset === undefined
    ? undefined
    : { of, offset, recorded: excerpt(recorded.shown, offset), asked: excerpt(asked.shown, offset) }
}

/** Case, order, values and presence of header lines, in that they differ. */
export function headerDifferences(
  recorded: readonly FieldLine[],
  asked: readonly FieldLine[],
): readonly HeaderDifference[] {
  const [theirs, ours] = [byName(recorded), byName(asked)]
  const differences: HeaderDifference[] = []
  for (const [name, lines] of theirs) {
    const others = ours.get(name)
    if (others === undefined) differences.push({ kind: 'missing', recorded: showLines(lines), asked: undefined })
    else differences.push(...lineDifferences(lines, others))
  }
  for (const [name, lines] of ours)
    if (!theirs.has(name)) differences.push({ kind: 'extra', recorded: undefined, asked: showLines(lines) })

  const [theirOrder, ourOrder] = [namesAlsoIn(ours, theirs), namesAlsoIn(theirs, ours)]
  if (theirOrder !== ourOrder) differences.push({ kind: 'order', recorded: theirOrder, asked: ourOrder })
  return differences
}

const TEXT_CONTEXT = 24
const HEX_CONTEXT = 8

function excerpt(bytes: Uint8Array, offset: number): Excerpt {
  // Masked before it is cut: a cut line would not show any more that it is secret.
  const masked = Buffer.from(maskSecrets(Buffer.from(bytes).toString('latin1')), 'latin1')
  return {
    text: around(masked, offset, TEXT_CONTEXT, showByte, ''),
    hex: around(masked, offset, HEX_CONTEXT, (byte) => byte.toString(16).padStart(2, '0'), ' '),
  }
}

function around(
  bytes: Uint8Array,
  offset: number,
  context: number,
  show: (byte: number) => string,
  separator: string,
): string {
  const before = Array.from(bytes.subarray(Math.max(offset - context, 0), offset), show)
  const after = Array.from(bytes.subarray(offset + 1, offset + 1 + context), show)
  const byte = bytes[offset]
  return [...before, `[${byte === undefined ? 'end' : show(byte)}]`, ...after].join(separator)
}

function showByte(byte: number): string {
  const char = String.fromCharCode(byte)
  if (byte >= 0x20 && byte < 0x7f) return char
  return ESCAPES[char] ?? `\\x${byte.toString(16).padStart(2, '0')}`
}

/** How the usual line ends and blanks are written. */
const ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function byName(fields: readonly FieldLine[]): Map<string, FieldLine[]> {
  const lines = new Map<string, FieldLine[]>()
  for (const field of fields) {
    const name = field.name.toLowerCase()
    // Drawn anew each time (RFC 6455 section 4.1).
    if (name === 'sec-websocket-key') continue
    const before = lines.get(name)
    if (before === undefined) lines.set(name, [field])
    else before.push(field)
  }
  return lines
}

function namesAlsoIn(others: ReadonlyMap<string, unknown>, lines: ReadonlyMap<string, unknown>): string {
  return [...lines.keys()].filter((name) => others.has(name)).join(', ')
}

function lineDifferences(recorded: readonly FieldLine[], asked: readonly FieldLine[]): HeaderDifference[] {
  const differences: HeaderDifference[] = []
  if (namesOf(recorded) !== namesOf(asked))
    differences.push({ kind: 'case', recorded: namesOf(recorded), asked: namesOf(asked) })
  // A secret differs from what stands for it in the recording, and neither is shown.
  if (valuesOf(maskFields(recorded)) !== valuesOf(maskFields(asked)))
    differences.push({ kind: 'value', recorded: showLines(recorded), asked: showLines(asked) })
  return differences
}

const namesOf = (lines: readonly FieldLine[]): string => lines.map(({ name }) => name).join(', ')
const valuesOf = (lines: readonly FieldLine[]): string => lines.map(({ value }) => value).join('\n')
const showLines = (lines: readonly FieldLine[]): string =>
  maskFields(lines)
    .map(({ name, value }) => `${name}: ${value}`)
    .join(' | ')
