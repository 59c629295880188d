import { type AssignedValue, readAssignments } from '../named/assignments.ts'
import { type ElementValue, readElements } from '../named/elements.ts'
import { nameOfPair, writtenPairs } from '../content/form-fields.ts'
import { type LineValue, readFlowMaps, readLines } from '../named/named-lines.ts'
import type { NamedValue } from '../named/named-value.ts'
import { readPrinted } from '../named/printed-values.ts'
import { type PairedValue, readDefaults, readQuotedPairs } from '../named/quoted-pairs.ts'
import { readColumns, readMarkdownRows } from '../named/tables.ts'
import { hasBraces } from '../content/placeholders.ts'
import { findInField } from './field-values.ts'
import type { Found } from './found.ts'
import { isWord, isWordy, looksRandom } from '../secrets/randomness.ts'
import type { NamePlace } from '../secrets/secret-kinds.ts'
import { isSecretName, labelOf, schemeIn } from '../secrets/secret-names.ts'
import { looksTold } from './statements.ts'

/** Takes a value if its name says that it is secret, as names in that place do. */
function take(place: NamePlace, text: string, { name, start, end }: NamedValue, found: Found): void {
  const label = labelOf(name, text.slice(start, end), place)
  if (label !== undefined) found(label, start, end)
}

/** What stands in XML or HTML under secret names. */
export function findElements(text: string, found: Found): void {
  readElements(text, isSecretName, (value) => {
    if (isSecretElement(text, value)) take('member', text, value, found)
  })
}

function isSecretElement(text: string, { type, name, start, end, inner = name }: ElementValue): boolean {
  switch (type) {
    case 'element':
      if (inner !== name && PUBLIC_ELEMENT.test(inner)) return false
      // An object of S3 has a key, which is its name.
      return name !== 'Key' || !isListed(text, start)
    case 'attribute':
    case 'item':
      return true
    case 'labelled':
      return looksRandom(text.slice(start, end))
    case 'pair':
      return !isSentence(text.slice(start, end))
  }
}

/** What a signed or encrypted document says about its signature and keys (XML Signature, WS-Security). */
const PUBLIC_ELEMENT = /(?:^|:)(?:[Pp]ub(?:lic)?Key|DigestValue|X509\w+|Modulus|Exponent|KeyName|SerialNumber)$/

const isListed = (text: string, at: number): boolean =>
  /<(?:Contents|ETag|LastModified|Size|Bucket|Error|Delete|Object|Deleted|UploadId|Version)\b/.test(
    text.slice(Math.max(0, at - 512), at + 1024),
  )

const isSentence = (value: string): boolean => value.includes(' ') && isWordy(value)

/** What stands in lines of header sections and of YAML. */
export function findLines(text: string, found: Found): void {
  readLines(text, isSecretName, (value) => {
    if (value.type === 'entry') take('member', text, value, found)
    else if (value.type === 'item') takeDrawn(text, value, found)
    else findInLine(text, value, found)
  })
}

/** Lists of names have telling names, too. */
function takeDrawn(text: string, value: LineValue, found: Found): void {
  const written = text.slice(value.start, value.end)
  if (looksRandom(written) && !/[\s:]\S*[\s:]/.test(written)) take('member', text, value, found)
}

function findInLine(text: string, { name, start: at, end, isQuoted }: LineValue, found: Found): void {
  const start = at + (YAML_MARK.exec(text.slice(at, end))?.[0].length ?? 0)
  findInField(name, text.slice(start, end), (label, from, to) => {
    const secret = text.slice(start + from, start + to).trim()
    // In a text that is no header section, a sentence may begin so.
    if (!isQuoted && secret.includes(' ') && label !== 'cookie' && isTold(label, secret)) return
    found(label, start + from, start + to)
  })
}

/** A tag or an anchor of YAML, before a value. */
const YAML_MARK = /^(?:![\w!/:.-]*|&[\w-]+)[ \t]+/

const isTold = (label: string, text: string): boolean =>
  label === 'authorization'
    ? isWordy(text)
    : !text
        .slice(schemeIn(text))
        .split(' ')
        .every((word) => looksRandom(word))

/** What stands in maps of one line. */
export function findFlowMaps(text: string, found: Found): void {
  readFlowMaps(text, isSecretName, (value) => {
    const written = text.slice(value.start, value.end)
    if (!isWord(written) && !isWordy(written)) take('member', text, value, found)
  })
}

/** What stands in code: in members, pairs, lists and lines in quotes. */
export function findQuotedPairs(text: string, found: Found): void {
  readQuotedPairs(text, isSecretName, (value) => findInPair(text, value, found))
}

