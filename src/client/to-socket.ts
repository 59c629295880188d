import { isIP } from 'node:net'
import { Duplex } from 'node:stream'
import { checkOptions } from '../options.ts'
import { clearTimeout, LONGEST_TIMER, setImmediate, setTimeout } from '../timers.ts'
import { type Connector, DEFAULT_PORTS, isSecure, type Origin, type Transport } from '../transport.ts'
import { connectTimeout, failedWrite, isTimeout, shownError, socketError } from './socket-error.ts'
import { checkMilliseconds } from './timeouts.ts'

/**
 * A transport as a socket, for clients that need one. Experimental.
 *
 * Over https it is already decrypted: the client must not start TLS again. The end of the peer's side ends ours, as with
 * sockets by default. A failure is the same `'error'` event as on a Node socket, live and replayed.
 */
export const toSocket = (transport: Transport): TransportSocket => new TransportSocket(transport)

/**
 * The `createConnection` of an `http.Agent` or `https.Agent` whose connections come from `connector`. Experimental.
 *
 * ```ts
 * const agent = Object.assign(new https.Agent({ keepAlive: true }), { createConnection: nodeConnect(connector) })
 * ```
 *
 * An `https.Agent` does TLS in the method that is replaced here; the connector has already done it, and TLS options of a
 * request are ignored. A request with `agent: false` has an agent of its own and goes to the network.
 */
export function nodeConnect(connector: Connector): NodeConnect {
  return function createConnection({ protocol, host, port, timeout }) {
    const origin = originOf(this.protocol ?? protocol, host, port)
    const closing = new AbortController()
    const socket = new TransportSocket(connector(origin, { signal: closing.signal }), {
      isSecure: isSecure(origin),
      giveUp: () => closing.abort(),
    })
    return typeof timeout === 'number' && timeout > 0 ? socket.setTimeout(timeout) : socket
  }
}

/** Options of `undiciConnect`. */
export interface UndiciConnectOptions {
  /** Like undici's own option: milliseconds until it gives up with `UND_ERR_CONNECT_TIMEOUT`; 0: never. Default: 10,000. */
  readonly timeout?: number | undefined
}

/**
 * The `connect` option of undici's `Agent`, `Pool` and `Client`, and so of `fetch`. Experimental.
 *
 * ```ts
 * setGlobalDispatcher(new Agent({ connect: undiciConnect(connector) }))
 * ```
 *
 * undici's `connectTimeout` has no effect if `connect` is a function: give the limit here.
 *
 * @throws LocalProtocolError `INVALID_OPTION` for a limit that no timer supports, `UNKNOWN_OPTION` for an option that does not exist.
 */
export function undiciConnect(connector: Connector, options: UndiciConnectOptions = {}): UndiciConnect {
  checkOptions('undiciConnect', options, { timeout: true })
  const { timeout = UNDICI_TIMEOUT } = options
  const limit = timeout === 0 ? undefined : checkMilliseconds(timeout)
  return ({ protocol, hostname, port }, onConnect) => {
    const origin = originOf(protocol, hostname, port)
    /* oxlint-disable typescript/no-unsafe-type-assertion -- see OnConnect */
    connector(origin, { timeout: limit }).then(
      (transport) => onConnect(null, toSocket(transport) as never),
      (error: unknown) =>
        onConnect(isTimeout(error) ? connectTimeout(origin, timeout) : socketError(error), null as never),
    )
    /* oxlint-enable typescript/no-unsafe-type-assertion */
  }
}

const UNDICI_TIMEOUT = 10_000

/** `createConnection` as `node:http` calls it: as a method of the agent, which knows the protocol. */
export type NodeConnect = (
  this: { readonly protocol?: string | null | undefined },
  place: {
    readonly protocol?: string | null | undefined
    readonly host?: string | null | undefined
    readonly port?: string | number | null | undefined
    /** Milliseconds without a byte until the socket emits `'timeout'`, connecting included. */
    readonly timeout?: number | undefined
  },
) => TransportSocket

