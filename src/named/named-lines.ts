import { stringEnd } from '../content/json-strings.ts'
import { lastOf, type Matters, type NamedValue, type Visit } from './named-value.ts'
import type { Run } from '../content/runs.ts'

/**
 * Lines such as `X-Api-Key: ...`: of header sections, of YAML at any depth and in its lists, and what `curl -v` prints before them.
 *
 * Also with obsolete folding (RFC 9112 section 5.2), as this reads what no parser would.
 */
export function readLines(text: string, matters: Matters, visit: Visit<LineValue>): void {
  const lineEnds = new LineEnds(text)
  for (
    let start = text.startsWith(UTF8_MARK) ? UTF8_MARK.length : 0;
    start < text.length;
    start = lineEnds.next(start)
  ) {
    LINE.lastIndex = start
    const match = LINE.exec(text)
    if (match === null) continue
    const [all, lead = '', name = '', value = ''] = match
    const end = start + all.length
    const at = end - value.length
    if (name === 'value') readValueLine(text, { lead, start, value, at }, matters, visit)
    else if (matters(name)) {
      visit({ type: 'line', name, ...scalarOf(value, at) })
      if (value === '' && text[end] !== undefined) readItems(text, name, end, visit)
    }
    start = end
  }
  if (/: [|>]/.test(text)) readBlocks(text, matters, visit)
}

/** A list below its name. */
function readItems(text: string, name: string, from: number, visit: Visit<LineValue>): void {
  ITEM.lastIndex = from
  for (let match = ITEM.exec(text), count = 0; match !== null && count < MOST_ITEMS; count += 1) {
    const [all, value = ''] = match
    visit({ type: 'item', name, ...scalarOf(value, match.index + all.length - value.length) })
    match = ITEM.exec(text)
  }
}

/** No name of something in it. */
const ITEM = /\r?\n[ \t]{0,60}- {1,4}(?![^\r\n]{0,1024}:(?:[ \t\r\n]|$))([^\s#{}[\]:|>-][^\r\n]{2,1024})(?=[\r\n]|$)/y
const MOST_ITEMS = 100

/** Blocks of YAML whose name follows what opens the text that they are in: a tag, a quote, an equals sign. */
function readBlocks(text: string, matters: Matters, visit: Visit<LineValue>): void {
  for (const match of text.matchAll(BLOCK_IN_TEXT)) {
    const [all, name = '', value = ''] = match
    if (matters(name)) visit({ type: 'line', name, ...scalarOf(value, match.index + all.length - value.length) })
  }
}

const BLOCK_IN_TEXT =
  /(?<=[>"'=`[])([A-Za-z_][\w.-]{0,60}): {1,4}([|>][-+\d]{0,2}[ \t]*(?:\r?\n[ \t]+[^\s<"'`][^\r\n<"'`]*){1,8})/g

/** A byte order mark. */
const UTF8_MARK = '\xef\xbb\xbf'
const LINE =
  /([ \t]{0,60}(?:[-*?><|#] {1,4}){0,3})["']?([A-Za-z_][\w.-]{0,60})["']?[ \t.]{0,60}::?(?![:/])[ \t]*([^\r\n]*(?:\r?\n(?![ \t]*- )[ \t]+[^\r\n:]+(?=[\r\n]|$)){0,8})/y

/** The value of a line. */
export interface LineValue extends NamedValue {
  /** What follows a name, the name and this in two lines of the same entry, or one of a list below it. */
  readonly type: 'line' | 'entry' | 'item'
  /** Whether quotes or a block of YAML show where it ends. */
  readonly isQuoted: boolean
  /** All that follows the colon, with quotes and a comment. */
  readonly whole: Run
}

type Scalar = Omit<LineValue, 'name' | 'type'>

/** A scalar of YAML, in quotes, of several lines, or plain and without the comment after it (YAML 1.2 sections 6.6 and 7.3). */
function scalarOf(value: string, at: number): Scalar {
  const scalar = (start: number, end: number, isQuoted: boolean): Scalar => {
    const whole = { start: at, end: at + value.length }
    return { start: at + start, end: at + Math.max(start, end), isQuoted, whole }
  }
  const first = value[0]
  if (first === '"' || first === "'") {
    const end = first === '"' ? stringEnd(value, 0) : value.indexOf("'", 1)
    return scalar(1, end === -1 ? value.length : end, true)
  }
  // `{SSHA}...` is a password, and no map.
  if (first === '[' || (first === '{' && !/^\{[A-Z\d-]{2,12}\}\S/.test(value))) return scalar(0, 0, false)
  const block = /^[|>][-+\d]{0,2}[ \t]*\r?\n[ \t]*/.exec(value)?.[0].length
  if (block !== undefined) return scalar(block, value.trimEnd().length, true)
  const comment = value.indexOf(' #')
  return scalar(0, (comment === -1 ? value : value.slice(0, comment)).trimEnd().length, false)
}

interface ValueLine {
  readonly lead: string
  readonly start: number
  readonly value: string
  readonly at: number
}

/** `value:` under or above `name: DB_PASSWORD` in the same entry. */
function readValueLine(
  text: string,
  { lead, start, value, at }: ValueLine,
  matters: Matters,
  visit: Visit<LineValue>,
): void {
  const before = text
    .slice(Math.max(0, start - NEAR), start)
    .split('\n')
    .slice(-3)
  const after = text
    .slice(at + value.length, at + value.length + NEAR)
    .split('\n')
    .slice(0, 2)
  const depth = lead.length
  for (const line of [...before.toReversed(), ...after]) {
    const [, indent = '', name = ''] =
      /(?:^|[>"'=`[\xbf])([ \t]*(?:- {1,3})?)["']?(?:name|key)["']?:[ \t]*["']?([\w.-]{1,80})/.exec(line) ?? []
    if (indent.length !== depth || !matters(name)) continue
    return visit({ type: 'entry', name, ...scalarOf(value, at) })
  }
}

const NEAR = 200

/** Maps of one line: `{a: b, password: x}` of YAML, `map[password:x]` of Go. */
export function readFlowMaps(text: string, matters: Matters, visit: Visit): void {
  for (const match of text.matchAll(FLOW_MEMBER)) {
    const [, name = '', value = ''] = match
    if (matters(name)) visit(lastOf(name, match, value))
  }
}

const FLOW_MEMBER = /[{,[ ]([A-Za-z_][\w-]{1,60}):(?:[ ](?![A-Z]\w{0,60}:))?([^\s"'`,{}[\]<>]{3,8192})(?=[,}\] ])/g

/** Where lines end, by CR, LF or both; an expression that looks for their starts looks at each character. */
class LineEnds {
  readonly #text: string
  #cr = -1
  #lf = -1

  constructor(text: string) {
    this.#text = text
  }

  /** The offset after the next line end at or after `from`, which never goes back; `Infinity` after the last one. */
  next(from: number): number {
    if (this.#cr < from) this.#cr = endless(this.#text.indexOf('\r', from))
    if (this.#lf < from) this.#lf = endless(this.#text.indexOf('\n', from))
    return Math.min(this.#cr, this.#lf) + 1
  }
}

const endless = (index: number): number => (index === -1 ? Infinity : index)
