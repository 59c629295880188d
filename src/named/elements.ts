import type { Run } from '../content/runs.ts'
import type { Matters, NamedValue, Visit } from './named-value.ts'
import { withWordBefore, wordStart } from './words.ts'

const OPENING_TAG = /<([\w:.-]{1,80})(?:\s[^<>]{0,1000})?>/g
const FIELD =
  /<(input|meta|button|clipboard-copy|param|option|add|entry|property|item|setting|textarea|attribute|field|variable|parameter|header|string|attr|nvpair|prop|config|env)\s[^<>]{1,2000}>/gi
/** An element with a name in it and one with its value after it: in property lists, XML-RPC, tables of pages, parameters of clouds. */
const PAIR =
  /<(param-name|\w{0,20}(?:name|key)|th|td|dt|label|strong|b|(?<=<entry>\s{0,20}<)string)\b[^<>]{0,200}>\s{0,20}([^<>]{2,160}?):?\s{0,20}<\/\1>\s{0,40}:?\s{0,40}<(?:value|val|string|data|td|dd|span|code|pre|kbd|[\w-]{1,20}value)\b[^<>]{0,200}>\s{0,20}(?:<(?:string|code|span|pre|kbd|b)\b[^<>]{0,100}>\s{0,20})?([^<>]{1,8192}?)\s{0,20}</gi

/** A value of XML or HTML. */
export interface ElementValue extends NamedValue {
  /**
   * The text of an element of that name, the value of one that has its name in an attribute or says in another one what it is for, the second of
   * a pair of elements, or an item of a list with the name above it.
   */
  readonly type: 'element' | 'attribute' | 'labelled' | 'pair' | 'item'
  /** The element that the text is in, which may be in the one that has the name. */
  readonly inner?: string | undefined
}

/**
 * Reads XML and HTML, also cut or broken: the text of elements, the fields of HTML forms, and pairs of elements of which one is a name.
 *
 * It goes by tags, as bodies are often cut, or no XML around the elements; a parser of documents would give up.
 */
export function readElements(text: string, matters: Matters, visit: Visit<ElementValue>): void {
  const content = new ElementContent(text)
  for (const { index, 0: tag, 1: name = '' } of text.matchAll(OPENING_TAG)) {
    const local = name.slice(name.indexOf(':') + 1)
    if (!matters(local) || isNameInList(text, name, index)) continue
    const from = index + tag.length
    const [own, value = ''] = OWN_VALUE.exec(tag) ?? []
    if (own !== undefined && value !== '' && local !== CODE) {
      const start = index + tag.indexOf(own) + own.length - 1 - value.length
      visit({ type: 'attribute', name: local, start, end: start + value.length })
    }
    if (tag.endsWith('/>')) continue
    const pieces = content.pieces(name, from)
    for (const [start, end, inner] of pieces) visit({ type: 'element', name: local, start, end, inner })
    if (pieces.length === 0 && IN_CAPITALS.test(name)) readUnclosed(text, local, from, visit)
  }
  for (const match of text.matchAll(FIELD)) readTag(match, content, matters, visit)
  for (const match of text.matchAll(PAIR)) {
    const [all, , name = '', value = ''] = match
    if (!matters(name)) continue
    const end = match.index + all.length - 1
    const start = end - (all.length - 1 - all.lastIndexOf(value, all.length - 1))
    visit({ type: 'pair', name, start, end: start + value.length })
  }
  if (text.includes('<li')) readLists(text, matters, visit)
  for (const mark of [':<', ': <'])
    for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1))
      readBehindLabel(text, at, matters, visit)
  if (text.includes(COPIED)) for (const match of text.matchAll(COPYING)) readTag(match, content, matters, visit)
}

/** In an attribute, as in `<password value="..."/>`. */
const OWN_VALUE = /\s(?:value|val|data)\s{0,4}=\s{0,4}["']([^"'<>]{1,8192})["']/i
/** Of a disease or a state, in records of health. */
const CODE = 'code'

/** A text that a button copies. */
const COPIED = 'data-clipboard-text'
const COPYING = /<([a-z][\w-]{0,40})\s[^<>]{0,1000}?data-clipboard-text=[^<>]{1,2000}>/gi

/** A value that is set off from the label before it: `API key: <b>...</b>`, `<b>Password:</b> ...`. */
function readBehindLabel(text: string, colon: number, matters: Matters, visit: Visit<ElementValue>): void {
  const start = wordStart(text, colon)
  const name = withWordBefore(text, start, colon)
  if (start === colon || !matters(name)) return
  SET_OFF.lastIndex = colon
  const [all, value = ''] = SET_OFF.exec(text) ?? []
  if (all !== undefined)
    visit({ type: 'labelled', name, start: colon + all.length - value.length, end: colon + all.length })
}

const SET_OFF =
  /:\s{0,4}(?:<\/?(?:b|strong|em|i|u|code|kbd|pre|samp|tt|span|font|label|dt|dd|br)\b[^<>]{0,200}>\s{0,20}){1,4}([^\s<>]{6,512}?)(?=\s{0,20}<)/iy

/** A list below its name, as a page shows codes that are for one use each. */
function readLists(text: string, matters: Matters, visit: Visit<ElementValue>): void {
  for (const { index, 0: all, 2: name = '' } of text.matchAll(LIST_HEAD)) {
    if (!matters(name)) continue
    LIST_ITEM.lastIndex = index + all.length
    for (let item = LIST_ITEM.exec(text), count = 0; item !== null && count < MOST_ITEMS; count += 1) {
      const { index: at, 0: before, 1: value = '' } = item
      const start = at + before.lastIndexOf(value)
      visit({ type: 'item', name, start, end: start + value.length })
      item = LIST_ITEM.exec(text)
    }
  }
}

