import type { FieldLine } from '../http1/events.ts'

/** Where two runs of bytes part, with what stands around. */
export interface ByteDifference {
  /** Offset of the first differing byte, from the first byte of the request. */
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

/** A place where two JSON documents differ. */
export interface JsonDifference {
  /** Such as `$.users[0].name`. */
  readonly path: string
  /** JSON text, shortened and masked; `undefined` where there is no such place. */
  readonly recorded: string | undefined
  readonly asked: string | undefined
}

/** Offset of the first byte of `actual` that is not the next of `expected`; `undefined` where `expected` begins with it. */
export function firstDifference(expected: Uint8Array, actual: Uint8Array): number | undefined {
  const { length } = actual
  if (length <= expected.length && Buffer.compare(expected.subarray(0, length), actual) === 0) return undefined
  let offset = 0
  while (offset < length && expected[offset] === actual[offset]) offset += 1
  return offset
}

/** Where two requests part, byte for byte; `undefined` where they are equal. */
export function byteDifference(recorded: Uint8Array, asked: Uint8Array): ByteDifference | undefined {
  const offset = firstDifference(recorded, asked) ?? (asked.length < recorded.length ? asked.length : undefined)
  return offset === undefined
    ? undefined
    : { offset, recorded: excerpt(recorded, offset), asked: excerpt(asked, offset) }
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

/** The first ten places in which two JSON values differ. */
export function jsonDifferences(recorded: unknown, asked: unknown): readonly JsonDifference[] {
  const differences: JsonDifference[] = []
  compareJson({ value: recorded }, { value: asked }, '$', false, differences)
  return differences
}

/** The text without anything that could steer a terminal or hide in it: controls, bidirectional marks, lone surrogates. */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (char) => ESCAPES[char] ?? `\\u{${char.codePointAt(0)?.toString(16)}}`)
}

/** Replaces the values of secret-looking headers, query and form fields, and JSON members by as many asterisks. */
export function maskSecrets(text: string): string {
  return text.replace(SECRET_LINE, mask).replace(SECRET_PAIR, mask).replace(SECRET_MEMBER, mask)
}

/** The lines with the values of secret ones masked. */
export function maskFields(fields: readonly FieldLine[]): readonly FieldLine[] {
  return fields.map(({ name, value }) => (isSecretName(name) ? { name, value: MASK } : { name, value }))
}

const MASK = '***'
const SECRET = '(?:authorization|cookie|passw(?:or)?d|secret|token|api[-_]?key|credential|signature)'
// The bounds keep the time linear, whatever the text.
const SECRET_NAME = `[\\w.-]{0,40}${SECRET}[\\w.-]{0,40}`
const SECRET_LINE = new RegExp(`^(${SECRET_NAME}:[ \\t]*)(.+)$`, 'gim')
const SECRET_PAIR = new RegExp(`(${SECRET_NAME}=)([^&\\s"';]+)`, 'gi')
const SECRET_MEMBER = new RegExp(
  `("${SECRET_NAME}"\\s{0,8}:\\s{0,8})("(?:[^"\\\\]|\\\\.)*"?|\\{[^}]*|\\[[^\\]]*|[\\w.+-]+)`,
  'gi',
)
const SECRET_WORD = new RegExp(SECRET, 'i')
const isSecretName = (name: string): boolean => SECRET_WORD.test(name)
const mask = (_match: string, name: string, value: string): string => name + '*'.repeat(value.length)

const ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' }

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

function byName(fields: readonly FieldLine[]): Map<string, FieldLine[]> {
  const lines = new Map<string, FieldLine[]>()
  for (const field of fields) {
    const name = field.name.toLowerCase()
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
  if (valuesOf(recorded) !== valuesOf(asked))
    differences.push({ kind: 'value', recorded: showLines(recorded), asked: showLines(asked) })
  return differences
}

const namesOf = (lines: readonly FieldLine[]): string => lines.map(({ name }) => name).join(', ')
const valuesOf = (lines: readonly FieldLine[]): string => lines.map(({ value }) => value).join('\n')
const showLines = (lines: readonly FieldLine[]): string =>
  maskFields(lines)
    .map(({ name, value }) => `${name}: ${value}`)
    .join(' | ')

/** A value, or nothing: `undefined` is no JSON value, so it cannot stand for "absent" by accident. */
type Place = { readonly value: unknown } | undefined

const MOST_DIFFERENCES = 10
/** Deeper than this, values are compared as text. */
const DEEPEST = 50

function compareJson(recorded: Place, asked: Place, path: string, isSecret: boolean, found: JsonDifference[]): void {
  if (found.length === MOST_DIFFERENCES) return
  const [theirs, ours] = [recorded && children(recorded.value), asked && children(asked.value)]
  const isBranch = theirs !== undefined && ours !== undefined && theirs.isList === ours.isList
  if (!isBranch || path.split(/[.[]/).length > DEEPEST) {
    if (JSON.stringify(recorded?.value) !== JSON.stringify(asked?.value))
      found.push({ path, recorded: showValue(recorded, isSecret), asked: showValue(asked, isSecret) })
    return
  }
  for (const key of new Set([...theirs.members.keys(), ...ours.members.keys()])) {
    compareJson(theirs.members.get(key), ours.members.get(key), path + key, isSecret || isSecretName(key), found)
  }
}

/** The members of an object or elements of a list, by how a path goes on to them. */
function children(value: unknown): { readonly isList: boolean; readonly members: Map<string, Place> } | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const isList = Array.isArray(value)
  const members = Object.entries(value).map(([key, member]: [string, unknown]): [string, Place] => [
    isList ? `[${key}]` : /^[a-z_$][\w$]*$/i.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`,
    { value: member },
  ])
  return { isList, members: new Map(members) }
}

const LONGEST_VALUE = 80

function showValue(place: Place, isSecret: boolean): string | undefined {
  if (place === undefined) return undefined
  if (isSecret) return MASK
  const text = maskSecrets(JSON.stringify(place.value))
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text
}
