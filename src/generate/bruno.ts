import { isUtf8 } from 'node:buffer'
import type { Disguised } from '../content/placeholders.ts'
import { fieldValue } from '../content/decoded-content.ts'
import { isJsonType, mediaTypeOf } from '../content/media-type.ts'
import { type Exchange, type InspectedMessage, readExchanges } from '../messages/exchanges.ts'
import { isFetchable } from '../msw/answers.ts'
import type { Cassette } from '../tape/cassette.ts'
import { fileNameOf, joinedHeaders } from './requests.ts'
import { hasStrayBraces, STRAY_BRACES, stretchesOf, withVariables } from './variables.ts'

/** A file of a collection. */
export interface BrunoFile {
  /** Relative to the folder of the collection, with slashes. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** A collection for Bruno. */
export interface BrunoCollection {
  readonly files: readonly BrunoFile[]
  /** What the format cannot hold, a line each; they are also in the docs of the collection. */
  readonly notes: readonly string[]
}

/**
 * The requests of a cassette as a collection for Bruno: a folder with a `.bru` file for each, which checks the status of the answer.
 *
 * Origins (`ORIGIN_1`) and placeholders are variables of the collection, which an environment or `--env-var` may set. Content that a
 * `.bru` file cannot give back byte by byte is in a file next to it.
 *
 * @param name of the collection.
 */
export function toBruno(cassette: Cassette, name: string): BrunoCollection {
  const collection = new Collection()
  readExchanges(cassette).exchanges.forEach((exchange, place) => collection.add(exchange, place))
  return collection.finish(name)
}

class Collection {
  readonly #files: BrunoFile[] = []
  readonly #notes: string[] = []
  readonly #origins = new Map<string, string>()
  readonly #variables = new Set<string>()

  add(exchange: Exchange, place: number): void {
    const refusal = isFetchable(exchange) ? refusalOf(exchange) : 'it is not for a URL of HTTP'
    if (refusal !== undefined) {
      this.#notes.push(`Left out: ${exchange.request.method} ${exchange.url}: ${refusal}.`)
      return
    }
    const name = fileNameOf(place, exchange)
    this.#write(`${name}.bru`, this.#request(exchange, name, place))
  }

