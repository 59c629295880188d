import { jsonDocument } from '../content/json-content.ts'
import { isUtf8 } from 'node:buffer'
import type { FieldLine } from '../http1/events.ts'
import { comparedContent } from '../content/decoded-content.ts'
import { diffLibrary, MOST_EDITS } from '../content/diff-library.ts'
import { jsonDifferences, type JsonPlace } from '../content/json-differences.ts'

/** A changed header or trailer line; text is latin-1, one character for each byte. */
export interface HeaderChange {
  readonly kind: 'header'
  readonly field: string
  /** `case`: the name has another case; `order`: `before` and `after` are the names of all lines. */
  readonly change: 'added' | 'removed' | 'value' | 'case' | 'order'
  readonly before: string | undefined
  readonly after: string | undefined
}

/** A place where two JSON documents differ. */
export interface JsonChange {
  readonly kind: 'json'
  readonly field: string
  /** Such as `$.users[0].name`; added or removed elements are counted in the document that has them. */
  readonly path: string
  /** JSON text; `undefined` if there is no such place. */
  readonly before: string | undefined
  readonly after: string | undefined
}

/** Lines that differ, as in a unified diff. */
export interface LinesChange {
  readonly kind: 'lines'
  readonly field: string
  readonly hunks: readonly LineHunk[]
}

/** Neighbouring lines that differ, with some equal ones around them. */
export interface LineHunk {
  /** Number of the first line, from 1. */
  readonly before: number
  readonly after: number
  /** Each with `-`, `+` or a blank before it. */
  readonly lines: readonly string[]
}

/** Bytes that differ. */
export interface BytesChange {
  readonly kind: 'bytes'
  readonly field: string
  /** Offset of the first byte that differs. */
  readonly offset: number
  readonly before: BytesExcerpt
  readonly after: BytesExcerpt
  /** Whether contents are too large to be compared otherwise: byte for byte as they came. Absent: they are not. */
  readonly isTooLarge?: true
}

/** Some bytes around the first difference. */
export interface BytesExcerpt {
  /** Number of all bytes. */
  readonly length: number
  /** Some bytes around the offset; they begin at `excerptStart`. */
  readonly excerptStart: number
  readonly excerpt: Uint8Array
}

/** One difference between two interactions or connections. */
export type Change = (ValueChange | HeaderChange | JsonChange | LinesChange | BytesChange) & {
  /** Whether this differs every time: a date, the id of a request, a length that follows from these. Absent: it does not. */
  readonly isVolatile?: true
}

