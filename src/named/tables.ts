import type { Matters, NamedValue, Visit } from './named-value.ts'

/** Rows of Markdown with a name in one cell and its value in the next. */
export function readMarkdownRows(text: string, matters: Matters, visit: Visit): void {
  for (const match of text.matchAll(MARKDOWN_ROW)) {
    const [all, before = '', name = '', value = ''] = match
    // Dashes are the line after the heads.
    if (value.startsWith('--') || !matters(name)) continue
    const start = match.index + all.indexOf(value, before.length)
    visit({ name, start, end: start + value.length })
  }
}

const MARKDOWN_ROW =
  /^(\|[ \t]{0,40}[`*]{0,2}([\w .-]{2,60}?)[`*]{0,2}[ \t]{0,40}\|[ \t]{0,40}`?)([^|\r\n`]{3,1000}?)`?[ \t]{0,40}\|/gm

/** Columns whose names matter in a table that begins with a line of names (RFC 4180), whatever parts its columns. */
export function readColumns(text: string, matters: Matters, visit: Visit): void {
  readAligned(text, matters, visit)
  const lineEnd = text.indexOf('\n')
  if (lineEnd < 3 || lineEnd > LONGEST_HEAD) return
  const head = text
    .slice(0, lineEnd)
    .replace(/\r$/, '')
    .replace(/^\xef\xbb\xbf/, '')
  const separator = SEPARATORS.find((mark) => head.includes(mark))
  if (separator === undefined || !HEAD.test(head)) return
  const names = head.split(separator).map((name) => name.replaceAll('"', '').trim())
  if (names.length < 2 || !names.every((name) => NAME.test(name)) || !names.some(matters)) return
  for (let start = lineEnd + 1; start < text.length;) {
    const next = text.indexOf('\n', start)
    const end = next === -1 ? text.length : next
    readRow(text, { start, end, separator, names }, visit)
    start = end + 1
  }
}

const LONGEST_HEAD = 2000
const SEPARATORS = ['\t', ';', ',', '|'] as const
const HEAD = /^[\w .,;|\t"\x80-\xff()/-]+$/
const NAME = /^[A-Za-z_\x80-\xff][\w .()/\x80-\xff-]{0,60}$/

interface Row {
  readonly start: number
  readonly end: number
  readonly separator: string
  readonly names: readonly string[]
}

/** A line with other columns than the first is none of the table. */
function readRow(text: string, { start, end, separator, names }: Row, visit: Visit): void {
  const cells: NamedValue[] = []
  let at = start
  for (const name of names) {
    if (at > end) return
    const isQuoted = text[at] === '"'
    const from = isQuoted ? at + 1 : at
    const close = isQuoted ? closingQuote(text, from, end) : nextOf(text, separator, from, end)
    const value = text.slice(from, close)
    const trimmed = value.trim()
    const first = from + value.indexOf(trimmed)
    cells.push({ name, start: first, end: first + trimmed.length })
    at = (isQuoted ? nextOf(text, separator, close, end) : close) + separator.length
  }
  for (const cell of cells) if (cell.end > cell.start) visit(cell)
}

function nextOf(text: string, mark: string, from: number, end: number): number {
  const at = text.indexOf(mark, from)
  return at === -1 || at > end ? end : at
}

/** RFC 4180 section 2: a quote in quotes is two. */
function closingQuote(text: string, from: number, end: number): number {
  for (let at = text.indexOf('"', from); at !== -1 && at < end; at = text.indexOf('"', at + 2))
    if (text[at + 1] !== '"') return at
  return end
}

/**
 * Tables of programs, with two blanks or a bar between the names of their columns (`kubectl`, `docker`, `mysql`), wherever they begin.
 * A line that ends before such a column, or is empty, ends the table.
 */
function readAligned(text: string, matters: Matters, visit: Visit): void {
  if (!text.includes('  ') && !text.includes('| ')) return
  let columns: readonly Column[] = []
  for (let start = 0; start < text.length;) {
    const next = text.indexOf('\n', start)
    const end = next === -1 ? text.length : next
    const line = end - start <= LONGEST_HEAD ? text.slice(start, end).trimEnd() : ''
    if (line === '') columns = []
    else if (columns.length === 0) columns = columnsIn(line, matters)
    else if (!RULE.test(line)) readAlignedRow(line, start, columns, visit)
    start = end + 1
  }
}

interface Column {
  readonly name: string
  /** Where its name begins in its line, and that of the next column. */
  readonly from: number
  readonly to: number
  readonly isBarred: boolean
}

/** A line under or over the names. */
const RULE = /^[\s+|=-]+$/
const ALIGNED_NAME = /(?<=^[ |]?|[ |]{2})[A-Za-z][\w./()-]{0,40}(?: [A-Za-z][\w./()-]{0,40}){0,3}(?= {2}| ?\||$)/g

/** The columns whose names matter; names alone are in capitals, or between bars. */
function columnsIn(line: string, matters: Matters): readonly Column[] {
  if (!isAlignedHead(line)) return []
  const names = Array.from(line.matchAll(ALIGNED_NAME))
  if (names.length < 2) return []
  const isBarred = line.includes('|')
  return names.flatMap(({ index, 0: name }, k) => {
    const to = names[k + 1]?.index ?? LONGEST_HEAD
    return matters(name) ? [{ name, from: index, to, isBarred }] : []
  })
}

const isAlignedHead = (line: string): boolean =>
  line.includes('|') ? line.includes(' |') && BARRED_HEAD.test(line) : line.includes('  ') && CAPITALS.test(line)
const CAPITALS = /^[A-Z][A-Z\d _./()-]*$/
const BARRED_HEAD = /^[\w ./()|-]+$/

function readAlignedRow(line: string, start: number, columns: readonly Column[], visit: Visit): void {
  for (const column of columns) {
    // A short line ends before the other columns, too.
    if (column.from > line.length) return
    readAlignedCell(line, start, column, visit)
  }
}

function readAlignedCell(line: string, start: number, { name, from, to, isBarred }: Column, visit: Visit): void {
  const at = isBarred ? line.lastIndexOf('|', from) + 1 : from
  // Where something of the column before stands in it, the columns are not where they were.
  if (!isBarred && line.charAt(at - 1).trim() !== '') return
  const bar = isBarred ? line.indexOf('|', at) : -1
  const cell = line.slice(at, bar === -1 ? (isBarred ? line.length : to) : bar)
  const value = (isBarred ? cell : (cell.split(/ {2}/)[0] ?? '')).trim()
  const first = start + at + cell.indexOf(value)
  if (value !== '') visit({ name, start: first, end: first + value.length })
}
