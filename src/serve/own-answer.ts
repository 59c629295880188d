import { type ErrorCode, LocalProtocolError, WiretapeError } from '../errors.ts'
import { escapeLines } from '../content/printable.ts'
import { CassetteMiss } from '../replay/miss/cassette-miss.ts'
import { ServeRefusal } from '../listen/refusal.ts'
import { SlowRequest } from './request-watch.ts'

/**
 * What a client gets in the place of a recorded answer: the reason as text, and its code in `Wiretape-Error`.
 *
 * `undefined` if it has got some of an answer, which another one would become a part of.
 *
 * The text is fit for any terminal, and secrets in it are masked.
 */
export function ownAnswer(error: unknown, missStatus: number = NO_RECORDED_ANSWER): Uint8Array | undefined {
  if (isMidAnswer(error)) return undefined
  const status = statusOf(error, missStatus)
  const text = Buffer.from(`${textOf(error)}\n`)
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'No Recorded Answer'}`,
    `Wiretape-Error: ${error instanceof WiretapeError ? error.code : 'ERROR'}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${text.length}`,
    'Cache-Control: no-store',
    // The SDKs of OpenAI and Anthropic try a 5xx again otherwise: the reason is the same each time.
    'X-Should-Retry: false',
    // A browser is not to take the names in it for a page.
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ]
  const isHead = error instanceof CassetteMiss && error.report.asked.method === 'HEAD'
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), ...(isHead ? [] : [text])])
}

/** The recording ends in the middle of an answer, or the client is late in the middle of one. */
const isMidAnswer = (error: unknown): boolean =>
  error instanceof CassetteMiss ? (error.report.told ?? 0) > 0 : error instanceof SlowRequest && error.isMidAnswer

/** No status of any registry: it cannot be mistaken for one of the recorded server's. */
const NO_RECORDED_ANSWER = 599

/** @throws LocalProtocolError `INVALID_OPTION` for what is not the status of a final answer. */
export function checkMissStatus(status: number | undefined): number | undefined {
  if (status === undefined || (Number.isInteger(status) && status >= 400 && status <= 599)) return status
  throw new LocalProtocolError('INVALID_OPTION', `missStatus: not a status from 400 to 599: ${JSON.stringify(status)}`)
}

function statusOf(error: unknown, missStatus: number): number {
  if (error instanceof ServeRefusal) return error.status
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
}

/** The report of a miss has lines of its own, which are escaped already. */
function textOf(error: unknown): string {
  return withoutModes(escapeLines(error instanceof Error ? error.message : String(error)))
}

/** A text without advice that is for tests: a server has no record mode. */
function withoutModes(text: string): string {
  const lines = text.split('\n')
  const kept = lines.filter((line) => !line.startsWith('WIRETAPE_MODE='))
  return kept.length === lines.length ? text : [...kept, RECORD_IT].join('\n')
}

const RECORD_IT = '`wiretape record --append` adds it to the cassette'
