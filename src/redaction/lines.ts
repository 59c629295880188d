import { findInField } from './field-values.ts'
import type { Found } from './found.ts'
import { stringEnd } from '../content/json-strings.ts'
import { isWord, isWordy, looksRandom } from './randomness.ts'
import { isSecretName, labelOf } from './secret-names.ts'

/**
 * Lines such as `X-Api-Key: ...`: of header sections, of YAML at any depth and in its lists, and what `curl -v` prints before them.
 *
 * Also with obsolete folding (RFC 9112 section 5.2), as this reads what no parser would.
 */
export function findLines(text: string, found: Found): void {
  const lineEnds = new LineEnds(text)
  for (let start = 0; start < text.length; start = lineEnds.next(start)) {
    LINE.lastIndex = start
    const match = LINE.exec(text)
    if (match === null) continue
    const [all, lead = '', name = '', value = ''] = match
    const end = start + all.length
    const at = end - value.length
    if (name === 'value') findValueLine(text, { lead, start, value, at }, found)
    else if (isSecretName(name)) findInLine(name, { value, at }, found)
    start = end
  }
}

const LINE =
  /([ \t]{0,60}(?:[-*?><|#] {1,4}){0,3})["']?([A-Za-z_][\w.-]{0,60})["']?[ \t]{0,2}::?(?![:/])[ \t]*([^\r\n]*(?:\r?\n[ \t]+[^\r\n:]+(?=[\r\n]|$)){0,8})/y

interface Value {
  readonly value: string
  readonly at: number
}

function findInLine(name: string, { value, at }: Value, found: Found): void {
  const { text, offset, isQuoted } = scalarOf(value)
  findInField(name, text, (label, from, to) => {
    const secret = text.slice(from, to).trim()
    // In a text that is no header section, a sentence may begin so.
    if (!isQuoted && secret.includes(' ') && label !== 'cookie' && isSentence(label, secret)) return
    found(label, at + offset + from, at + offset + to)
  })
}

const isSentence = (label: string, text: string): boolean =>
  label === 'authorization' ? isWordy(text) : !text.split(' ').every((word) => looksRandom(word))

interface Scalar {
  readonly text: string
  readonly offset: number
  readonly isQuoted: boolean
}

/** A scalar of YAML, in quotes, of several lines, or plain and without the comment after it (YAML 1.2 sections 6.6 and 7.3). */
function scalarOf(value: string): Scalar {
  const first = value[0]
  if (first === '"' || first === "'") {
    const end = first === '"' ? stringEnd(value, 0) : value.indexOf("'", 1)
    return { text: value.slice(1, end === -1 ? value.length : end), offset: 1, isQuoted: true }
  }
  // `{SSHA}...` is a password, and no map.
  if (first === '[' || (first === '{' && !/^\{[A-Z\d-]{2,12}\}\S/.test(value)))
    return { text: '', offset: 0, isQuoted: false }
  const block = /^[|>][-+\d]{0,2}[ \t]*\r?\n[ \t]*/.exec(value)?.[0].length
  if (block !== undefined) return { text: value.slice(block).trimEnd(), offset: block, isQuoted: true }
  const comment = value.indexOf(' #')
  return { text: (comment === -1 ? value : value.slice(0, comment)).trimEnd(), offset: 0, isQuoted: false }
}

interface ValueLine extends Value {
  readonly lead: string
  readonly start: number
}

/** `value:` under or above `name: DB_PASSWORD` in the same entry. */
function findValueLine(text: string, { lead, start, value, at }: ValueLine, found: Found): void {
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
      /^([ \t]*(?:- {1,3})?)["']?(?:name|key)["']?:[ \t]*["']?([\w.-]{1,80})/.exec(line) ?? []
    if (indent.length !== depth || !isSecretName(name)) continue
    const scalar = scalarOf(value)
    const label = labelOf(name, scalar.text, 'member')
    if (label !== undefined) found(label, at + scalar.offset, at + scalar.offset + scalar.text.length)
    return
  }
}

const NEAR = 200

/** Maps of one line: `{a: b, password: x}` of YAML, `map[password:x]` of Go. */
export function findFlowMaps(text: string, found: Found): void {
  for (const match of text.matchAll(FLOW_MEMBER)) {
    const [all, name = '', value = ''] = match
    if (!isSecretName(name) || isWord(value) || isWordy(value)) continue
    const label = labelOf(name, value, 'member')
    const end = match.index + all.length
    if (label !== undefined) found(label, end - value.length, end)
  }
}

const FLOW_MEMBER = /[{,[ ]([A-Za-z_][\w-]{1,60}):[ ]?([^\s"'`,{}[\]<>]{3,8192})(?=[,}\] ])/g

/** Where lines end, by CR, LF or both; an expression that looks for their starts looks at each character. */
class LineEnds {
  readonly #text: string
  #cr = -1
  #lf = -1

  constructor(text: string) {
    this.#text = text
  }

  /** Behind the next line end at or after `from`, which never goes back; `Infinity` where there is none. */
  next(from: number): number {
    if (this.#cr < from) this.#cr = endless(this.#text.indexOf('\r', from))
    if (this.#lf < from) this.#lf = endless(this.#text.indexOf('\n', from))
    return Math.min(this.#cr, this.#lf) + 1
  }
}

const endless = (index: number): number => (index === -1 ? Infinity : index)
