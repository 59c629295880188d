import { ConnectionError } from '../errors.ts'
import { errnoOf } from '../system-error.ts'
import type { Origin } from '../transport.ts'

/** What a Node socket reports to its user: an error of its own, or an end. */
export function shownError(error: unknown): Error | 'end' {
  if (!(error instanceof Error)) return new Error(String(error))
  if (!(error instanceof ConnectionError)) return error
  if (error.socketError !== undefined) return error.socketError
  return error.systemCode === undefined ? error : remembered(error.detail, error.systemCode)
}

/** Builds the error of a socket from its message: a cassette of an earlier release, or an injected fault, has nothing else. */
function remembered(detail: string, code: string): Error {
  // Our own text about the origin precedes the message of the system.
  const message = detail.replace(/^[a-z]+:\/\/\S+, /, '')
  const [, syscall, name, port] = WORDS.exec(message) ?? []
  const errno = errnoOf(code) ?? (code === 'ENOTFOUND' ? errnoOf('EAI_NONAME') : undefined)
  const place = syscall === 'getaddrinfo' ? { hostname: name } : { address: name, port: port && Number(port) }
  const facts = { errno, code, syscall, ...place }
  const known = Object.entries(facts).filter(([, value]) => value !== undefined)
  return Object.assign(new Error(message), Object.fromEntries(known))
}

/** Such as `connect ECONNREFUSED 127.0.0.1:80`. */
const WORDS = /^([a-z]+) E[A-Z_]+(?: ([^\s]+?)(?::(\d+))?)?$/

/** The same without an end: a write still fails. */
export function socketError(error: unknown): Error {
  const shown = shownError(error)
  if (shown !== 'end') return shown
  return error instanceof Error ? error : new Error(String(error))
}

/** The error of a write that waited for a handshake which OpenSSL aborted. */
export function failedWrite(error: Error): Error {
  const code: unknown = Reflect.get(error, 'code')
  if (typeof code !== 'string' || !code.startsWith('ERR_SSL_')) return error
  const errno = errnoOf('EPROTO')
  return Object.assign(new Error(`write EPROTO ${error.message}`), { errno, code: 'EPROTO', syscall: 'write' })
}

/** Whether it took too long to connect, TLS included. */
export const isTimeout = (error: unknown): boolean =>
  error instanceof ConnectionError && (error.code === 'CONNECT_TIMEOUT' || error.code === 'TLS_TIMEOUT')

/** The same error as undici reports it. */
export const connectTimeout = ({ host, port }: Origin, limit: number): Error =>
  new ConnectTimeoutError(`Connect Timeout Error (attempted address: ${host}:${port}, timeout: ${limit}ms)`)

/** undici's own error of this name, which undici recognises by symbols; its class cannot be imported here. */
class ConnectTimeoutError extends Error {
  override readonly name = 'ConnectTimeoutError'
  readonly code = 'UND_ERR_CONNECT_TIMEOUT'

  constructor(message: string) {
    super(message)
    for (const code of ['UND_ERR', this.code])
      Object.defineProperty(this, Symbol.for(`undici.error.${code}`), { value: true })
  }
}
