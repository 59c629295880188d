import { isUtf8 } from 'node:buffer'
import type { Cassette } from '../tape/cassette.ts'
import { decodedWithin, DecodingBudget, fieldValue } from '../content/decoded-content.ts'
import { type Exchange, type InspectedMessage, readExchanges } from '../messages/exchanges.ts'
import { socketTalks } from '../messages/socket-talks.ts'
import type { Content, RecordedAnswer, RecordedResponse } from './recorded-answer.ts'

/** Returns the requests of a cassette and their answers as plain data for JSON; {@link lossReport} says what is lost. */
export function answersOf(cassette: Cassette): readonly RecordedAnswer[] {
  const budget = new DecodingBudget()
  return readExchanges(cassette)
    .exchanges.filter(isFetchable)
    .map((exchange) => answerOf(exchange, budget))
}

/** Whether `fetch` can make the request: it is not a tunnel, and its target is not an asterisk. */
export const isFetchable = ({ url, request }: Exchange): boolean =>
  /^https?:\/\//.test(url) && URL.canParse(url) && request.method !== 'CONNECT'

/** Whether a `Response` can have this status: not interim ones, 101, and numbers outside the classes of HTTP. */
export const hasFetchStatus = ({ status }: InspectedMessage): boolean => status >= 200 && status <= 599

function answerOf(exchange: Exchange, budget: DecodingBudget): RecordedAnswer {
  const { url, request, response, isWhole, connection } = exchange
  const sent = contentFrom(request.body)
  const asked = `${url}\n${Buffer.from(request.body).toString('latin1')}`
  const hidden = [...connection.disguised.keys()].filter((written) => asked.includes(written))
  return {
    method: request.method,
    url,
    ...(sent === undefined ? {} : { sent }),
    ...(hidden.length === 0 ? {} : { hidden }),
    ...(response !== undefined && isWhole && hasFetchStatus(response)
      ? { response: responseFrom(response, budget) }
      : {}),
  }
}

/** Content codings are decoded: a service worker passes bodies to the page as they are, even if the headers name a coding. */
function responseFrom(message: InspectedMessage, budget: DecodingBudget): RecordedResponse {
  const { status, reason, fields, body } = message
  const { content } = decodedWithin(body, fields, budget)
  const dropped = content === body ? FRAMING : CODED
  const headers = fields
    .filter(({ name }) => !dropped.has(name.toLowerCase()))
    .map(({ name, value }) => [name, value] as const)
  const kept = contentFrom(content)
  return { status, reason, headers, ...(kept === undefined ? {} : { body: kept }) }
}

/** Fields that describe how a body was sent, which would be wrong for a decoded body. */
const FRAMING: ReadonlySet<string> = new Set(['transfer-encoding', 'trailer'])
const CODED: ReadonlySet<string> = new Set([...FRAMING, 'content-encoding', 'content-length'])

function contentFrom(body: Uint8Array): Content | undefined {
  if (body.length === 0) return undefined
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.length)
  return isUtf8(body) ? { text: buffer.toString() } : { base64: buffer.toString('base64') }
}

/** Something of one interaction that msw handlers cannot return. */
export interface Loss {
  readonly kind: LossKind
  /** Place of the interaction in the cassette, from 0; absent for a loss of the whole cassette. */
  readonly interaction?: number
  readonly method?: string
  readonly url?: string
  /** For people. */
  readonly detail: string
}

// oxfmt-ignore
/** What msw cannot carry. */
export type LossKind =
  | 'interim' | 'headers' | 'trailers' | 'chunking' | 'coding' | 'cut off' | 'no answer' | 'status' | 'socket' | 'not HTTP' | 'connection' | 'timing'

/** Lists what a cassette holds and its handlers do not return, in recorded order. */
export function lossReport(cassette: Cassette): readonly Loss[] {
  const { connections, exchanges } = readExchanges(cassette)
  const budget = new DecodingBudget()
  const sockets = socketTalks(cassette.tape)
  const each = exchanges.flatMap((exchange, interaction) => {
    const where = { interaction, method: exchange.request.method, url: exchange.url }
    const isSocket = exchange.response?.status === 101 && sockets.has(exchange.connection.number)
    return (isSocket ? [SOCKET] : lossesOf(exchange, budget)).map(({ kind, detail }): Loss =>
      Object.assign({ kind, detail }, where),
    )
  })
  const failed = connections.filter(({ opened }) => opened.type === 'failed')
  const rests = connections.filter(
    ({ number, sent, received }) =>
      !sockets.has(number) && [sent, received].some(({ restStart, bytes }) => restStart < bytes.length),
  )
  const slowest = cassette.tape.reduce((latest, { at }) => Math.max(latest, at), 0)
  return [
    ...each,
    ...failed.map(({ opened }): Loss => ({
      kind: 'connection',
      detail: `no connection to ${opened.to}: nothing stands for it`,
    })),
    ...rests.map(({ opened }): Loss => ({
      kind: 'not HTTP',
      detail: `bytes that are no message, on a connection to ${opened.to}`,
    })),
    ...(exchanges.length === 0
      ? []
      : [
          {
            kind: 'timing' as const,
            detail: `answers come at once and in one piece; they took ${Math.round(slowest)} ms in all`,
          },
        ]),
  ]
}

type Lost = Pick<Loss, 'kind' | 'detail'>

const SOCKET: Lost = {
  kind: 'socket',
  detail: 'a WebSocket is played by other handlers, without its pings, fragments and compression',
}

function lossesOf(exchange: Exchange, budget: DecodingBudget): readonly Lost[] {
  const { interim, response, isWhole, ending } = exchange
  if (!isFetchable(exchange)) return [{ kind: 'not HTTP', detail: 'not a request that fetch makes; it is left out' }]
  if (response === undefined) return [{ kind: 'no answer', detail: `${ending}; given as a network error` }]
  const early: readonly Lost[] = interim.map(({ status }) => ({
    kind: 'interim',
    detail: `${status} before the answer`,
  }))
  if (!isWhole) return [...early, { kind: 'cut off', detail: `${ending}; given as a network error` }]
  if (!hasFetchStatus(response))
    return [
      ...early,
      { kind: 'status', detail: `${response.status} is none that a Response can have; given as a network error` },
    ]
  return [...early, ...lossesOfBody(response, budget)]
}

function lossesOfBody(
  { isChunked, chunks, trailers, fields, body }: InspectedMessage,
  budget: DecodingBudget,
): readonly Lost[] {
  const { content, isTooLarge } = decodedWithin(body, fields, budget)
  const coding = content === body && !isTooLarge ? '' : fieldValue(fields, 'content-encoding')
  const given = isTooLarge ? 'still coded: it decodes to too many bytes' : 'decoded, without Content-Encoding'
  const isSpelled = fields.some(({ name }) => name !== name.toLowerCase())
  const spelling = 'fetch shows names in lower case, sorted, and browsers no Set-Cookie'
  return [
    ...(isSpelled ? [{ kind: 'headers' as const, detail: spelling }] : []),
    ...(isChunked
      ? [
          {
            kind: 'chunking' as const,
            detail: `${chunks.filter(({ size }) => size > 0).length} chunks; given in one piece`,
          },
        ]
      : []),
    ...trailers.map(({ name }) => ({ kind: 'trailers' as const, detail: name })),
    ...(coding === '' ? [] : [{ kind: 'coding' as const, detail: `${coding}; given ${given}` }]),
  ]
}
