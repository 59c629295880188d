import { invisible, quote } from './quote.ts'

/**
 * Writes the YAML of a cassette in few styles, on which all YAML 1.2 readers and the 1.1 readers in use agree.
 *
 * See docs/decisions/002-own-yaml-writer.md for why this is not left to a library.
 */

/** The values in a cassette besides the pieces: those of JSON. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain }

/** The line width, if a line can be broken. */
const LINE_WIDTH = 100

/** A longer line is broken up, so it needs quotes. */
const LONGEST_BLOCK_LINE = 4096

/**
 * Adds `head value` to `lines`, with `key:` or `-` as `head`: on one line if it fits, otherwise one entry per line.
 *
 * `indent` counts the blanks before `head`.
 */
export function writeEntry(lines: string[], indent: number, head: string, value: Plain): void {
  const pad = ' '.repeat(indent)
  const inline = flow(value, LINE_WIDTH - indent - head.length - 1)
  if (inline !== undefined) {
    lines.push(`${pad}${head} ${inline}`)
  } else if (typeof value === 'string') {
    writeQuoted(lines, indent, head, value)
  } else if (typeof value !== 'object' || value === null) {
    lines.push(`${pad}${head} ${scalar(value)}`)
  } else if (head === '-') {
    writeItem(lines, indent, () => writeChildren(lines, indent + 2, value))
  } else {
    lines.push(`${pad}${head}`)
    writeChildren(lines, indent + 2, value)
  }
}

/** Adds the lines that `write` adds at `indent + 2` as one item of a sequence: the dash goes before the first line. */
export function writeItem(lines: string[], indent: number, write: () => void): void {
  const first = lines.length
  write()
  lines[first] = `${' '.repeat(indent)}- ${lines[first]?.slice(indent + 2) ?? ''}`
}

/** Adds `head text` as a literal block if this reads better and no editor or `git` can damage it, otherwise in quotes. */
export function writeText(lines: string[], indent: number, head: string, text: string): void {
  if (isBlock(text)) writeBlock(lines, indent, head, text)
  else writeQuoted(lines, indent, head, text)
}

/** Whether `writeText` writes this text as a block. */
export function isBlock(text: string): boolean {
  return !READS_WELL_IN_QUOTES.test(text) && isBlockSafe(text)
}

