import type { FieldLine } from '../http1/events.ts'
import { checkOptions } from '../options.ts'
import { type Data, latin1 } from './data.ts'
import { framesOf, handshakeFields } from './har-frames.ts'
import { type Imported, type ImportedExchange, toCassette } from './imported.ts'
import { parseJson } from './json-file.ts'
import { isZip, readZip } from './zip.ts'

const NEVER = ['chunk framing', 'trailers', 'interim responses', 'segmentation', 'answers that failed or were cut off']

/** Where the contents of a HAR are that are not in it. */
export interface HarOptions {
  /**
   * Returns the content of a file that the HAR names (`_file`, as Playwright writes it), relative to the HAR; `undefined` if there
   * is none. Default: the files of the archive, if the HAR is a ZIP archive; else none.
   */
  readonly file?: ((name: string) => Uint8Array | undefined) | undefined
}

/**
 * HAR 1.2, as browsers, proxies and Playwright write it, also Playwright's ZIP archive of a HAR and its contents.
 *
 * @throws CassetteError `IMPORT_INVALID`; for a content that is not there, too: it would become an empty one.
 */
export function importHar(har: string | Uint8Array, options: HarOptions = {}): Imported {
  checkOptions('importHar', options, { file: true })
  const bytes = Buffer.from(har)
  const { text, file } = isZip(bytes) ? unzipped(bytes) : { text: bytes.toString(), file: () => undefined }
  const files = options.file ?? file
  return importLog(parseJson(text), { name: 'HAR', neverHad: NEVER }, (content) => bodyOf(content, files), files)
}

/** Recordings of Polly: HAR whose encoded bodies are lists of chunks. @throws CassetteError `IMPORT_INVALID`. */
export function importPolly(text: string): Imported {
  const tool = { name: 'Polly', neverHad: ['the case of header names', ...NEVER] }
  return importLog(parseJson(text), tool, bodyOfPolly)
}

type Files = (name: string) => Uint8Array | undefined

function unzipped(archive: Uint8Array): { readonly text: string; readonly file: Files } {
  const files = readZip(archive)
  const [name, ...others] = [...files.keys()].filter((one) => one.endsWith('.har'))
  if (name === undefined || others.length > 0) throw parseJson('null').complaint('an archive with one .har in it')
  return { text: Buffer.from(files.get(name) ?? []).toString(), file: (one) => files.get(one) }
}

function importLog(
  top: Data,
  tool: Parameters<typeof toCassette>[1],
  read: (content: Data) => Uint8Array,
  files: Files = () => undefined,
): Imported {
  const log = top.get('log')
  // What wrote the file, and pages that requests belong to.
  log.ignore('version', 'creator', 'browser', 'pages', 'comment', '_recordingName')
  const exchanges = log
    .get('entries')
    .items()
    .flatMap((entry) => (isSocket(entry) ? socketOf(entry, files) : exchangeOf(entry, read)))
  return toCassette(exchanges, tool, top.notes())
}

/** Members that repeat what the fields, the URL and the content say. */
const REPEATED_IN_REQUEST = ['cookies', 'queryString', 'headersSize', 'httpVersion', 'comment']
const REPEATED_IN_RESPONSE = [
  'cookies',
  'redirectURL',
  'headersSize',
  'bodySize',
  'httpVersion',
  'comment',
  '_transferSize',
]

/** What a browser says beyond the messages: how a request came about, and where its answer came from. */
// oxfmt-ignore
const ABOUT = [
  'pageref',
  'cache',
  'comment',
  'connection',
  'serverIPAddress',
  '_apiRequest',
  '_connectionId',
  '_frameref',
  '_id',
  '_initiator',
  '_monotonicTime',
  '_order',
  '_priority',
  '_resourceType',
  '_securityDetails',
  '_serverPort',
  '_connectTimings',
  '_initiator_detail',
]

const isSocket = (entry: Data): boolean =>
  /^wss?:/.test(entry.get('request').get('url').text('')) || !entry.get('_webSocketMessages').isMissing

/** A WebSocket: its messages are in the entry, or in a file beside it. */
function socketOf(entry: Data, files: Files): readonly ImportedExchange[] {
  const [request, response] = [entry.get('request'), entry.get('response')]
  const asked = request.get('url').text()
  const url = asked.replace(/^ws/, 'http')
  const name = response.get('content').get('_file')
  const messages = entry.get('_webSocketMessages')
  const lines = name.isMissing ? undefined : files(name.text())
  if (!name.isMissing && lines === undefined)
    throw name.complaint('messages but the name of a file, which is not there; save the HAR with its contents in it')
  if (messages.isMissing && name.isMissing) {
    entry.whole()
    entry.note(`${asked} has no messages in the file, and is left out`)
    return []
  }
  entry.ignore(...ABOUT, 'time', 'timings')
  request.ignore(...REPEATED_IN_REQUEST, 'bodySize', 'method')
  response.ignore(...REPEATED_IN_RESPONSE, '_failureText')
  // Of an export of ours, which has an empty one.
  response.get('content').ignore('size', 'mimeType', 'text', 'encoding', 'compression', 'comment')
  const status = response.get('status').number(0)
  if (status !== 101) entry.note(`the handshake of ${url} has the status ${status}; it is given as 101`)
  const { request: requestFields, response: responseFields } = handshakeFields(
    fieldsOf(request.get('headers')),
    fieldsOf(response.get('headers')),
  )
  return [
    {
      method: 'GET',
      url,
      requestFields,
      requestBody: new Uint8Array(0),
      status: 101,
      reason: latin1(response.get('statusText').text('')) || 'Switching Protocols',
      responseFields,
      responseBody: new Uint8Array(0),
      startedAt: entry.get('startedDateTime').expected().time(),
      frames: framesOf(messages, lines),
    },
  ]
}

