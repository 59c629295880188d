import { type ErrorCode, WiretapeError } from '../errors.ts'
import { escapeLines } from '../content/printable.ts'
import { CassetteMiss } from '../replay/miss/cassette-miss.ts'
import { ServeRefusal } from '../listen/refusal.ts'

/**
 * What a client gets in the place of a recorded answer: the reason as text, and its code in `Wiretape-Error`.
 *
 * The text is fit for any terminal, and secrets in it are masked.
 */
export function ownAnswer(error: unknown): Uint8Array {
  const status = statusOf(error)
  const text = Buffer.from(`${textOf(error)}\n`)
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Refused'}`,
    `Wiretape-Error: ${error instanceof WiretapeError ? error.code : 'ERROR'}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${text.length}`,
    'Cache-Control: no-store',
    // A browser is not to take the names in it for a page.
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ]
  const isHead = error instanceof CassetteMiss && error.report.asked.method === 'HEAD'
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), ...(isHead ? [] : [text])])
}

/** No status of any registry: it cannot be mistaken for one of the recorded server's. */
const NO_RECORDED_ANSWER = 599

function statusOf(error: unknown): number {
  if (error instanceof ServeRefusal) return error.status
  const problem = error instanceof CassetteMiss ? error.report.asked.problemCode : undefined
  if (problem === undefined) return NO_RECORDED_ANSWER
  return TOO_LARGE.has(problem) ? 431 : 400
}

const TOO_LARGE: ReadonlySet<ErrorCode> = new Set(['HEADERS_TOO_LARGE', 'TOO_MANY_HEADERS', 'TRAILERS_TOO_LARGE'])

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  413: 'Content Too Large',
  421: 'Misdirected Request',
  431: 'Request Header Fields Too Large',
  599: 'No Recorded Answer',
}

/** The report of a miss has lines of its own, which are escaped already. */
function textOf(error: unknown): string {
  return escapeLines(error instanceof Error ? error.message : String(error))
}
