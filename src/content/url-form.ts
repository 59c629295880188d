import { percentDecoded } from './escapes.ts'
import { type WrittenPair, writtenPairs } from './form-fields.ts'
import type { NormalForm } from './normal-form.ts'

/** The parts of an absolute URL; of a target that is no URL, all of it is the path. */
export type UrlPart = 'scheme' | 'host' | 'port' | 'path' | 'query'

export const URL_PARTS: readonly UrlPart[] = ['scheme', 'host', 'port', 'path', 'query']

/**
 * How URLs are compared.
 *
 * - `'spelled'`: character by character.
 * - `'normal'`: as RFC 3986 section 6.2.2 has it: case of scheme and host, of the digits in escapes, escapes of letters, digits
 *   and `-._~`, dot segments. What may not stand in a URL at all is escaped.
 * - `'decoded'`: all escapes undone within their segment or parameter, `+` in a query being a blank.
 */
export type UrlSpelling = 'spelled' | 'normal' | 'decoded'

/** The parts as they are written. A port that is not written is the default one of its scheme; a query has its question mark. */
export function urlParts(url: string): Readonly<Record<UrlPart, string>> {
  const [, scheme = '', host = '', port, path = '', query = ''] = URL_PATTERN.exec(url) ?? [url, '', '', '', url, '']
  return { scheme, host, port: port ?? DEFAULT_PORTS[scheme.toLowerCase()] ?? '', path, query }
}

const URL_PATTERN = /^([a-z][a-z0-9+.-]*):\/\/([^/?[\]]*?|[^/?]*\])(?::(\d*))?(?=[/?]|$)([^?]*)(.*)$/i

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' }

/** The URL in its normal form as a text, which is all that most URLs need to be compared. */
export function normalUrl(url: string): string {
  if (IS_NORMAL.test(url) && !url.includes('/.')) return url
  const { scheme, host, port, path, query } = urlParts(url)
  if (scheme === '') return normalPath(url)
  const ownPort = port === DEFAULT_PORTS[scheme.toLowerCase()] ? '' : `:${port}`
  return `${scheme.toLowerCase()}://${host.toLowerCase()}${ownPort}${normalPath(path)}${normalEscapes(query)}`
}

/** Braces pass, too: they mark what stands for a secret. */
const IS_NORMAL = /^[a-z]+:\/\/[a-z0-9.-]+(?::(?!80(?:\/|$)|443(?:\/|$))\d+)?\/[\w.~!$&'()*+,;=:@/?{}-]*$/

/** The same part by part; each segment and each parameter is by itself. */
export function urlForm(url: string, part: UrlPart, spelling: UrlSpelling): NormalForm {
  const written = urlParts(url)[part]
  if (spelling === 'spelled') return written
  switch (part) {
    case 'scheme':
    case 'host':
      return written.toLowerCase()
    case 'port':
      return written
    case 'path':
      return normalPath(written)
        .split('/')
        .map((segment) => (spelling === 'decoded' ? decoded(segment) : segment))
    case 'query':
      return queryForm(written, spelling)
  }
}

/** Pairs of name and value in their order; a parameter without `=` is a list of one. */
function queryForm(query: string, spelling: UrlSpelling): readonly (readonly string[])[] {
  if (query === '') return []
  return parametersOf(query).map(({ name, value }) => {
    return (value === undefined ? [name] : [name, value.text]).map((text) =>
      spelling === 'decoded' ? decoded(text.replaceAll('+', ' ')) : normalEscapes(text),
    )
  })
}

const parametersOf = (query: string): readonly WrittenPair[] => [...writtenPairs(query.slice(1))]

/** The parameters of a query, without those of some names and, with `isSorted`, in the order of names. */
export function selectedQuery(query: string, ignored: ReadonlySet<string>, isSorted: boolean): string {
  if (query === '') return ''
  const all = parametersOf(query).filter(({ name, value }) => name !== '' || value !== undefined)
  const parameters = all.filter((one) => !ignored.has(nameOf(one)))
  const sorted = isSorted ? parameters.toSorted((left, right) => compare(nameOf(left), nameOf(right))) : parameters
  return sorted.length === 0 ? '' : `?${sorted.map(written).join('&')}`
}

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

const nameOf = ({ name }: WrittenPair): string => decoded(name.replaceAll('+', ' '))

const written = ({ name, value }: WrittenPair): string => (value === undefined ? name : `${name}=${value.text}`)

/** All escapes undone; what is no UTF-8 then is bytes, one character each. */
function decoded(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return percentDecoded(text)
  }
}

/** RFC 3986 section 6.2.2.3: without `.` and `..`. */
function normalPath(path: string): string {
  const normal = normalEscapes(path)
  if (!normal.includes('/.')) return normal
  const segments: string[] = []
  const all = normal.split('/')
  for (const [index, segment] of all.entries()) {
    const isLast = index === all.length - 1
    if (segment === '..' && segments.length > 1) segments.pop()
    if (segment !== '.' && segment !== '..') segments.push(segment)
    else if (isLast) segments.push('')
  }
  return segments.join('/')
}

const ESCAPE = /%([0-9a-f]{2})/gi

/** RFC 3986 sections 6.2.2.1 and 6.2.2.2. */
function normalEscapes(text: string): string {
  const escaped = text.replaceAll(NEVER_IN_A_URL, (char) => encodeBytes(char))
  return escaped.replaceAll(ESCAPE, (_, digits: string) => {
    const char = String.fromCharCode(parseInt(digits, 16))
    return UNRESERVED.test(char) ? char : `%${digits.toUpperCase()}`
  })
}

/** Braces mark what stands for a secret. */
const UNRESERVED = /[\w.~{}-]/
const NEVER_IN_A_URL = /[^\w.~{}!$&'()*+,;=:@/?%-]|%(?![0-9a-f]{2})/gi

/** What a client wrote beyond ASCII are bytes; a fragment of a URL that was typed may be characters. */
const encodeBytes = (char: string): string =>
  Array.from(
    Buffer.from(char, char.charCodeAt(0) > 0xff ? 'utf8' : 'latin1'),
    (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('')
