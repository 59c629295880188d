import { sentCookies, setCookies, type WrittenCookie } from '../content/cookies.ts'
import { isUtf8 } from 'node:buffer'
import type { Cassette } from '../tape/cassette.ts'
import { decodedWithin, DecodingBudget, fieldValue } from '../content/decoded-content.ts'
import { type Exchange, type InspectedMessage, readExchanges, segmentAt } from '../messages/exchanges.ts'
import { socketTalks } from '../messages/socket-talks.ts'
import { isFetchable, lossReport } from '../msw/answers.ts'
import { VERSION } from '../version.ts'
import { webSocketFields } from './har-messages.ts'

/**
 * A cassette as HAR 1.2; what that has no place for stands in the comments.
 *
 * Contents are decoded, 64 MiB of them at most: what would exceed that stays in its coding, in base64, and a comment says so.
 */
export function toHar(cassette: Cassette): object {
  const losses = lossReport(cassette)
  const budget = new DecodingBudget()
  const talks = socketTalks(cassette.tape)
  const began = Date.parse(cassette.recorded.at) || 0
  const entries = readExchanges(cassette).exchanges.flatMap((exchange, index) => {
    const lost = losses
      .filter(({ interaction }) => interaction === index)
      .map(({ kind, detail }) => `${kind}: ${detail}`)
    if (!isFetchable(exchange)) return []
    return [{ ...entryOf(exchange, began, lost, budget), ...webSocketFields(exchange, began, talks) }]
  })
  return { log: { version: '1.2', creator: { name: 'wiretape', version: VERSION }, pages: [], entries } }
}

function entryOf(exchange: Exchange, began: number, lost: readonly string[], budget: DecodingBudget): object {
  const { request, response, connection, url } = exchange
  const timings = timingsOf(exchange)
  const sentAt = segmentAt(connection.sent, request.start)?.event.at ?? 0
  const time = timings.send + timings.wait + timings.receive
  return {
    startedDateTime: new Date(began + sentAt).toISOString(),
    time,
    request: {
      method: request.method,
      url,
      httpVersion: `HTTP/${request.version}`,
      cookies: cookiesOf(sentCookies(fieldValue(request.fields, 'cookie'))),
      headers: headersOf(request),
      queryString: [...new URL(url).searchParams].map(([name, value]) => ({ name, value })),
      ...(request.body.length === 0
        ? {}
        : { postData: { mimeType: fieldValue(request.fields, 'content-type'), text: textOf(request.body) } }),
      headersSize: request.headEnd - request.start,
      bodySize: request.body.length,
    },
    response: response === undefined ? NO_RESPONSE : responseOf(response, budget),
    cache: {},
    timings,
    connection: String(connection.number),
    ...(lost.length === 0 ? {} : { comment: lost.join('; ') }),
  }
}

/** What browsers write where there was no answer. */
const NO_RESPONSE = {
  status: 0,
  statusText: '',
  httpVersion: '',
  cookies: [],
  headers: [],
  content: { size: 0, mimeType: 'x-unknown' },
  redirectURL: '',
  headersSize: -1,
  bodySize: -1,
}

function responseOf(message: InspectedMessage, budget: DecodingBudget): object {
  const { status, reason, version, fields, body, headEnd, start } = message
  const { content, isTooLarge } = decodedWithin(body, fields, budget)
  const cookieFields = fields.filter(({ name }) => name.toLowerCase() === 'set-cookie')
  return {
    status,
    statusText: reason,
    httpVersion: `HTTP/${version}`,
    cookies: cookiesOf(cookieFields.flatMap(({ value }) => setCookies(value))),
    headers: headersOf(message),
    content: {
      size: content.length,
      mimeType: fieldValue(fields, 'content-type') || 'x-unknown',
      ...(isUtf8(content) && !isTooLarge
        ? { text: textOf(content) }
        : { text: Buffer.from(content).toString('base64'), encoding: 'base64' }),
      ...(isTooLarge
        ? { comment: `still ${fieldValue(fields, 'content-encoding')}: it decodes to too many bytes` }
        : {}),
    },
    redirectURL: fieldValue(fields, 'location'),
    headersSize: headEnd - start,
    bodySize: body.length,
  }
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString(isUtf8(bytes) ? 'utf8' : 'latin1')

const headersOf = ({ fields }: InspectedMessage): object[] => fields.map(({ name, value }) => ({ name, value }))

const cookiesOf = (cookies: readonly WrittenCookie[]): object[] =>
  cookies.filter(({ name }) => name !== '').map(({ name, value }) => ({ name, value }))

function timingsOf({ connection, request, response }: Exchange): { send: number; wait: number; receive: number } {
  const at = (direction: typeof connection.sent, offset: number): number => segmentAt(direction, offset)?.event.at ?? 0
  const [sent, asked] = [
    at(connection.sent, request.start),
    at(connection.sent, Math.max(request.start, request.end - 1)),
  ]
  if (response === undefined) return { send: asked - sent, wait: 0, receive: 0 }
  const [first, last] = [
    at(connection.received, response.start),
    at(connection.received, Math.max(response.start, response.end - 1)),
  ]
  return { send: asked - sent, wait: Math.max(0, first - asked), receive: Math.max(0, last - first) }
}