function exchangeOf(entry: Data, read: (content: Data) => Uint8Array): readonly ImportedExchange[] {
  const [request, response] = [entry.get('request'), entry.get('response')]
  const url = request.get('url').text()
  if (!/^https?:/.test(url)) {
    entry.whole()
    entry.note(`${url} is not HTTP, and left out`)
    return []
  }
  entry.ignore(...ABOUT)
  request.ignore(...REPEATED_IN_REQUEST)
  response.ignore(...REPEATED_IN_RESPONSE, '_error', '_fetchedViaServiceWorker')
  if (entry.get('_fromCache').value !== undefined) entry.note('came from the cache of the browser, not from the server')
  return [
    {
      method: request.get('method').text(),
      url,
      requestFields: fieldsOf(request.get('headers').expected()),
      requestBody: postBody(request, read),
      status: response.get('status').number(0),
      reason: latin1(response.get('statusText').expected().text('')),
      responseFields: fieldsOf(response.get('headers').expected()),
      responseBody: read(response.get('content').expected()),
      startedAt: entry.get('startedDateTime').expected().time(),
      took: Math.max(0, entry.get('time').expected().number(1)),
      ...timingsOf(entry.get('timings')),
    },
  ]
}

/** -1 stands for what does not apply; `connect` includes `ssl`. */
function timingsOf(timings: Data): { readonly connectTook: number; readonly sentAfter: number } {
  timings.ignore(
    'ssl',
    'send',
    'wait',
    'receive',
    'comment',
    '_blocked_queueing',
    '_blocked_proxy',
    '_queued',
    '_workerStart',
    '_workerReady',
    '_workerFetchStart',
    '_workerRespondWithSettled',
  )
  const [blocked = 0, dns = 0, connect = 0] = ['blocked', 'dns', 'connect'].map((name) =>
    Math.max(0, timings.get(name).number(0)),
  )
  return { connectTook: dns + connect, sentAfter: blocked + dns + connect }
}

/** HTTP/2 has fields of its own, `:authority` and the like, in its HAR. */
function fieldsOf(headers: Data): readonly FieldLine[] {
  if (headers.isMissing) return []
  const fields = headers.items().map((field) => {
    field.ignore('comment', '_fromType')
    return { name: field.get('name').text(), value: latin1(field.get('value').expected().text('')) }
  })
  return fields.filter(({ name }) => !name.startsWith(':'))
}

function postBody(request: Data, read: (content: Data) => Uint8Array): Uint8Array {
  const [post, size] = [request.get('postData'), request.get('bodySize').number(-1)]
  if (post.isMissing) {
    if (size > 0) request.note(`has ${size} bytes of content, which the file does not hold`)
    return new Uint8Array(0)
  }
  const params = post.get('params')
  if (!post.get('text').isMissing || !post.get('_file').isMissing) {
    params.whole()
    return read(post)
  }
  post.ignore('mimeType', 'comment')
  const form = new URLSearchParams()
  for (const one of params.isMissing ? [] : params.items())
    form.append(one.get('name').text(), one.get('value').expected().text(''))
  if (form.size === 0) post.note('has neither text nor parameters')
  return Buffer.from(form.toString())
}

/** A content in the file, or in one that it names. */
function bodyOf(content: Data, files: Files): Uint8Array {
  // A type that the fields say, too, and how many bytes a coding saved.
  content.ignore('mimeType', 'compression', 'comment')
  const [name, size] = [content.get('_file'), content.get('size').number(-1)]
  const body = name.isMissing ? textOf(content, size) : files(name.text())
  if (body === undefined)
    throw name.complaint('content but the name of a file, which is not there; save the HAR with its contents in it')
  // A member that was left out, or an encoding, would change the length. A browser may count the bytes of a decoded content.
  if (size >= 0 && size !== body.length) content.note(`has ${body.length} bytes, where the file says ${size}`)
  return body
}

function textOf(content: Data, size: number): Uint8Array {
  const [text, encoding] = [content.get('text'), content.get('encoding').text('')]
  if (text.isMissing && size > 0) throw text.complaint('there: the HAR was saved without contents')
  if (encoding !== '' && encoding !== 'base64' && !/^utf-?8$/i.test(encoding))
    throw content.get('encoding').complaint('an encoding that is known')
  return Buffer.from(text.text(''), encoding === 'base64' ? 'base64' : 'utf8')
}

function bodyOfPolly(content: Data): Uint8Array {
  const text = content.get('text').text('')
  const encoding = content.get('encoding')
  const isChunks = text.startsWith('[') && (!encoding.isMissing || content.get('_isBinary').value === true)
  // Of an encoded content, Polly writes the size that the field says.
  content.ignore('mimeType', 'size', '_isBinary')
  if (!isChunks) return textOf(content, content.get('size').number(-1))
  return Buffer.concat(
    parseJson(text)
      .items()
      .map((chunk) => Buffer.from(chunk.text(), 'base64')),
  )
}
