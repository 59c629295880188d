import type { WireRequest } from '../../interactions/request-reader.ts'
import type { FieldLine } from '../../http1/events.ts'

/** The parts of an absolute URL as they are written; of a target that is no URL, all of it is the path. */
export type UrlPart = 'scheme' | 'host' | 'port' | 'path' | 'query'

export const URL_PARTS: readonly UrlPart[] = ['scheme', 'host', 'port', 'path', 'query']

/** A port that is not written is the default one of its scheme; a query has its question mark. */
export function urlParts(url: string): Readonly<Record<UrlPart, string>> {
  const [, scheme = '', host = '', port, path = '', query = ''] = URL_PATTERN.exec(url) ?? [url, '', '', '', url, '']
  return { scheme, host, port: port ?? DEFAULT_PORTS[scheme.toLowerCase()] ?? '', path, query }
}

const URL_PATTERN = /^([a-z][a-z0-9+.-]*):\/\/([^/?[\]]*?|[^/?]*\])(?::(\d*))?(?=[/?]|$)([^?]*)(.*)$/i

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' }

/** The parameters of a query, without those called so and sorted by name; those of one name keep their order. */
export function unorderedQuery(query: string, ignored: ReadonlySet<string>, isSorted: boolean): string {
  const parameters = query
    .slice(1)
    .split('&')
    .filter((parameter) => parameter !== '' && !ignored.has(nameOf(parameter)))
  return (isSorted ? sortedByName(parameters) : parameters).join('&')
}

const sortedByName = (parameters: readonly string[]): readonly string[] =>
  parameters.toSorted((left, right) => compare(nameOf(left), nameOf(right)))

/** The parameters of a form (application/x-www-form-urlencoded), decoded, in the way of {@link unorderedQuery}. */
export function formContent(body: Uint8Array, ignored: ReadonlySet<string>): string {
  const entries = [...new URLSearchParams(Buffer.from(body).toString('latin1'))].filter(([name]) => !ignored.has(name))
  return JSON.stringify(entries.toSorted(([left], [right]) => compare(left, right)))
}

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

function nameOf(parameter: string): string {
  const [name = ''] = parameter.split('=', 1)
  try {
    return decodeURIComponent(name.replaceAll('+', ' '))
  } catch {
    return name // An escape that is none: the name is what is written.
  }
}

/**
 * The values of header fields by name in lower case, several of one name in their order.
 *
 * The boundary of a multipart type is left out: clients draw it anew each time.
 */
export function headerValues(fields: readonly FieldLine[]): Map<string, string> {
  const values = new Map<string, string>()
  for (const { name, value } of fields) {
    const key = name.toLowerCase()
    const before = values.get(key)
    const own = key === 'content-type' ? value.replace(BOUNDARY, '$1') : value
    values.set(key, before === undefined ? own : `${before}\n${own}`)
  }
  return values
}

const BOUNDARY = /^(multipart\/.*?);\s*boundary=(?:"([^"]+)"|([^\s;]+))/i

/** The boundary that the `Content-Type` of a multipart request names. */
export function boundaryOf({ fields }: Pick<WireRequest, 'fields'>): string | undefined {
  for (const { name, value } of fields) {
    if (name.toLowerCase() !== 'content-type') continue
    const [, , quoted, plain] = BOUNDARY.exec(value) ?? []
    return quoted ?? plain
  }
  return undefined
}

export const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).latin1Slice(0, bytes.length)