function findInPair(text: string, value: PairedValue, found: Found): void {
  const { type, name, start, end } = value
  const written = text.slice(start, end)
  switch (type) {
    case 'member':
      // A sentence is a text for people, such as the label of a field.
      if (!isSentence(written) || /\d/.test(written)) take('member', text, value, found)
      return
    case 'sentence':
      if (looksTold(written)) take('member', text, value, found)
      return
    case 'list':
      // A list of names, such as those that are required, or of letters.
      if (isWord(written) || isSecretName(written) || name.length < 2) return
      break
    case 'pair':
    case 'line':
  }
  findInField(name, written, (label, from, to) => found(label, start + from, start + to))
}

/** What programs print. */
export function findPrinted(text: string, found: Found): void {
  readPrinted(text, isSecretName, (value) => {
    const written = text.slice(value.start, value.end)
    if (looksRandom(written) || (!isSentence(written) && !isWord(written))) take('member', text, value, found)
  })
}

/** What a variable is if it is not set. */
export function findDefaults(text: string, found: Found): void {
  readDefaults(text, isSecretName, (value) => {
    if (looksRandom(text.slice(value.start, value.end))) take('member', text, value, found)
  })
}

/** What comes after `name=`: parameters of URLs and forms, attributes, assignments, connection strings. */
export function findParameters(text: string, found: Found): void {
  readAssignments(text, isNameOfParameter, (value) => {
    if (value.name === CODE && isOfGrant(text, value)) found('code', value.start, value.end)
    else if (value.name === SHORT_PASSWORD) {
      if (isBesideUser(text, value)) found('password', value.start, value.end)
    } else if (isSecretAssignment(text, value)) take(value.isInGroup ? 'member' : 'parameter', text, value, found)
  })
}

/** What a server gives back to a client that was sent away to log in (RFC 6749 section 4.1.2), however short it is. */
const CODE = 'code'

function isOfGrant(text: string, { start, end }: NamedValue): boolean {
  const value = text.slice(start, end)
  if (value.length < 4 || hasBraces(value)) return false
  const before = text.slice(Math.max(0, start - LONGEST_QUERY), start)
  const query = before.slice(
    Math.max(before.lastIndexOf(' '), before.lastIndexOf('?'), before.lastIndexOf('\n'), before.lastIndexOf('"')) + 1,
  )
  const after = /^[^\s"'<>]{0,1000}/.exec(text.slice(end, end + LONGEST_QUERY))?.[0] ?? ''
  if (/(?:^|&)grant_type=authorization_code(?:&|$)/.test(query + after)) return true
  return (
    !isWordy(value) &&
    !/^\d+$/.test(value) &&
    (/[?&#](?:state|session_state|iss)=/.test(`&${query}${after}`) || OWN_SCHEME.test(before))
  )
}

const LONGEST_QUERY = 1000
/** An app of a telephone is called back in a scheme of its own. */
const OWN_SCHEME = /(?<![\w+.-])(?!https?:|wss?:)[a-z][a-z\d+.-]{3,60}:\/{2}[^\s"'<>?]{0,200}\?[^\s"'<>?]{0,200}$/i

/** What a password is called beside a user, as in `?u=bob&p=...`. */
const SHORT_PASSWORD = 'p'
const isNameOfParameter = (name: string): boolean => name === SHORT_PASSWORD || isSecretName(name)

const isBesideUser = (text: string, { start, end }: NamedValue): boolean =>
  labelOf('password', text.slice(start, end), 'parameter') !== undefined &&
  looksRandom(text.slice(start, end)) &&
  /(?:^|[?&])u(?:ser(?:name)?)?=[^&]/.test(text.slice(Math.max(0, start - 200), start + 200))

function isSecretAssignment(text: string, { name, start, end, isInGroup, isQuoted, isSpaced }: AssignedValue): boolean {
  const value = text.slice(start, end)
  if (isInGroup) return looksRandom(value)
  // With blanks it is as likely a sentence or code: `password = input`.
  if (isSpaced && !isQuoted && (isWordy(value) || /[()[\]{}$]/.test(value))) return false
  // The session of socket.io is known only while its connection is open.
  return name !== 'sid' || !/[?&]EIO=\d/.test(text.slice(Math.max(0, start - 200), start + 200))
}

/** What stands in the pairs of a form. */
export function findFormFields(text: string, found: Found): void {
  for (const pair of writtenPairs(text))
    if (pair.value !== undefined) take('parameter', text, { name: nameOfPair(pair), ...pair.value }, found)
}

/** What stands in the tables of Markdown. */
export function findMarkdownRows(text: string, found: Found): void {
  readMarkdownRows(text, isSecretName, (value) => {
    if (!isWordy(text.slice(value.start, value.end))) take('member', text, value, found)
  })
}

/** What stands in the columns of a table. */
export function findColumns(text: string, found: Found): void {
  readColumns(text, isSecretName, (value) => take('parameter', text, value, found))
}
