import { WiretapeError } from '../errors.ts'
import type { FieldLine, RequestEvent, RequestHead } from '../http1/events.ts'
import { RequestParser } from '../http1/request-parser.ts'
import { isRaw } from '../transport.ts'
import { ByteLog, join } from '../tape/byte-log.ts'

/** A request as it stood on the wire. */
export interface WireRequest {
  readonly method: string
  /** As in the request line. */
  readonly target: string
  /** The absolute URL (RFC 9110 section 7.1) on the origin that was connected to; of CONNECT, host and port. */
  readonly url: string
  readonly version: '1.0' | '1.1'
  /** Header lines in order, with the case they had. */
  readonly fields: readonly FieldLine[]
  /** The content that came so far, without the transfer coding. */
  readonly body: Uint8Array
  readonly bodyLength: number
  readonly trailers: readonly FieldLine[]
  /** Whether the message came to its end; a client that is refused after `Expect` never sends the body. */
  readonly isComplete: boolean
  /** Offset of the first byte on the connection, blank lines before it included. */
  readonly start: number
  /** The bytes themselves; of a request that is not complete also those that could not be read. */
  readonly raw: Uint8Array
  /** What stands for secrets in a recorded request and does not show it, with the names of the placeholders. */
  readonly disguised?: ReadonlyMap<string, string> | undefined
}

/** Finds the requests in what a client writes on one connection, recorded or replayed. */
export class RequestReader {
  #origin: string
  readonly #isRaw: boolean
  readonly #meant: OriginOf | undefined
  readonly #parser = new RequestParser()
  /** The bytes of the request under way or, between requests, those that may become the next one. */
  #log = new ByteLog(0)
  /** Offset up to which the bytes have become events. */
  #parsed = 0
  #request: RequestInProgress | undefined
  #failure: WiretapeError | undefined
  #disguised: ReadonlyMap<string, string> | undefined

  /**
   * `origin` as `formatOrigin` gives it; it completes targets to URLs, and reports where there are none. With `meant` each
   * request has the origin that this says; what it throws, {@link next} throws.
   */
  constructor(origin: string, meant?: OriginOf) {
    this.#origin = origin
    this.#isRaw = isRaw(origin)
    this.#meant = meant
  }

  /** The origin of the request whose head came last. */
  get origin(): string {
    return this.#origin
  }

  /** The request whose head came last. */
  get request(): WireRequest | undefined {
    return this.#request
  }

  /** Whether the client has begun something that has no complete head yet. */
  get hasBegunNext(): boolean {
    // Stray line ends after a request are not the next one (RFC 9112 section 2.2).
    return this.#request?.isComplete !== false && this.#log.has((byte) => byte !== CR && byte !== LF)
  }

  /** Whether bytes came that cannot be read as a request: no HTTP, or not any more. */
  get isLost(): boolean {
    const { state } = this.#parser
    if (this.#isRaw || state === 'failed') return true
    return (state === 'must-close' || state === 'tunnel') && this.hasBegunNext
  }

  /** Why the bytes are not HTTP, where they are not. */
  get failure(): WiretapeError | undefined {
    return this.#failure
  }

  /** What came after the last event that {@link next} gave. */
  get unread(): Uint8Array {
    return this.#log.slice(this.#parsed)
  }

  /** Notes what stands for secrets in what follows and does not show it, by the names of placeholders. */
  noteRedacted(redacted: Readonly<Record<string, string>>): void {
    const added = Object.entries(redacted).map(([name, written]) => [written, name] as const)
    this.#disguised = new Map([...(this.#disguised ?? []), ...added])
  }

  /** Takes what the client wrote; it must not change afterwards. Call `next` until it gives `undefined`. */
  push(bytes: Uint8Array): void {
    this.#log.push(bytes)
    if (!this.#isRaw) this.#parser.push(bytes)
  }

  /** The next event, or `undefined` when more bytes are needed or none can help (`isLost`). */
  next(): RequestEvent | undefined {
    const event = this.#parse()
    if (event === undefined) return undefined
    this.#parsed = event.end
    switch (event.type) {
      case 'request-head':
        this.#request = new RequestInProgress(this.#urlOf(event), event, this.#log, this.#disguised)
        break
      case 'data':
        this.#request?.add(event.bytes)
        break
      case 'end-of-message':
        this.#request?.complete(event.trailers, event.end)
        this.#log = this.#log.from(event.end)
        break
      case 'chunk-head':
        break
    }
    return event
  }

  #urlOf(head: RequestHead): string {
    if (this.#meant === undefined) return absoluteUrl(this.#origin, head.target)
    this.#origin = this.#meant(head)
    return absoluteUrl(this.#origin, withoutOrigin(head.target))
  }

  #parse(): RequestEvent | undefined {
    try {
      return this.#parser.next()
    } catch (error) {
      if (!(error instanceof WiretapeError)) throw error
      // Not the end: what is not HTTP is compared as bytes from now on.
      this.#failure = error
      return undefined
    }
  }
}

const CR = 0x0d
const LF = 0x0a

class RequestInProgress implements WireRequest {
  readonly method: string
  readonly target: string
  readonly url: string
  readonly version: '1.0' | '1.1'
  readonly fields: readonly FieldLine[]
  readonly start: number
  readonly disguised: ReadonlyMap<string, string> | undefined
  readonly #log: ByteLog
  readonly #pieces: Uint8Array[] = []
  #trailers: readonly FieldLine[] = []
  #bodyLength = 0
  #body: Uint8Array | undefined
  #end: number | undefined

  constructor(url: string, head: RequestHead, log: ByteLog, disguised: ReadonlyMap<string, string> | undefined) {
    this.disguised = disguised
    this.method = head.method
    this.target = head.target
    this.url = url
    this.version = head.version
    this.fields = head.fields
    this.start = head.start
    this.#log = log
  }

  get body(): Uint8Array {
    this.#body ??= join(this.#pieces)
    return this.#body
  }

  get bodyLength(): number {
    return this.#bodyLength
  }

  get trailers(): readonly FieldLine[] {
    return this.#trailers
  }

  get isComplete(): boolean {
    return this.#end !== undefined
  }

  get raw(): Uint8Array {
    return this.#log.slice(this.start, this.#end)
  }

  add(bytes: Uint8Array): void {
    this.#pieces.push(bytes)
    this.#bodyLength += bytes.length
    this.#body = undefined
  }

  complete(trailers: readonly FieldLine[], end: number): void {
    this.#trailers = trailers
    this.#end = end
  }
}

/** RFC 9112 section 3.2 and 3.3. The authority is the one connected to: a `Host` field cannot lead elsewhere. */
function absoluteUrl(origin: string, target: string): string {
  if (target.startsWith('/')) return origin + target
  return target === '*' ? origin : target
}

/** Says which origin a request means, as `formatOrigin` gives it. */
export type OriginOf = (head: RequestHead) => string

/** The absolute-form (RFC 9112 section 3.2.2) as the origin-form, anything else as it is. */
const withoutOrigin = (target: string): string => target.replace(/^https?:\/\/[^/?#]*(?=\/)/i, '')