/** A changed value; text is latin-1, one character for each byte. */
export interface ValueChange {
  readonly kind: 'value'
  /** Such as `status` or `request body framing`. */
  readonly field: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/** How header or trailer sections differ: lines, their names' case and their order. */
export function headerChanges(
  field: string,
  before: readonly FieldLine[],
  after: readonly FieldLine[],
): readonly HeaderChange[] {
  const changes: HeaderChange[] = []
  const [olds, news] = [byName(before), byName(after)]
  for (const [name, lines] of olds) changes.push(...linesOfName(field, lines, news.get(name) ?? []))
  for (const [name, lines] of news) if (!olds.has(name)) changes.push(...linesOfName(field, [], lines))

  const [oldOrder, newOrder] = [namesAlsoIn(news, olds), namesAlsoIn(olds, news)]
  if (oldOrder !== newOrder) {
    changes.push({ kind: 'header', field, change: 'order', before: oldOrder, after: newOrder })
  } else if (changes.length === 0 && showNames(before) !== showNames(after)) {
    // The same lines, but lines with the same name are in other places.
    changes.push({ kind: 'header', field, change: 'order', before: showNames(before), after: showNames(after) })
  }
  return changes
}

const namesAlsoIn = (others: ReadonlyMap<string, unknown>, lines: ReadonlyMap<string, unknown>): string =>
  [...lines.keys()].filter((name) => others.has(name)).join(', ')

const showNames = (lines: readonly FieldLine[]): string => lines.map(({ name }) => name).join(', ')

/** Drawn anew for each WebSocket, or following from that (RFC 6455 section 4.1). */
const DRAWN: ReadonlySet<string> = new Set(['sec-websocket-key', 'sec-websocket-accept'])

function byName(lines: readonly FieldLine[]): ReadonlyMap<string, readonly FieldLine[]> {
  const names = new Map<string, FieldLine[]>()
  for (const line of lines) {
    const name = line.name.toLowerCase()
    if (DRAWN.has(name)) continue
    const others = names.get(name)
    if (others === undefined) names.set(name, [line])
    else others.push(line)
  }
  return names
}

function linesOfName(field: string, olds: readonly FieldLine[], news: readonly FieldLine[]): HeaderChange[] {
  const changes: HeaderChange[] = []
  for (let place = 0; place < Math.max(olds.length, news.length); place += 1) {
    const [before, after] = [olds[place], news[place]]
    const shown = { before: before && showLine(before), after: after && showLine(after) }
    if (before === undefined) changes.push({ kind: 'header', field, change: 'added', ...shown })
    else if (after === undefined) changes.push({ kind: 'header', field, change: 'removed', ...shown })
    else if (before.value !== after.value) changes.push({ kind: 'header', field, change: 'value', ...shown })
    else if (before.name !== after.name) changes.push({ kind: 'header', field, change: 'case', ...shown })
  }
  return changes
}

const showLine = ({ name, value }: FieldLine): string => `${name}: ${value}`

/** The parts of a message that its content depends on. */
export interface Content {
  readonly body: Uint8Array
  readonly fields: readonly FieldLine[]
}

/** How bodies differ: as JSON if both are, by lines if both are text, otherwise, or if they are very large, by their first differing byte. */
export function contentChanges(
  field: string,
  before: Content,
  after: Content,
): readonly (JsonChange | LinesChange | BytesChange)[] {
  if (Buffer.compare(before.body, after.body) === 0) return []
  const [was, is] = [comparedContent(before.body, before.fields), comparedContent(after.body, after.fields)]
  const [old, fresh] = [was.content, is.content]
  if (was.isTooLarge || is.isTooLarge) {
    const change = bytesChange(field, before.body, after.body)
    return change === undefined ? [] : [{ ...change, isTooLarge: true }]
  }
  const json = jsonChanges(field, old, fresh)
  if (json.length > 0) return json
  const lines = lineChanges(field, old, fresh)
  if (lines !== undefined) return [lines]
  // If only the compression differs, the bytes from the wire are compared.
  return [bytesChange(field, old, fresh) ?? bytesChange(field, before.body, after.body)].filter(
    (change) => change !== undefined,
  )
}

/** The offset of the first byte that differs; `undefined` if there is none. */
export function bytesChange(field: string, before: Uint8Array, after: Uint8Array): BytesChange | undefined {
  const shorter = Math.min(before.length, after.length)
  let offset = 0
  while (offset < shorter && before[offset] === after[offset]) offset += 1
  if (offset === before.length && offset === after.length) return undefined
  return { kind: 'bytes', field, offset, before: excerpt(before, offset), after: excerpt(after, offset) }
}

const EXCERPT_BEFORE = 16
const EXCERPT_LENGTH = 48

function excerpt(bytes: Uint8Array, offset: number): BytesExcerpt {
  const excerptStart = Math.max(offset - EXCERPT_BEFORE, 0)
  const excerptBytes = bytes.subarray(excerptStart, excerptStart + EXCERPT_LENGTH)
  return { length: bytes.length, excerptStart, excerpt: excerptBytes }
}

/** None if one of them is not JSON, or if only the notation differs. */
function jsonChanges(field: string, before: Uint8Array, after: Uint8Array): readonly JsonChange[] {
  const [old, fresh] = [parseJson(before), parseJson(after)]
  if (old === undefined || fresh === undefined) return []
  return jsonDifferences(old, fresh).map(({ path, before: was, after: is }) => ({
    kind: 'json',
    field,
    path,
    before: was,
    after: is,
  }))
}

/** Only documents: a body that is a lone number or word reads better as text. */
function parseJson(bytes: Uint8Array): JsonPlace | undefined {
  if (!isUtf8(bytes)) return undefined
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
  return jsonDocument(text)
}

/** `undefined` if one of them is not text or has no line ends, or if they are equal. */
function lineChanges(field: string, before: Uint8Array, after: Uint8Array): LinesChange | undefined {
  if (Buffer.compare(before, after) === 0) return undefined
  const [old, fresh] = [textOf(before), textOf(after)]
  if (old === undefined || fresh === undefined || !(old + fresh).includes('\n')) return undefined
  const patch = diffLibrary().structuredPatch('', '', old, fresh, '', '', { context: 2, maxEditLength: MOST_EDITS })
  if (patch === undefined || patch.hunks.length === 0) return undefined
  const hunks = patch.hunks.map(({ oldStart, newStart, lines }) => ({ before: oldStart, after: newStart, lines }))
  return { kind: 'lines', field, hunks }
}

/** UTF-8 without controls. */
function textOf(bytes: Uint8Array): string | undefined {
  if (!isUtf8(bytes)) return undefined
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
  return /(?![\t\r\n])\p{Cc}/u.test(text) ? undefined : text
}
