import type { WireRequest } from '../../interactions/request-reader.ts'
import { isWithheld } from '../../redaction/redacted-match.ts'
import { canonicalJson, type JsonPath } from '../../content/json-content.ts'
import { boundaryOf, formContent, latin1 } from './request-parts.ts'

/**
 * What the contents of two requests are compared as.
 *
 * - `'auto'`: multipart whatever its boundary, JSON whatever its spelling and order of members, else bytes.
 * - `'bytes'`: byte for byte.
 * - `'text'`: with line ends of either kind.
 * - `'json'`, `'form'` (application/x-www-form-urlencoded, in any order of names), `'multipart'`: as such, and what is
 *   not such as bytes.
 */
export type BodyKind = 'auto' | 'bytes' | 'text' | 'json' | 'form' | 'multipart'

/** What of a content does not count: paths into JSON, names of fields of a form or parts of a multipart content. */
export interface IgnoredContent {
  readonly paths: readonly JsonPath[]
  readonly names: ReadonlySet<string>
}

/** Equal for contents that are equal as `kind`. */
export function contentKey(request: WireRequest, kind: BodyKind, ignored: IgnoredContent): string {
  const { body } = request
  if (body.length === 0) return ''
  if (isWithheld(latin1(body.subarray(0, 64)))) return bytesKey(body)
  switch (kind) {
    case 'auto':
      return multipartKey(request, ignored) ?? jsonKey(body, ignored) ?? bytesKey(body)
    case 'bytes':
      return bytesKey(body)
    case 'text':
      return `text:${latin1(body).replaceAll(/\r\n?/g, '\n')}`
    case 'json':
      return jsonKey(body, ignored) ?? bytesKey(body)
    case 'form':
      return `form:${formContent(body, ignored.names)}`
    case 'multipart':
      return multipartKey(request, ignored) ?? bytesKey(body)
  }
}

const bytesKey = (body: Uint8Array): string => `bytes:${latin1(body)}`

function jsonKey(body: Uint8Array, { paths }: IgnoredContent): string | undefined {
  const json = canonicalJson(body, paths)
  return json === undefined ? undefined : `json:${json}`
}

function multipartKey(request: WireRequest, { names }: IgnoredContent): string | undefined {
  const boundary = boundaryOf(request)
  if (boundary === undefined) return undefined
  // RFC 2046 section 5.1.1: a delimiter stands at the start of a line; what follows it on the line is `--` or blank.
  const [, ...parts] = `\r\n${latin1(request.body)}`.split(`\r\n--${boundary}`)
  const kept = names.size === 0 ? parts : parts.filter((part) => !names.has(partName(part)))
  return `multipart:${kept.join('\r\n--boundary')}`
}

const partName = (part: string): string => /^content-disposition:.*?[;\s]name="([^"]*)"/im.exec(part)?.[1] ?? ''

/** Whether one content begins with the other, as far as both have come. */
export function sharePrefix(left: WireRequest, right: WireRequest): boolean {
  if (left.bodyLength === 0 || right.bodyLength === 0) return true
  const [ours, theirs] = [boundaryOf(left), boundaryOf(right)]
  if (ours === undefined || theirs === undefined || ours === theirs) return beginAlike(left.body, right.body)
  return beginAlike(unbounded(left, ours), unbounded(right, theirs))
}

/** The end of what came may be the beginning of a boundary. */
const unbounded = ({ body }: WireRequest, boundary: string): Buffer =>
  Buffer.from(latin1(body.subarray(0, Math.max(body.length - boundary.length, 0))).replaceAll(boundary, '\0'))

function beginAlike(left: Uint8Array, right: Uint8Array): boolean {
  const length = Math.min(left.length, right.length)
  return Buffer.compare(left.subarray(0, length), right.subarray(0, length)) === 0
}
