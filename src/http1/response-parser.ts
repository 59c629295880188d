import { type ErrorCode, RemoteProtocolError } from '../errors.ts'
import { type BodyReader, bodyReader, type BodySink, prematureEof } from './body-reader.ts'
import type { InterimResponse, ResponseEvent, ResponseHead } from './events.ts'
import { type FailAtField, keepsAlive, responseFraming } from './framing.ts'
import { KnownHead } from './known-head.ts'
import { type Leniencies, resolveLeniencies } from './leniency.ts'
import { DEFAULT_LIMITS, type ParserLimits } from './limits.ts'
import type { ParserOptions } from './parser-options.ts'
import { ReceiveBuffer } from './receive-buffer.ts'
import { SectionScanner } from './section-scanner.ts'
import { StartLineScanner } from './start-line.ts'
import { RESPONSE_STEPS, type State, step, type Trigger } from './state.ts'

/**
 * Turns the bytes a server sends into events, without sockets, clocks or files.
 *
 * ```ts
 * parser.expectResponseTo('GET')
 * parser.push(segment)
 * for (let event = parser.next(); event !== undefined; event = parser.next()) handle(event)
 * ```
 *
 * Events, their ranges and the error do not depend on how the bytes are cut into segments; only `data` events do.
 */
export class ResponseParser {
  readonly #limits: ParserLimits
  readonly #lenient: Leniencies
  readonly #buffer = new ReceiveBuffer()
  readonly #startLine: StartLineScanner
  readonly #head: SectionScanner
  readonly #methods: string[] = []
  #state: State = 'idle'
  #body: BodyReader | undefined
  #endTrigger: Trigger = 'end-of-message'
  #interimCount = 0
  #interimBytes = 0
  #isEof = false
  readonly #known = new KnownHead()

