import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { VERSION } from '../index.ts'
import { UserError } from '../console/failure.ts'
import type { HeaderLines, PlannedRequest } from './planned-request.ts'

/** The options of curl that make a request. */
export interface CurlOptions {
  readonly request?: string
  /** `Name: value`, `Name;` (empty), `Name:` (not to be sent), or `@file`. */
  readonly header?: readonly string[]
  readonly data?: readonly DataOption[]
  readonly dataRaw?: readonly DataOption[]
  readonly dataBinary?: readonly DataOption[]
  readonly dataUrlencode?: readonly DataOption[]
  readonly json?: readonly DataOption[]
  readonly form?: readonly string[]
  readonly user?: string
  readonly userAgent?: string
  readonly cookie?: string
  readonly head?: boolean
  readonly get?: boolean
  readonly compressed?: boolean
}

/** Data is joined in the order of the command line, even from different options. */
interface DataOption {
  readonly text: string
  readonly place: number
}

/** Adds the options of curl that make a request. */
export function addCurlOptions(command: Command): Command {
  let place = 0
  const collectData = (text: string, before: readonly DataOption[] = []): readonly DataOption[] => [
    ...before,
    { text, place: place++ },
  ]
  const dataOption = (flags: string, description: string): Option =>
    new Option(flags, description).argParser(collectData)
  return command
    .option('-X, --request <method>', 'request method (default: GET; with data POST, with -I HEAD)')
    .option('-H, --header <line>', "'Name: value', sent as written; 'Name:' leaves it out; @FILE reads lines", collect)
    .addOption(dataOption('-d, --data <data>', 'form data, or @FILE without its line ends; several are joined by &'))
    .addOption(dataOption('--data-raw <data>', 'as --data, but @ has no meaning'))
    .addOption(dataOption('--data-binary <data>', 'as --data, but @FILE is sent as it is'))
    .addOption(dataOption('--data-urlencode <data>', 'VALUE, NAME=VALUE, @FILE or NAME@FILE, percent-encoded'))
    .addOption(dataOption('--json <data>', 'JSON, or @FILE, with its Content-Type and Accept'))
    .option(
      '-F, --form <part>',
      'NAME=VALUE, NAME=@FILE or NAME=<FILE of a multipart form; ;type= and ;filename=',
      collect,
    )
    .option('-G, --get', 'put the data into the query')
    .option('-I, --head', 'request only the head')
    .option('-u, --user <user:password>', 'Basic credentials', parseUser)
    .option('-A, --user-agent <name>', 'User-Agent')
    .option('-b, --cookie <cookies>', 'Cookie')
    .option('--compressed', 'accept gzip, deflate and br; the cassette keeps what was sent')
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}

function parseUser(text: string): string {
  if (!text.includes(':')) throw new InvalidArgumentError('Write it as user:password.')
  return text
}

/** Whether any option sets a body or a method. */
export function hasRequestOptions(options: CurlOptions): boolean {
  return (
    dataOptions(options).length > 0 || (options.form ?? options.request ?? options.head ?? options.get) !== undefined
  )
}

/** The request that curl would make; `url` gets the query of `-G`. Files are read now. */
export async function planCurlRequest(url: URL, options: CurlOptions): Promise<PlannedRequest> {
  const data = dataOptions(options)
  if (data.length > 0 && options.form !== undefined) throw usageError('-F cannot be combined with data')
  const body = options.form === undefined ? await dataBody(data) : await formBody(options.form)
  if (options.head === true && options.get !== true && body !== undefined) {
    throw usageError('-I sends no body; -G puts the data into the query')
  }
  const isInQuery = options.get === true && body !== undefined
  const target = isInQuery ? withQuery(url, Buffer.from(body.bytes).toString()) : url
  const sent = isInQuery ? undefined : body
  const method = options.request ?? (options.head === true ? 'HEAD' : sent === undefined ? 'GET' : 'POST')
  const headers = await withOptionHeaders(sent?.headers ?? [], options)
  return { method, url: target, headers, body: sent?.bytes }
}

/** An error that only the combination of options shows. */
const usageError = (message: string): UserError => new UserError('INVALID_OPTION', message)

