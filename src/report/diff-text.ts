import type {
  BytesChange,
  Change,
  HeaderChange,
  JsonChange,
  LinesChange,
  ValueChange,
} from '../inspection/content-changes.ts'
import type { CassetteDiff, ConnectionDiff, InteractionDiff } from '../inspection/diff-cassettes.ts'
import { count, escapeBytes, escapeText } from '../content/printable.ts'
import { TOO_LARGE } from './change-text.ts'

/** Where the text of a diff goes, and how to colour it. */
export interface DiffWriter {
  line(text?: string): void
  paint(style: 'title' | 'received' | 'failed' | 'aside', text: string): string
}

/** Formats a diff as plain text of several lines, safe for any terminal. */
export function formatDiff(names: DiffNames, found: CassetteDiff): string {
  const lines: string[] = []
  showDiff(names, found, { line: (text = '') => void lines.push(text), paint: (_style, text) => text })
  return lines.join('\n')
}

/** The names of both sides. */
export interface DiffNames {
  readonly before: string
  readonly after: string
}

/** Writes how two cassettes differ, and a summary. */
export function showDiff(names: DiffNames, found: CassetteDiff, out: DiffWriter): void {
  if (!found.isSame) {
    out.line(out.paint('failed', `--- ${escapeText(names.before)}`))
    out.line(out.paint('received', `+++ ${escapeText(names.after)}`))
    for (const interaction of found.interactions) showInteraction(interaction, out)
    for (const connection of found.connections) showConnection(connection, out)
    out.line()
  }
  out.line(summarize(found))
}

function summarize({ equal, interactions, connections }: CassetteDiff): string {
  const ofKind = (kind: InteractionDiff['kind']): number => interactions.filter((one) => one.kind === kind).length
  const parts = [`${count(equal, 'interaction')} equal`]
  for (const kind of ['changed', 'removed', 'added'] as const)
    if (ofKind(kind) > 0) parts.push(`${ofKind(kind)} ${kind}`)
  if (connections.length > 0) parts.push(`${count(connections.length, 'connection')} not alike`)
  return parts.join(', ')
}

function showInteraction({ kind, method, url, before, after, changes }: InteractionDiff, out: DiffWriter): void {
  const places = [before, after].map((place) => (place === undefined ? '-' : String(place + 1)))
  const where = places[0] === places[1] ? `interaction ${places[0]}` : `interaction ${places.join(' -> ')}`
  out.line()
  out.line(`${out.paint('title', `${MARKS[kind]} ${escapeText(method)} ${escapeBytes(latin1(url))}`)}  ${where}`)
  showChanges(changes, out)
}

function showConnection({ kind, to, changes }: ConnectionDiff, out: DiffWriter): void {
  out.line()
  out.line(out.paint('title', `${MARKS[kind]} connection to ${escapeText(to)}`))
  showChanges(changes, out)
}

const MARKS = { changed: '~', removed: '-', added: '+' } as const

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1')

/** Writes the changes, and names each field once. */
function showChanges(all: readonly Change[], out: DiffWriter): void {
  const changes = all.filter(({ isVolatile }) => isVolatile !== true)
  const volatile = all.filter(({ isVolatile }) => isVolatile === true)
  showReal(changes, out)
  // What differs every time is named, and kept apart.
  for (const change of volatile) out.line(out.paint('aside', `  differs every time: ${volatileText(change)}`))
}

function volatileText(change: Change): string {
  switch (change.kind) {
    case 'header':
      return escapeBytes(latin1(`${change.after ?? change.before}`))
    case 'json':
      return escapeText(`${change.field} ${change.path}: ${change.before} -> ${change.after}`)
    case 'value':
    case 'lines':
    case 'bytes':
      return escapeText(change.field)
  }
}

function showReal(changes: readonly Change[], out: DiffWriter): void {
  let field: string | undefined
  for (const change of changes) {
    if (change.kind === 'value') {
      showValue(change, out)
    } else {
      if (change.field !== field) out.line(`  ${change.field}`)
      showDetails(change, out)
    }
    ;({ field } = change)
  }
}

function showValue({ field, before, after }: ValueChange, out: DiffWriter): void {
  out.line(`  ${field}: ${showText(before)} -> ${out.paint('received', showText(after))}`)
}

const showText = (text: string | undefined): string =>
  text === undefined ? 'none' : shorten(escapeBytes(latin1(text)))

const LONGEST_VALUE = 200

/** Cuts between characters, never inside one. */
function shorten(escaped: string): string {
  if (escaped.length <= LONGEST_VALUE) return escaped
  const characters = Array.from(escaped)
  if (characters.length <= LONGEST_VALUE) return escaped
  return `${characters.slice(0, LONGEST_VALUE).join('')}... (${count(characters.length, 'character')})`
}

function showDetails(change: Exclude<Change, ValueChange>, out: DiffWriter): void {
  switch (change.kind) {
    case 'header':
      return showHeader(change, out)
    case 'json':
      return showJson(change, out)
    case 'lines':
      return showLines(change, out)
    case 'bytes':
      return showBytes(change, out)
  }
}

function showHeader({ change, before, after }: HeaderChange, out: DiffWriter): void {
  if (change === 'order') {
    out.line(`    order: ${showText(before)}`)
    out.line(`        -> ${showText(after)}`)
    return
  }
  const remark = change === 'case' ? '  (case only)' : ''
  if (before !== undefined) out.line(out.paint('failed', `    - ${showText(before)}`))
  if (after !== undefined) out.line(out.paint('received', `    + ${showText(after)}`) + remark)
}

function showJson({ path, before, after }: JsonChange, out: DiffWriter): void {
  const name = escapeText(path)
  if (before === undefined) out.line(out.paint('received', `    + ${name}: ${showJsonText(after)}`))
  else if (after === undefined) out.line(out.paint('failed', `    - ${name}: ${showJsonText(before)}`))
  else out.line(`    ${name}: ${showJsonText(before)} -> ${out.paint('received', showJsonText(after))}`)
}

const showJsonText = (json: string | undefined): string => shorten(escapeText(json ?? 'none'))

function showLines({ hunks }: LinesChange, out: DiffWriter): void {
  for (const { before, after, lines } of hunks) {
    out.line(out.paint('aside', `    @@ line ${before === after ? before : `${before} -> ${after}`}`))
    for (const line of lines) {
      const style = line.startsWith('-') ? 'failed' : line.startsWith('+') ? 'received' : 'aside'
      out.line(out.paint(style, `    ${shorten(escapeText(line.replace(/\r$/, '')))}`))
    }
  }
}

function showBytes({ offset, before, after, isTooLarge }: BytesChange, out: DiffWriter): void {
  if (isTooLarge) out.line(out.paint('aside', `    ${TOO_LARGE}`))
  out.line(`    differ from byte ${offset} on, ${count(before.length, 'byte')} -> ${count(after.length, 'byte')}`)
  for (const [style, mark, { excerpt, excerptStart }] of [
    ['failed', '-', before],
    ['received', '+', after],
  ] as const) {
    out.line(
      out.paint(style, `    ${mark} at ${excerptStart}: ${excerpt.length === 0 ? 'nothing' : showExcerpt(excerpt)}`),
    )
  }
}

/** Shows text as text, and bytes that are mostly not text as hex. */
function showExcerpt(bytes: Uint8Array): string {
  const text = escapeBytes(bytes)
  return text.length <= bytes.length * 2
    ? text
    : Buffer.from(bytes)
        .toString('hex')
        .replaceAll(/..(?!$)/g, '$& ')
}
