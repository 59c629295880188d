import { percentDecoded } from '../content/escapes.ts'
import { nameOfPair, writtenPairs } from '../content/form-fields.ts'
import type { Found } from './found.ts'
import { walkContainer } from '../content/json-strings.ts'
import { isWordy, looksRandom } from './randomness.ts'
import { isSecretName, labelOf } from './secret-names.ts'

/** What stands behind `name=`: parameters of URLs and forms, attributes, assignments, connection strings. */
export function findParameters(text: string, found: Found): void {
  /** Where the values end that were looked at, and how many of them lie in each other: in `token=token=...` each would go to the end. */
  let [done, inEachOther] = [0, 0]
  for (let equals = text.indexOf('='); equals !== -1; equals = text.indexOf('=', equals + 1)) {
    const next = text.charCodeAt(equals + 1)
    if (next === EQUALS || next === GREATER) continue
    const before = text.charCodeAt(equals - 1)
    const end = assignmentStart(text, equals)
    const isSpaced = before === SPACE || end !== equals || next === SPACE
    const nameEnd = text.charCodeAt(end - 1) === SPACE ? end - 1 : end
    let start = nameEnd
    const least = Math.max(0, nameEnd - LONGEST_NAME)
    while (start > least && IN_NAMES[text.charCodeAt(start - 1)] === 1) start -= 1
    if (start === nameEnd) continue
    const name = percentDecoded(text.slice(start, nameEnd))
    if (!isSecretName(name)) continue
    inEachOther = equals < done ? inEachOther + 1 : 0
    if (inEachOther >= MOST_IN_EACH_OTHER) continue
    done = Math.max(done, findValue(text, name, { at: equals + 1, start, isSpaced }, found))
  }
}

/** Where `:=`, `||=`, `??=`, `?=` or `+=` begins, as Go, JavaScript and make have them. */
function assignmentStart(text: string, equals: number): number {
  const before = text.charCodeAt(equals - 1)
  if (!OPERATORS.has(before)) return equals
  return (before === BAR || before === QUESTION) && text.charCodeAt(equals - 2) === before ? equals - 2 : equals - 1
}

const [SPACE, COLON, EQUALS, GREATER, BAR, QUESTION] = [0x20, 0x3a, 0x3d, 0x3e, 0x7c, 0x3f]
const OPERATORS: ReadonlySet<number> = new Set([COLON, BAR, QUESTION])
const LONGEST_NAME = 100
const MOST_IN_EACH_OTHER = 4
const IN_NAMES = Uint8Array.from({ length: 256 }, (_, code) =>
  Number(/[\w.%[\]+~:\x80-\xff-]/.test(String.fromCharCode(code)) && code !== 0xbf),
)

interface Place {
  readonly at: number
  readonly start: number
  readonly isSpaced: boolean
}

const VALUE =
  /[ \t]?(?:(?:@|\$|[rbfuLRBFU]{1,2}(?=["']))?(?:"([^"\r\n]*)"?|'([^'\r\n]*)'?|`([^`]{0,8192})`)|([^&;\s"'<>,`]*(?:,[^&;\s"'<>,=]+(?![^&;\s"'<>,]*=))*))/y

/** Gives where the value ends. */
function findValue(text: string, name: string, { at, start, isSpaced }: Place, found: Found): number {
  if (isSpaced && OPENS.test(text.slice(at, at + 2))) return findInGroup(text, name, at, found)
  VALUE.lastIndex = at
  const match = VALUE.exec(text)
  if (match === null) return at
  const end = at + match[0].length
  const quoted = match[1] ?? match[2] ?? match[3]
  const value = quoted ?? match[4] ?? ''
  const label = labelOf(name, value, 'parameter')
  // With blanks it is as likely a sentence or code: `password = input`.
  if (label === undefined || (isSpaced && quoted === undefined && isCode(value))) return end
  // The session of socket.io is known only while its connection is open.
  if (name === 'sid' && /[?&]EIO=\d/.test(text.slice(Math.max(0, start - 200), start + 200))) return end
  const from = text.indexOf(value, at)
  found(label, from, from + value.length)
  return end
}

const OPENS = /^ [[{]/

/** A list or a map, as HCL, TOML and programs have them: what looks random in it. */
function findInGroup(text: string, name: string, at: number, found: Found): number {
  const end = Math.min(text.length, at + LONGEST_GROUP)
  return (
    at +
    walkContainer(text.slice(at, end), 1, ({ start, end: last }) => {
      const value = text.slice(at + start, at + last)
      const label = looksRandom(value) ? labelOf(name, value, 'member') : undefined
      if (label !== undefined) found(label, at + start, at + last)
    })
  )
}

const LONGEST_GROUP = 8192

const isCode = (value: string): boolean => isWordy(value) || /[()[\]{}$]/.test(value)

/** What stands in the pairs of a form. */
export function findFormFields(text: string, found: Found): void {
  for (const pair of writtenPairs(text)) {
    const { value } = pair
    const label = value === undefined ? undefined : labelOf(nameOfPair(pair), value.text, 'parameter')
    if (value !== undefined && label !== undefined) found(label, value.start, value.end)
  }
}