  /** @throws LocalProtocolError `INVALID_OPTION` for an unknown leniency. */
  constructor({ limits, lenient }: ParserOptions = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits }
    this.#lenient = resolveLeniencies(lenient)
    const { headBytes: bytes, fields, blankLines } = this.#limits
    this.#startLine = new StartLineScanner('status-line', blankLines, this.#lenient)
    this.#head = new SectionScanner(this.#startLine, { bytes, fields, tooLarge: 'HEADERS_TOO_LARGE' }, this.#lenient)
  }

  get state(): State {
    return this.#state
  }

  /** Bytes pushed and not yet part of an event. */
  get buffered(): number {
    return this.#buffer.length
  }

  /** Whether the current message, or the previous one, is the last that may come on this connection. */
  get isLast(): boolean {
    if (this.#state === 'body') return this.#endTrigger !== 'end-of-message'
    return this.#state === 'must-close' || this.#state === 'tunnel' || this.#state === 'failed'
  }

  /** Announces a request; responses come in the order of their requests, and HEAD and CONNECT change their framing. */
  expectResponseTo(method: string): void {
    this.#methods.push(method)
    if (this.#state === 'idle') this.#advance('request')
  }

  /** Adds a segment, or its first `length` bytes; call `next` until it returns `undefined`. */
  push(bytes: Uint8Array, length?: number): void {
    this.#buffer.push(bytes, length)
  }

  /** Copies the unread rest of a pushed segment; call it before the bytes of the segment change. */
  keep(): void {
    this.#buffer.keep()
  }

  /** Notes that the server has ended its side. */
  pushEof(): void {
    this.#isEof = true
  }

  /**
   * The next event, or `undefined` when more bytes are needed.
   *
   * @param sink takes the bytes of bodies; there are no `data` and `chunk-head` events then.
   * @throws RemoteProtocolError when the bytes are not HTTP/1.1 or end too early; the parser stays `failed`.
   */
  next(sink?: BodySink): ResponseEvent | undefined {
    if (this.#head.takeOneMore(this.#buffer)) return undefined
    try {
      const event = this.#read(sink)
      // Inside a body the state does not change; the body reader keeps its own place.
      if (event === undefined || event.type === 'data' || event.type === 'chunk-head') return event
      this.#advance(event.type === 'end-of-message' ? this.#endMessage() : event.type)
      return event
    } catch (error) {
      if (this.#state !== 'failed') this.#advance('error')
      throw error
    }
  }

  /** Takes the bytes that were pushed and not parsed: the start of a tunnel, or bytes after the last message. */
  takeRest(): Uint8Array {
    return this.#buffer.take(this.#buffer.length)
  }

  #read(sink: BodySink | undefined): ResponseEvent | undefined {
    switch (this.#state) {
      case 'head':
        return this.#readKnownHead() ?? this.#readHead()
      case 'body':
        return this.#body?.next(this.#buffer, sink) ?? (this.#isEof ? this.#body?.eof(this.#buffer) : undefined)
      case 'idle':
        if (this.#buffer.length > 0) this.#fail('UNSOLICITED_DATA', 0, `${this.#buffer.length} bytes`)
        return undefined
      case 'must-close':
      case 'tunnel':
      case 'failed':
        return undefined
    }
  }

  /** The previous final head, if the next one equals it byte for byte. */
  #readKnownHead(): ResponseHead | undefined {
    const known = this.#known
    const buffer = this.#buffer
    if (this.#head.hasBegun || !known.isNextIn(buffer, this.#methods[0] ?? '')) return undefined
    const { version, status, reason, fields, length } = known
    const start = buffer.offset
    buffer.consume(length)
    this.#body = bodyReader(known.framing, this.#limits, this.#lenient)
    this.#interimCount = 0
    this.#interimBytes = 0
    this.#endTrigger = 'end-of-message'
    return { type: 'response-head', start, end: start + length, version, status, reason, fields }
  }

  #readHead(): InterimResponse | ResponseHead | undefined {
    const head = this.#head
    const buffer = this.#buffer
    const length = head.scan(buffer)
    if (length === undefined) {
      if (this.#isEof) this.#failAtEof()
      return undefined
    }
    const text = buffer.text(length)
    const { version, status, reasonStart, reasonEnd } = this.#startLine
    const reason = text.slice(reasonStart, reasonEnd)
    const fields = head.fields(text)
    const start = buffer.offset
    const end = start + length
    if (status < 200 && status !== 101) {
      this.#interimCount += 1
      if (this.#interimCount > this.#limits.interimResponses)
        this.#fail('TOO_MANY_INFORMATIONAL', 0, `${status} ${reason}`)
      this.#interimBytes += length
      if (this.#interimBytes > this.#limits.interimBytes)
        this.#fail('TOO_MANY_INFORMATIONAL', 0, `${this.#interimBytes} bytes`)
      this.#startNextHead(length)
      return { type: 'interim-response', start, end, version, status, reason, fields }
    }
    const method = this.#methods[0] ?? ''
    const framing = responseFraming(method, { status, fields }, this.#lenient, this.#failAtField)
    this.#body = bodyReader(framing, this.#limits, this.#lenient)
    this.#interimCount = 0
    this.#interimBytes = 0
    if (status === 101 || (method === 'CONNECT' && status < 300)) this.#endTrigger = 'end-and-switch'
    // RFC 9112 section 6.1: Transfer-Encoding in an HTTP/1.0 message is faulty framing; read it, then close.
    else if (framing.kind === 'until-close' || (framing.kind === 'chunked' && (framing.isLast || version === '1.0')))
      this.#endTrigger = 'end-and-close'
    else this.#endTrigger = keepsAlive(version, fields) ? 'end-of-message' : 'end-and-close'
    const event = { type: 'response-head', start, end, version, status, reason, fields } as const
    if (this.#endTrigger === 'end-of-message') this.#known.note(buffer, event, method, framing)
    this.#startNextHead(length)
    return event
  }

  #startNextHead(length: number): void {
    this.#buffer.consume(length)
    this.#head.reset()
  }

  #endMessage(): Trigger {
    this.#methods.shift()
    return this.#endTrigger
  }

  #advance(trigger: Trigger): void {
    this.#state = step(RESPONSE_STEPS, this.#state, trigger)
    if (this.#state === 'idle' && this.#methods.length > 0) this.#advance('request')
  }

  #failAtEof(): never {
    const nothingCame = !this.#head.hasBegun && this.#interimCount === 0
    if (nothingCame) return this.#fail('EMPTY_RESPONSE', 0, '')
    throw prematureEof(this.#buffer, 'inside the header section')
  }

  readonly #failAtField: FailAtField = (code, fieldIndex, detail) =>
    this.#fail(code, this.#head.valueStart(fieldIndex), detail)

  #fail(code: ErrorCode, at: number, detail: string): never {
    throw new RemoteProtocolError(code, this.#buffer.offset + at, detail)
  }
}
