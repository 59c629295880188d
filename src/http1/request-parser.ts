import { type BodyReader, bodyReader, prematureEof } from './body-reader.ts'
import type { RequestEvent, RequestHead } from './events.ts'
import { RemoteProtocolError } from '../errors.ts'
import { type FailAtField, keepsAlive, requestFraming } from './framing.ts'
import { type Leniencies, resolveLeniencies } from './leniency.ts'
import { DEFAULT_REQUEST_LIMITS, type ParserLimits } from './limits.ts'
import type { ParserOptions } from './parser-options.ts'
import { ReceiveBuffer } from './receive-buffer.ts'
import { SectionScanner } from './section-scanner.ts'
import { StartLineScanner } from './start-line.ts'
import { REQUEST_STEPS, type State, step, type Trigger } from './state.ts'

/**
 * Turns the bytes a client sent into events, with the same scanner and body readers as the ResponseParser.
 *
 * It reads recorded and replayed requests; a request after `Connection: close` and the bytes after CONNECT are not
 * parsed (`takeRest` returns them).
 */
export class RequestParser {
  readonly #limits: ParserLimits
  readonly #lenient: Leniencies
  readonly #buffer = new ReceiveBuffer()
  readonly #startLine: StartLineScanner
  readonly #head: SectionScanner
  #state: State = 'head'
  #body: BodyReader | undefined
  #endTrigger: Trigger = 'end-of-message'
  #isEof = false

  /** @throws LocalProtocolError `INVALID_OPTION` for an unknown leniency. */
  constructor({ limits, lenient }: ParserOptions = {}) {
    this.#limits = { ...DEFAULT_REQUEST_LIMITS, ...limits }
    // A request cannot end with its connection, so no other length is available.
    this.#lenient = resolveLeniencies(lenient && { ...lenient, invalidContentLength: false })
    const { headBytes: bytes, fields, blankLines } = this.#limits
    this.#startLine = new StartLineScanner('request-line', blankLines, this.#lenient)
    this.#head = new SectionScanner(this.#startLine, { bytes, fields, tooLarge: 'HEADERS_TOO_LARGE' }, this.#lenient)
  }

  get state(): State {
    return this.#state
  }

  /** Bytes pushed and not yet part of an event. */
  get buffered(): number {
    return this.#buffer.length
  }

  /** Adds a segment; call `next` until it returns `undefined`. */
  push(bytes: Uint8Array): void {
    this.#buffer.push(bytes)
  }

  /** Notes that the client has ended its side. */
  pushEof(): void {
    this.#isEof = true
  }

  /**
   * The next event, or `undefined` when more bytes are needed.
   *
   * @throws RemoteProtocolError when the bytes are not HTTP/1.1 or end too early; the parser stays `failed`.
   */
  next(): RequestEvent | undefined {
    try {
      const event = this.#read()
      // Inside a body the state does not change; the body reader keeps its own place.
      if (event === undefined || event.type === 'data' || event.type === 'chunk-head') return event
      this.#advance(event.type === 'end-of-message' ? this.#endTrigger : event.type)
      return event
    } catch (error) {
      if (this.#state !== 'failed') this.#advance('error')
      throw error
    }
  }

  /** Takes the bytes that were pushed and not parsed. */
  takeRest(): Uint8Array {
    return this.#buffer.take(this.#buffer.length)
  }

  #read(): RequestEvent | undefined {
    if (this.#state === 'head') return this.#readHead()
    if (this.#state !== 'body') return undefined
    return this.#body?.next(this.#buffer) ?? (this.#isEof ? this.#body?.eof(this.#buffer) : undefined)
  }

  #readHead(): RequestHead | undefined {
    const head = this.#head
    const buffer = this.#buffer
    const length = head.scan(buffer)
    if (length === undefined) {
      // Empty lines after the last request do not start another one (RFC 9112 section 2.2).
      if (this.#isEof && !this.#startLine.isAwaited) throw prematureEof(buffer, 'inside the header section')
      return undefined
    }
    const text = buffer.text(length)
    const { version, methodStart, methodEnd, targetStart, targetEnd } = this.#startLine
    const method = text.slice(methodStart, methodEnd)
    const target = text.slice(targetStart, targetEnd)
    const fields = head.fields(text)
    const start = buffer.offset
    const framing = requestFraming(fields, this.#lenient, this.#failAtField)
    this.#body = bodyReader(framing, this.#limits, this.#lenient)
    if (method === 'CONNECT') this.#endTrigger = 'end-and-switch'
    // RFC 9112 section 6.1: Transfer-Encoding in an HTTP/1.0 message is faulty framing; read it, then close.
    else if (framing.kind === 'chunked' && (framing.isLast || version === '1.0')) this.#endTrigger = 'end-and-close'
    else this.#endTrigger = keepsAlive(version, fields) ? 'end-of-message' : 'end-and-close'
    buffer.consume(length)
    head.reset()
    return { type: 'request-head', start, end: start + length, version, method, target, fields }
  }

  #advance(trigger: Trigger): void {
    this.#state = step(REQUEST_STEPS, this.#state, trigger)
  }

  readonly #failAtField: FailAtField = (code, fieldIndex, detail) => {
    throw new RemoteProtocolError(code, this.#buffer.offset + this.#head.valueStart(fieldIndex), detail)
  }
}
