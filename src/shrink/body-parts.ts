import { isUtf8 } from 'node:buffer'
import { cutParts, jsonNodes, type JsonNode, type JsonPart } from '../content/json-parts.ts'
import { codingsOf } from '../content/codings.ts'
import { decodeContent } from '../content/coded-content.ts'
import type { Edit } from '../content/edits.ts'
import { type Direction, readDirections } from '../messages/directions.ts'
import { directionKey } from '../messages/edit-tape.ts'
import { framedEdits } from '../messages/framed-edits.ts'
import { contentOf } from '../messages/message-content.ts'
import type { Message } from '../messages/speech.ts'
import type { Cassette } from '../tape/cassette.ts'
import { messagesOf } from './head-parts.ts'
import { cut, cuts, type CutPart, edited, type Part, type Parts, sideOf } from './parts.ts'

/** A message with something in it. */
interface Content {
  readonly direction: Direction
  readonly message: Message
  /** One character a byte. */
  readonly text: string
  readonly json: JsonNode | undefined
}

function contentsOf(cassette: Cassette): readonly Content[] {
  return messagesOf(cassette).flatMap(({ direction, message }) => {
    const content = contentOf(direction.text, message)
    const text = content.slice(0, content.length)
    if (text === '') return []
    // A coded content is not text; `compressions` comes first.
    return [{ direction, message, text, json: isCoded(message) ? undefined : jsonNodes(text) }]
  })
}

const isCoded = ({ fields }: Message): boolean => fields.some(({ name }) => name.toLowerCase() === 'content-encoding')

/** Something in a content; offsets count from its beginning. */
interface ContentPart extends Part {
  readonly of: Content
  readonly start: number
  readonly end: number
}

/** Parts of contents; the framing of their messages is mended. */
function inContents(
  cassette: Cassette,
  parts: readonly ContentPart[],
  editsOf: (content: Content, removed: readonly ContentPart[]) => readonly Edit[] = plainCuts,
): Parts {
  return {
    parts,
    without(removed) {
      const byContent = new Map<Content, ContentPart[]>()
      for (const index of Array.from(removed).toSorted((one, other) => one - other)) {
        const part = parts[index]
        if (part === undefined) continue
        const others = byContent.get(part.of)
        if (others === undefined) byContent.set(part.of, [part])
        else others.push(part)
      }
      const edits = new Map<string, readonly Edit[]>()
      for (const [content, own] of byContent) {
        const { direction, message } = content
        const key = directionKey(direction.type, direction.connection)
        const inDirection = framedEdits(direction.text, message, editsOf(content, own))
        edits.set(key, [...(edits.get(key) ?? []), ...inDirection])
      }
      return edited(cassette, edits)
    },
  }
}

const plainCuts = (_: Content, removed: readonly ContentPart[]): readonly Edit[] =>
  removed.map(({ start, end }) => ({ start, end, with: '' }))

function partOf(of: Content, what: string, start: number, end: number): ContentPart {
  const { direction, message } = of
  const { connection, type } = direction
  // Its first byte stands before its own end, which is in the chunk that the byte is in.
  const place = { connection, type, start: endAt(message, start + 1) - 1, end: endAt(message, end) }
  return { of, what, place, start, end }
}

/** Where what ends at an offset of the content ends in its direction. */
function endAt({ chunks, headEnd }: Message, offset: number): number {
  let before = 0
  for (const { dataStart, dataEnd } of chunks) {
    if (offset <= before + dataEnd - dataStart) return dataStart + offset - before
    before += dataEnd - dataStart
  }
  return chunks.at(-1)?.dataEnd ?? headEnd
}

/** Whole contents. */
export function bodies(cassette: Cassette): Parts {
  return inContents(
    cassette,
    contentsOf(cassette).map((content) =>
      partOf(content, `body of the ${sideOf(content.direction)}`, 0, content.text.length),
    ),
  )
}

/** Content codings: the content stays, and is as it decodes. */
export function compressions(cassette: Cassette): Parts {
  const parts = contentsOf(cassette).flatMap(({ direction, message, text }): CutPart[] => {
    const [field, ...others] = message.fields.filter(({ name }) => name.toLowerCase() === 'content-encoding')
    if (field === undefined || others.length > 0 || message.end === undefined) return []
    const { text: decoded, layers } = decodeContent(text, message.fields, true)
    if (layers !== codingsOf(message.fields).length) return []
    const head = direction.text.slice(message.headStart, message.headEnd)
    const line = /^content-encoding:[^\n]*\n/im.exec(head)
    if (line === null) return []
    const start = message.headStart + line.index
    const part = cut(
      direction,
      `Content-Encoding ${field.value} of the ${sideOf(direction)}`,
      start,
      start + line[0].length,
    )
    const inContent = [{ start: 0, end: text.length, with: decoded }]
    return [{ ...part, edits: [...part.edits, ...framedEdits(direction.text, message, inContent)] }]
  })
  return cuts(cassette, parts)
}

