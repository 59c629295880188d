import type { Clock } from '../clock.ts'
import { ConnectionError, LocalProtocolError, RemoteProtocolError } from '../errors.ts'
import type { BodySink } from '../http1/body-reader.ts'
import type { EndOfMessage, ResponseEvent } from '../http1/events.ts'
import type { Leniencies } from '../http1/leniency.ts'
import type { ParserLimits } from '../http1/limits.ts'
import { ResponseParser } from '../http1/response-parser.ts'
import type { SegmentReader, Transport } from '../transport.ts'
import { Exchange } from './exchange.ts'
import { rememberingBytes } from './head-bytes.ts'
import { IdlePolicy } from './idle-policy.ts'
import { Outbox } from './outbox.ts'
import { afterPoll } from './socket-endings.ts'
import { isFarewell, Surplus } from './surplus.ts'
import { TimeLimits } from './time-limits.ts'
import type { ResolvedTimeouts } from './timeouts.ts'
import { checkUpgrade, NO_UPGRADE, type UpgradeWish } from './upgrade-wish.ts'
import { PENDING, rejected, type Settling, type Wait, Waiter } from './waiter.ts'

export interface WireOptions {
  readonly clock: Clock
  readonly limits: Partial<ParserLimits> | undefined
  readonly lenient: Partial<Leniencies> | undefined
  readonly allowMissingCloseNotify: boolean
  /** Asked at each wait, since they may change between requests. */
  readonly timeouts: () => ResolvedTimeouts
  readonly onEvent: ((event: ResponseEvent) => void) | undefined
}

/**
 * One transport from its opening to its end, and the pump: the only place in the package where received bytes become HTTP.
 *
 * Bytes are read only when a caller waits for them, which is the back-pressure. While nobody waits, one read stays outstanding,
 * to notice the end of an idle connection and unsolicited bytes.
 */
export class Wire {
  readonly #transport: Transport
  readonly #options: WireOptions
  readonly #parser: ResponseParser
  readonly #limits: TimeLimits
  /** Requests sent and not answered to the end, oldest first. */
  readonly #exchanges: Exchange[] = []
  #isReading = false
  /** Whether the bytes that are being parsed are borrowed. */
  #isLent = false
  /** The pending waits, oldest first. */
  readonly #waiters: Settling[] = []
  /** Resolves when the next segment has been handed out; set while somebody waits. */
  #filled: Promise<void> | undefined
  #onFilled: (() => void) | undefined
  readonly #idle: IdlePolicy
  readonly #outbox: Outbox
  readonly #surplus = new Surplus()
  #isOpen = true
  #failure: unknown
  #isLostToPeer = false
  /** Length of the last body, as a guess for the next one. */
  #usualBody = 0