  finish(name: string): BrunoCollection {
    const variables: readonly Pair[] = [
      ...Array.from(this.#origins, ([origin, variable]): Pair => [variable, origin]),
      ...Array.from(this.#variables, (variable): Pair => [variable, '']),
    ]
    const docs = ['Made by wiretape from a cassette.', ...this.#notes].map(onOneLine)
    this.#write('collection.bru', dictionary('vars:pre-request', variables) + textBlock('docs', docs.join('\n')))
    this.#write(
      'bruno.json',
      `${JSON.stringify({ version: '1', name, type: 'collection', ignore: [] }, undefined, 2)}\n`,
    )
    return { files: this.#files, notes: this.#notes }
  }

  #write(name: string, content: string): void {
    this.#files.push({ name, bytes: Buffer.from(content) })
  }

  #request(exchange: Exchange, name: string, place: number): string {
    const { request, url, response } = exchange
    const { disguised } = exchange.connection
    const textOf = (text: string): string => withVariables(text, disguised, this.#variables)
    const { origin } = new URL(url)
    const variable = this.#origins.get(origin) ?? `ORIGIN_${this.#origins.size + 1}`
    this.#origins.set(origin, variable)
    const form = formOf(request, disguised)
    const target = `{{${variable}}}${textOf(url.replace(/^https?:\/\/[^/?#]*/i, ''))}`
    const method = request.method.toLowerCase()
    const headers = Array.from(joinedHeaders(exchange), ([key, value]): Pair => [key, textOf(value)])
    return [
      dictionary('meta', [
        ['name', onOneLine(`${place + 1} ${request.method} ${new URL(url).pathname}`)],
        ['type', 'http'],
        ['seq', String(place + 1)],
      ]),
      dictionary(BLOCKS.has(method) ? method : 'http', [
        ...(BLOCKS.has(method) ? [] : [['method', method] as const]),
        ['url', target],
        ['body', form],
        ['auth', 'none'],
      ]),
      // The type of a content from a file is said beside the file.
      dictionary('headers', form === 'file' ? headers.filter(([key]) => !isContentType(key)) : headers),
      this.#body(request, form, name, textOf),
      response === undefined ? '' : dictionary('assert', [['res.status', `eq ${response.status}`]]),
      // Redirects were recorded as requests of their own, and targets go out as they did.
      dictionary('settings', [
        ['encodeUrl', 'false'],
        ['followRedirects', 'false'],
      ]),
    ].join('')
  }

  #body({ body, fields }: InspectedMessage, form: Form, name: string, textOf: (text: string) => string): string {
    if (form === 'none') return ''
    if (form !== 'file') return textBlock(`body:${form}`, textOf(Buffer.from(body).toString()))
    const file = `contents/${name}.body`
    this.#files.push({ name: file, bytes: body })
    return dictionary('body:file', [['file', `@file(${file}) @contentType(${fieldValue(fields, 'content-type')})`]])
  }
}

type Pair = readonly [key: string, value: string]

type Form = 'none' | 'json' | 'text' | 'file'

/** Methods that have a block of their own. */
const BLOCKS: ReadonlySet<string> = new Set('get post put patch delete head options trace connect'.split(' '))

/** Why a request cannot be written so that Bruno sends it as it was. */
function refusalOf(exchange: Exchange): string | undefined {
  const { request, url, connection } = exchange
  const { disguised } = connection
  const headers = Array.from(joinedHeaders(exchange))
  if (request.method !== request.method.toUpperCase()) return 'Bruno sends methods in capitals'
  if ([url, ...headers.flat()].some((text) => hasStrayBraces(text, disguised))) return STRAY_BRACES
  // A value of a variable is none of its business.
  const plain = withoutPlaceholders(url, disguised)
  if (new URL(plain).href !== plain) return `Bruno would send another target, ${new URL(plain).pathname}`
  const odd = headers.find(([name, value]) => name.startsWith('~') || value.startsWith("'''"))
  if (odd !== undefined) return `its header ${odd[0]} would be read as something else`
  if (formOf(request, disguised) !== 'file') return undefined
  const text = Buffer.from(request.body).toString('latin1')
  if (withVariables(text, disguised, new Set()) !== text)
    return 'its content needs a file, in which placeholders are not replaced'
  return fieldValue(request.fields, 'content-type').includes(')') ? 'its content type has a bracket' : undefined
}

/** A block of text has lines that end in LF; Bruno drops comments from JSON and blanks around it, and replaces variables. */
function formOf({ body, fields }: InspectedMessage, disguised: Disguised): Form {
  if (body.length === 0) return 'none'
  const text = Buffer.from(body).toString()
  const type = fieldValue(fields, 'content-type')
  const isJson = isJsonType(mediaTypeOf(type))
  // Without a type Bruno would add one to text, and none to a file.
  if (!isUtf8(body) || type === '' || text.includes('\r') || hasStrayBraces(text, disguised)) return 'file'
  if (isJson && (text.trim() !== text || /\/[/*]/.test(text))) return 'file'
  return isJson ? 'json' : 'text'
}

const withoutPlaceholders = (text: string, disguised: Disguised): string =>
  stretchesOf(text, disguised)
    .map((stretch) => (stretch.type === 'text' ? stretch.text : 'x'))
    .join('')

const isContentType = (name: string): boolean => name.toLowerCase() === 'content-type'

function dictionary(name: string, pairs: readonly Pair[]): string {
  const lines = pairs.map(([key, value]) => `  ${key}: ${value}\n`)
  return lines.length === 0 ? '' : `${name} {\n${lines.join('')}}\n\n`
}

/** Each line is indented, so none can end the block. */
const textBlock = (name: string, text: string): string =>
  `${name} {\n${text
    .split('\n')
    .map((line) => `  ${line}\n`)
    .join('')}}\n\n`

/** Recorded text in which nothing ends a line. */
const onOneLine = (text: string): string => text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
