import { type Clock, SYSTEM_CLOCK } from '../clock.ts'
import { ConnectionError, LocalProtocolError } from '../errors.ts'
import { keepsAlive } from '../http1/framing.ts'
import { leniencyNames } from '../http1/leniency.ts'
import { lastChunk, planRequest } from '../http1/request-writer.ts'
import { type Connector, DEFAULT_PORTS, formatAuthority, type Origin, type Transport } from '../transport.ts'
import { defaultConnector } from './default-connector.ts'
import {
  CONNECTION_SETTINGS,
  type HttpConnectionOptions,
  type HttpConnectionSettings,
  REQUEST_OPTIONS,
  type RequestOptions,
} from './connection-settings.ts'
import { fieldLines } from './fields.ts'
import type { HttpResponse } from './http-response.ts'
import { onAbort } from './on-abort.ts'
import { bodyLength, type RequestBody, requestBody } from './request-body.ts'
import { type OutgoingRequest, sendRequest } from './request-sender.ts'
import { checkMilliseconds, type ResolvedTimeouts, resolveTimeouts, type TimeoutsOption } from './timeouts.ts'
import { upgradeWish } from './upgrade-wish.ts'
import { Unanswered } from './unanswered.ts'
import { rejected } from './waiter.ts'
import { Wire } from './wire.ts'
import { checkOptions } from '../options.ts'

/**
 * One persistent HTTP/1.1 connection to one origin.
 *
 * ```ts
 * await using connection = HttpConnection.to('https://example.com')
 * await connection.request('GET', '/')
 * const response = await connection.getResponse()
 * ```
 *
 * Several requests may be sent before the first answer is read (pipelining); answers come in their order. A
 * connection that either side has closed between two requests is replaced by the next request.
 */
export class HttpConnection implements AsyncDisposable {
  readonly origin: Origin
  readonly #authority: string
  readonly #settings: HttpConnectionSettings
  readonly #leniencies: readonly string[]
  readonly #connector: Connector
  readonly #clock: Clock
  #timeouts: ResolvedTimeouts
  #wire: Wire | undefined
  #connecting: Promise<Wire> | undefined
  /** Wires with answers that may still be read. */
  readonly #wires = new Set<Wire>()
  /** Requests whose answers have not been handed out yet, oldest first. */
  readonly #unanswered: Unanswered[] = []
  /** Requests go out one after another, each to its last byte; this settles when the last one is out. */
  #sending: Promise<unknown> | undefined
  readonly #closing = new AbortController()
  /** Why no further connection is made. */
  #closed: (() => ConnectionError) | undefined
  #stopListening: (() => void) | undefined

