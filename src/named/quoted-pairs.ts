import { APOSTROPHE, isEscaped, QUOTE, skipBlanks } from '../content/json-strings.ts'
import { lastOf, type Matters, type NamedValue, type Visit } from './named-value.ts'
import { LONGEST_BARE_NAME, withWordBefore, wordStart } from './words.ts'

/** A value with its name in code, or in a text for people. */
export interface PairedValue extends NamedValue {
  /**
   * - `'member'`: of an object, with a bare name or one in single quotes, or a variable with its type.
   * - `'pair'`: `'name' => 'value'`, `x['name'] = 'value'`.
   * - `'list'`: `['name', 'value']`, which may as well be two of a list.
   * - `'line'`: of a header section, in quotes.
   * - `'sentence'`: the word after a name, a colon and a blank.
   */
  readonly type: 'member' | 'pair' | 'list' | 'line' | 'sentence'
}

/** Members of JavaScript, JSON5, Python, GraphQL and the like, and pairs of quoted texts: `['name', 'value']`, `'name' => 'value'`. */
export function readQuotedPairs(text: string, matters: Matters, visit: Visit<PairedValue>): void {
  for (let colon = text.indexOf(':'); colon !== -1; colon = text.indexOf(':', colon + 1)) {
    // Nearly all colons of JSON end here.
    const before = text.charCodeAt(colon - 1)
    if (before === QUOTE) continue
    const next = text.charCodeAt(quoteAfter(text, colon + 1))
    if (next === QUOTE || next === APOSTROPHE || next === GRAVE) readBareMember(text, colon, matters, visit)
    // Of a URL.
    if (text.charCodeAt(colon + 1) === SLASH && text.charCodeAt(colon + 2) === SLASH) continue
    // Programs write colons below each other.
    const end = before === SPACE ? skipBlanks(text, colon - 1, -1) + 1 : colon
    const start = wordStart(text, end)
    // Of a time.
    if (isDigit(before) && isDigit(text.charCodeAt(start))) continue
    const isTelling = matters(text.slice(start, end)) || (end < colon && matters(withWordBefore(text, start, end)))
    if (start === end || !isTelling) continue
    readTyped(text, start, colon, visit)
    const mark = text.charCodeAt(start - 1)
    if (mark === QUOTE || mark === APOSTROPHE) readQuotedLine(text, start, colon, visit)
    if (text.charCodeAt(colon + 1) === SPACE)
      readNextWord(text, { name: withWordBefore(text, start, end), at: colon + 1 }, visit)
  }
  for (const [mark, length] of SEPARATORS)
    for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1))
      readPair(text, at, length, matters, visit)
}

/** Where a text begins: past the letters before its quote, as in Python's `b'...'`. */
function quoteAfter(text: string, at: number): number {
  const start = skipBlanks(text, at, 1)
  LETTERS.lastIndex = start
  return start + (LETTERS.exec(text)?.[0].length ?? 0)
}

