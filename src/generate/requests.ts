import type { Cassette } from '../tape/cassette.ts'
import { type Exchange, readExchanges } from '../messages/exchanges.ts'
import type { FieldLine } from '../http1/events.ts'
import { isFetchable } from '../msw/answers.ts'

/** What the client that sends the request again works out for itself. */
const FRAMING: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'trailer', 'expect'])

/** The header lines to write down for a client that frames the message itself and derives `Host` from the URL. */
export function headersToGive({ request, url }: Exchange): readonly FieldLine[] {
  const { host } = new URL(url)
  return request.fields.filter(({ name, value }) => {
    const lower = name.toLowerCase()
    return !FRAMING.has(lower) && !(lower === 'host' && value === host)
  })
}

/** A plain name for a file about a request, the same on every system: its place from 1, method and path. */
export function fileNameOf(place: number, { request, url }: Exchange): string {
  const words = `${request.method} ${new URL(url).pathname}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  return `${String(place + 1).padStart(4, '0')}-${words.slice(0, 60).replace(/-$/, '')}`
}

/**
 * The headers to give to a client that takes one value a name: several are joined as RFC 9110 section 5.3 allows, those of cookies with
 * semicolons.
 */
export function joinedHeaders(exchange: Exchange): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const { name, value } of headersToGive(exchange)) {
    const known = Array.from(values.keys()).find((one) => one.toLowerCase() === name.toLowerCase()) ?? name
    const before = values.get(known)
    values.set(known, before === undefined ? value : `${before}${/^cookie$/i.test(name) ? '; ' : ', '}${value}`)
  }
  return values
}

/**
 * The requests of a cassette as commands of a POSIX shell that send them with curl: same method, target, headers and content.
 *
 * Each is one word list in single quotes, so nothing that was recorded is run.
 */
export function toCurl(cassette: Cassette, { server }: CurlOptions = {}): string {
  return readExchanges(cassette)
    .exchanges.filter(isFetchable)
    .map((exchange) => curlCommand(exchange, server))
    .join('\n')
}

/** Where the commands of {@link toCurl} send their requests. */
export interface CurlOptions {
  /**
   * Origin of a server that plays the cassette, such as `http://127.0.0.1:8080`; answers are printed as they come, heads and framing included.
   *
   * Default: the recorded origins.
   */
  readonly server?: string | undefined
}

function curlCommand(exchange: Exchange, server: string | undefined): string {
  const { request } = exchange
  const recorded = new URL(exchange.url)
  const url = server === undefined ? exchange.url : `${server}${request.target}`
  const host = { name: 'Host', value: recorded.host }
  const headers = [
    ...(server === undefined ? [] : [host]),
    ...headersToGive(exchange).filter(({ name }) => server === undefined || name.toLowerCase() !== 'host'),
  ]
  const given = new Set(headers.map(({ name }) => name.toLowerCase()))
  // What curl would add by itself.
  const unwanted = ['User-Agent', 'Accept', 'Content-Type'].filter((name) => !given.has(name.toLowerCase()))
  const hasBody = request.body.length > 0
  const words = [
    ...methodWords(request.method, hasBody),
    ...headers.flatMap(({ name, value }) => ['--header', quoted(value === '' ? `${name};` : `${name}: ${value}`)]),
    ...unwanted.flatMap((name) => ['--header', quoted(`${name}:`)]),
    ...(hasBody ? ['--data-binary', '@-'] : []),
    quoted(url),
  ]
  const raw = server === undefined ? '' : '--include --raw '
  const command = `curl --http1.1 ${raw}--path-as-is --globoff ${words.join(' ')}\n`
  return hasBody ? `printf '${octal(request.body)}' | ${command}` : command
}

/** curl sends GET by default, and POST with data. */
function methodWords(method: string, hasBody: boolean): readonly string[] {
  if (method === 'HEAD' && !hasBody) return ['--head']
  return method === 'GET' && !hasBody ? [] : ['--request', quoted(method)]
}

/** In single quotes nothing has a meaning but the quote; bytes beyond ASCII stay bytes where the file is written as latin-1. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/**
 * For the format of `printf`: everything that is not a letter, a digit or harmless in octal.
 *
 * The hyphen too: a format that begins with one, as every multipart body does, would be an option.
 */
const octal = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('latin1')
    .replaceAll(/[^\w .,:;{}[\]"=&?/+]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)
