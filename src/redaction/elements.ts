import type { Found } from './found.ts'
import { isWordy } from './randomness.ts'
import { isSecretName, labelOf } from './secret-names.ts'

const OPENING_TAG = /<([\w:.-]{1,80})(?:\s[^<>]{0,1000})?>/g
const FIELD =
  /<(input|meta|button|param|option|add|entry|property|item|setting|textarea|attribute|field|variable|parameter|header)\s[^<>]{1,2000}>/gi
/** An element with a name in it and one with the value behind it: in property lists, XML-RPC, tables of pages, parameters of clouds. */
const PAIR =
  /<(name|key|th|td|dt|label|strong|b|parameterkey)\b[^<>]{0,200}>\s{0,20}([^<>]{2,80}?):?\s{0,20}<\/\1>\s{0,40}:?\s{0,40}<(?:value|string|data|td|dd|span|code|pre|kbd|parametervalue)\b[^<>]{0,200}>\s{0,20}(?:<(?:string|code|span|pre|kbd|b)\b[^<>]{0,100}>\s{0,20})?([^<>]{1,8192}?)\s{0,20}</gi

/** What stands in XML or HTML elements with a secret name, in the fields of HTML forms, and in pairs of XML. */
export function findElements(text: string, found: Found): void {
  const content = new ElementContent(text)
  for (const { index, 0: tag, 1: name = '' } of text.matchAll(OPENING_TAG)) {
    const local = name.slice(name.indexOf(':') + 1)
    // An object of S3 has a key, which is its name.
    if (!isSecretName(local) || (local === 'Key' && isListed(text, index))) continue
    findInContent(local, content.pieces(name, index + tag.length), text, found)
  }
  for (const match of text.matchAll(FIELD)) findInTag(match[0], match[1] ?? '', match.index, text, content, found)
  for (const match of text.matchAll(PAIR)) {
    const [all, , name = '', value = ''] = match
    if (!isSecretName(name) || (value.includes(' ') && isWordy(value))) continue
    const label = labelOf(name, value, 'member')
    const end = match.index + all.length - 1
    const from = end - (all.length - 1 - all.lastIndexOf(value, all.length - 1))
    if (label !== undefined) found(label, from, from + value.length)
  }
}

function isListed(text: string, at: number): boolean {
  return /<(?:Contents|ETag|LastModified|Size|Bucket|Error|Delete|Object|Deleted|UploadId|Version)\b/.test(
    text.slice(Math.max(0, at - 512), at + 1024),
  )
}

function findInContent(name: string, pieces: readonly Piece[], text: string, found: Found): void {
  for (const [start, end] of pieces) {
    const label = labelOf(name, text.slice(start, end), 'member')
    if (label !== undefined) found(label, start, end)
  }
}

const ATTRIBUTE = /\s([\w:@.-]{1,60})\s{0,4}=\s{0,4}(?:"([^"]*)"|'([^']*)'|([^\s"'<>=]+))/g

/** A field of a form, or an element with a name and a value in whatever order: `<add key="..." value="..."/>`, `<entry key="...">...</entry>`. */
function findInTag(
  tag: string,
  element: string,
  at: number,
  text: string,
  content: ElementContent,
  found: Found,
): void {
  const names: string[] = []
  let value: { readonly text: string; readonly start: number } | undefined
  let isPassword = false
  for (const match of tag.matchAll(ATTRIBUTE)) {
    const [all, name = ''] = match
    const plain = match[2] ?? match[3] ?? match[4] ?? ''
    if (/^(?:name|id|key|property|itemprop)$/i.test(name)) names.push(plain)
    else if (/^(?:value|content)$/i.test(name))
      value = { text: plain, start: match.index + all.length - plain.length - (match[4] === undefined ? 1 : 0) }
    else if (/^type$/i.test(name)) isPassword = plain.toLowerCase() === 'password'
  }
  if (isPassword) names.push('password')
  const name = names.find((one) => isSecretName(one))
  if (name === undefined) return
  if (value === undefined) {
    if (tag.endsWith('/>') || /^(?:input|meta)$/i.test(element)) return
    return findInContent(name, content.pieces(element, at + tag.length), text, found)
  }
  const label = labelOf(isPassword ? 'password' : name, value.text, 'member')
  if (label !== undefined) found(label, at + value.start, at + value.start + value.text.length)
}

type Piece = readonly [start: number, end: number]

/** The text in elements, in CDATA sections and beside comments and inner elements. */
class ElementContent {
  readonly #text: string
  /** Where the next `]]>` and `-->` are, as found last: in a text without one the search is not done again and again. */
  readonly #closings = new Map<string, number>()

  constructor(text: string) {
    this.#text = text
  }

  /**
   * The pieces of an element that is closed, or that the end of the text cut: then all that was read, and a last word.
   * A closing tag that is not the innermost open one's says that this was no element.
   */
  pieces(name: string, from: number): readonly Piece[] {
    const text = this.#text
    const pieces: Piece[] = []
    const open = [name]
    for (let at = from, steps = 0; at < text.length && steps < MOST_STEPS; steps += 1) {
      if (at - from > LONGEST_ELEMENT) return []
      if (text.startsWith('<![CDATA[', at)) {
        const end = this.#closing(']]>', at)
        pieces.push([at + '<![CDATA['.length, end])
        at = end + ']]>'.length
      } else if (text.startsWith('<!--', at)) {
        at = this.#closing('-->', at) + '-->'.length
      } else if (text.charCodeAt(at) === LESS_THAN) {
        TAG.lastIndex = at
        const match = TAG.exec(text)
        if (match === null) return isCutTag(text, at) ? pieces : []
        const [tag, closes, inner = '', empty] = match
        if (closes === '/') {
          if (open.pop() !== inner) return []
          if (open.length === 0) return pieces
        } else if (empty !== '/') open.push(inner)
        at += tag.length
      } else {
        const next = text.indexOf('<', at)
        const end = next === -1 ? text.length : next
        if (end - at > LONGEST_ELEMENT) return []
        const run = text.slice(at, end)
        const trimmed = run.trim()
        const start = at + run.length - run.trimStart().length
        if (trimmed !== '' && (next !== -1 || isCutWord(run))) pieces.push([start, start + trimmed.length])
        at = end
      }
    }
    return pieces
  }

  #closing(mark: string, from: number): number {
    let at = this.#closings.get(mark) ?? -1
    if (at < from) at = this.#text.indexOf(mark, from)
    if (at === -1) at = this.#text.length
    this.#closings.set(mark, at)
    return at
  }
}

const isCutWord = (text: string): boolean => text.length <= 1024 && !/\s/.test(text)

const isCutTag = (text: string, at: number): boolean => text.length - at < 100 && /^<\/?[\w:.-]*$/.test(text.slice(at))

const TAG = /<(\/?)([\w:.-]{1,80})(?:\s[^<>]{0,1000}?)?(\/?)>/y
const LESS_THAN = 0x3c
const LONGEST_ELEMENT = 8192
const MOST_STEPS = 32
