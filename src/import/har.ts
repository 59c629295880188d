import type { FieldLine } from '../http1/events.ts'
import { Data, latin1 } from './data.ts'
import { type Imported, type ImportedExchange, toCassette } from './imported.ts'

const NEVER = ['chunk framing', 'trailers', 'interim responses', 'segmentation', 'answers that failed or were cut off']

/** HAR 1.2, as browsers and Playwright write it. @throws CassetteError `IMPORT_INVALID`. */
export const importHar = (text: string): Imported => {
  const skipped: string[] = []
  const exchanges = entriesOf(text).flatMap((entry) => exchangeOf(entry, bodyOfHar, skipped))
  return toCassette(exchanges, { name: 'HAR', neverHad: NEVER }, skipped)
}

/** Recordings of Polly: HAR whose encoded bodies are lists of chunks. @throws CassetteError `IMPORT_INVALID`. */
export const importPolly = (text: string): Imported => {
  const skipped: string[] = []
  const exchanges = entriesOf(text).flatMap((entry) => exchangeOf(entry, bodyOfPolly, skipped))
  return toCassette(exchanges, { name: 'Polly', neverHad: ['the case of header names', ...NEVER] }, skipped)
}

function entriesOf(text: string): readonly Data[] {
  return parseJson(text).get('log').get('entries').items()
}

/** @throws CassetteError `IMPORT_INVALID` for what is no JSON. */
export function parseJson(text: string): Data {
  try {
    return new Data(JSON.parse(text.replace(/^\ufeff/, '')), '')
  } catch (error) {
    throw new Data(undefined, '').complaint(`JSON: ${String(error)}`)
  }
}

function exchangeOf(
  entry: Data,
  bodyOf: (content: Data) => Uint8Array,
  skipped: string[],
): readonly ImportedExchange[] {
  const [request, response] = [entry.get('request'), entry.get('response')]
  const url = request.get('url').text()
  if (!/^https?:/.test(url)) {
    skipped.push(`left out ${url}: not HTTP`)
    return []
  }
  return [
    {
      method: request.get('method').text(),
      url,
      requestFields: fieldsOf(request.get('headers')),
      requestBody: postBody(request.get('postData')),
      status: response.get('status').number(0),
      reason: latin1(response.get('statusText').text('')),
      responseFields: fieldsOf(response.get('headers')),
      responseBody: bodyOf(response.get('content')),
      startedAt: entry.get('startedDateTime').time(),
      took: Math.max(0, entry.get('time').number(1)),
    },
  ]
}

/** HTTP/2 has fields of its own, `:authority` and the like, in its HAR. */
function fieldsOf(headers: Data): readonly FieldLine[] {
  if (headers.isMissing) return []
  const fields = headers
    .items()
    .map((field) => ({ name: field.get('name').text(), value: latin1(field.get('value').text('')) }))
  return fields.filter(({ name }) => !name.startsWith(':'))
}

function postBody(post: Data): Uint8Array {
  if (post.isMissing) return new Uint8Array(0)
  const text = post.get('text')
  if (!text.isMissing) return Buffer.from(text.text(), post.get('encoding').text('') === 'base64' ? 'base64' : 'utf8')
  const form = new URLSearchParams()
  for (const one of post.get('params').isMissing ? [] : post.get('params').items())
    form.append(one.get('name').text(), one.get('value').text(''))
  return Buffer.from(form.toString())
}

/** @throws CassetteError `IMPORT_INVALID` for a content that is not in the file: it would become an empty one. */
function bodyOfHar(content: Data): Uint8Array {
  const file = content.get('_file')
  if (!file.isMissing) throw file.complaint('content but the name of a file; save the HAR with its contents in it')
  if (content.get('text').isMissing && !content.isMissing && content.get('size').number(0) > 0)
    throw content.get('text').complaint('there: the HAR was saved without contents')
  return Buffer.from(content.get('text').text(''), content.get('encoding').text('') === 'base64' ? 'base64' : 'utf8')
}

function bodyOfPolly(content: Data): Uint8Array {
  const text = content.get('text').text('')
  if (!text.startsWith('[') || content.get('encoding').isMissing) return bodyOfHar(content)
  return Buffer.concat(
    parseJson(text)
      .items()
      .map((chunk) => Buffer.from(chunk.text(), 'base64')),
  )
}