/** `connect` as undici calls it. */
export type UndiciConnect = (
  place: { readonly protocol: string; readonly hostname: string; readonly port: string },
  onConnect: OnConnect,
) => void

/** Clients declare different socket types but use them in the same way; `never` fits them all. */
type OnConnect = (...result: [error: null, socket: never] | [error: Error, socket: never]) => void

/** The known facts about a connection that is being made. */
export interface Opening {
  /** Whether it will be TLS. */
  readonly isSecure: boolean
  /** Called when the connection is no longer wanted. */
  readonly giveUp: () => void
}

/** What {@link toSocket} makes: a Duplex with as much of a socket's surface as HTTP clients touch. */
export class TransportSocket extends Duplex {
  connecting: boolean
  remoteAddress: string | undefined
  remotePort: number | undefined
  localAddress: string | undefined
  localPort: number | undefined
  /** `true` over TLS, as on a `TLSSocket`. */
  encrypted: boolean
  authorized = false
  /** What ALPN agreed on; `false`: nothing. */
  alpnProtocol: string | false = false
  bytesRead = 0
  bytesWritten = 0
  /** As given to `setTimeout`. */
  timeout = 0
  #transport: Transport | undefined
  readonly #opening: Opening | undefined
  /** The operation of the client that waits for the connection; a stream runs one at a time. */
  #early: (() => void) | undefined
  #keepsAlive = true
  #idleTimer: NodeJS.Timeout | undefined

  /** @param source a transport, or a pending one: the socket is then `connecting`, like a Node socket. */
  constructor(source: Transport | Promise<Transport>, opening?: Opening) {
    // As on net.Socket, `close` has an argument and a timing of its own.
    super({ allowHalfOpen: false, emitClose: false })
    this.connecting = source instanceof Promise
    this.encrypted = opening?.isSecure === true
    this.#opening = opening
    if (source instanceof Promise) this.#awaitTransport(source)
    else this.#use(source)
    // Notices the end of a connection even while nobody reads.
    this.read(0)
  }

  get pending(): boolean {
    return this.connecting
  }

  get remoteFamily(): string | undefined {
    return familyOf(this.remoteAddress)
  }

  get localFamily(): string | undefined {
    return familyOf(this.localAddress)
  }