/** The lines of a request with those of the options: if both have a name, `--header` wins. */
export async function withOptionHeaders(lines: HeaderLines, options: CurlOptions): Promise<HeaderLines> {
  const given = (await Promise.all((options.header ?? []).map(readHeaderOption))).flat()
  const groups: readonly HeaderLines[] = [DEFAULT_HEADERS, impliedHeaders(options), lines]
  const kept = groups.flatMap((group, place) => {
    const later = new Set([...groups.slice(place + 1).flat(), ...given].map(([name]) => name.toLowerCase()))
    return group.filter(([name]) => !later.has(name.toLowerCase()))
  })
  return [...kept, ...given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))]
}

/** Many servers refuse requests without these two. */
const DEFAULT_HEADERS: HeaderLines = [
  ['User-Agent', `wiretape/${VERSION}`],
  ['Accept', '*/*'],
]

function impliedHeaders({ user, userAgent, cookie, compressed }: CurlOptions): HeaderLines {
  const lines: (readonly [string, string])[] = []
  if (user !== undefined) lines.push(['Authorization', `Basic ${Buffer.from(user).toString('base64')}`])
  if (userAgent !== undefined) lines.push(['User-Agent', userAgent])
  if (cookie !== undefined) lines.push(['Cookie', cookie])
  if (compressed === true) lines.push(['Accept-Encoding', 'gzip, deflate, br'])
  return lines
}

/** Without a value, the header is not to be sent. */
type HeaderOption = readonly [name: string, value: string | undefined]

async function readHeaderOption(option: string): Promise<readonly HeaderOption[]> {
  if (!option.startsWith('@')) return [parseHeader(option)]
  const lines = (await readFile(option.slice(1), 'utf8')).split(/\r?\n/)
  return lines.filter((line) => line.trim() !== '').map(parseHeader)
}

function parseHeader(line: string): HeaderOption {
  const [, empty] = /^([^:;]+);\s*$/.exec(line) ?? []
  if (empty !== undefined) return [empty, '']
  const colon = line.indexOf(':')
  if (colon < 1) throw usageError(`${JSON.stringify(line)} is not a header; write it as 'Name: value'`)
  const value = line.slice(colon + 1).trim()
  return [line.slice(0, colon), value === '' ? undefined : value]
}

function withQuery(url: URL, query: string): URL {
  const extended = new URL(url)
  extended.search = url.search === '' ? query : `${url.search.slice(1)}&${query}`
  return extended
}

interface Body {
  readonly bytes: Uint8Array
  /** Which option it came from. */
  readonly headers: HeaderLines
}

interface PlacedData extends DataOption {
  readonly kind: 'data' | 'raw' | 'binary' | 'urlencode' | 'json'
}

function dataOptions({ data, dataRaw, dataBinary, dataUrlencode, json }: CurlOptions): readonly PlacedData[] {
  const kinds = { data, raw: dataRaw, binary: dataBinary, urlencode: dataUrlencode, json } as const
  const all = (['data', 'raw', 'binary', 'urlencode', 'json'] as const).flatMap((kind) =>
    (kinds[kind] ?? []).map(({ text, place }): PlacedData => ({ kind, text, place })),
  )
  return all.toSorted((one, other) => one.place - other.place)
}

async function dataBody(data: readonly PlacedData[]): Promise<Body | undefined> {
  if (data.length === 0) return undefined
  const isJson = data.every(({ kind }) => kind === 'json')
  const pieces = await Promise.all(data.map(readData))
  // Several pieces of JSON may be one document.
  const joined = pieces.flatMap((piece, index) => (index === 0 || isJson ? [piece] : [AMPERSAND, piece]))
  return { bytes: Buffer.concat(joined), headers: isJson ? JSON_HEADERS : FORM_HEADERS }
}

const AMPERSAND = Buffer.from('&')
const JSON_HEADERS: HeaderLines = [
  ['Content-Type', 'application/json'],
  ['Accept', 'application/json'],
]
const FORM_HEADERS: HeaderLines = [['Content-Type', 'application/x-www-form-urlencoded']]

