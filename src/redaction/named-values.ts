import { findElements } from './elements.ts'
import type { Found } from './found.ts'
import { isWord, labelOf, UNKNOWN } from './secret-names.ts'

/**
 * Finds what stands under secret names, in whatever text: JSON members, parameters and attributes, elements, header-like lines,
 * credentials in URLs. It goes by the marks around the names, so a cut or broken document is read as far as it goes.
 */
export function findNamed(text: string, found: Found): void {
  if (text.includes('"') || text.includes("'")) findMembers(text, found)
  if (text.includes('=')) findParameters(text, found)
  if (text.includes('<')) findElements(text, found)
  if (text.includes(':')) findLines(text, found)
  if (text.includes('@')) findUserinfo(text, found)
  findCredentials(text, found)
}

const MEMBER_VALUE = /"([^"\\]*(?:\\[^][^"\\]*)*)"?|(-?\d[\d.eE+-]*)|[{[]/y

function findMembers(text: string, found: Found): void {
  /** Where the values end that are looked through because of their names; all that are open lie in each other. */
  const ends: number[] = []
  for (let colon = text.indexOf(':'); colon !== -1; colon = text.indexOf(':', colon + 1)) {
    const name = secretNameBefore(text, colon)
    while ((ends.at(-1) ?? Infinity) <= colon) ends.pop()
    if (name !== undefined) ends.push(findInValue(text, skipBlanks(text, colon + 1, 1), { name, found, ends }))
    // Nearly all members of JSON end here.
    else if (text.charCodeAt(colon - 1) !== QUOTE) {
      findBareMember(text, colon, found)
      findQuotedLine(text, colon, found)
    }
  }
  if (text.includes('"value"')) {
    for (const match of text.matchAll(NAME_AND_VALUE)) {
      const [all, name = '', value = ''] = match
      const label = labelOf(unescapeName(name), value, 'member')
      if (label !== undefined) found(label, match.index + all.length - 1 - value.length, match.index + all.length - 1)
    }
  }
}

/**
 * The secret name in double quotes that ends before the colon. An expression that finds all names takes ten times as long in a body of JSON.
 *
 * A quote behind a backslash may begin a name, as in a cut piece of JSON inside JSON, or be part of one.
 */
function secretNameBefore(text: string, colon: number): string | undefined {
  const end = skipBlanks(text, colon - 1, -1)
  if (text.charCodeAt(end) !== QUOTE || isEscaped(text, end)) return undefined
  const least = Math.max(0, end - LONGEST_NAME)
  for (let start = end - 1; start >= least; start -= 1) {
    const code = text.charCodeAt(start)
    if (code === CR || code === LF) return undefined
    if (code !== QUOTE) continue
    const name = unescapeName(text.slice(start + 1, end))
    if (labelOf(name, UNKNOWN, 'field') !== undefined) return name
    if (!isEscaped(text, start)) return undefined
  }
  return undefined
}

/** Goes over at most 100 blanks and line ends. */
function skipBlanks(text: string, from: number, step: 1 | -1): number {
  let at = from
  while (Math.abs(at - from) < 100 && BLANKS.has(text.charCodeAt(at))) at += step
  return at
}

/** Whether an odd number of backslashes stands before it. */
function isEscaped(text: string, at: number): boolean {
  let start = at
  while (text.charCodeAt(start - 1) === BACKSLASH) start -= 1
  return (at - start) % 2 === 1
}

const LONGEST_NAME = 200
const [QUOTE, APOSTROPHE, BACKSLASH, CR, LF] = [0x22, 0x27, 0x5c, 0x0d, 0x0a]
const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, CR, LF])

/** A member of JavaScript, JSON5, Python or GraphQL: the name is bare or in single quotes, the value in either. */
function findBareMember(text: string, colon: number, found: Found): void {
  const at = skipBlanks(text, colon + 1, 1)
  const quote = text.charCodeAt(at)
  if (quote !== QUOTE && quote !== APOSTROPHE) return
  const name = BARE_NAME.exec(text.slice(Math.max(0, colon - LONGEST_BARE_NAME), colon))?.[2]
  if (name === undefined || labelOf(name, UNKNOWN, 'field') === undefined) return
  QUOTED.lastIndex = at
  const match = QUOTED.exec(text)
  const value = match?.[1] ?? match?.[2] ?? ''
  // A sentence is a text for people, such as the label of a field.
  if (value.includes(' ') && isWord(value)) return
  const label = labelOf(name, value, 'member')
  if (label !== undefined) found(label, at + 1, at + 1 + value.length)
}

/** A line of a header section in quotes, as an argument of a command. */
function findQuotedLine(text: string, colon: number, found: Found): void {
  const [, quote, name = ''] = NAME_BEHIND_QUOTE.exec(text.slice(Math.max(0, colon - LONGEST_BARE_NAME), colon)) ?? []
  if (quote === undefined) return
  REST_OF_LINE.lastIndex = colon + 1
  const [rest = '', value = ''] = REST_OF_LINE.exec(text) ?? []
  const end = colon + 1 + rest.length
  const at = end - value.length
  if (text[end] === quote) findInField(name, value, (label, from, to) => found(label, at + from, at + to))
}

const NAME_BEHIND_QUOTE = /(["'])([A-Za-z][\w-]{1,60})$/
const REST_OF_LINE = /[ \t]*([^"'\r\n]{1,8192})/y
const LONGEST_BARE_NAME = 64
const BARE_NAME = /(?:^|[\s{,(;[])('?)([A-Za-z_$][\w$-]*)\1\s?$/
const QUOTED = /'([^'\\\r\n]*(?:\\.[^'\\\r\n]*)*)|"([^"\\\r\n]*(?:\\.[^"\\\r\n]*)*)/y

/** How HAR files and form libraries write a member. */
const NAME_AND_VALUE =
  /"(?:name|key)"\s{0,8}:\s{0,8}"([^"\\]{1,100})"\s{0,8},\s{0,8}"value"\s{0,8}:\s{0,8}"([^"\\]*(?:\\.[^"\\]*)*)"/g

const unescapeName = (name: string): string =>
  name.includes('\\')
    ? name.replaceAll(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
    : name

/** Secret names in whose values others stand: more than that in each other is made to take quadratic time. */
const MOST_IN_EACH_OTHER = 8

interface NamedValue {
  readonly name: string
  readonly found: Found
  /** Of the values around it. */
  readonly ends: readonly number[]
}

/**
 * All strings and numbers of the value that begins at `at`; names inside it are names. Gives where it ends.
 *
 * What stands in it is not looked through once more where that was done for many names around it.
 */
function findInValue(text: string, at: number, { name, found, ends }: NamedValue): number {
  let depth = 0
  let isName = false
  for (let i = at; i < text.length;) {
    MEMBER_VALUE.lastIndex = i
    const match = MEMBER_VALUE.exec(text)
    if (match !== null && (match[1] !== undefined || match[2] !== undefined)) {
      const value = match[1] ?? match[2] ?? ''
      const start = match[1] === undefined ? i : i + 1
      const label = labelOf(name, value, 'member')
      isName =
        depth > 0 && match[1] !== undefined && IS_NAME.test(text.slice(i + match[0].length, i + match[0].length + 20))
      if (!isName && label !== undefined) found(label, start, start + value.length)
      i += match[0].length
    } else if (match !== null) {
      if (ends.length >= MOST_IN_EACH_OTHER) return i
      depth += 1
      i += 1
    } else if (depth === 0) return i
    else {
      if (text[i] === '}' || text[i] === ']') depth -= 1
      i += 1
    }
    if (depth === 0) return i
  }
  return text.length
}

const IS_NAME = /^\s*:/

const PARAMETER =
  /(?:^|[?&;\s"'{,(\xbf])([\w.%[\]+~:-]{1,100})([ \t]?=[ \t]?)(?:"([^"\r\n]*)"|'([^'\r\n]*)'|([^&;\s"'<>,]*))/g

function findParameters(text: string, found: Found): void {
  for (const match of text.matchAll(PARAMETER)) {
    const [all, name = '', equals = '', double, single, plain = ''] = match
    const value = double ?? single ?? plain
    const label = labelOf(percentDecoded(name), value, 'field')
    // With blanks it is as likely a sentence or code: `password = input`.
    if (label === undefined || (equals !== '=' && isWord(value))) continue
    const end = match.index + all.length - (double === undefined && single === undefined ? 0 : 1)
    found(label, end - value.length, end)
  }
}

/** The pairs of a form body (WHATWG URL, application/x-www-form-urlencoded): only `&` ends a value. */
export function findFormFields(text: string, found: Found): void {
  let start = 0
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=')
    const value = pair.slice(equals + 1)
    const label = equals === -1 ? undefined : labelOf(percentDecoded(pair.slice(0, equals)), value, 'field')
    if (label !== undefined) found(label, start + equals + 1, start + pair.length)
    start += pair.length + 1
  }
}

export function percentDecoded(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
}

/** Also with obsolete folding (RFC 9112 section 5.2), as this reads what no parser would. */
const LINE = /[ \t]{0,8}([A-Za-z][\w-]{1,60})[ \t]{0,2}:[ \t]*([^\r\n]*(?:\r?\n[ \t]+[^\r\n]+){0,8})/y

function findLines(text: string, found: Found): void {
  const lineEnds = new LineEnds(text)
  for (let start = 0; start < text.length; start = lineEnds.next(start)) {
    LINE.lastIndex = start
    const [all, name = '', value = ''] = LINE.exec(text) ?? []
    if (all === undefined) continue
    start += all.length
    if (labelOf(name, UNKNOWN, 'field') === undefined) continue
    const at = start - value.length
    findInField(name, value, (label, from, to) => {
      // In a text that is no header section, a sentence may begin so.
      if (!/ /.test(value.slice(from, to).trim()) || label === 'cookie') found(label, at + from, at + to)
    })
  }
}

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

/** Secrets in the value of a header field because of its name; the scheme of credentials and the names of cookies stay. */
export function findInField(name: string, value: string, found: Found): void {
  const folded = name.toLowerCase()
  if (folded === 'cookie' || folded === 'set-cookie') return findCookies(value, folded === 'cookie', found)
  const label = labelOf(name, value, 'field')
  if (label === undefined) return
  const scheme = label === 'authorization' ? /^[A-Za-z][\w-]*[ \t\r\n]+/.exec(value)?.[0] : undefined
  const start = scheme?.length ?? 0
  const end = value.trimEnd().length
  if (labelOf(name, value.slice(start, end), 'field') !== undefined) found(label, start, end)
}

/** RFC 6265 section 4: all pairs of Cookie, the first of Set-Cookie. */
function findCookies(text: string, hasMany: boolean, found: Found): void {
  const pattern = /([^=;]*?)[ \t]*(?:=[ \t]*("?)([^";]*)\2[ \t]*)?(?:;[ \t]*|$)/y
  let at = 0
  while (at < text.length) {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match === null) return found('cookie', at, text.length)
    const [all, name = '', quote, value] = match
    const start =
      value === undefined ? at : at + all.lastIndexOf(value, all.length - value.length - (quote?.length ?? 0))
    const plain = value ?? name
    const end = start + plain.trimEnd().length
    if (labelOf('cookie', plain, 'field') !== undefined) found('cookie', start, end)
    at += all.length
    if (!hasMany || all === '') return
  }
}

const USERINFO = /\/\/([^\s/?#@"'<>\\]{1,200})@/g

/** RFC 3986 section 3.2.1: what follows the first colon; all of it where there is no colon. */
function findUserinfo(text: string, found: Found): void {
  for (const match of text.matchAll(USERINFO)) {
    const userinfo = match[1] ?? ''
    const from = userinfo.indexOf(':') + 1
    const start = match.index + 2 + from
    if (labelOf('password', userinfo.slice(from), 'field') !== undefined)
      found('userinfo', start, match.index + 2 + userinfo.length)
  }
}

const CREDENTIALS = /\b(?:Bearer|Basic)[ \t]+([A-Za-z0-9._~+/-]{16,}={0,2})/gi

/** RFC 9110 section 11.4, wherever it is quoted. */
function findCredentials(text: string, found: Found): void {
  for (const match of text.matchAll(CREDENTIALS)) {
    const [all, value = ''] = match
    const end = match.index + all.length
    if (labelOf('bearer', value, 'member') !== undefined) found('authorization', end - value.length, end)
  }
}
