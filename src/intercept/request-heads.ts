import type { Socket } from 'node:net'
import { ConnectionError } from '../errors.ts'
import type { Attribution } from './attribution.ts'
import type { Destination } from './destination.ts'
import type { Scope } from './scopes.ts'
import type { Unanswered } from './unanswered.ts'

/** What finds out whose a request is. */
export interface HeadParts {
  readonly attribution: Attribution
  readonly unanswered: Unanswered
}

/** The bytes of a client from `offset` on are a request of a scope, or of nobody, for a reason. */
export type Mark = (offset: number, meant: Scope | Error) => void

/** Sees the heads of requests when a client writes them: whose a request is can only be told at that moment. */
export class RequestHeads {
  readonly #client: Socket
  readonly #host: string
  readonly #parts: HeadParts
  readonly #mark: Mark
  #written = 0

  constructor(client: Socket, { origin }: Destination, parts: HeadParts, mark: Mark) {
    this.#client = client
    this.#host = origin.host
    this.#parts = parts
    this.#mark = mark
  }

  /** @param written bytes that the client has written before. */
  watch(written: number): void {
    this.#written = written
    watchWrites(this.#client, (chunk, encoding) => this.#onWrite(chunk, encoding))
  }

  #onWrite(chunk: unknown, encoding: unknown): void {
    const offset = this.#written
    this.#written += lengthOf(chunk, encoding)
    if (!isRequestHead(chunk)) return
    const scope = this.#parts.attribution.scopeOf(this.#client)
    if (scope === undefined) return
    if (scope === 'unknown') return this.#mark(offset, refusal('SCOPE_UNKNOWN', this.#host))
    if (!scope.isEnded) {
      this.#parts.unanswered.asked(this.#client, scope)
      return this.#mark(offset, scope)
    }
    scope.noteLate(this.#host)
    this.#mark(offset, refusal('SCOPE_ENDED', scope.title))
  }
}

/** The error of a request that goes nowhere. */
export const refusal = (code: 'SCOPE_UNKNOWN' | 'SCOPE_ENDED', detail: string): ConnectionError =>
  new ConnectionError(code, 'open', detail)

const lengthOf = (chunk: unknown, encoding: unknown): number =>
  typeof chunk === 'string'
    ? Buffer.byteLength(chunk, isEncoding(encoding) ? encoding : 'utf8')
    : ArrayBuffer.isView(chunk)
      ? chunk.byteLength
      : 0

const isEncoding = (value: unknown): value is BufferEncoding => typeof value === 'string' && Buffer.isEncoding(value)

/** Whether what is written begins with a request line; clients write the head of a request at once. */
function isRequestHead(chunk: unknown): boolean {
  const text = typeof chunk === 'string' ? chunk : ArrayBuffer.isView(chunk) ? latin1(chunk) : ''
  return REQUEST_LINE.test(text)
}

const REQUEST_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40} [^\r\n ]+ HTTP\/1\.[01]\r\n/

// Another realm's arrays are no instances of ours. A request line with a long query is cut, but still has no line end before it.
const latin1 = ({ buffer, byteOffset, byteLength }: ArrayBufferView): string =>
  Buffer.from(buffer, byteOffset, Math.min(byteLength, 65_536)).toString('latin1')

/** Sees what is written: an own property, which hides the method of the class. */
function watchWrites(client: Socket, onWrite: (chunk: unknown, encoding: unknown) => void): void {
  const write: Function = Reflect.get(client, 'write')
  const watched = function (this: Socket, ...args: readonly unknown[]): unknown {
    onWrite(args[0], args[1])
    return Reflect.apply(write, this, args)
  }
  Object.defineProperty(client, 'write', { value: watched, writable: true, configurable: true, enumerable: false })
}