/** Members and elements of JSON at one depth: 0 for those of the outermost object or array. */
export const jsonParts =
  (depth: number) =>
  (cassette: Cassette): Parts => {
    const parts = contentsOf(cassette).flatMap((content) =>
      content.json === undefined
        ? []
        : containersAt(content.json, depth).flatMap((container) =>
            container.parts.map((part) => ({
              ...partOf(content, `JSON ${part.value.path} of the ${sideOf(content.direction)}`, part.start, part.end),
              container,
              part,
            })),
          ),
    )
    const known = new Map<Part, { readonly container: JsonNode; readonly part: JsonPart }>(
      parts.map((part) => [part, part]),
    )
    return inContents(cassette, parts, (_, removed) => {
      const out = new Set(removed.map((part) => known.get(part)?.part))
      const containers = new Set(removed.flatMap((part) => known.get(part)?.container ?? []))
      return Array.from(containers).flatMap(({ parts: all }) =>
        cutParts(all, (part) => out.has(part)).map(({ start, end }) => ({ start, end, with: '' })),
      )
    })
  }

/** Deeper nesting is text to this. */
export const JSON_DEPTHS = 12

function containersAt(node: JsonNode, depth: number): readonly JsonNode[] {
  if (depth === 0) return node.parts.length > 0 ? [node] : []
  return node.parts.flatMap(({ value }) => containersAt(value, depth - 1))
}

/** The texts of JSON strings. */
export function jsonStrings(cassette: Cassette): Parts {
  const parts = contentsOf(cassette).flatMap((content) =>
    stringsIn(content).map(({ path, start, end }) =>
      partOf(content, `text of ${path} in the ${sideOf(content.direction)}`, start, end),
    ),
  )
  return inContents(cassette, parts)
}

interface TextRange {
  readonly path: string
  readonly start: number
  readonly end: number
}

const stringsIn = ({ json }: Content): readonly TextRange[] => (json === undefined ? [] : textsOf(json))

function textsOf({ type, path, start, end, parts }: JsonNode): readonly TextRange[] {
  if (type === 'string') return end - start > 2 ? [{ path, start: start + 1, end: end - 1 }] : []
  return parts.flatMap(({ value }) => textsOf(value))
}

/** Lines of contents that are not JSON. */
export function lines(cassette: Cassette): Parts {
  const parts = contentsOf(cassette).flatMap((content) => {
    if (content.json !== undefined || isCoded(content.message) || !isUtf8(Buffer.from(content.text, 'latin1')))
      return []
    let at = 0
    return content.text.split(/(?<=\n)/).map((line, index) => {
      const part = partOf(content, `line ${index + 1} of the ${sideOf(content.direction)}`, at, at + line.length)
      at += line.length
      return part
    })
  })
  return inContents(cassette, parts)
}

/** Characters of JSON strings and other text; bytes of what is not text. */
export function characters(cassette: Cassette): Parts {
  const parts = contentsOf(cassette).flatMap((content) => {
    const { json, text, direction } = content
    const ranges = json === undefined ? [{ path: '', start: 0, end: text.length }] : stringsIn(content)
    return ranges.flatMap(({ start, end }) =>
      unitsOf(text.slice(start, end), json === undefined ? CHARACTER : JSON_CHARACTER).map(({ from, to }) =>
        partOf(content, `body of the ${sideOf(direction)}`, start + from, start + to),
      ),
    )
  })
  return inContents(cassette, parts)
}

/** UTF-8, one character a byte; a byte that begins none stands alone. */
const CHARACTER = /[\xc2-\xf4][\x80-\xbf]+|[^]/g
const JSON_CHARACTER = /\\u[\da-fA-F]{4}|\\.|[\xc2-\xf4][\x80-\xbf]+|[^]/g

/** Characters, or runs of them where there are too many. */
function unitsOf(text: string, character: RegExp): readonly { readonly from: number; readonly to: number }[] {
  const ends = Array.from(text.matchAll(character), ({ index, 0: unit }) => index + unit.length)
  const run = Math.ceil(ends.length / MOST_UNITS)
  const borders = ends.filter((_, index) => (index + 1) % run === 0 || index === ends.length - 1)
  return borders.map((to, index) => ({ from: borders[index - 1] ?? 0, to }))
}

/** Of one text. */
const MOST_UNITS = 2_000

/** Bytes as they passed, without regard for what they mean. */
export function rawBytes(cassette: Cassette): Parts {
  const parts = readDirections(cassette.tape).flatMap((direction) =>
    unitsOf(direction.text.slice(0, direction.text.length), BYTE).map(({ from, to }) =>
      cut(direction, `bytes that were ${direction.type}`, from, to),
    ),
  )
  return cuts(cassette, parts)
}

const BYTE = /[^]/g