const LETTERS = /[brfu]{1,2}(?=["'])/iy

const [SPACE, GRAVE, SLASH] = [0x20, 0x60, 0x2f]
const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39

/** What stands between the two, and whether the first ends in front of it. */
const SEPARATORS: readonly (readonly [mark: string, length: number])[] = [
  ['",', 2],
  ["',", 2],
  ['=>', 2],
  [']=', 2],
  ['] =', 3],
]

function readPair(text: string, at: number, length: number, matters: Matters, visit: Visit<PairedValue>): void {
  const isList = length === 2 && text[at + 1] === ','
  const end = isList ? at : skipBlanks(text, at - 1, -1)
  const quote = text.charCodeAt(end)
  const isQuoted = quote === QUOTE || quote === APOSTROPHE
  // A symbol of Ruby has no quotes.
  if (!isQuoted && text[at] !== '=') return
  const start = isQuoted ? text.lastIndexOf(text[end] ?? '', end - 1) : wordStart(text, end + 1) - 1
  if (start === -1 || end - start > LONGEST_NAME || end - start < 2) return
  if (isList && !OPENS_LIST.has(text.charCodeAt(skipBlanks(text, start - 1, -1)))) return
  const name = text.slice(start + 1, isQuoted ? end : end + 1)
  // An assignment in a list, such as `"PASSWORD=..."`, names only what is in it.
  if (name.includes('=') || !matters(name)) return
  const from = skipBlanks(text, at + length, 1)
  const value = quotedValue(text, from)
  if (value === undefined || value === '') return
  visit({ type: isList ? 'list' : 'pair', name, start: from + 1, end: from + 1 + value.length })
}

const LONGEST_NAME = 80
/** A bracket, a comma, a parenthesis. */
const OPENS_LIST: ReadonlySet<number> = new Set([0x5b, 0x2c, 0x28])
const QUOTED = /'([^'\\\r\n]*(?:\\.[^'\\\r\n]*)*)|"([^"\\\r\n]*(?:\\.[^"\\\r\n]*)*)|`([^`]{0,8192})`/y

function quotedValue(text: string, at: number): string | undefined {
  QUOTED.lastIndex = at
  const match = QUOTED.exec(text)
  return match?.[1] ?? match?.[2] ?? match?.[3]
}

/** The name is bare or in single quotes, the value in either, in back quotes, or in the three quotes of GraphQL and Python. */
function readBareMember(text: string, colon: number, matters: Matters, visit: Visit<PairedValue>): void {
  let at = quoteAfter(text, colon + 1)
  const name = BARE_NAME.exec(text.slice(Math.max(0, colon - LONGEST_BARE_NAME), colon))?.[2]
  if (name === undefined || !matters(name)) return
  let value = quotedValue(text, at) ?? ''
  if (text.startsWith('"""', at)) {
    const end = text.indexOf('"""', at + 3)
    at += 2
    value = text.slice(at + 1, end === -1 ? text.length : end)
  }
  visit({ type: 'member', name, start: at + 1, end: at + 1 + value.length })
}

/** A name with its type, as in Rust, Swift, Kotlin and TypeScript: `let token: String = "..."`. */
function readTyped(text: string, start: number, colon: number, visit: Visit<PairedValue>): void {
  TYPE.lastIndex = colon
  const at = colon + (TYPE.exec(text)?.[0].length ?? 0)
  const value = at === colon ? undefined : quotedValue(text, at)
  if (value !== undefined)
    visit({ type: 'member', name: text.slice(start, colon), start: at + 1, end: at + 1 + value.length })
}

const TYPE = /:\s?[&'\w<>[\]?. ]{1,40}=\s?(?=["'`])/y

/** What a variable is if it is not set: `process.env.TOKEN || '...'`, `fetch("TOKEN") { "..." }`, `${token:...}`. */
export function readDefaults(text: string, matters: Matters, visit: Visit): void {
  for (const pattern of DEFAULTS)
    for (const match of text.matchAll(pattern)) {
      const [all, name = '', value = ''] = match
      if (matters(name)) visit(lastOf(name, match, value, all.length - all.lastIndexOf(value) - value.length))
    }
}

const DEFAULTS: readonly RegExp[] = [
  /\b([A-Za-z_][\w.]{2,60})["']?[)\]]{0,2}\s{0,2}(?:\|\||\?\?|\bor\b|\?:|\{)\s{0,2}["'`]([^"'`\r\n]{6,512})["'`]/g,
  /\$\{([\w.-]{2,80}):[-=]?([^{}\s]{6,512})\}/g,
]

/** A line of a header section in quotes, as an argument of a command. */
function readQuotedLine(text: string, start: number, colon: number, visit: Visit<PairedValue>): void {
  if (isEscaped(text, start - 1)) return
  REST_OF_LINE.lastIndex = colon + 1
  const [rest = '', value = ''] = REST_OF_LINE.exec(text) ?? []
  const end = colon + 1 + rest.length
  if (text[end] !== text[start - 1]) return
  const lineEnd = value.search(/\\+[rn]/)
  const from = end - value.length
  visit({ type: 'line', name: text.slice(start, colon), start: from, end: lineEnd === -1 ? end : from + lineEnd })
}

const REST_OF_LINE = /[ \t]*([^"'\r\n]{1,8192})/y
/** Dumps of objects write before it who may see the member. */
const BARE_NAME = /(?:^|[\s{,(;[])[-+#]?('?)([A-Za-z_$][\w$-]*)\1\s?$/

/** The word after a name, without the mark that ends a sentence: `Your token: 5df1...`. */
export function readNextWord(
  text: string,
  { name, at }: { readonly name: string; readonly at: number },
  visit: Visit<PairedValue>,
): void {
  NEXT_WORD.lastIndex = at
  const match = NEXT_WORD.exec(text)
  if (match !== null) visit({ type: 'sentence', ...lastOf(name, match, match[1] ?? '') })
}

const NEXT_WORD = / {1,4}([^\s"'<>,;{}]{4,8192}?)(?=[.!?]?(?:[\s"'<>,;{}]|$))/y
