import type { FieldLine } from '../http1/events.ts'
import { codingsOf, DecodingBudget, gunzipIn, MOST_CODINGS, MOST_COMPARED, valueOf, withoutCoding } from './codings.ts'
import { FORM_TYPE, formPairs } from './form-fields.ts'
import { parseJson, withoutPaths } from './json-content.ts'
import type { JsonPath } from './json-path.ts'
import { isJsonType, type MediaType, mediaTypeOf } from './media-type.ts'
import { quotedPrintableDecoded } from './escapes.ts'
import { isQuotedPrintable, type Part, partsIn, withoutBoundary } from './multipart.ts'
import { byCode, type NormalForm, type NormalMap } from './normal-form.ts'
import { isWithheld } from './placeholders.ts'
import { wideCoding } from './wide-text.ts'

/**
 * What the contents of two requests are compared as.
 *
 * - `'auto'`: by its type; JSON by value also where the type says nothing of it; else as text.
 * - `'bytes'`: byte for byte, content codings and all.
 * - `'text'`: with line ends of either kind.
 * - `'json'`, `'form'` (application/x-www-form-urlencoded, in any order of names), `'multipart'`: as such, and what is
 *   not such as bytes.
 *
 * But for `'bytes'`, content codings and UTF-16 are undone first.
 */
export type BodyKind = 'auto' | 'bytes' | 'text' | 'json' | 'form' | 'multipart'

/** What of a content does not count: paths into JSON, names of fields of a form or parts of a multipart content. */
export interface IgnoredContent {
  readonly paths: readonly JsonPath[]
  readonly names: ReadonlySet<string>
}

export const NOTHING_IGNORED: IgnoredContent = { paths: [], names: new Set() }

/** A content as it came, and the header fields that say what it is. */
export interface RawContent {
  readonly body: Uint8Array
  readonly fields: readonly FieldLine[]
}

/** The form of a content: a map of one member that says what it was read as. */
export function contentForm(
  { body, fields }: RawContent,
  kind: BodyKind = 'auto',
  ignored: IgnoredContent = NOTHING_IGNORED,
): NormalForm {
  if (body.length === 0) return ''
  const bytes = latin1(body)
  if (kind === 'bytes') return { bytes }
  const type = mediaTypeOf(valueOf(fields, 'content-type'))
  const text = undone(body, bytes, codingsOf(fields))
  return new FormReader(ignored, 0).read(narrow(text, valueOf(fields, 'content-type')), type, kind)
}

/** Without its codings as far as they can be undone, and without gzip that no header names. */
function undone(body: Uint8Array, bytes: string, codings: readonly string[]): string {
  let content = body
  const budget = new DecodingBudget({ all: MOST_COMPARED })
  for (const name of codings.length > MOST_CODINGS ? [] : codings.toReversed()) {
    const inner = withoutCoding(name, content, budget)
    if (inner === undefined) break
    content = inner
  }
  const text = content === body ? bytes : latin1(content)
  return gunzipIn(text, budget) ?? text
}

export const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).latin1Slice(0, bytes.length)

/** UTF-16 as UTF-8, and neither with a mark before it. */
function narrow(text: string, type: string): string {
  const plain = wideCoding(text, type)?.decode(text) ?? text
  return plain.startsWith(UTF8_MARK) ? plain.slice(UTF8_MARK.length) : plain
}

const UTF8_MARK = '\xef\xbb\xbf'

/** Multipart contents in each other; what lies deeper is compared as text. */
const DEEPEST = 6

class FormReader {
  readonly #ignored: IgnoredContent
  readonly #depth: number

  constructor(ignored: IgnoredContent, depth: number) {
    this.#ignored = ignored
    this.#depth = depth
  }

  read(text: string, type: MediaType, kind: BodyKind): NormalForm {
    // Of what was withheld nothing is known, not even what it was.
    if (isWithheld(text)) return text
    switch (kind) {
      case 'text':
        return { text: text.replaceAll(/\r\n?/g, '\n') }
      case 'json':
        return this.#json(text) ?? { bytes: text }
      case 'form':
        return this.#form(text)
      case 'multipart':
        return this.#multipart(text, type) ?? { bytes: text }
      default:
        return this.#byType(text, type)
    }
  }

