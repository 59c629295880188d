import { ConnectionError, WiretapeError } from '../errors.ts'
import type { Failure } from '../tape/cassette.ts'
import { describeError } from '../tape/socket-error.ts'

/** A failure as a cassette keeps it. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ConnectionError) {
    const { code, phase, systemCode, detail } = error
    return { code, phase, ...(systemCode !== undefined && { systemCode }), message: detail }
  }
  if (error instanceof WiretapeError) return { code: error.code, phase: 'open', message: error.detail }
  // The owner of a transport may destroy it with any error.
  return { code: 'CONNECTION_CLOSED', phase: 'open', message: error instanceof Error ? error.message : String(error) }
}

/** The same for a failure that the client got, with the error of the socket. */
export function failureMet(error: unknown): Failure {
  const shown = error instanceof ConnectionError ? error.socketError : error
  if (shown === 'end') return { ...failureOf(error), error: 'end' }
  if (!(shown instanceof Error) || shown instanceof WiretapeError) return failureOf(error)
  return { ...failureOf(error), error: describeError(shown) }
}
