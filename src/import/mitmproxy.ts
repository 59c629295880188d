import type { FieldLine } from '../http1/events.ts'
import { Data } from './data.ts'
import { type Imported, type ImportedExchange, toCassette } from './imported.ts'
import { readTnetstrings } from './tnetstring.ts'

const NEVER = ['chunk framing', 'interim responses', 'segmentation', 'answers that failed or were cut off']

/** Flows as mitmproxy saves them (`mitmdump -w`). @throws CassetteError `IMPORT_INVALID`. */
export function importMitmproxy(flows: Uint8Array): Imported {
  const file = new Data(readTnetstrings(flows), '')
  const exchanges = file.items().flatMap(exchangeOf)
  return toCassette(exchanges, { name: 'mitmproxy', neverHad: NEVER }, file.notes())
}

/** What a flow says beyond its messages: certificates and addresses of both connections, and marks of the user. */
// oxfmt-ignore
const ABOUT = [
  'version', 'id', 'type', 'server_conn', 'client_conn', 'intercepted', 'is_replay', 'marked', 'metadata', 'comment', 'timestamp_created', 'backup', 'mode',
]

function exchangeOf(flow: Data): readonly ImportedExchange[] {
  const type = flow.get('type').text()
  if (type !== 'http') {
    flow.whole()
    flow.note(`is a flow of ${type}, and left out`)
    return []
  }
  flow.ignore(...ABOUT)
  if (flow.get('websocket').value === null) flow.ignore('websocket')
  const [request, response, error] = [flow.get('request'), flow.get('response'), flow.get('error')]
  if (!error.isMissing) flow.note(`failed: ${error.get('msg').text('')}`)
  error.whole()
  if (!response.isMissing && response.get('content').value === null) {
    flow.whole()
    flow.note(`${textOf(request.get('method'))} ${urlOf(request)} is left out: the content of its answer was not kept`)
    return []
  }
  const began = request.get('timestamp_start').expected().number(0) * 1000
  return [
    {
      method: textOf(request.get('method')),
      url: urlOf(request),
      target: textOf(request.get('path')),
      requestFields: fieldsOf(request.get('headers').expected()),
      requestBody: contentOf(request),
      requestTrailers: fieldsOf(request.get('trailers').expected()),
      startedAt: began === 0 ? undefined : began,
      ...(response.isMissing ? NO_ANSWER : answerOf(response)),
      took:
        (response.isMissing ? request : response)
          .get('timestamp_end')
          .expected()
          .number(began / 1000) *
          1000 -
        began,
      sentAfter: Math.max(
        0,
        request
          .get('timestamp_end')
          .expected()
          .number(began / 1000) *
          1000 -
          began,
      ),
    },
  ]
}

const NO_ANSWER = { status: 0, reason: '', responseFields: [], responseBody: new Uint8Array(0) }

function answerOf(response: Data): Pick<ImportedExchange, keyof typeof NO_ANSWER | 'responseTrailers'> {
  response.ignore('http_version', 'timestamp_start')
  return {
    status: response.get('status_code').number(),
    reason: textOf(response.get('reason').expected()),
    responseFields: fieldsOf(response.get('headers').expected()),
    responseBody: contentOf(response),
    responseTrailers: fieldsOf(response.get('trailers').expected()),
  }
}

/** HTTP/2 has an authority, HTTP/1.1 the host that was connected to. */
function urlOf(request: Data): string {
  request.ignore('http_version', 'authority')
  const [scheme, host, port] = [textOf(request.get('scheme')), request.get('host').text(), request.get('port').number()]
  const url = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${textOf(request.get('path'))}`
  if (!URL.canParse(url)) throw request.complaint('a request with a host')
  return url
}

/** `null` for a content that mitmproxy streamed and did not keep. */
function contentOf(message: Data): Uint8Array {
  const content = message.get('content').expected()
  if (content.value === null) content.note('was not kept')
  if (content.value instanceof Uint8Array) return content.value
  return Buffer.from(content.text(''))
}

/** Names and values as bytes, one character each, with HTTP/2's own ones left out. */
function fieldsOf(headers: Data): readonly FieldLine[] {
  if (headers.isMissing) return []
  const fields = headers.items().map((field) => {
    const [name, value] = field.items()
    if (name === undefined || value === undefined) throw field.complaint('a name and a value')
    return { name: textOf(name), value: textOf(value) }
  })
  return fields.filter(({ name }) => !name.startsWith(':'))
}

const textOf = (data: Data): string =>
  data.value instanceof Uint8Array ? Buffer.from(data.value).toString('latin1') : data.text('')
