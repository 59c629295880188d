import type { FieldLine } from '../http1/events.ts'
import { valueOf } from './codings.ts'
import { percentDecoded } from './escapes.ts'
import { isMultipart, type MediaType, mediaTypeOf } from './media-type.ts'

/** A part of a multipart content (RFC 2046 section 5.1, RFC 7578). */
export interface Part {
  readonly fields: readonly FieldLine[]
  /** The name of a form field, decoded. */
  readonly name: string | undefined
  /** The lines before the content, the blank one included, and where they stand in the whole. */
  readonly head: string
  readonly headStart: number
  readonly content: string
  /** Where the content stands in the whole. */
  readonly start: number
  readonly end: number
}

/** What stands between the parts of a content of that type. */
export const boundaryOf = (type: MediaType): string | undefined =>
  (isMultipart(type) ? type.parameters.get('boundary') : undefined) || undefined

/** A content type as it is written, without the boundary of its parts. */
export const withoutBoundary = (type: string): string =>
  isMultipart(mediaTypeOf(type)) ? type.replace(/;\s*boundary=(?:"[^"]*"|[^\s;]+)/i, '') : type

/** The parts of a content of that type; `undefined` where it has none. */
export function partsIn(text: string, type: MediaType): readonly Part[] | undefined {
  const boundary = boundaryOf(type)
  return boundary === undefined ? undefined : multipartOf(text, boundary)
}

/** The parts between the boundaries; `undefined` where there is no boundary. What is before the first and after the last boundary is not a part. */
function multipartOf(text: string, boundary: string): readonly Part[] | undefined {
  const delimiter = `--${boundary}`
  const parts: Part[] = []
  let start = lineWith(text, delimiter, 0)
  if (start === -1) return undefined
  for (;;) {
    const lineEnd = text.indexOf('\n', start)
    const isLast = text.startsWith('--', start + delimiter.length)
    if (isLast || lineEnd === -1) return parts
    const next = lineWith(text, delimiter, lineEnd)
    parts.push(partOf(text, lineEnd + 1, next === -1 ? text.length : beforeLineEnd(text, next)))
    if (next === -1) return parts
    start = next
  }
}

/** RFC 2046 section 5.1.1: a delimiter stands at the start of a line. */
function lineWith(text: string, delimiter: string, from: number): number {
  for (let at = text.indexOf(delimiter, from); at !== -1; at = text.indexOf(delimiter, at + 1)) {
    const isWhole = /^(?:--)?[ \t]*(?:[\r\n]|$)/.test(text.slice(at + delimiter.length, at + delimiter.length + 200))
    if (isWhole && (at === 0 || text[at - 1] === '\n')) return at
  }
  return -1
}

/** The line end before a delimiter is part of the delimiter. */
function beforeLineEnd(text: string, at: number): number {
  const end = text[at - 1] === '\n' ? at - 1 : at
  return text[end - 1] === '\r' ? end - 1 : end
}

function partOf(text: string, from: number, to: number): Part {
  const end = Math.max(from, to)
  const whole = text.slice(from, end)
  const blank = /^(?:\r?\n|[^]*?\r?\n\r?\n)/.exec(whole)?.[0].length ?? whole.length
  const head = whole.slice(0, blank)
  const fields = fieldsIn(head)
  const disposition = fields.find(({ name }) => name.toLowerCase() === 'content-disposition')?.value ?? ''
  return {
    fields,
    name: nameIn(disposition),
    head,
    headStart: from,
    content: whole.slice(blank),
    start: from + blank,
    end,
  }
}

/** Whether the content is written as quoted-printable (RFC 2045 section 6.7). */
export const isQuotedPrintable = (fields: readonly FieldLine[]): boolean =>
  valueOf(fields, 'content-transfer-encoding').trim().toLowerCase() === 'quoted-printable'

function fieldsIn(head: string): readonly FieldLine[] {
  const lines = head.replaceAll(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)
  return lines.flatMap((line) => {
    const colon = line.indexOf(':')
    return colon > 0 ? [{ name: line.slice(0, colon).trim(), value: line.slice(colon + 1).trim() }] : []
  })
}

/** RFC 7578 section 4.2; browsers escape quotes and line ends in it by percent signs. */
function nameIn(disposition: string): string | undefined {
  const [, quoted, plain] = /(?:^|;)\s*name=(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))/i.exec(disposition) ?? []
  const name = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain
  return name === undefined ? undefined : percentDecoded(name)
}
