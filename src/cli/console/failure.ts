import { CassetteError, type ErrorCode, WiretapeError } from '../../index.ts'

/** The command cannot be carried out as it was given. */
export class UserError extends Error {
  override readonly name = 'UserError'
  readonly code: string

  /** Whether the arguments are at fault, and not what they name. */
  get isUsage(): boolean {
    return USAGE_CODES.has(this.code)
  }

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

const USAGE_CODES: ReadonlySet<string> = new Set(['INVALID_OPTION', 'HTTP_FILE_INVALID', 'NO_CASSETTES'])

/** One line: code, what happened, and what to do about it. Not escaped. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { message } = error
  const code = 'code' in error ? String(error.code) : ''
  // The system's own messages begin with their code.
  const parts = message.startsWith(code) ? [message] : [`${code}: ${message}`]
  return [...parts, ...adviceFor(error)].join('; ').replaceAll(/\s+/g, ' ')
}

function adviceFor(error: Error): readonly string[] {
  if (!(error instanceof WiretapeError)) return []
  const advice = ADVICE[error.code] ?? (error instanceof CassetteError ? 'mend the file or record it again' : undefined)
  return advice === undefined ? [] : [advice]
}

const ADVICE: Readonly<Partial<Record<ErrorCode, string>>> = {
  CASSETTE_NOT_FOUND: 'check the path, or make the file with `wiretape record`',
  CASSETTE_CONFLICT: 'resolve the conflict or record it again',
  NOT_A_REGULAR_FILE: 'name a file, not a folder, link or device',
  CASSETTE_VERSION: 'read it with a newer release, or record it again',
  CONNECT_FAILED: 'check host and port, and that the server runs',
  DNS_FAILED: 'check the host name',
  TLS_FAILED: 'trust a private authority with --ca FILE, or skip verification with --insecure',
  CONNECT_TIMEOUT: 'allow more with --timeout MS',
  TLS_TIMEOUT: 'allow more with --timeout MS',
  HEADERS_TIMEOUT: 'allow more with --timeout MS',
  BODY_TIMEOUT: 'allow more with --timeout MS',
  WRITE_TIMEOUT: 'allow more with --timeout MS',
}