/** One line without quotes or backslashes: quotes show its end, and cost no escapes but `\n`. */
const READS_WELL_IN_QUOTES = /^[^\n"\\]{0,80}\n{0,2}$/

/**
 * Whether this text in a literal block survives `git`, editors and formatters: no line ends in a blank, starts with a tab or the
 * like, or holds an invisible character.
 */
export function isBlockSafe(text: string): boolean {
  return isPlainBlock(text) || (!HURT_IN_A_BLOCK.test(text) && /[^\n]/.test(text) && !hasLongLine(text))
}

/** A quick check for most text: visible ASCII, in which only a blank at the end of a line can be damaged. */
export function isPlainBlock(text: string): boolean {
  // A body is asked about when it is cut into pieces and when these are written.
  if (text !== plain) {
    if (hasLongLine(text) || !PLAIN_BLOCK.test(text) || text.endsWith(' ') || text.includes(' \n')) return false
    plain = text
  }
  return true
}

/** The text that was found to be so last. */
let plain = 'a'

const PLAIN_BLOCK = /^\n*[ -~][\n -~]*$/

// `[^\S\n]+$` would match the same and take quadratic time in a long run of blanks.
const HURT_IN_A_BLOCK = new RegExp(String.raw`[^\S\n]$|^ *[^\S\n ]|${invisible()}`, 'mu')

function hasLongLine(text: string): boolean {
  for (let start = 0; text.length - start > LONGEST_BLOCK_LINE;) {
    const end = text.indexOf('\n', start)
    if (end === -1 || end - start > LONGEST_BLOCK_LINE) return true
    start = end + 1
  }
  return false
}

/** Adds `head |` and the text below it. The text must be {@link isBlockSafe}. */
export function writeBlock(lines: string[], indent: number, head: string, text: string): void {
  // A reader takes the indentation from the first line that is not empty, unless this line starts with a blank itself.
  const indentation = /^\n* /.test(text) ? '2' : ''
  const body = text.endsWith('\n') ? text.slice(0, -1) : text
  const chomping = body === text ? '-' : body.endsWith('\n') ? '+' : ''
  const pad = ' '.repeat(indent)
  lines.push(`${pad}${head} |${indentation}${chomping}`)
  lines.push(indented(body, `${pad}  `))
}

/** With `pad` before each line that is not empty. */
function indented(text: string, pad: string): string {
  if (text.startsWith('\n') || text.includes('\n\n')) return text.replaceAll(/^(?=[^\n])/gm, pad)
  // Five times as fast, but it treats the text after the last line end as a line.
  const end = text.endsWith('\n') ? text.length - 1 : text.length
  return pad + text.slice(0, end).replaceAll('\n', `\n${pad}`) + text.slice(end)
}

/** Adds `head "text"`, broken after line ends and before a line becomes too long. */
export function writeQuoted(lines: string[], indent: number, head: string, text: string): void {
  const pad = ' '.repeat(indent)
  const whole = text.length < LINE_WIDTH ? quote(text) : ''
  if (whole !== '' && indent + head.length + 1 + whole.length <= LINE_WIDTH) {
    lines.push(`${pad}${head} ${whole}`)
    return
  }
  // A backslash at the end of a line joins it to the next one, whose own first blank must then be escaped.
  const parts = breakUp(text).map((part) => quote(part).slice(1, -1))
  const continued = parts.map((part, at) => (at > 0 && part.startsWith(' ') ? `\\${part}` : part))
  lines.push(`${pad}${head} "${continued.join(`\\\n${pad}  `)}"`)
}

/** Cuts text after its line ends, and long lines after a blank or comma if there is one; never between two surrogates. */
function breakUp(text: string): readonly string[] {
  return text.match(/[^\n]{0,87}\n{1,20}|[^\n]{1,88}$|[^\n]{50,87}[ ,;]|[^\n]{1,88}/gu) ?? []
}

function writeChildren(
  lines: string[],
  indent: number,
  value: readonly Plain[] | { readonly [key: string]: Plain },
): void {
  if (isList(value)) {
    for (const item of value) writeEntry(lines, indent, '-', item)
  } else {
    for (const [key, item] of Object.entries(value)) writeEntry(lines, indent, `${scalar(key)}:`, item)
  }
}

/** The value on one line, or `undefined` if it would take more than `room` columns. */
function flow(value: Plain, room: number): string | undefined {
  if (typeof value === 'string' && value.length > room) return undefined
  if (typeof value !== 'object' || value === null) return within(room, scalar(value))
  const entries = isList(value) ? value.map((item) => ['', item] as const) : namedEntries(value)
  const parts: string[] = []
  let left = room - 2
  for (const [name, item] of entries) {
    const part = flow(item, left - name.length)
    if (part === undefined) return undefined
    parts.push(name + part)
    left -= name.length + part.length + 2
  }
  if (parts.length === 0) return isList(value) ? '[]' : '{}'
  return within(room, isList(value) ? `[${parts.join(', ')}]` : `{ ${parts.join(', ')} }`)
}

const isList = (value: Plain): value is readonly Plain[] => Array.isArray(value)

const within = (room: number, text: string): string | undefined => (text.length <= room ? text : undefined)

function namedEntries(value: { readonly [key: string]: Plain }): (readonly [name: string, item: Plain])[] {
  return Object.entries(value).map(([key, item]) => [`${scalar(key)}: `, item])
}

function scalar(value: string | number | boolean | null): string {
  return typeof value === 'string' && !isPlain(value) ? quote(value) : String(value)
}

/**
 * Whether text needs no quotes: every reader of YAML 1.1 or 1.2 reads it as this text.
 *
 * Text that starts with a letter is safe, except the words that 1.1 readers take for truth values and null.
 */
const isPlain = (text: string): boolean => text.length <= 60 && PLAIN.test(text) && !WORD_WITH_A_TYPE.test(text)

const PLAIN = /^(?:[A-Za-z][\w./+-]*(?: [\w./+-]+)*|(?:https?|tcp|tls):\/\/[\w.-]+(?::\d+)?)$/
const WORD_WITH_A_TYPE = /^(?:null|true|false|yes|no|on|off|y|n)$/i
