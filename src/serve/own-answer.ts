import { type ConnectionError, type ErrorCode, LocalProtocolError, WiretapeError } from '../errors.ts'
import { escapeLines } from '../content/printable.ts'
import { CassetteMiss } from '../misses/cassette-miss.ts'
import { ServeRefusal } from '../listen/refusal.ts'
import { SlowRequest } from './request-watch.ts'

/**
 * What a client gets instead of a recorded answer: the reason as text, and its code in `Wiretape-Error`.
 *
 * `undefined` if the client has part of an answer, because it would read another one as the rest; nothing on a WebSocket, which was closed
 * with a frame.
 *
 * The text is safe for any terminal, and secrets in it are masked.
 */
export function ownAnswer(error: unknown, missStatus: number = NO_RECORDED_ANSWER): Uint8Array | undefined {
  if (isOnSocket(error)) return new Uint8Array(0)
  return isMidAnswer(error) ? undefined : answerOf(error, statusOf(error, missStatus))
}

/** What the client of a proxy gets if the connection to the origin could not be made, live or as it was recorded. */
export function failureAnswer(error: ConnectionError): Uint8Array | undefined {
  if (error.phase !== 'dns' && error.phase !== 'tcp' && error.phase !== 'tls') return undefined
  return answerOf(error, error.code.endsWith('_TIMEOUT') ? 504 : 502)
}

function answerOf(error: unknown, status: number): Uint8Array {
  const text = Buffer.from(`${textOf(error)}\n`)
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'No Recorded Answer'}`,
    `Wiretape-Error: ${error instanceof WiretapeError ? error.code : 'ERROR'}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${text.length}`,
    'Cache-Control: no-store',
    // Otherwise the SDKs of OpenAI and Anthropic retry after a 5xx, for the same reason each time.
    'X-Should-Retry: false',
    // A browser must not read the text as a page.
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ]
  const isHead = error instanceof CassetteMiss && error.report.asked.method === 'HEAD'
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), ...(isHead ? [] : [text])])
}

/** The recording ends in the middle of an answer, or the client is late in the middle of one. */
const isMidAnswer = (error: unknown): boolean =>
  error instanceof CassetteMiss ? (error.report.told ?? 0) > 0 : error instanceof SlowRequest && error.isMidAnswer

const isOnSocket = (error: unknown): boolean =>
  error instanceof CassetteMiss && error.report.asked.message !== undefined

/** Not in any registry, so it cannot be mistaken for a status of the recorded server. */
const NO_RECORDED_ANSWER = 599

/** @throws LocalProtocolError `INVALID_OPTION` for a status that is not an error. */
export function checkMissStatus(status: number | undefined): number | undefined {
  if (status === undefined || (Number.isInteger(status) && status >= 400 && status <= 599)) return status
  throw new LocalProtocolError('INVALID_OPTION', `missStatus: not a status from 400 to 599: ${JSON.stringify(status)}`)
}

function statusOf(error: unknown, missStatus: number): number {
  if (error instanceof ServeRefusal) return error.status
  if (error instanceof WiretapeError && error.code === 'TARGET_FORBIDDEN') return 403
  const problem = error instanceof CassetteMiss ? error.report.asked.problemCode : undefined
  if (problem === undefined) return missStatus
  return TOO_LARGE.has(problem) ? 431 : 400
}

const TOO_LARGE: ReadonlySet<ErrorCode> = new Set(['HEADERS_TOO_LARGE', 'TOO_MANY_HEADERS', 'TRAILERS_TOO_LARGE'])

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  408: 'Request Timeout',
  413: 'Content Too Large',
  421: 'Misdirected Request',
  431: 'Request Header Fields Too Large',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** The report of a miss has several lines, which are escaped already. */
function textOf(error: unknown): string {
  return escapeLines(error instanceof Error ? error.message : String(error))
}
