import { ConnectionError, type ErrorCode, ERROR_CODES, type Phase, WiretapeError } from '../errors.ts'

/** An error as it is sent to the other side of a link. */
export interface SentError {
  readonly code: string
  readonly message: string
  readonly detail: string
  /** Of a failed connection. */
  readonly phase?: Phase | undefined
  readonly systemCode?: string | undefined
  /** What a socket of Node reports: its own error, or an end. */
  readonly socketError?: SocketFailure | 'end' | undefined
}

/** The message and the plain members of an error of Node. */
interface SocketFailure {
  readonly message: string
  readonly members: Readonly<Record<string, unknown>>
}

export function toSentError(error: unknown): SentError {
  const message = error instanceof Error ? error.message : String(error)
  if (!(error instanceof WiretapeError)) return { code: '', message, detail: message }
  const { code, detail } = error
  if (!(error instanceof ConnectionError)) return { code, message, detail }
  const { phase, systemCode, socketError } = error
  return { code, message, detail, phase, systemCode, socketError: socketError && sentSocketError(socketError) }
}

const sentSocketError = (error: Error | 'end'): SocketFailure | 'end' =>
  error === 'end' ? 'end' : { message: error.message, members: Object.fromEntries(plainMembers(error)) }

/** `code`, `errno`, `syscall`, `address` ...; not the whole certificate of a server. */
const plainMembers = (error: Error): readonly (readonly [string, unknown])[] =>
  Object.entries(error).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))

/** The error that the other side had, for this side's client. */
export function fromSentError({ code, message, detail, phase, systemCode, socketError }: SentError): Error {
  if (!isCode(code)) return new Error(message)
  if (phase !== undefined) {
    const shown = socketError === undefined || socketError === 'end' ? socketError : madeAgain(socketError)
    return new ConnectionError(code, phase, detail, {
      systemCode,
      socketError: shown,
      ...(shown instanceof Error ? { cause: shown } : {}),
    })
  }
  const error = new WiretapeError(code, detail)
  // The report of a miss is longer than the meaning of its code.
  error.message = message
  return error
}

const madeAgain = ({ message, members }: SocketFailure): Error => Object.assign(new Error(message), members)

const isCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CODES, code)
