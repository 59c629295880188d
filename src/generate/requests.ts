import { isUtf8 } from 'node:buffer'
import type { Cassette } from '../tape/cassette.ts'
import { type Exchange, readExchanges } from '../messages/exchanges.ts'
import type { FieldLine } from '../http1/events.ts'
import { isFetchable } from '../msw/answers.ts'

/** What the client that sends the request again works out for itself. */
const FRAMING: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'trailer', 'expect'])

function headersToGive({ request, url }: Exchange): readonly FieldLine[] {
  const { host } = new URL(url)
  return request.fields.filter(({ name, value }) => {
    const lower = name.toLowerCase()
    return !FRAMING.has(lower) && !(lower === 'host' && value === host)
  })
}

/**
 * The requests of a cassette as commands of a POSIX shell that send them with curl: same method, target, headers and content.
 *
 * Each is one word list in single quotes, so nothing that was recorded is run.
 */
export function toCurl(cassette: Cassette): string {
  return readExchanges(cassette).exchanges.filter(isFetchable).map(curlCommand).join('\n')
}

function curlCommand(exchange: Exchange): string {
  const { request, url } = exchange
  const headers = headersToGive(exchange)
  const given = new Set(headers.map(({ name }) => name.toLowerCase()))
  // What curl would add by itself.
  const unwanted = ['User-Agent', 'Accept', 'Content-Type'].filter((name) => !given.has(name.toLowerCase()))
  const words = [
    ...(request.method === 'HEAD' ? ['--head'] : request.method === 'GET' ? [] : ['--request', quoted(request.method)]),
    ...headers.flatMap(({ name, value }) => ['--header', quoted(value === '' ? `${name};` : `${name}: ${value}`)]),
    ...unwanted.flatMap((name) => ['--header', quoted(`${name}:`)]),
    ...(request.body.length === 0 ? [] : ['--data-binary', '@-']),
    quoted(url),
  ]
  const command = `curl --http1.1 --path-as-is --globoff ${words.join(' ')}\n`
  if (request.body.length === 0) return command
  return `printf '${octal(request.body)}' | ${request.method === 'GET' ? command.replace(' --data', ' --request GET --data') : command}`
}

/** In single quotes nothing has a meaning but the quote; bytes beyond ASCII stay bytes where the file is written as latin-1. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** For the format of `printf`: everything that is not a letter, a digit or harmless in octal. */
const octal = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('latin1')
    .replaceAll(/[^\w .,:;{}[\]"=&?/+-]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)

/** The requests of a cassette as a `.http` file, which editors send, and `wiretape record` too. */
export function toHttpFile(cassette: Cassette): string {
  return readExchanges(cassette).exchanges.filter(isFetchable).map(httpRequest).join('\n')
}

function httpRequest(exchange: Exchange, index: number): string {
  const { request, url } = exchange
  const lines = [
    `### ${index + 1}`,
    `${request.method} ${url} HTTP/1.1`,
    ...headersToGive(exchange).map(({ name, value }) => `${name}: ${value}`),
  ]
  if (request.body.length === 0) return `${lines.join('\n')}\n`
  const text = Buffer.from(request.body).toString()
  // A line that begins so would be read as something else.
  const isPlain = isUtf8(request.body) && !/^(?:###|<|\/\/|#|@)/m.test(text) && !text.includes('\r')
  if (isPlain) return `${[...lines, '', text].join('\n')}\n`
  return `${[...lines, '', `# ${request.body.length} bytes of content that this format cannot hold: see \`wiretape generate fixtures\``].join('\n')}\n`
}