async function readData({ kind, text }: PlacedData): Promise<Buffer> {
  switch (kind) {
    case 'raw':
      return Buffer.from(text)
    case 'data': {
      if (!text.startsWith('@')) return Buffer.from(text)
      const content = await readFile(text.slice(1))
      return Buffer.from(content.filter((byte) => byte !== 0x0d && byte !== 0x0a && byte !== 0))
    }
    case 'binary':
    case 'json':
      return text.startsWith('@') ? readFile(text.slice(1)) : Buffer.from(text)
    case 'urlencode':
      return Buffer.from(await urlencoded(text))
  }
}

/** The first `=` or `@` decides: what is before it is a name that stays as it is. */
async function urlencoded(text: string): Promise<string> {
  const [, name = '', mark, rest = text] = /^([^=@]*)([=@])([^]*)$/.exec(text) ?? []
  const content = mark === '@' ? await readFile(rest) : Buffer.from(rest)
  const encoded = percentEncoded(content)
  return name === '' ? encoded : `${name}=${encoded}`
}

/** All but the unreserved characters (RFC 3986 section 2.3), byte by byte; a blank becomes a plus, as in forms. */
const percentEncoded = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => {
    const char = String.fromCharCode(byte)
    if (char === ' ') return '+'
    return /[\w.~-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')

async function formBody(parts: readonly string[]): Promise<Body> {
  const boundary = `----wiretape-${randomUUID()}`
  const encoded = await Promise.all(parts.map(async (part) => encodePart(boundary, await readPart(part))))
  const bytes = Buffer.concat([...encoded, Buffer.from(`--${boundary}--\r\n`)])
  return { bytes, headers: [['Content-Type', `multipart/form-data; boundary=${boundary}`]] }
}

/** RFC 7578. */
interface FormPart {
  readonly name: string
  readonly filename: string | undefined
  readonly type: string | undefined
  readonly content: Uint8Array
}

async function readPart(option: string): Promise<FormPart> {
  const [, name, mark = '', rest = ''] = /^([^=]+)=([@<]?)([^]*)$/.exec(option) ?? []
  if (name === undefined) throw usageError(`-F ${JSON.stringify(option)}: write it as NAME=VALUE or NAME=@FILE`)
  const { value, type, filename } = splitParameters(rest)
  if (mark === '') return { name, filename, type, content: Buffer.from(value) }
  const content = await readFile(value)
  if (mark === '<') return { name, filename, type, content }
  return { name, filename: filename ?? path.basename(value), type: type ?? typeOfFile(value), content }
}

/** `;type=` and `;filename=` after the value; other semicolons are part of it. */
function splitParameters(text: string): {
  readonly value: string
  readonly type: string | undefined
  readonly filename: string | undefined
} {
  const [value = ''] = text.split(/;(?:type|filename)=/, 1)
  const parameters = text.slice(value.length)
  const [, type] = /;type=([^;]*(?:;\s*charset=[^;]*)?)/i.exec(parameters) ?? []
  const [, quoted, plain = quoted] = /;filename=(?:"([^"]*)"|([^;]*))/i.exec(parameters) ?? []
  return { value, type, filename: plain }
}

function encodePart(boundary: string, { name, filename, type, content }: FormPart): Buffer {
  const file = filename === undefined ? '' : `; filename="${escapeName(filename)}"`
  const contentType = type === undefined ? '' : `Content-Type: ${type}\r\n`
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(name)}"${file}\r\n${contentType}\r\n`
  return Buffer.concat([Buffer.from(head), content, Buffer.from('\r\n')])
}

const ESCAPES: Readonly<Record<string, string>> = { '\r': '%0D', '\n': '%0A', '"': '%22' }

const escapeName = (name: string): string => name.replaceAll(/[\r\n"]/g, (char) => ESCAPES[char] ?? char)

function typeOfFile(file: string): string {
  return TYPES[path.extname(file).toLowerCase()] ?? 'application/octet-stream'
}

/** Those that curl knows, and JSON. */
const TYPES: Readonly<Record<string, string>> = {
  '.gif': 'image/gif',
  '.htm': 'text/html',
  '.html': 'text/html',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.xml': 'application/xml',
}
