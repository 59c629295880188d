import { CassetteError, ERROR_CODES, type ErrorCode, WiretapeError } from '../index.ts'

/** Codes that only the command has, besides those of the library; docs/errors.md lists both. */
export const COMMAND_CODES = {
  COMMAND_NOT_STARTED: 'the program after -- could not be started',
  FILE_EXISTS: 'the file exists already, and no option says whether to replace it or add to it',
  HTTP_FILE_INVALID: 'an .http file cannot be read as requests',
  NO_ANSWER: 'a template names a request that has no answer',
  NO_CASSETTES: 'no cassettes were found',
  NOTHING_RECORDED: 'the command ended without a connection that could be recorded',
  OUTPUT_TOO_LARGE: 'the output would be longer than one text can be',
  OUTPUT_MISSING: 'the output is several files, and no folder is given for them',
  SYSTEM_ERROR: 'the system could not read, write, start or listen; its own code follows',
} as const

export type CommandCode = keyof typeof COMMAND_CODES

/** The command cannot be carried out as given. */
export class UserError extends Error {
  override readonly name = 'UserError'
  readonly code: CommandCode | ErrorCode

  /** Whether the arguments are wrong, and not what they name. */
  get isUsage(): boolean {
    return USAGE_CODES.has(this.code)
  }

  constructor(code: CommandCode | ErrorCode, message: string) {
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
  const parts = [isOurs(code) ? withCode(code, message) : withCode('SYSTEM_ERROR', withCode(code, message))]
  return inWordsOfTheCommand([...parts, ...adviceFor(error)].join('; ')).replaceAll(/\s+/g, ' ')
}

/** Replaces option names of the library by those of the command. */
export function inWordsOfTheCommand(text: string): string {
  return WORDS.reduce((said, [library, command]) => said.replaceAll(library, command), text)
}

const WORDS: readonly (readonly [library: RegExp, command: string])[] = [
  [/\bexpose: true\b/g, '--expose'],
  [/\ballowHosts: \[("[^"]*")\]/g, '--allow-host $1'],
  [/\ballowHosts\b/g, '--allow-host'],
  [/\bmissStatus: /g, '--miss-status '],
  [/\btls: /g, '--tls: '],
  [/\braw: \['([^']*)'\]/g, '--raw $1'],
  [/\bWIRETAPE_MODE=(\w+)/g, '--mode $1'],
]

const isOurs = (code: string): boolean =>
  code === '' || Object.hasOwn(ERROR_CODES, code) || Object.hasOwn(COMMAND_CODES, code) || code.startsWith('commander.')

/** Some messages begin with their code. */
const withCode = (code: string, message: string): string =>
  code === '' || message.startsWith(code) ? message : `${code}: ${message}`

function adviceFor(error: Error): readonly string[] {
  if (!(error instanceof WiretapeError)) return 'code' in error ? systemAdvice(String(error.code)) : []
  const advice =
    ADVICE[error.code] ?? (error instanceof CassetteError ? 'correct the file or record it again' : undefined)
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

function systemAdvice(code: string): readonly string[] {
  return Object.hasOwn(SYSTEM_ADVICE, code) ? [SYSTEM_ADVICE[code] ?? ''] : []
}

const SYSTEM_ADVICE: Readonly<Record<string, string>> = {
  ENOENT: 'check the path',
  EEXIST: 'there is a file where a folder is needed',
  EACCES: 'check who may read and write it',
  EPERM: 'check who may read and write it',
  EISDIR: 'name a file, not a folder',
  ENOTDIR: 'check the path: a part of it is not a folder',
  ENOSPC: 'make room on the disk',
  EADDRINUSE: 'use another --port, or stop the program that listens there',
  EADDRNOTAVAIL: 'use another --host: this machine does not have that address',
}
