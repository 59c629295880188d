import { isUtf8 } from 'node:buffer'
import { decodedWithin, DecodingBudget, fieldValue } from '../content/decoded-content.ts'
import { isJsonType, mediaTypeOf } from '../content/media-type.ts'
import { type Exchange, type InspectedMessage, readExchanges } from '../messages/exchanges.ts'
import { isFetchable } from '../msw/answers.ts'
import type { Cassette } from '../tape/cassette.ts'
import { headersToGive } from './requests.ts'
import { hasStrayBraces, STRAY_BRACES, withVariables } from './variables.ts'

/**
 * The requests of a cassette as a Postman collection (2.1), each with its answer as an example.
 *
 * Placeholders are variables of the collection. The format cannot hold bytes that are not text, nor `{{` that is no variable: such
 * requests are left out, and the description of the collection names them.
 *
 * @param name of the collection.
 */
export function toPostman(cassette: Cassette, name: string): object {
  const budget = new DecodingBudget()
  const variables = new Set<string>()
  const left: string[] = []
  const item = readExchanges(cassette).exchanges.flatMap((exchange) => {
    const refusal = isFetchable(exchange) ? refusalOf(exchange) : 'it is not for a URL of HTTP'
    if (refusal === undefined) return [itemOf(exchange, variables, budget)]
    left.push(`${exchange.request.method} ${exchange.url}: ${refusal}`)
    return []
  })
  const notes = ['Made by wiretape from a cassette.', ...left.map((line) => `Left out: ${line}.`)]
  return {
    info: {
      name,
      description: notes.join('\n'),
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    item,
    variable: Array.from(variables, (key) => ({ key, value: '' })),
  }
}

/** Why the format cannot hold a request. */
function refusalOf(exchange: Exchange): string | undefined {
  const { request, url, connection } = exchange
  if (!isUtf8(request.body)) return `its content of ${request.body.length} bytes is not text`
  const texts = [
    url,
    Buffer.from(request.body).toString(),
    ...headersToGive(exchange).flatMap(({ name, value }) => [name, value]),
  ]
  return texts.some((text) => hasStrayBraces(text, connection.disguised)) ? STRAY_BRACES : undefined
}

function itemOf(exchange: Exchange, variables: Set<string>, budget: DecodingBudget): object {
  const { request, url, response } = exchange
  const { disguised } = exchange.connection
  const textOf = (text: string): string => withVariables(text, disguised, variables)
  const type = mediaTypeOf(fieldValue(request.fields, 'content-type'))
  const asked = {
    method: request.method,
    header: headersToGive(exchange).map(({ name, value }) => ({ key: textOf(name), value: textOf(value) })),
    url: textOf(url),
    ...(request.body.length > 0 && {
      body: {
        mode: 'raw',
        raw: textOf(Buffer.from(request.body).toString()),
        ...(isJsonType(type) && { options: { raw: { language: 'json' } } }),
      },
    }),
  }
  const name = `${request.method} ${new URL(url).pathname}`
  return {
    name,
    // Cookies and redirects were recorded as requests of their own.
    protocolProfileBehavior: { followRedirects: false, disableCookies: true },
    request: asked,
    response: response === undefined ? [] : [exampleOf(name, asked, response, budget)],
  }
}

/** Answers are examples for people: bytes that are not text are said, not shown. */
function exampleOf(name: string, originalRequest: object, response: InspectedMessage, budget: DecodingBudget): object {
  const { content } = decodedWithin(response.body, response.fields, budget)
  return {
    name,
    originalRequest,
    status: response.reason,
    code: response.status,
    header: response.fields.map(({ name: key, value }) => ({ key, value })),
    body: isUtf8(content) ? Buffer.from(content).toString() : `(${content.length} bytes that are not text)`,
  }
}