  constructor({ host, port, protocol = 'http', ...settings }: HttpConnectionOptions) {
    checkOptions('HttpConnection', settings, CONNECTION_SETTINGS)
    if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
      throw new LocalProtocolError('INVALID_OPTION', `port: ${port}`)
    }
    this.origin = { protocol, host: host.replace(/^\[(.*)\]$/, '$1'), port: port ?? DEFAULT_PORTS[protocol] }
    this.#authority = formatAuthority(this.origin)
    this.#settings = settings
    const { lenient, allowMissingCloseNotify = false } = settings
    this.#leniencies = [...leniencyNames(lenient), ...(allowMissingCloseNotify ? ['missingCloseNotify'] : [])]
    this.#connector = settings.connector ?? defaultConnector
    this.#clock = settings.clock ?? SYSTEM_CLOCK
    this.#timeouts = resolveTimeouts(settings.timeouts)
    const { signal } = settings
    if (signal?.aborted === true) this.#end(aborted(signal))
    else if (signal !== undefined) this.#stopListening = onAbort(signal, () => this.#end(aborted(signal)))
  }

  /** A connection to the origin of an http or https URL; path and query are not used. */
  static to(url: string | URL, settings: HttpConnectionSettings = {}): HttpConnection {
    const { protocol, hostname, port } = new URL(url)
    if (protocol !== 'http:' && protocol !== 'https:') {
      throw new LocalProtocolError('INVALID_OPTION', `${protocol} is not http: or https:`)
    }
    return new HttpConnection({
      ...settings,
      protocol: protocol === 'http:' ? 'http' : 'https',
      host: hostname,
      port: port === '' ? undefined : Number(port),
    })
  }

  /** Connects now rather than with the first request. @throws ConnectionError with the phase that failed. */
  async connect(): Promise<void> {
    await this.#ready()
  }

  /**
   * Sends a request; resolves when its last byte has been handed over (or its body was refused by an early answer).
   *
   * @throws LocalProtocolError before anything is written, for input that could be read as anything but this request, and for an option that does not exist.
   */
  request(method: string, target: string, options: RequestOptions = NO_OPTIONS): Promise<void> {
    try {
      const request = this.#plan(method, target, options)
      const before = this.#sending
      const wire = before === undefined && options.signal === undefined ? this.#usableWire() : undefined
      const sent =
        wire === undefined
          ? this.#sendInTurn(before, method, request, options.signal)
          : this.#sendOn(wire, method, request, undefined)
      return sent === undefined ? SENT : this.#untilSent(before, sent)
    } catch (error) {
      return rejected(error)
    }
  }

  /**
   * The answer to the oldest unanswered request, once its head has arrived.
   *
   * @throws RemoteProtocolError, ConnectionError if no valid answer comes.
   */
  getResponse(): Promise<HttpResponse> {
    const next = this.#nextUnanswered()
    return next === undefined ? this.#answerOnceSent() : this.#answerTo(next)
  }

  /** Changes the time limits from the next wait on; `null` lifts them. */
  setTimeouts(value: TimeoutsOption): void {
    this.#timeouts = resolveTimeouts(value)
  }

  /** Ends the connection; pending calls fail with `CONNECTION_CLOSED`. Calling it twice is fine. */
  async close(): Promise<void> {
    this.#stopListening?.()
    this.#end()
    // A pending attempt to connect rejects with an error of its own.
    await this.#connecting?.catch(() => {})
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #plan(method: string, target: string, options: RequestOptions): OutgoingRequest {
    if (options !== NO_OPTIONS) checkOptions('request', options, REQUEST_OPTIONS)
    const body = requestBody(options.body, options.contentLength)
    const fields = fieldLines(options.headers)
    const trailers = fieldLines(options.trailers)
    const continueWait = continueWaitOf(options.expectContinue, body)
    const isGiven = (wanted: string): boolean => fields.some(({ name }) => name.toLowerCase() === wanted)
    if (body?.contentType !== undefined && !isGiven('content-type')) {
      fields.push({ name: 'Content-Type', value: body.contentType })
    }
    if (continueWait !== undefined && !isGiven('expect')) fields.push({ name: 'Expect', value: '100-continue' })
    // Checked now, because it is too late after the body has been sent.
    if (trailers.length > 0) lastChunk(trailers)
    // Only a chunked message can have trailers (RFC 9112 section 7.1.2).
    if (trailers.length > 0 && !isGiven('transfer-encoding')) {
      fields.push({ name: 'Transfer-Encoding', value: 'chunked' })
    }
    const length = body && { bytes: bodyLength(body) }
    const planned = planRequest({ method, target, fields }, this.#authority, length)
    const mayRetry = options.retry === true && checkRepeatable(method, body)
    const wish = upgradeWish(fields, options.takesTransport === true)
    return { planned, body, trailers, continueWait, mayRetry, wish, isLast: !keepsAlive('1.1', fields) }
  }

  async #untilSent(before: Promise<unknown> | undefined, sent: Promise<void>): Promise<void> {
    const sending = before === undefined ? sent : Promise.allSettled([before, sent])
    this.#sending = sending
    try {
      await sent
    } finally {
      if (this.#sending === sending) this.#sending = undefined
    }
  }

  async #sendInTurn(
    before: Promise<unknown> | undefined,
    method: string,
    request: OutgoingRequest,
    signal: AbortSignal | undefined,
    again?: Unanswered,
  ): Promise<void> {
    if (before !== undefined) await unlessAborted(Promise.allSettled([before]), signal)
    if (signal?.aborted === true) throw aborted(signal)
    const wire = this.#usableWire() ?? (await unlessAborted(this.#ready(), signal))
    await this.#sendOn(wire, method, request, signal, again)
  }

  /** @param again the request that is sent for the second time; its answer is due before all others. */
  #sendOn(
    wire: Wire,
    method: string,
    request: OutgoingRequest,
    signal: AbortSignal | undefined,
    again?: Unanswered,
  ): void | Promise<void> {
    const exchange = wire.expect(method, request.wish)
    exchange.isLast = request.isLast
    const unanswered = again ?? new Unanswered(exchange, wire, this.#unanswered)
    if (again !== undefined) again.moveTo(exchange, wire)
    else if (request.mayRetry) {
      unanswered.again = () => {
        const before = this.#sending
        return this.#untilSent(before, this.#sendInTurn(before, method, request, signal, unanswered))
      }
    }
    if (signal !== undefined) exchange.onSettled = onAbort(signal, () => wire.destroy(aborted(signal)))
    try {
      return sendRequest(wire, exchange, request)?.catch((error: unknown) => {
        // A request that threw gets no answer.
        unanswered.forget()
        throw error
      })
    } catch (error) {
      wire.destroy(error instanceof Error ? error : new Error(String(error)))
      unanswered.forget()
      throw error
    }
  }

  #nextUnanswered(): Unanswered | undefined {
    const [oldest] = this.#unanswered
    return oldest?.isAwaited === false ? oldest : this.#unanswered.find(({ isAwaited }) => !isAwaited)
  }

  /** For a caller that did not wait for request(): the first answer due after all requests have gone out. */
  async #answerOnceSent(): Promise<HttpResponse> {
    await this.#sending?.catch(() => {})
    const next = this.#nextUnanswered()
    if (next === undefined) throw new LocalProtocolError('WRONG_STATE', 'no request waits for an answer')
    return this.#answerTo(next)
  }

  #answerTo(next: Unanswered): Promise<HttpResponse> {
    next.isAwaited = true
    return next.again === undefined ? next.wire.until(next) : this.#answerOrRetry(next, next.again)
  }

  async #answerOrRetry(next: Unanswered, again: () => Promise<void>): Promise<HttpResponse> {
    try {
      return await next.wire.until(next)
    } catch (error) {
      if (!next.wire.isLostToPeer || next.exchange.hasBegun) throw error
    }
    next.again = undefined
    await again()
    return next.wire.until(next)
  }

  /** A wire that may be written to at once. */
  #usableWire(): Wire | undefined {
    return this.#wire?.isReusable === true && !this.#wire.hasRested ? this.#wire : undefined
  }

  async #ready(): Promise<Wire> {
    if (this.#wire?.isReusable === true && this.#wire.hasRested) await this.#wire.refreshed()
    if (this.#closed !== undefined) throw this.#closed()
    const wire = this.#usableWire()
    if (wire !== undefined) return wire
    this.#connecting ??= this.#open().finally(() => (this.#connecting = undefined))
    return this.#connecting
  }

  async #open(): Promise<Wire> {
    const transport = await this.#connectTransport()
    if (this.#closed !== undefined) {
      transport.destroy()
      throw this.#closed()
    }
    const { limits, lenient, onEvent, allowMissingCloseNotify = false } = this.#settings
    const wire = new Wire(transport, {
      clock: this.#clock,
      limits,
      lenient,
      onEvent,
      allowMissingCloseNotify,
      timeouts: () => this.#timeouts,
    })
    for (const old of this.#wires) if (!old.isOpen) this.#wires.delete(old)
    this.#wires.add(wire)
    this.#wire = wire
    return wire
  }

  async #connectTransport(): Promise<Transport> {
    const { verify, tls } = this.#settings
    const { connect: timeout } = this.#timeouts
    try {
      return await this.#connector(this.origin, {
        timeout,
        verify,
        tls,
        lenient: this.#leniencies,
        tellsAnswers: true,
        signal: this.#closing.signal,
      })
    } catch (error) {
      throw this.#closed?.() ?? error
    }
  }

  /** Without an error the close is orderly; then nobody may ever ask why, and an error with its stack costs as much as all else. */
  #end(error?: ConnectionError): void {
    this.#closed ??= error === undefined ? closedByCaller : () => error
    if (this.#connecting !== undefined) this.#closing.abort(this.#closed())
    for (const wire of this.#wires) wire.destroy(error)
    this.#wires.clear()
  }
}

