import type { Clock } from '../clock.ts'
import { ConnectionError, type ErrorCode, LocalProtocolError, type Phase, RemoteProtocolError } from '../errors.ts'
import type { EndOfMessage, ResponseEvent, ResponseHead } from '../http1/events.ts'
import { idleTimeout } from '../http1/framing.ts'
import type { Leniencies } from '../http1/leniency.ts'
import type { ParserLimits } from '../http1/limits.ts'
import { ResponseParser } from '../http1/response-parser.ts'
import type { Transport } from '../transport.ts'
import { Exchange, type Period } from './exchange.ts'
import { addPiece } from './pieces.ts'
import { Deadline, Delay, type ResolvedTimeouts } from './timeouts.ts'

export interface WireOptions {
  readonly clock: Clock
  readonly limits: Partial<ParserLimits> | undefined
  readonly lenient: Partial<Leniencies> | undefined
  /** Asked at each wait, since they may change between requests. */
  readonly timeouts: () => ResolvedTimeouts
  readonly onEvent: ((event: ResponseEvent) => void) | undefined
}

/**
 * One transport from its opening to its end, and the pump: the only place in the package where received bytes become HTTP.
 *
 * Bytes are read only when somebody waits for them, which is the back-pressure; while nobody does, one read stays
 * outstanding, so that the end of an idle connection, and bytes that nobody asked for, are seen.
 */
export class Wire {
  readonly #transport: Transport
  readonly #options: WireOptions
  readonly #parser: ResponseParser
  readonly #readDeadline: Deadline
  readonly #writeDeadline: Deadline
  /** Requests sent and not answered to the end, oldest first. */
  readonly #exchanges: Exchange[] = []
  #isReading = false
  /** Resolves when the next segment has been handed out; there while somebody waits. */
  #filled: Promise<void> | undefined
  #onFilled: (() => void) | undefined
  /** Requests that wait for the end of the turn, to go out in one segment. */
  readonly #outbox: Uint8Array[] = []
  #isHeadAwaited = false
  #isOpen = true
  #failure: unknown
  #isLostToPeer = false
  #period: Period = { isSuspect: false }
  #idleSince: number
  /** How long the slowest answer so far took, ms. */
  #slowest = 0
  /** How long the server said it keeps an idle connection, ms. */
  #idleLimit = Infinity

