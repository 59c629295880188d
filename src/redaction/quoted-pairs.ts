import { findInField } from './field-values.ts'
import type { Found } from './found.ts'
import { APOSTROPHE, QUOTE, isEscaped, skipBlanks } from '../content/json-strings.ts'
import { isWord, isWordy, looksRandom } from './randomness.ts'
import { isSecretName, labelOf } from './secret-names.ts'
import { findInSentence } from './statements.ts'
import { LONGEST_BARE_NAME, wordStart } from './words.ts'

/** Members of JavaScript, JSON5, Python, GraphQL and the like, and pairs of quoted texts: `['name', 'value']`, `'name' => 'value'`. */
export function findQuotedPairs(text: string, found: Found): void {
  for (let colon = text.indexOf(':'); colon !== -1; colon = text.indexOf(':', colon + 1)) {
    // Nearly all colons of JSON end here.
    const before = text.charCodeAt(colon - 1)
    if (before === QUOTE) continue
    const next = text.charCodeAt(skipBlanks(text, colon + 1, 1))
    if (next === QUOTE || next === APOSTROPHE || next === GRAVE) findBareMember(text, colon, found)
    const start = wordStart(text, colon)
    if (start === colon || !isSecretName(text.slice(start, colon))) continue
    findTyped(text, start, colon, found)
    const mark = text.charCodeAt(start - 1)
    if (mark === QUOTE || mark === APOSTROPHE) findQuotedLine(text, start, colon, found)
    if (text.charCodeAt(colon + 1) === SPACE) findInSentence(text, start, colon, found)
  }
  for (const [mark, length] of SEPARATORS)
    for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) findPair(text, at, length, found)
}

const [SPACE, GRAVE] = [0x20, 0x60]

/** What stands between the two, and whether the first ends in front of it. */
const SEPARATORS: readonly (readonly [mark: string, length: number])[] = [
  ['",', 2],
  ["',", 2],
  ['=>', 2],
  [']=', 2],
  ['] =', 3],
]

function findPair(text: string, at: number, length: number, found: Found): void {
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
  if (name.includes('=') || !isSecretName(name)) return
  const from = skipBlanks(text, at + length, 1)
  const value = quotedValue(text, from)
  if (value === undefined || value === '') return
  // A list of names, such as those that are required.
  if (isList && (isWord(value) || isSecretName(value))) return
  findInField(name, value, (label, first, last) => found(label, from + 1 + first, from + 1 + last))
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
function findBareMember(text: string, colon: number, found: Found): void {
  let at = skipBlanks(text, colon + 1, 1)
  const name = BARE_NAME.exec(text.slice(Math.max(0, colon - LONGEST_BARE_NAME), colon))?.[2]
  if (name === undefined || !isSecretName(name)) return
  let value = quotedValue(text, at) ?? ''
  if (text.startsWith('"""', at)) {
    const end = text.indexOf('"""', at + 3)
    at += 2
    value = text.slice(at + 1, end === -1 ? text.length : end)
  }
  // A sentence is a text for people, such as the label of a field.
  if (value.includes(' ') && isWordy(value) && !/\d/.test(value)) return
  const label = labelOf(name, value, 'member')
  if (label !== undefined) found(label, at + 1, at + 1 + value.length)
}

/** A name with its type, as in Rust, Swift, Kotlin and TypeScript: `let token: String = "..."`. */
function findTyped(text: string, start: number, colon: number, found: Found): void {
  TYPE.lastIndex = colon
  const at = colon + (TYPE.exec(text)?.[0].length ?? 0)
  const value = at === colon ? undefined : quotedValue(text, at)
  const label = value === undefined ? undefined : labelOf(text.slice(start, colon), value, 'member')
  if (value !== undefined && label !== undefined) found(label, at + 1, at + 1 + value.length)
}

const TYPE = /:\s?[&'\w<>[\]?. ]{1,40}=\s?(?=["'`])/y

/** What a variable is if it is not set: `process.env.TOKEN || '...'`, `fetch("TOKEN") { "..." }`, `${token:...}`. */
export function findDefaults(text: string, found: Found): void {
  for (const pattern of DEFAULTS)
    for (const match of text.matchAll(pattern)) {
      const [all, name = '', value = ''] = match
      if (!isSecretName(name) || !looksRandom(value)) continue
      const label = labelOf(name, value, 'member')
      const start = match.index + all.lastIndexOf(value)
      if (label !== undefined) found(label, start, start + value.length)
    }
}

const DEFAULTS: readonly RegExp[] = [
  /\b([A-Za-z_][\w.]{2,60})["']?[)\]]{0,2}\s{0,2}(?:\|\||\?\?|\bor\b|\?:|\{)\s{0,2}["'`]([^"'`\r\n]{6,512})["'`]/g,
  /\$\{([\w.-]{2,80}):[-=]?([^{}\s]{6,512})\}/g,
]

/** A line of a header section in quotes, as an argument of a command. */
function findQuotedLine(text: string, start: number, colon: number, found: Found): void {
  if (isEscaped(text, start - 1)) return
  REST_OF_LINE.lastIndex = colon + 1
  const [rest = '', value = ''] = REST_OF_LINE.exec(text) ?? []
  const end = colon + 1 + rest.length
  const at = end - value.length
  if (text[end] === text[start - 1])
    findInField(text.slice(start, colon), value, (label, from, to) => found(label, at + from, at + to))
}

const REST_OF_LINE = /[ \t]*([^"'\r\n]{1,8192})/y
const BARE_NAME = /(?:^|[\s{,(;[])('?)([A-Za-z_$][\w$-]*)\1\s?$/