const NO_OPTIONS: RequestOptions = {}

const closedByCaller = (): ConnectionError => new ConnectionError('CONNECTION_CLOSED', 'open', 'close() was called')

/** The requests that have been sent when this is called. */
const SENT = Promise.resolve()

/** Whether it may be sent twice. @throws LocalProtocolError `INVALID_OPTION` if it may not. */
function checkRepeatable(method: string, body: RequestBody | undefined): true {
  if (!SAFE_METHODS.has(method)) throw new LocalProtocolError('INVALID_OPTION', `retry: ${method} is not safe`)
  if (body?.kind === 'stream') throw new LocalProtocolError('INVALID_OPTION', 'retry: a stream cannot be sent twice')
  return true
}

/** RFC 9110 section 9.2.1. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** How long to wait for a reaction to `Expect: 100-continue` before the body is sent, ms. */
const DEFAULT_CONTINUE_WAIT = 1_000

function continueWaitOf(option: boolean | number | undefined, body: RequestBody | undefined): number | undefined {
  if (option === undefined || option === false || body === undefined) return undefined
  // RFC 9110 section 10.1.1: no expectation without content.
  if (bodyLength(body) === 0) return undefined
  return option === true ? DEFAULT_CONTINUE_WAIT : checkMilliseconds(option)
}

/** The result of `promise`, unless `signal` aborts first. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const stopListening = onAbort(signal, () => reject(aborted(signal)))
    void promise.then(resolve, reject).finally(stopListening)
    if (signal.aborted) reject(aborted(signal))
  })
}

const aborted = (signal: AbortSignal): ConnectionError =>
  new ConnectionError('ABORTED', 'open', String(signal.reason), { cause: signal.reason })
