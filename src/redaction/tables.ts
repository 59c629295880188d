import type { Found } from './found.ts'
import { isWordy } from './randomness.ts'
import { isSecretName, labelOf } from './secret-names.ts'

/** Rows of Markdown with a name in one cell and its value in the next. */
export function findMarkdownRows(text: string, found: Found): void {
  for (const match of text.matchAll(MARKDOWN_ROW)) {
    const [all, before = '', name = '', value = ''] = match
    if (!isSecretName(name) || isWordy(value) || value.startsWith('--')) continue
    const label = labelOf(name, value, 'member')
    const start = match.index + all.indexOf(value, before.length)
    if (label !== undefined) found(label, start, start + value.length)
  }
}

const MARKDOWN_ROW =
  /^(\|[ \t]{0,40}[`*]{0,2}([\w .-]{2,60}?)[`*]{0,2}[ \t]{0,40}\|[ \t]{0,40}`?)([^|\r\n`]{3,1000}?)`?[ \t]{0,40}\|/gm

/** Columns with secret names in a table that begins with a line of names (RFC 4180), whatever parts its columns. */
export function findColumns(text: string, found: Found): void {
  const lineEnd = text.indexOf('\n')
  if (lineEnd < 3 || lineEnd > LONGEST_HEAD) return
  const head = text
    .slice(0, lineEnd)
    .replace(/\r$/, '')
    .replace(/^\xef\xbb\xbf/, '')
  const separator = SEPARATORS.find((mark) => head.includes(mark))
  if (separator === undefined || !HEAD.test(head)) return
  const names = head.split(separator).map((name) => name.replaceAll('"', '').trim())
  if (names.length < 2 || !names.every((name) => NAME.test(name)) || !names.some((name) => isSecretName(name))) return
  for (let start = lineEnd + 1; start < text.length;) {
    const next = text.indexOf('\n', start)
    const end = next === -1 ? text.length : next
    findInRow(text, { start, end, separator, names }, found)
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

function findInRow(text: string, { start, end, separator, names }: Row, found: Found): void {
  let at = start
  for (const name of names) {
    if (at > end) return
    const isQuoted = text[at] === '"'
    const from = isQuoted ? at + 1 : at
    const close = isQuoted ? closingQuote(text, from, end) : nextOf(text, separator, from, end)
    const value = text.slice(from, close)
    const trimmed = value.trim()
    const label = trimmed === '' ? undefined : labelOf(name, trimmed, 'parameter')
    if (label !== undefined) {
      const first = from + value.indexOf(trimmed)
      found(label, first, first + trimmed.length)
    }
    at = (isQuoted ? nextOf(text, separator, close, end) : close) + separator.length
  }
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