  #byType(text: string, type: MediaType): NormalForm {
    const multipart = this.#multipart(text, type)
    if (multipart !== undefined) return multipart
    const json = this.#json(text) ?? this.#jsonLines(text, type)
    if (json !== undefined) return json
    return type.essence === FORM_TYPE ? this.#form(text) : { text }
  }

  #json(text: string): NormalForm | undefined {
    const value = parseJson(text)
    return value === undefined ? undefined : { json: withoutPaths(value, this.#ignored.paths) }
  }

  /** One document a line, as logs and bulk requests have it. */
  #jsonLines(text: string, type: MediaType): NormalForm | undefined {
    if (!JSON_LINES.test(type.essence) && !(isJsonType(type) && /^\s*[[{]/.test(text))) return undefined
    const values: NormalForm[] = []
    for (const line of text.replaceAll(RECORD_MARK, '\n').split(/[\r\n]+/)) {
      if (line.trim() === '') continue
      const value = parseJson(line)
      if (value === undefined) return undefined
      values.push(withoutPaths(value, this.#ignored.paths))
    }
    return values.length === 0 ? undefined : { jsonLines: values }
  }

  /** WHATWG URL, application/x-www-form-urlencoded: values by name, those of one name in their order. */
  #form(text: string): NormalForm {
    const pairs = formPairs(text).filter(([name]) => !this.#ignored.names.has(name))
    return { form: byName(pairs) }
  }

  #multipart(text: string, type: MediaType): NormalForm | undefined {
    const parts = this.#depth === DEEPEST ? undefined : partsIn(text, type)
    if (parts === undefined) return undefined
    const inner = new FormReader(this.#ignored, this.#depth + 1)
    const kept = parts.filter(({ name }) => name === undefined || !this.#ignored.names.has(name))
    // RFC 7578 section 5.2: the order of fields with different names means nothing.
    return type.essence === 'multipart/form-data'
      ? { multipart: byName(kept.map((part) => [part.name ?? '', partForm(part, inner)] as const)) }
      : { multipart: kept.map((part) => partForm(part, inner)) }
  }
}

/** RFC 7464: what stands before each document of a sequence. */
const RECORD_MARK = '\x1e'
const JSON_LINES =
  /^(?:application|text)\/(?:x-ndjson|ndjson|jsonl|x-jsonlines|jsonlines|json-lines|json-seq|x-json-stream)$/

/** What a part says of itself but for its boundaries, and its content by its own type. */
function partForm({ fields, content }: Part, reader: FormReader): NormalForm {
  const type = mediaTypeOf(valueOf(fields, 'content-type'))
  const head: Record<string, NormalForm> = {}
  for (const { name, value } of fields) {
    const key = name.toLowerCase()
    if (key !== 'content-length') head[key] = partField(key, value)
  }
  const written = isQuotedPrintable(fields) ? quotedPrintableDecoded(content) : content
  const plain = undone(Buffer.from(written, 'latin1'), written, codingsOf(fields))
  return { head, content: reader.read(plain, type, 'auto') }
}

/** Of a file the name counts, and not the folder that it lies in; boundaries are drawn anew each time. */
function partField(name: string, value: string): string {
  if (name === 'content-disposition')
    return value.replace(/(filename\*?=")([^"]*)"/i, (_, start: string, path: string) => `${start}${baseName(path)}"`)
  return name === 'content-type' ? withoutBoundary(value) : value
}

const baseName = (path: string): string => path.split(/[/\\]/).at(-1) ?? path

function byName(pairs: readonly (readonly [name: string, form: NormalForm])[]): NormalMap {
  const members = new Map<string, NormalForm[]>()
  for (const [name, form] of pairs) {
    const others = members.get(name)
    if (others === undefined) members.set(name, [form])
    else others.push(form)
  }
  return Object.fromEntries([...members].toSorted(([left], [right]) => byCode(left, right)))
}
