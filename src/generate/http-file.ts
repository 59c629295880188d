import { isMultipart, mediaTypeOf } from '../content/media-type.ts'
import { isUtf8 } from 'node:buffer'
import type { Cassette } from '../tape/cassette.ts'
import type { FieldLine } from '../http1/events.ts'
import type { Disguised } from '../content/placeholders.ts'
import { fieldValue } from '../content/decoded-content.ts'
import { type Exchange, readExchanges } from '../messages/exchanges.ts'
import { isFetchable } from '../msw/answers.ts'
import { headersToGive } from './requests.ts'
import { stretchesOf } from './variables.ts'

/** How a `.http` file is written. */
export interface HttpFileOptions {
  /**
   * Keeps content that the format cannot hold, such as binary data, and returns the path of the file it is in, relative to the
   * `.http` file. `place` is that of the request in the file, from 1. Default: such a request becomes a comment.
   */
  readonly keepContent?: (place: number, content: Uint8Array) => string
}

/**
 * The requests of a cassette as a `.http` file, which editors and `wiretape record` can send.
 *
 * Recorded data stays data: braces that would be read as a variable, and beginnings of lines that would be read as an instruction
 * (a file to insert, a script, a separator, a comment), are written as variables of the file. Only placeholders, in whatever form
 * they were recorded, are variables such as `{{token.1}}`, for which you give values. A request that the format cannot
 * hold becomes a comment that says why.
 */
export function toHttpFile(cassette: Cassette, { keepContent }: HttpFileOptions = {}): string {
  const requests = readExchanges(cassette).exchanges.filter(isFetchable)
  const text = requests.map((exchange, index) => httpRequest(exchange, index + 1, keepContent)).join('\n')
  const used = VARIABLES.filter(({ reference }) => text.includes(reference))
  return used.length === 0 ? text : `${used.map(({ line }) => `${line}\n`).join('')}\n${text}`
}

/** Values are not searched for variables again, so what these stand for is text. */
const BRACE = '{{openBrace}}'
const NOTHING = '{{nothing}}'
const VARIABLES = [
  { reference: BRACE, line: '@openBrace = {' },
  { reference: NOTHING, line: '@nothing =' },
] as const

function httpRequest(exchange: Exchange, place: number, keepContent: HttpFileOptions['keepContent']): string {
  const { request, url } = exchange
  const { disguised } = exchange.connection
  const headers = headersToGive(exchange).map((field) => headerLine(field, disguised))
  const refusal = refusalOf(request.method, url)
  if (refusal !== undefined) return `### ${place}\n# Left out: ${refusal}.\n`
  const head = [`### ${place}`, `${request.method} ${withoutReferences(url, disguised)} HTTP/1.1`, ...headers]
  if (request.body.length === 0) return `${head.join('\n')}\n`
  const text = contentAsText(request.body, request.fields, disguised)
  if (text !== undefined) return `${[...head, '', text].join('\n')}\n`
  if (keepContent !== undefined) return `${[...head, '', `< ${keepContent(place, request.body)}`].join('\n')}\n`
  return `### ${place}\n# Left out: this format cannot hold its content of ${request.body.length} bytes; give a file with --output.\n`
}

/** Why a request line cannot be written in this format. */
function refusalOf(method: string, url: string): string | undefined {
  if (!/^[A-Z][A-Z-]*$/.test(method)) return 'its method is not a word in capital letters'
  // Editors give these words another meaning.
  if (/^(?:GRAPHQL|GRPC|WEBSOCKET|RSOCKET)$/.test(method)) return `${method} is not a method in this format`
  return /^[!"$-~]+$/.test(url) ? undefined : 'its target has characters that are not allowed in a URL'
}

/** Blanks at the ends of a value that a reader would trim are kept apart from the line's end. */
function headerLine({ name, value }: FieldLine, disguised: Disguised): string {
  const text = withoutReferences(value, disguised)
  const first = /^\s/.test(text) ? NOTHING : ''
  const last = /\s$/.test(text) ? NOTHING : ''
  return `${asPlainLine(withoutReferences(name, disguised))}: ${first}${text}${last}`
}

/** `undefined` for content that is not text with line ends that a reader of the format would give back. */
function contentAsText(body: Uint8Array, fields: readonly FieldLine[], disguised: Disguised): string | undefined {
  if (!isUtf8(body)) return undefined
  const text = Buffer.from(body).toString()
  // Lines of a multipart body are sent with CRLF (RFC 2046 section 5.1), all others with LF.
  const hasParts = isMultipart(mediaTypeOf(fieldValue(fields, 'content-type')))
  if (hasParts && /(?<!\r)\n/.test(text)) return undefined
  const lines = text.split(hasParts ? '\r\n' : '\n')
  if (lines.some((line) => CONTROL.test(line))) return undefined
  const written = lines.map((line) => asPlainLine(withoutReferences(line, disguised)))
  const last = written.length - 1
  // Blank lines at the ends are only for readers.
  return written
    .map((line, index) => ((index === 0 || index === last) && line.trim() === '' ? `${line}${NOTHING}` : line))
    .join('\n')
}

/** Controls other than the tab: editors do not keep them. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/

/** A run of braces would begin a variable. Only placeholders for secrets are variables, which need a value before they can be sent. */
const withoutReferences = (text: string, disguised: Disguised): string =>
  stretchesOf(text, disguised)
    .map((stretch) =>
      stretch.type === 'placeholder'
        ? `{{${stretch.name}}}`
        : stretch.text.replaceAll(/\{{2,}|\{$/g, (run) => BRACE.repeat(run.length)),
    )
    .join('')

/** A line that is not an instruction: `###`, `# @name`, `//`, `@x =`, `< file`, `<> file`, `< {%`, `> {%`, `>> file`, `&x` in a form. */
const asPlainLine = (line: string): string =>
  /^\s*(?:[#@>&]|\/\/|<(?![\w!/?]))/.test(line) ? `${NOTHING}${line}` : line