  constructor(transport: Transport, options: WireOptions) {
    this.#transport = transport
    this.#options = options
    this.#idleSince = options.clock.now()
    this.#parser = new ResponseParser({ limits: options.limits, lenient: options.lenient })
    this.#readDeadline = new Deadline(options.clock, () => this.#onReadTimeout())
    this.#writeDeadline = new Deadline(options.clock, () => this.#onWriteTimeout())
    this.#read()
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Whether another request may be sent here. */
  get isReusable(): boolean {
    if (!this.#isOpen || this.#parser.isLast) return false
    if (this.#exchanges.length > 0) return this.#exchanges.every((exchange) => !exchange.isLast)
    // A server that is about to close would take the request and never see it (RFC 9112 section 9.3.1).
    return (
      this.#idleLimit === Infinity || this.#idleFor() < this.#idleLimit - Math.min(IDLE_MARGIN, this.#idleLimit / 2)
    )
  }

  /** Whether the end of it was the peer's doing. */
  get isLostToPeer(): boolean {
    return this.#isLostToPeer
  }

  /** Announces a request, before its first byte is written. @throws what ended the wire meanwhile. */
  expect(method: string): Exchange {
    if (!this.#isOpen) throw this.#failure
    const now = this.#options.clock.now()
    if (this.#exchanges.length === 0 && now - this.#idleSince >= this.#quiet) this.#period = { isSuspect: false }
    const exchange = new Exchange(method, this.#period, now)
    this.#exchanges.push(exchange)
    this.#parser.expectResponseTo(method)
    return exchange
  }

  /** Resolves when more may be written; nothing to wait for in the usual case. */
  write(bytes: Uint8Array): void | Promise<void> {
    return this.#writeNow(this.#outbox.length === 0 ? bytes : Buffer.concat([...this.#outbox.splice(0), bytes]))
  }

  /**
   * Writes a whole request: at once, or, behind others whose answers are due, together with those of the same turn.
   *
   * Pipelined requests in one segment are several times faster than in one each.
   */
  writeRequest(bytes: Uint8Array): void | Promise<void> {
    if (this.#exchanges.length === 1) return this.write(bytes)
    if (this.#outbox.length === 0) process.nextTick(this.#flushLater)
    this.#outbox.push(bytes)
    return undefined
  }

  /** The final head, once it has come. @throws what ended the wire before. */
  async untilHead(exchange: Exchange): Promise<ResponseHead> {
    for (;;) {
      if (exchange.head !== undefined) return exchange.head
      if (exchange.failure !== undefined) throw exchange.failure
      this.#checkUnread(exchange)
      await this.#wait('headers')
    }
  }

  /** Hands the body to `take` as it comes, to its end. @throws what ended the wire before. */
  async untilEnd(exchange: Exchange, take: (piece: Uint8Array) => void): Promise<void> {
    for (;;) {
      for (const piece of exchange.pieces) take(piece)
      exchange.pieces.length = 0
      if (exchange.end !== undefined) return
      if (exchange.failure !== undefined) throw exchange.failure
      await this.#wait('body')
    }
  }

  /** Waits until the server asks for the body or answers without it, but no longer than `limit` ms (RFC 9110 section 10.1.1). */
  async untilContinue(exchange: Exchange, limit: number): Promise<void> {
    const delay = new Delay(this.#options.clock, limit)
    try {
      while (!delay.isOver && exchange.head === undefined && !exchange.isSettled) {
        if (exchange.interim.some(({ status }) => status === 100)) return
        await Promise.race([this.fill(), delay.over])
      }
    } finally {
      delay.cancel()
    }
  }

  /** The next body bytes, or `undefined` at the end of the body. @throws what ended the wire before it. */
  async nextPiece(exchange: Exchange): Promise<Uint8Array | undefined> {
    for (;;) {
      const piece = exchange.pieces.shift()
      if (piece !== undefined) return piece
      if (exchange.end !== undefined) return undefined
      if (exchange.failure !== undefined) throw exchange.failure
      await this.#wait('body')
    }
  }

  /**
   * Reads one segment and hands its events out; shared by all who wait.
   *
   * Never rejects: a failure is told to every exchange that it leaves without an answer.
   */
  fill(): Promise<void> {
    this.#filled ??= new Promise((resolve) => {
      this.#onFilled = resolve
    })
    this.#read()
    return this.#filled
  }

  /** Notes that the rest of a request's body is not sent, for `exchange` has no use for it. */
  withholdBody(exchange: Exchange): void {
    exchange.isLast = true
    this.#writeDeadline.clear()
    if (exchange.end !== undefined) this.destroy()
  }

  /** Ends the wire; whoever waits gets `error`. Without one the close is orderly. */
  destroy(error?: Error): void {
    if (!this.#isOpen) return
    this.#letGo()
    this.#transport.destroy(error)
    this.#failure = error ?? new ConnectionError('CONNECTION_CLOSED', 'open', 'by this side')
    for (const exchange of this.#exchanges.splice(0)) exchange.fail(this.#failure)
  }

  /** Gives the transport away after an upgrade, with the bytes that came behind the head. */
  handOver(): { readonly transport: Transport; readonly rest: Uint8Array } {
    if (this.#parser.state !== 'tunnel') throw new LocalProtocolError('WRONG_STATE', 'the answer is not an upgrade')
    this.#letGo()
    return { transport: this.#transport, rest: this.#parser.takeRest() }
  }

  #letGo(): void {
    this.#isOpen = false
    this.#readDeadline.close()
    this.#writeDeadline.close()
  }

  #writeNow(bytes: Uint8Array): void | Promise<void> {
    const blocked = this.#transport.write(bytes)
    if (blocked === undefined) return undefined
    this.#writeDeadline.start(this.#options.timeouts().write)
    return this.#untilWritten(blocked)
  }

  #flush(): void | Promise<void> {
    if (this.#outbox.length === 0 || !this.#isOpen) return undefined
    return this.#writeNow(Buffer.concat(this.#outbox.splice(0)))
  }

  /** Nobody waits for these writes any more, so what goes wrong ends the wire. What the peer does, the next read tells. */
  readonly #flushLater = (): void => {
    const ignorePeer = (error: unknown): void => {
      if (!(error instanceof ConnectionError)) this.destroy(error instanceof Error ? error : new Error(String(error)))
    }
    try {
      this.#flush()?.catch(ignorePeer)
    } catch (error) {
      ignorePeer(error)
    }
  }

  async #untilWritten(blocked: Promise<void>): Promise<void> {
    try {
      await blocked
    } finally {
      this.#writeDeadline.clear()
    }
  }

  async #wait(phase: 'headers' | 'body'): Promise<void> {
    // The head has one limit for all of it, a body one for each gap.
    if (phase === 'body' || !this.#isHeadAwaited) this.#readDeadline.start(this.#options.timeouts().read)
    this.#isHeadAwaited = phase === 'headers'
    await this.fill()
    if (!this.#isHeadAwaited) this.#readDeadline.clear()
  }

  /** Keeps one read outstanding: while somebody waits, and while no answer is due. */
  #read(): void {
    if (this.#isReading) return
    this.#isReading = true
    this.#transport.read().then(this.#onSegment, this.#onReadFailed)
  }

  readonly #onSegment = (segment: Uint8Array | null): void => {
    this.#isReading = false
    this.#take(segment)
    this.#wake()
  }

  readonly #onReadFailed = (error: unknown): void => {
    this.#isReading = false
    this.#fail(error)
    this.#wake()
  }

  #wake(): void {
    const wake = this.#onFilled
    this.#filled = undefined
    this.#onFilled = undefined
    wake?.()
  }

  #take(segment: Uint8Array | null): void {
    if (segment === null) this.#parser.pushEof()
    else this.#parser.push(segment)
    try {
      for (let event = this.#parser.next(); event !== undefined; event = this.#parser.next()) {
        this.#dispatch(event)
        if (!this.#isOpen) return
      }
    } catch (error) {
      return this.#fail(error)
    }
    if (segment === null) return this.#onEnded()
    if (this.#exchanges.length === 0 && this.#isOpen && this.#parser.state === 'idle') this.#read()
  }

  #dispatch(event: ResponseEvent): void {
    this.#options.onEvent?.(event)
    this.#isHeadAwaited = false
    const exchange = this.#exchanges[0]
    if (exchange === undefined) return
    switch (event.type) {
      case 'interim-response':
        exchange.interim.push(event)
        return
      case 'response-head':
        exchange.begin(event)
        return
      case 'chunk-head':
        return
      case 'data':
        addPiece(exchange.pieces, event.bytes)
        return
      case 'end-of-message':
        this.#finish(exchange, event)
    }
  }

  #finish(exchange: Exchange, end: EndOfMessage): void {
    this.#exchanges.shift()
    this.#transport.answered?.(end.end)
    exchange.finish(end)
    this.#idleSince = this.#options.clock.now()
    this.#slowest = Math.max(this.#slowest, this.#idleSince - exchange.sentAt)
    this.#idleLimit = idleTimeout(exchange.head?.fields ?? []) ?? Infinity
    if (this.#parser.state === 'tunnel') this.#leaveUnanswered('the connection carries another protocol now')
    else if (this.#parser.state === 'must-close' || exchange.isLast) this.#retire()
  }

  /** Closes after the last answer this connection may carry. */
  #retire(): void {
    this.#isLostToPeer = true
    this.#leaveUnanswered('the answer before this one was the last')
    this.destroy()
  }

  /** Tells requests that were sent too early that nothing will come of them. */
  #leaveUnanswered(reason: string): void {
    for (const exchange of this.#exchanges.splice(0)) {
      exchange.fail(new ConnectionError('CONNECTION_CLOSED', 'open', reason))
    }
  }

  /** What the peer's end means where the parser had nothing against it: the connection is over. */
  #onEnded(): void {
    if (this.#parser.state !== 'tunnel') this.destroy()
  }

  #fail(error: unknown): void {
    // One answer too many came: which of those before it was not meant for its request, the bytes do not say.
    if (error instanceof RemoteProtocolError && error.code === 'UNSOLICITED_DATA') this.#period.isSuspect = true
    this.#isLostToPeer ||= this.#isOpen
    this.destroy(error instanceof Error ? error : new Error(String(error)))
  }

  /** How long a connection must be idle before it is sure that no answer is missing or too many. */
  get #quiet(): number {
    // The answer that was displaced by one too many comes when this server would have given it.
    return Math.max(QUIET, 2 * this.#slowest)
  }

  #idleFor(): number {
    return this.#options.clock.now() - this.#idleSince
  }

  /** Waiting for a later answer reads through the earlier ones; that must not fill the memory. */
  #checkUnread(exchange: Exchange): void {
    const current = this.#exchanges[0]
    if (current === undefined || current === exchange) return
    const unread = current.unreadBytes
    if (unread <= MAX_UNREAD_BYTES) return
    throw new LocalProtocolError('BODY_UNREAD', `${unread} bytes of it have come; read or cancel it first`)
  }

  #onReadTimeout(): void {
    const { read } = this.#options.timeouts()
    this.#timeOut(this.#exchanges[0]?.head === undefined ? 'headers' : 'body', read)
  }

  #onWriteTimeout(): void {
    this.#timeOut('write', this.#options.timeouts().write)
  }

  #timeOut(phase: Phase & keyof typeof TIMEOUT_CODES, limit: number | undefined): void {
    this.destroy(new ConnectionError(TIMEOUT_CODES[phase], phase, `${limit} ms`))
  }
}

const TIMEOUT_CODES = {
  headers: 'HEADERS_TIMEOUT',
  body: 'BODY_TIMEOUT',
  write: 'WRITE_TIMEOUT',
} as const satisfies Partial<Record<Phase, ErrorCode>>

/** Bytes that a quick server sent by mistake have come when a connection has been idle for so long, ms. */
const QUIET = 100

/** How long before the server's own limit an idle connection is given up, ms. */
const IDLE_MARGIN = 1_000

/** How much of a body is kept for a caller who asks for something else first. */
export const MAX_UNREAD_BYTES = 1_048_576