  constructor(transport: Transport, options: WireOptions) {
    this.#transport = transport
    this.#options = options
    this.#idle = new IdlePolicy(options.clock)
    this.#outbox = new Outbox((bytes) => this.#write(bytes), this.#onLateWriteFailed)
    this.#parser = new ResponseParser({ limits: options.limits, lenient: options.lenient })
    this.#limits = new TimeLimits(
      options,
      () => this.#exchanges[0],
      (error) => this.destroy(error),
    )
    this.#read()
  }

  /** The clock of its time limits. */
  get clock(): Clock {
    return this.#options.clock
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Whether another request may be sent here. */
  get isReusable(): boolean {
    if (!this.#isOpen || this.#parser.isLast) return false
    if (this.#exchanges.length > 0) return this.#exchanges.every((exchange) => !exchange.isLast)
    return !this.#surplus.hasBegun && !this.#idle.isEnding
  }

  /** Whether the peer ended it. */
  get isLostToPeer(): boolean {
    return this.#isLostToPeer
  }

  /** Whether it was idle for so long that earlier answers no longer count, once it is {@link refreshed}. */
  get hasRested(): boolean {
    return this.#exchanges.length === 0 && this.#idle.hasRested
  }

  /** Ends the idle period: reads pending bytes first, which a busy process may not have read yet. */
  async refreshed(): Promise<void> {
    await afterPoll()
    if (this.#exchanges.length === 0) this.#idle.begin()
  }

  /** Announces a request, before its first byte is written. @throws the error that ended the wire meanwhile. */
  expect(method: string, wish: UpgradeWish = NO_UPGRADE): Exchange {
    if (!this.#isOpen) throw this.#failure ?? closedHere()
    const { period, sentAt } = this.#idle.asked()
    const exchange = new Exchange(method, period, sentAt, this.#usualBody)
    exchange.wish = wish
    this.#exchanges.push(exchange)
    // The caller asks for the framing of an answer to CONNECT (RFC 9112 section 6.3, rule 2).
    this.#parser.expectResponseTo(wish.takesTransport ? 'CONNECT' : method)
    return exchange
  }

  /** The bytes of a request head. */
  readonly headBytes = rememberingBytes()

  /** Resolves when more may be written; nothing to wait for in the usual case. */
  write(bytes: Uint8Array): void | Promise<void> {
    return this.#outbox.send(bytes)
  }

  /** Writes a whole request: at once, or, if other answers are due, together with the requests of the same turn. */
  writeRequest(bytes: Uint8Array): void | Promise<void> {
    if (this.#exchanges.length === 1) return this.write(bytes)
    this.#outbox.add(bytes)
    return undefined
  }

  /** The result of `wait`, which is tried now and after each segment. */
  until<T>(wait: Wait<T>): Promise<T> {
    try {
      const found = wait.look()
      if (found !== PENDING) return Promise.resolve(found)
    } catch (error) {
      return rejected(error)
    }
    return new Promise((resolve, reject) => {
      this.#waiters.push(new Waiter(wait, resolve, reject))
      this.#startLimit(wait.phase)
      this.#read()
    })
  }

  /** Waiting for a later answer reads through the earlier ones; that must not fill the memory. @throws LocalProtocolError `BODY_UNREAD`. */
  checkUnread(exchange: Exchange): void {
    const [current] = this.#exchanges
    if (current !== exchange) current?.checkUnread()
  }

  /**
   * Reads one segment and hands its events out; shared by all waits.
   *
   * Never rejects: every exchange that a failure leaves without an answer gets the error.
   */
  fill(): Promise<void> {
    this.#filled ??= new Promise((resolve) => {
      this.#onFilled = resolve
    })
    this.#read()
    return this.#filled
  }

  /** Notes that the last byte of a request has gone out: the time for its answer starts. */
  noteSent(exchange: Exchange): void {
    exchange.isSending = false
    const [first] = this.#waiters
    if (exchange === this.#exchanges[0] && first !== undefined) this.#startLimit(first.phase)
  }

  /** Notes that the rest of a request body is not sent, because it is pointless for `exchange`. */
  withholdBody(exchange: Exchange): void {
    exchange.isLast = true
    this.#limits.endWrite()
    if (exchange.end !== undefined) this.destroy()
  }

  /** Ends the wire; pending waits get `error`. Without an error the close is orderly. */
  destroy(error?: Error): void {
    if (!this.#isOpen) return
    this.#letGo()
    this.#failure = error
    this.#failAll(error)
    // Last, because this settles the outstanding read, and with it the pending waits.
    this.#transport.destroy(error)
  }

  #failAll(error: Error | undefined): void {
    const [current] = this.#exchanges
    if (current === undefined) return
    if (this.#parser.buffered > 0) current.hasBegun = true
    const failure = error ?? closedHere()
    for (const exchange of this.#exchanges.splice(0)) exchange.fail(failure)
  }

  /** Gives the transport away after an upgrade, with the bytes that came after the head. */
  handOver(): { readonly transport: Transport; readonly rest: Uint8Array } {
    if (this.#parser.state !== 'tunnel') throw new LocalProtocolError('WRONG_STATE', 'the answer is not an upgrade')
    this.#letGo()
    return { transport: this.#transport, rest: this.#parser.takeRest() }
  }

  #letGo(): void {
    this.#isOpen = false
    this.#limits.close()
  }

  #write(bytes: Uint8Array): void | Promise<void> {
    if (!this.#isOpen) return undefined
    const blocked = this.#transport.write(bytes)
    if (blocked === undefined) return undefined
    this.#limits.startWrite()
    return this.#untilWritten(blocked)
  }

  /** The next read reports what the peer does. */
  readonly #onLateWriteFailed = (error: unknown): void => {
    if (!(error instanceof ConnectionError)) this.destroy(error instanceof Error ? error : new Error(String(error)))
  }

  async #untilWritten(blocked: Promise<void>): Promise<void> {
    try {
      await blocked
    } finally {
      this.#limits.endWrite()
    }
  }

  #startLimit(phase: 'headers' | 'body'): void {
    if (this.#isOpen) this.#limits.startRead(phase)
  }

  /** Keeps one read outstanding: while somebody waits, and while no answer is due. */
  #read(): void {
    if (this.#isReading) return
    this.#isReading = true
    if (this.#transport.receive === undefined) this.#transport.read().then(this.#onRead, this.#onReadFailed)
    else this.#transport.receive(this.#reader)
  }

  readonly #onRead = (segment: Uint8Array | null): void => {
    if (segment === null) this.#onEnd()
    else this.#onBytes(segment, segment.length, false)
  }

  readonly #reader: SegmentReader = {
    onBytes: (buffer, length) => this.#onBytes(buffer, length, true),
    onEnd: () => this.#onEnd(),
    onFailure: (error) => this.#onReadFailed(error),
  }

  /** @param isLent whether the bytes may be overwritten afterwards. */
  #onBytes(buffer: Uint8Array, length: number, isLent: boolean): void {
    this.#isReading = false
    if (this.#exchanges.length === 0 && this.#parser.state === 'idle') {
      return this.#onSurplus(buffer.subarray(0, length))
    }
    // Listeners of events may keep their bytes.
    if (isLent && this.#options.onEvent !== undefined) this.#parser.push(Buffer.from(buffer.subarray(0, length)))
    else this.#parser.push(buffer, length)
    this.#isLent = isLent
    this.#take(this.#options.onEvent === undefined ? this.#sink : undefined)
    if (isLent) this.#parser.keep()
    this.#wake()
  }

  #onSurplus(bytes: Uint8Array): void {
    this.#surplus.add(bytes)
    if (this.#surplus.isUnclear) return this.#read()
    this.#parser.push(this.#surplus.takeAll())
    // Nobody waits without a request.
    this.#take(undefined)
  }

  #onEnd(): void {
    this.#isReading = false
    if (this.#surplus.hasBegun) this.#parser.push(this.#surplus.takeAll())
    this.#parser.pushEof()
    this.#take(undefined)
    // The parser accepts the end here: the connection is over.
    if (this.#isOpen && this.#parser.state !== 'tunnel') this.destroy()
    this.#wake()
  }

  readonly #onReadFailed = (error: unknown): void => {
    const isTruncation = error instanceof ConnectionError && error.code === 'TLS_TRUNCATED'
    if (isTruncation && this.#options.allowMissingCloseNotify) return this.#onEnd()
    this.#isReading = false
    this.#fail(error)
    this.#wake()
  }

  /** Takes bodies without an event for each piece. */
  readonly #sink: BodySink = {
    add: (bytes, start, end, expected) => {
      const body = this.#exchanges[0]?.body
      if (this.#isLent) body?.copy(bytes, start, end, expected)
      else body?.add(bytes.subarray(start, end))
    },
  }

  #wake(): void {
    const wake = this.#onFilled
    this.#filled = undefined
    this.#onFilled = undefined
    wake?.()
    if (this.#waiters.length > 0) this.#askWaiters()
  }

  #askWaiters(): void {
    const waiters = this.#waiters
    let left = 0
    for (const waiter of waiters) {
      if (waiter.isOver()) continue
      waiters[left] = waiter
      left += 1
      this.#startLimit(waiter.phase)
    }
    waiters.length = left
    if (left > 0) return this.#read()
    this.#limits.endRead()
  }

  #take(sink: BodySink | undefined): void {
    try {
      for (let event = this.#parser.next(sink); event !== undefined; event = this.#parser.next(sink)) {
        this.#dispatch(event)
        if (!this.#isOpen) return
      }
    } catch (error) {
      return this.#fail(error)
    }
    if (this.#exchanges.length === 0 && this.#isOpen && this.#parser.state === 'idle') this.#read()
  }

  #dispatch(event: ResponseEvent): void {
    this.#options.onEvent?.(event)
    this.#limits.noteEvent()
    const exchange = this.#exchanges[0]
    if (exchange === undefined) return
    exchange.hasBegun = true
    switch (event.type) {
      case 'interim-response':
        exchange.addInterim(event)
        return
      case 'response-head':
        checkUpgrade(event, exchange.wish)
        exchange.begin(event)
        return
      case 'chunk-head':
        return
      case 'data':
        exchange.body.add(event.bytes)
        return
      case 'end-of-message':
        this.#finish(exchange, event)
    }
  }

  #finish(exchange: Exchange, end: EndOfMessage): void {
    this.#exchanges.shift()
    this.#transport.answered?.(end.end)
    exchange.finish(end)
    this.#usualBody = exchange.body.total
    this.#idle.answered(exchange)
    if (this.#parser.state === 'tunnel') this.#leaveUnanswered('the connection carries another protocol now')
    else if (this.#parser.state === 'must-close' || exchange.isLast) this.#retire()
  }

  /** Closes after the last answer this connection may carry. */
  #retire(): void {
    this.#isLostToPeer = true
    this.#leaveUnanswered('the answer before this one was the last')
    this.destroy()
  }

  /** Fails the requests that were sent too early and get no answer. */
  #leaveUnanswered(reason: string): void {
    for (const exchange of this.#exchanges.splice(0)) {
      exchange.fail(new ConnectionError('CONNECTION_CLOSED', 'open', reason))
    }
  }

  #fail(error: unknown): void {
    const isSurplus = error instanceof RemoteProtocolError && error.code === 'UNSOLICITED_DATA'
    if (isSurplus && !isFarewell(this.#parser.takeRest())) this.#idle.suspect()
    this.#isLostToPeer ||= this.#isOpen
    this.destroy(error instanceof Error ? error : new Error(String(error)))
  }
}

/** Made when somebody asks for it: most wires are closed when nobody waits, and an error takes the time of a request. */
const closedHere = (): ConnectionError => new ConnectionError('CONNECTION_CLOSED', 'open', 'by this side')
