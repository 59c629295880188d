import type { Failure } from '../tape/cassette.ts'
import { ConnectionError, WiretapeError } from '../errors.ts'

/** A failure as a cassette keeps it. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ConnectionError) {
    const { code, phase, systemCode, detail } = error
    return { code, phase, ...(systemCode !== undefined && { systemCode }), message: detail }
  }
  if (error instanceof WiretapeError) return { code: error.code, phase: 'open', message: error.detail }
  // Whoever holds the transport may destroy it with any error.
  return { code: 'CONNECTION_CLOSED', phase: 'open', message: error instanceof Error ? error.message : String(error) }
}