const LIST_HEAD =
  /<(h[1-6]|p|strong|b|dt|legend|summary)\b[^<>]{0,200}>\s{0,20}([^<>]{4,80}?):?\s{0,20}<\/\1>\s{0,40}(?:<(p|div|span|small)\b[^<>]{0,200}>[^<>]{0,400}<\/\3>\s{0,40})?<(?:ul|ol)\b[^<>]{0,200}>/gi
const LIST_ITEM =
  /\s{0,40}<li\b[^<>]{0,200}>\s{0,20}(?:<(?:code|kbd|span|b|tt|samp)\b[^<>]{0,200}>\s{0,20})?([^<>]{4,200}?)\s{0,20}(?:<\/(?:code|kbd|span|b|tt|samp)>\s{0,20})?<\/li>/iy
const MOST_ITEMS = 100

const IN_CAPITALS = /^[A-Z][A-Z\d.]{2,40}$/

/** SGML leaves out what closes an element, as the messages of banks do (OFX 1.6): its text ends where the next one begins. */
function readUnclosed(text: string, name: string, from: number, visit: Visit<ElementValue>): void {
  UNCLOSED.lastIndex = from
  const value = UNCLOSED.exec(text)?.[0]
  if (value !== undefined) visit({ type: 'element', name, start: from, end: from + value.length })
}

const UNCLOSED = /[^\s<>]{1,1024}(?=\s{0,20}<)/y

/** A name in a property list, whose value follows in an element of its type. */
const isNameInList = (text: string, name: string, at: number): boolean =>
  name === 'key' &&
  /^<key>[^<>]{1,200}<\/key>\s{0,40}<(?:string|integer|real|true|false|date|data|array|dict)\b/.test(
    text.slice(at, at + 300),
  )

const ATTRIBUTE = /\s([\w:@.-]{1,60})\s{0,4}=\s{0,4}(?:"([^"]*)"|'([^']*)'|([^\s"'<>=]+))/g

/** A field of a form, or an element with a name and a value in whatever order: `<add key="..." value="..."/>`, `<entry key="...">...</entry>`. */
function readTag(tag: RegExpExecArray, content: ElementContent, matters: Matters, visit: Visit<ElementValue>): void {
  const [text, element = ''] = tag
  const names: string[] = []
  const labels: string[] = []
  let value: { readonly text: string; readonly start: number } | undefined
  for (const match of text.matchAll(ATTRIBUTE)) {
    const [all, name = ''] = match
    const plain = match[2] ?? match[3] ?? match[4] ?? ''
    if (/^(?:name|id|key|property|itemprop)$/i.test(name)) names.push(plain)
    else if (/^(?:aria-label|title|placeholder)$/i.test(name)) labels.push(plain)
    else if (/^(?:value|content|data-clipboard-text)$/i.test(name))
      value = { text: plain, start: match.index + all.length - plain.length - (match[4] === undefined ? 1 : 0) }
    else if (/^type$/i.test(name) && plain.toLowerCase() === 'password') names.unshift('password')
  }
  const name = names.find(matters)
  const label = name === undefined && value !== undefined ? labels.find(matters) : undefined
  if (label !== undefined && value !== undefined) {
    const start = tag.index + value.start
    return visit({ type: 'labelled', name: label, start, end: start + value.text.length })
  }
  if (name === undefined) return
  if (value !== undefined) {
    const start = tag.index + value.start
    return visit({ type: 'attribute', name, start, end: start + value.text.length })
  }
  if (text.endsWith('/>') || /^(?:input|meta)$/i.test(element)) return
  VALUE_INSIDE.lastIndex = tag.index + text.length
  const [all, inside] = VALUE_INSIDE.exec(tag.input) ?? []
  if (all !== undefined && inside !== undefined) {
    const end = VALUE_INSIDE.lastIndex - 1
    return visit({ type: 'attribute', name, start: end - inside.length, end })
  }
  for (const [start, end] of content.pieces(element, tag.index + text.length))
    visit({ type: 'element', name, start, end })
}

/** `<item name="..."><value string="..."/></item>`. */
const VALUE_INSIDE =
  /\s{0,40}<(?:\w{1,20}:)?(?:value|val|string|data)\s[^<>]{0,200}?\b(?:value|val|string|data|text)\s?=\s?["']([^"'<>]{1,8192})["']/iy

/** The parameters of a call in XML-RPC that are no structures or lists, in their order. */
export function readParameters(text: string): readonly Run[] {
  return Array.from(text.matchAll(PARAMETER), (match) => {
    const [all, value = ''] = match
    const start = match.index + all.lastIndexOf(value)
    return { start, end: start + value.length }
  })
}

const PARAMETER =
  /<param>\s{0,40}<value>\s{0,40}(?:<(?:string|int|i4|i8|boolean|double|base64)>)?([^<>]{0,1024})(?=<\/|<struct|<array)/g

type Piece = readonly [start: number, end: number, inner: string | undefined]

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
        pieces.push([at + '<![CDATA['.length, end, open.at(-1)])
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
        if (trimmed !== '' && (next !== -1 || isCutWord(run))) pieces.push([start, start + trimmed.length, open.at(-1)])
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

const isCutWord = (text: string): boolean => text.length <= 1024 && !/[\s"]/.test(text)

const isCutTag = (text: string, at: number): boolean => text.length - at < 100 && /^<\/?[\w:.-]*$/.test(text.slice(at))

const TAG = /<(\/?)([\w:.-]{1,80})(?:\s[^<>]{0,1000}?)?(\/?)>/y
const LESS_THAN = 0x3c
const LONGEST_ELEMENT = 8192
const MOST_STEPS = 32
