import { Duplex } from 'node:stream'
import { ConnectionError } from '../errors.ts'
import { type Connector, DEFAULT_PORTS, type Origin, type Transport } from '../transport.ts'
import { clearTimeout, setImmediate, setTimeout } from '../timers.ts'

/**
 * A transport as a socket, for clients that were written for one. Experimental.
 *
 * It is connected, and over https already decrypted: a client that is given it must not start TLS again. The end of the
 * peer's side ends ours, as with sockets by default. A failure is an `'error'` event whose `code` is the system's own
 * where there is one, such as `ECONNRESET`; its `cause` is the ConnectionError. `unref` does nothing: destroy the agent that
 * keeps an idle one.
 */
export const toSocket = (transport: Transport): TransportSocket => new TransportSocket(transport)

/**
 * The `createConnection` of an `http.Agent` or `https.Agent` whose connections come from `connector`. Experimental.
 *
 * ```ts
 * const agent = Object.assign(new https.Agent({ keepAlive: true }), { createConnection: nodeConnect(connector) })
 * ```
 *
 * An `https.Agent` does TLS in the method that is replaced here; the connector has done it already, and TLS options of a
 * request are not looked at. A request with `agent: false` has an agent of its own and goes to the network.
 */
export function nodeConnect(connector: Connector): NodeConnect {
  return function createConnection({ protocol, host, port }, onConnect) {
    openSocket(connector, originOf(this.protocol ?? protocol, host, port), onConnect)
    return undefined
  }
}

/**
 * The `connect` option of undici's `Agent`, `Pool` and `Client`, and so of `fetch`. Experimental.
 *
 * ```ts
 * setGlobalDispatcher(new Agent({ connect: undiciConnect(connector) }))
 * ```
 */
export const undiciConnect =
  (connector: Connector): UndiciConnect =>
  ({ protocol, hostname, port }, onConnect) =>
    openSocket(connector, originOf(protocol, hostname, port), onConnect)

/** `createConnection` as `node:http` calls it: as a method of the agent, which knows the protocol. */
export type NodeConnect = (
  this: { readonly protocol?: string | null | undefined },
  place: {
    readonly protocol?: string | null | undefined
    readonly host?: string | null | undefined
    readonly port?: string | number | null | undefined
  },
  onConnect: OnConnect,
) => undefined

/** `connect` as undici calls it. */
export type UndiciConnect = (
  place: { readonly protocol: string; readonly hostname: string; readonly port: string },
  onConnect: OnConnect,
) => void

/** Clients differ in the type of socket they declare, and agree in what they do with one; `never` fits them all. */
type OnConnect = (...result: [error: null, socket: never] | [error: Error, socket: never]) => void

/** What {@link toSocket} makes: a Duplex with as much of a socket's surface as HTTP clients touch. */
export class TransportSocket extends Duplex {
  readonly connecting = false
  readonly pending = false
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly localAddress: string | undefined
  readonly localPort: number | undefined
  /** `true` over TLS, as on a `TLSSocket`. */
  readonly encrypted: boolean
  readonly authorized: boolean
  /** What ALPN agreed on; `false`: nothing. */
  readonly alpnProtocol: string | false
  bytesRead = 0
  bytesWritten = 0
  /** As given to `setTimeout`. */
  timeout = 0
  readonly #transport: Transport
  #idleTimer: NodeJS.Timeout | undefined

  constructor(transport: Transport) {
    // As with net.Socket, `close` has an argument and a time of its own.
    super({ allowHalfOpen: false, emitClose: false })
    const { info } = transport
    this.remoteAddress = info.remoteAddress
    this.remotePort = info.remotePort
    this.localAddress = info.localAddress
    this.localPort = info.localPort
    this.encrypted = info.tls !== undefined
    this.authorized = info.tls?.authorized ?? false
    this.alpnProtocol = info.tls?.alpn ?? false
    this.#transport = transport
    // The end of a connection is seen even while nobody reads.
    this.read(0)
  }

  /** Emits `'timeout'` after so many milliseconds without a byte, and leaves the socket as it is. 0: never. */
  setTimeout(milliseconds: number, callback?: () => void): this {
    if (this.destroyed) return this
    clearTimeout(this.#idleTimer)
    this.timeout = milliseconds
    this.#idleTimer = milliseconds === 0 ? undefined : setTimeout(() => this.emit('timeout'), milliseconds).unref()
    if (callback === undefined) return this
    return milliseconds === 0 ? this.off('timeout', callback) : this.once('timeout', callback)
  }

  /** Destroys the socket once all that was written has gone out. */
  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  // Advice to the operating system, which a transport does not take.
  setKeepAlive(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  setTypeOfService(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  override _read(): void {
    // In a later turn of the event loop, as from the network: a client may count on nothing coming before, whatever it
    // has just written.
    this.#transport.read().then(
      (segment) => setImmediate(() => this.#onSegment(segment)),
      (error: unknown) => setImmediate(() => this.destroy(socketError(error))),
    )
  }

  override _write(bytes: Uint8Array, _encoding: string, onWritten: OnWritten): void {
    // A copy, for once it is called back the client may use its buffer again.
    this.#send(Uint8Array.from(bytes), onWritten)
  }

  override _writev(writes: readonly { readonly chunk: Uint8Array }[], onWritten: OnWritten): void {
    this.#send(Buffer.concat(writes.map(({ chunk }) => chunk)), onWritten)
  }

  override _final(onWritten: OnWritten): void {
    this.#transport.end()
    onWritten()
  }

  override _destroy(error: Error | null, onDestroyed: (error: Error | null) => void): void {
    clearTimeout(this.#idleTimer)
    this.#transport.destroy(error ?? undefined)
    onDestroyed(error)
    // `hadError`; later than `end` and `error`, as the operating system closes a socket.
    setImmediate(() => this.emit('close', error !== null))
  }

  #onSegment(segment: Uint8Array | null): void {
    if (this.destroyed) return
    this.push(segment)
    // Without a reader nobody would ask for the `end` that has come.
    if (segment === null) return void this.read(0)
    this.bytesRead += segment.length
    this.#idleTimer?.refresh()
  }

  #send(bytes: Uint8Array, onWritten: OnWritten): void {
    this.bytesWritten += bytes.length
    this.#idleTimer?.refresh()
    try {
      const blocked = this.#transport.write(bytes)
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

function openSocket(connector: Connector, origin: Origin, onConnect: OnConnect): void {
  /* oxlint-disable typescript/no-unsafe-type-assertion -- see OnConnect */
  connector(origin, {}).then(
    (transport) => onConnect(null, toSocket(transport) as never),
    (error: unknown) => onConnect(socketError(error), null as never),
  )
  /* oxlint-enable typescript/no-unsafe-type-assertion */
}

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

/** The error as a socket would have it: its `code` is the system's. */
function socketError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  if (!(error instanceof ConnectionError) || error.systemCode === undefined) return error
  return Object.assign(new Error(error.message, { cause: error }), { code: error.systemCode })
}
