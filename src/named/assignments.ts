import { percentDecoded } from '../content/escapes.ts'
import { QUOTE, skipBlanks, walkContainer } from '../content/json-strings.ts'
import { type Matters, type NamedValue, unquotedEnd, type Visit } from './named-value.ts'

/** What follows a name and an equals sign. */
export interface AssignedValue extends NamedValue {
  /** Whether it is in quotes. */
  readonly isQuoted: boolean
  /** Whether there are blanks or operators around the equals sign, as code has them. */
  readonly isSpaced: boolean
  /** Whether it is one of the texts of a list or map that has the name. */
  readonly isInGroup: boolean
}

/** What comes after `name=`: parameters of URLs and forms, attributes, assignments, connection strings. */
export function readAssignments(text: string, matters: Matters, visit: Visit<AssignedValue>): void {
  /** Where the values end that were looked at, and how many of them lie in each other: in `token=token=...` each would go to the end. */
  let [done, inEachOther] = [0, 0]
  for (let equals = text.indexOf('='); equals !== -1; equals = text.indexOf('=', equals + 1)) {
    const next = text.charCodeAt(equals + 1)
    if (next === EQUALS || next === GREATER) continue
    const before = text.charCodeAt(equals - 1)
    const end = assignmentStart(text, equals)
    const isSpaced = before === SPACE || end !== equals || next === SPACE
    // Lines of a configuration may have their equals signs below each other.
    const last = text.charCodeAt(end - 1) === SPACE ? skipBlanks(text, end - 1, -1) + 1 : end
    const nameEnd = text.charCodeAt(last - 1) === QUOTE ? last - 1 : last
    let start = nameEnd
    const least = Math.max(0, nameEnd - LONGEST_NAME)
    while (start > least && IN_NAMES[text.charCodeAt(start - 1)] === 1) start -= 1
    if (start === nameEnd) continue
    const name = percentDecoded(text.slice(start, nameEnd))
    if (!matters(name)) continue
    inEachOther = equals < done ? inEachOther + 1 : 0
    if (inEachOther >= MOST_IN_EACH_OTHER) continue
    const isOfPath =
      text.charCodeAt(start - 1) === SEMICOLON && IN_PATH.test(text.slice(Math.max(0, start - LONGEST_PATH), start))
    done = Math.max(done, readValue(text, name, { at: equals + 1, isSpaced, isOfPath }, visit))
  }
}

/** Where `:=`, `||=`, `??=`, `?=` or `+=` begins, as Go, JavaScript and make have them. */
function assignmentStart(text: string, equals: number): number {
  const before = text.charCodeAt(equals - 1)
  if (!OPERATORS.has(before)) return equals
  return (before === BAR || before === QUESTION) && text.charCodeAt(equals - 2) === before ? equals - 2 : equals - 1
}

const [SPACE, COLON, SEMICOLON, EQUALS, GREATER, BAR, QUESTION] = [0x20, 0x3a, 0x3b, 0x3d, 0x3e, 0x7c, 0x3f]
const OPERATORS: ReadonlySet<number> = new Set([COLON, BAR, QUESTION])
const LONGEST_NAME = 100
const MOST_IN_EACH_OTHER = 4
const IN_NAMES = Uint8Array.from({ length: 256 }, (_, code) =>
  Number(/[\w.%[\]+~:\x80-\xff-]/.test(String.fromCharCode(code)) && code !== 0xbf),
)

interface Place {
  readonly at: number
  readonly isSpaced: boolean
  /** Whether it is a parameter of a path, as in `/list;jsessionid=x/1?page=2`, which ends with its segment (RFC 3986 section 3.3). */
  readonly isOfPath: boolean
}

/** What stands before such a parameter: a path, a URL up to its query, or the relative path of a page. A host alone may be that of a database. */
const IN_PATH =
  /(?:^|[\s"'<>(])(?:(?:https?:\/)?\/[^\s"'<>?#]*|[\w.~%-]+\/[\w.~%/-]*;|[\w~%-]+\.(?:do|jspx?|jsf|faces|action|x?html?|php);)$/i
const LONGEST_PATH = 1000

const VALUE =
  /[ \t]{0,16}(?:(?:@|\$|[rbfuLRBFU]{1,2}(?=["']))?(?:"""([^]{0,8192}?)"""|'''([^]{0,8192}?)'''|"([^"\r\n]*)"?|'([^'\r\n]*)'?|`([^`]{0,8192})`)|([^&;\s"'<>,`]*(?:,[^&;\s"'<>,=]+(?![^&;\s"'<>,]*=))*))/y

/** Gives where the value ends. */
function readValue(text: string, name: string, { at, isSpaced, isOfPath }: Place, visit: Visit<AssignedValue>): number {
  if (isSpaced && OPENS.test(text.slice(at, at + 2))) return readGroup(text, name, at, visit)
  VALUE.lastIndex = at
  const match = VALUE.exec(text)
  if (match === null) return at
  // TOML and Python have texts in three quotes, too.
  const quoted = match[1] ?? match[2] ?? match[3] ?? match[4] ?? match[5]
  // A call with a text in it.
  if (quoted === undefined && CALLS.test(text.slice(at, at + match[0].length + 1))) return at
  const unquoted = withApostrophes(text, at, match[6] ?? '')
  const value = quoted ?? (isOfPath ? unquoted.replace(/[/?#].*$/, '') : unquoted)
  const start = text.indexOf(value, at)
  const end = quoted === undefined ? unquotedEnd(text, start, start + value.length) : start + value.length
  // A lone backslash before a quote is not a value: what it quotes is read once escapes are undone.
  if (end > start || value === '')
    visit({ name, start, end, isQuoted: quoted !== undefined, isSpaced, isInGroup: false })
  return isOfPath ? end : Math.max(at + match[0].length, end)
}

/** A value with what follows an apostrophe that ends nothing, as none has begun anything: URLs have them as they are (RFC 3986 section 2.2). */
function withApostrophes(text: string, at: number, value: string): string {
  const start = text.indexOf(value, at)
  const end = start + value.length
  if (value === '' || text[end] !== "'" || hasApostrophe(text.slice(Math.max(0, at - LONGEST_LINE), at))) return value
  AFTER_APOSTROPHE.lastIndex = end
  return value + (AFTER_APOSTROPHE.exec(text)?.[0] ?? '')
}

/** In the last line of a text. */
const hasApostrophe = (text: string): boolean => text.lastIndexOf("'") > text.lastIndexOf('\n')

const LONGEST_LINE = 1000
const AFTER_APOSTROPHE = /(?:'[^&;\s"'<>,`]+)+/y

const CALLS = /^[ \t]?[A-Za-z][\w.]*\([brfu]?["'`]$/
const OPENS = /^ [[{]/

/** A list or a map, as HCL, TOML and programs have them. */
function readGroup(text: string, name: string, at: number, visit: Visit<AssignedValue>): number {
  const end = Math.min(text.length, at + LONGEST_GROUP)
  return (
    at +
    walkContainer(text.slice(at, end), 1, ({ start, end: last }) =>
      visit({ name, start: at + start, end: at + last, isQuoted: true, isSpaced: true, isInGroup: true }),
    )
  )
}

const LONGEST_GROUP = 8192
