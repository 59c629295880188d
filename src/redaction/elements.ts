import type { Found } from './found.ts'
import { labelOf, UNKNOWN } from './secret-names.ts'

const OPENING_TAG = /<([\w:.-]{1,80})(?:\s[^<>]{0,1000})?>/g
const INPUT = /<(?:input|meta)\s[^<>]{1,2000}>/gi

/** What stands in XML or HTML elements with a secret name, and in the fields of HTML forms. */
export function findElements(text: string, found: Found): void {
  const content = new ElementContent(text)
  for (const { index, 0: tag, 1: name = '' } of text.matchAll(OPENING_TAG)) {
    const local = name.slice(name.indexOf(':') + 1)
    if (labelOf(local, UNKNOWN, 'member') === undefined) continue
    for (const [start, end] of content.pieces(name, index + tag.length)) {
      const label = labelOf(local, text.slice(start, end), 'member')
      if (label !== undefined) found(label, start, end)
    }
  }
  for (const match of text.matchAll(INPUT)) {
    const name = /\s(?:name|id)\s*=\s*["']?([\w.[\]-]+)/i.exec(match[0])?.[1] ?? ''
    const value = /\s(?:value|content)\s*=\s*(?:"([^"]*)"|'([^']*)')/i.exec(match[0])
    const plain = value?.[1] ?? value?.[2]
    if (value === null || plain === undefined) continue
    const label = labelOf(name, plain, 'member')
    const end = match.index + value.index + value[0].length - 1
    if (label !== undefined) found(label, end - plain.length, end)
  }
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
