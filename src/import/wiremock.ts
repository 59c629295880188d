import type { FieldLine } from '../http1/events.ts'
import { checkOptions } from '../options.ts'
import { type Data, fieldsOfMapping, latin1 } from './data.ts'
import { type Imported, type ImportedExchange, toCassette } from './imported.ts'
import { parseJson } from './json-file.ts'

/** Where stubs belong, and their files. */
export interface WireMockOptions {
  /** The origin that the cassette has: mappings name none. Default: `http://localhost:8080`, which is WireMock's own. */
  readonly origin?: string | undefined
  /** Returns the content of a `bodyFileName`; `undefined` if there is none. Default: none. */
  readonly file?: ((name: string) => Uint8Array | undefined) | undefined
}

const NEVER = [
  'what was sent: stubs say what is matched',
  'chunk framing',
  'trailers',
  'interim responses',
  'segmentation',
]

/**
 * Stub mappings of WireMock, one or a list of them (`mappings`), as requests and answers.
 *
 * A stub becomes the plainest request that it matches. One for which none can be named, such as one with a pattern of URLs, is left
 * out; the notes name every matcher that has no counterpart.
 *
 * @throws CassetteError `IMPORT_INVALID`.
 */
export function importWireMock(text: string, options: WireMockOptions = {}): Imported {
  checkOptions('importWireMock', options, { origin: true, file: true })
  const { origin = 'http://localhost:8080', file: files = () => undefined } = options
  const file = parseJson(text)
  file.ignore('meta')
  const list = file.get('mappings')
  const stubs = Array.isArray(file.value) ? file.items() : list.isMissing ? [file] : list.items()
  const exchanges = stubs.flatMap((stub) => exchangeOf(stub, origin, files))
  return toCassette(exchanges, { name: 'WireMock', neverHad: NEVER }, file.notes())
}

type Files = (name: string) => Uint8Array | undefined

function exchangeOf(stub: Data, origin: string, files: Files): readonly ImportedExchange[] {
  stub.ignore('id', 'uuid', 'name', 'persistent', 'metadata', 'insertionIndex')
  const [request, response] = [stub.get('request').expected(), stub.get('response').expected()]
  const method = request.get('method').expected().text('ANY')
  const target = targetOf(request)
  const unfit =
    method === 'ANY'
      ? 'it matches any method'
      : target === undefined
        ? 'its URL is a pattern'
        : response.get('proxyBaseUrl').isMissing
          ? undefined
          : 'it is passed on to another server'
  if (unfit !== undefined || target === undefined) {
    // Names that nobody knows are still said.
    request.ignore(...MATCHERS)
    response.whole()
    stub.note(`is left out: ${unfit}`)
    return []
  }
  const shared = {
    method,
    url: origin + target,
    requestFields: equalTo(request.get('headers')),
    requestBody: sentOf(request),
  }
  return [{ ...shared, ...answerOf(response, files) }]
}

/** What a stub may ask of a request. */
// oxfmt-ignore
const MATCHERS = [
  'url', 'urlPath', 'urlPattern', 'urlPathPattern', 'urlPathTemplate', 'pathParameters', 'queryParameters', 'formParameters', 'headers', 'cookies',
  'basicAuthCredentials', 'bodyPatterns', 'multipartPatterns', 'host', 'port', 'scheme', 'clientIp', 'customMatcher',
]

/** A path that is spelled out, with a query that is. */
function targetOf(request: Data): string | undefined {
  const [url, path] = [request.get('url'), request.get('urlPath')]
  if (!url.isMissing) return url.text()
  if (path.isMissing) return undefined
  const query = new URLSearchParams(
    equalTo(request.get('queryParameters')).map(({ name, value }): [string, string] => [name, value]),
  )
  return query.size === 0 ? path.text() : `${path.text()}?${query.toString()}`
}

/** Values that are asked for as they are; other matchers are left unread, and so named. */
function equalTo(matchers: Data): readonly FieldLine[] {
  if (matchers.isMissing) return []
  return matchers.entries().flatMap(([name, matcher]) => {
    const value = matcher.get('equalTo')
    return value.isMissing ? [] : [{ name, value: latin1(value.text()) }]
  })
}

/** The content that the first pattern with one asks for. */
function sentOf(request: Data): Uint8Array {
  const patterns = request.get('bodyPatterns')
  for (const pattern of patterns.isMissing ? [] : patterns.items()) {
    const [json, text, base64] = ['equalToJson', 'equalTo', 'binaryEqualTo'].map((name) => pattern.get(name))
    if (json !== undefined && !json.isMissing)
      return Buffer.from(typeof json.value === 'string' ? json.value : JSON.stringify(json.whole()))
    if (text !== undefined && !text.isMissing) return Buffer.from(text.text())
    if (base64 !== undefined && !base64.isMissing) return Buffer.from(base64.text(), 'base64')
  }
  return new Uint8Array(0)
}

type Answer = Omit<ImportedExchange, 'method' | 'url' | 'requestFields' | 'requestBody'>

function answerOf(response: Data, files: Files): Answer {
  const fault = response.get('fault')
  const took = response.get('fixedDelayMilliseconds').number(1)
  const answer = {
    status: response.get('status').expected().number(200),
    reason: latin1(response.get('statusMessage').text('')),
    responseFields: fieldsOfMapping(response.get('headers')),
    responseBody: bodyOf(response, files),
    took,
  }
  if (fault.isMissing) return answer
  const ending = FAULTS.find(([name]) => name === fault.text())
  if (ending === undefined) throw fault.complaint('a fault that is known')
  const [, by, given] = ending
  return { ...answer, ending: by, given: Buffer.from(given) }
}

/** What WireMock does in place of an answer; what it sends at random is made up here. */
const FAULTS = [
  ['EMPTY_RESPONSE', 'close', ''],
  ['CONNECTION_RESET_BY_PEER', 'reset', ''],
  ['MALFORMED_RESPONSE_CHUNK', 'close', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nthis is not a size\r\n'],
  ['RANDOM_DATA_THEN_CLOSE', 'close', 'these bytes are not HTTP\r\n'],
] as const

function bodyOf(response: Data, files: Files): Uint8Array {
  const [body, json, base64, name] = ['body', 'jsonBody', 'base64Body', 'bodyFileName'].map((one) => response.get(one))
  if (name !== undefined && !name.isMissing) {
    const content = files(name.text())
    if (content === undefined) throw name.complaint('a file that is there; it belongs in `__files`')
    return content
  }
  if (base64 !== undefined && !base64.isMissing) return Buffer.from(base64.text(), 'base64')
  if (json !== undefined && json.value !== undefined) return Buffer.from(JSON.stringify(json.whole()))
  return Buffer.from(body?.text('') ?? '')
}