  /** Emits `'timeout'` after this many milliseconds without a byte, and leaves the socket open. 0: never. */
  setTimeout(milliseconds: number, callback?: () => void): this {
    if (this.destroyed) return this
    clearTimeout(this.#idleTimer)
    this.timeout = milliseconds
    const limit = Math.min(milliseconds, LONGEST_TIMER)
    this.#idleTimer = milliseconds === 0 ? undefined : setTimeout(() => this.emit('timeout'), limit).unref()
    if (callback === undefined) return this
    return milliseconds === 0 ? this.off('timeout', callback) : this.once('timeout', callback)
  }

  /** Destroys the socket once all that was written has gone out. */
  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  // Hints for the operating system, which a transport ignores.
  setKeepAlive(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  setTypeOfService(): this {
    return this
  }

  /** Keeps the process alive while the socket is open, which is the default. */
  ref(): this {
    return this.#keepAlive(true)
  }

  /** Lets the process end while the socket is open, as agents do for idle sockets. */
  unref(): this {
    return this.#keepAlive(false)
  }

  override _read(): void {
    const transport = this.#transport
    // Asked again once there is a connection.
    if (transport === undefined) return
    // In a later turn of the event loop, as from the network: a client may rely on nothing coming earlier, even just after
    // a write.
    transport.read().then(
      (segment) => setImmediate(() => this.#onSegment(segment)),
      (error: unknown) => setImmediate(() => this.#onFailure(error)),
    )
  }

  override _write(bytes: Uint8Array, _encoding: string, onWritten: OnWritten): void {
    // A copy, because the client may reuse its buffer after the callback.
    this.#onceOpen((transport) => this.#send(transport, Uint8Array.from(bytes), onWritten))
  }

  override _writev(writes: readonly { readonly chunk: Uint8Array }[], onWritten: OnWritten): void {
    this.#onceOpen((transport) => this.#send(transport, Buffer.concat(writes.map(({ chunk }) => chunk)), onWritten))
  }

  override _final(onWritten: OnWritten): void {
    this.#onceOpen((transport) => {
      transport.end()
      onWritten()
    })
  }

  override _destroy(error: Error | null, onDestroyed: (error: Error | null) => void): void {
    clearTimeout(this.#idleTimer)
    this.connecting = false
    this.#early = undefined
    if (this.#transport === undefined) this.#opening?.giveUp()
    else this.#transport.destroy(error ?? undefined)
    onDestroyed(error)
    // `hadError`; later than `end` and `error`, as the operating system closes a socket.
    setImmediate(() => this.emit('close', error !== null))
  }

  #awaitTransport(source: Promise<Transport>): void {
    // In a later turn of the event loop, as from the network.
    source.then(
      (transport) => setImmediate(() => this.#onOpen(transport)),
      (error: unknown) => setImmediate(() => this.#onFailure(error)),
    )
  }

  #onOpen(transport: Transport): void {
    if (this.destroyed) return transport.destroy()
    this.connecting = false
    this.#idleTimer?.refresh()
    this.#use(transport)
    this._read()
    if (!this.#keepsAlive) transport.keepAlive?.(false)
    this.emit('connect')
    this.emit('ready')
    if (this.encrypted) this.emit('secureConnect')
    const early = this.#early
    this.#early = undefined
    early?.()
  }

  #use(transport: Transport): void {
    const { remoteAddress, remotePort, localAddress, localPort, tls } = transport.info
    Object.assign(this, { remoteAddress, remotePort, localAddress, localPort })
    this.encrypted ||= tls !== undefined
    this.authorized = tls?.authorized ?? false
    this.alpnProtocol = tls?.alpn ?? false
    this.#transport = transport
  }

  #onceOpen(act: (transport: Transport) => void): void {
    if (this.#transport === undefined) this.#early = () => this.#onceOpen(act)
    else act(this.#transport)
  }

  #keepAlive(value: boolean): this {
    this.#keepsAlive = value
    this.#transport?.keepAlive?.(value)
    return this
  }

  #onFailure(error: unknown): void {
    const shown = shownError(error)
    // A request that waits for the handshake fails with this, as in Node (tls_wrap.cc, `InvokeQueued`).
    if (shown === 'end') this.#onSegment(null)
    else this.destroy(this.#early === undefined ? shown : failedWrite(shown))
  }

  #onSegment(segment: Uint8Array | null): void {
    if (this.destroyed) return
    this.push(segment)
    // Without a reader, nothing would consume the `end`.
    if (segment === null) return void this.read(0)
    this.bytesRead += segment.length
    this.#idleTimer?.refresh()
  }

  #send(transport: Transport, bytes: Uint8Array, onWritten: OnWritten): void {
    this.bytesWritten += bytes.length
    this.#idleTimer?.refresh()
    try {
      const blocked = transport.write(bytes)
      if (blocked === undefined) return onWritten()
      blocked.then(
        () => onWritten(),
        (error: unknown) => onWritten(socketError(error)),
      )
    } catch (error) {
      onWritten(socketError(error))
    }
  }
}

type OnWritten = (error?: Error) => void

function originOf(
  scheme: string | null | undefined,
  host: string | null | undefined,
  port: string | number | null | undefined,
): Origin {
  const protocol = scheme === 'https:' ? 'https' : 'http'
  return {
    protocol,
    host: (host ?? 'localhost').replace(/^\[(.*)\]$/, '$1'),
    port: Number(port) || DEFAULT_PORTS[protocol],
  }
}

const familyOf = (address: string | undefined): string | undefined =>
  address === undefined ? undefined : `IPv${isIP(address)}`
