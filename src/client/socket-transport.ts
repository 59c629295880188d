import type * as Net from 'node:net'
import type { LookupFunction, NetConnectOpts, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type * as Tls from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import { type ScheduledAction, SYSTEM_CLOCK } from '../clock.ts'
import { closedByThisSide, ConnectionError, type Phase } from '../errors.ts'
import {
  type ConnectionInfo,
  type ConnectOptions,
  DIRECT,
  formatOrigin,
  isSecure,
  type Origin,
  type SegmentReader,
  type Transport,
} from '../transport.ts'
import { Inflow } from './inflow.ts'
import { onAbort } from './on-abort.ts'
import { connectionInfo, failedConnect, isTls, lostConnection } from './socket-facts.ts'
import { afterPoll, readBeforeWriteFails, watchForTruncation } from './socket-endings.ts'
import { clearTimeout, setImmediate, setTimeout } from '../timers.ts'

/** How sockets are opened, besides the options of the connection. */
export interface SocketOptions {
  /** Path of a unix domain socket or Windows pipe; host and port are then only labels. */
  readonly socketPath?: string | undefined
  /** Address of this machine to connect from. */
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
  /** 4 or 6 for only one version of IP. Default: 0, both. */
  readonly family?: 0 | 4 | 6 | undefined
  /** Used instead of `dns.lookup`. */
  readonly lookup?: LookupFunction | undefined
}

// Loaded with the first connection, as they take 5 and 3 ms: a replay has none, and most servers in tests speak no TLS.
const nodeNet = (): typeof Net => process.getBuiltinModule('node:net')
const nodeTls = (): typeof Tls => process.getBuiltinModule('node:tls')

/** Connects a new socket to an origin. @throws ConnectionError as `socketConnector`. */
export async function connectTo(
  origin: Origin,
  options: ConnectOptions,
  socketOptions: SocketOptions,
): Promise<Transport> {
  const inflow = new Inflow()
  const place = { ...placeOf(origin, socketOptions, options), onread: inflow.onread }
  const socket = unmocked(() =>
    isSecure(origin) ? nodeTls().connect(tlsOptions(origin, options, place)) : nodeNet().connect(place),
  )
  await untilConnected(socket, origin, options, 'tcp')
  return opened(new SocketTransport(socket, inflow))
}

/**
 * msw 3 and nock 15 take every socket of Node for their own until they have read what it says. They have this place for connections
 * that are not theirs to answer: the program's own connection has been through them already.
 */
function unmocked<Result>(connect: () => Result): Result {
  const place: unknown = Reflect.get(globalThis, '__MSW_INTERNAL_CONNECTION_CONTEXT')
  const run: unknown = place instanceof Object ? Reflect.get(place, 'run') : undefined
  return typeof run === 'function' ? Reflect.apply(run, place, [connect]) : connect()
}

/** TLS over an existing stream of bytes, such as the tunnel of a proxy. */
export async function connectTlsOver(stream: Duplex, origin: Origin, options: ConnectOptions): Promise<Transport> {
  const socket = nodeTls().connect(tlsOptions(origin, options, { socket: stream }))
  await untilConnected(socket, origin, options, 'tls')
  return opened(new SocketTransport(socket, undefined, stream))
}

/** A connected socket as a Transport, which must be its only reader. */
export class SocketTransport implements Transport {
  #info: ConnectionInfo = {}
  #socket: Socket
  #carrier: Duplex | undefined
  readonly #inflow: Inflow
  #isEnding = false
  #drained: Drained | undefined
  #isTruncated: () => boolean = () => false

  /**
   * @param inflow the target of the socket's `onread`; absent: `data` events are used.
   * @param carrier the stream that carries TLS, if it is not a system socket.
   */
  constructor(socket: Socket, inflow?: Inflow, carrier?: Duplex) {
    this.#socket = socket
    this.#inflow = inflow ?? new Inflow()
    this.#listen(socket, carrier, inflow === undefined)
  }

  get info(): ConnectionInfo {
    return this.#info
  }

  #listen(socket: Socket, carrier: Duplex | undefined, readsData: boolean): void {
    this.#socket = socket
    this.#carrier = carrier
    this.#info = connectionInfo(socket)
    if (isTls(socket)) this.#isTruncated = watchForTruncation(socket, carrier)
    readBeforeWriteFails(socket)
    this.#inflow.attach(socket)
    if (readsData) socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
    socket.on('error', this.#onError)
    socket.on('close', this.#onClose)
    socket.on('drain', this.#onDrain)
  }

  /** Leaves the socket to somebody else: it is paused, and what has been read of it stays here. */
  release(): Socket {
    const socket = this.#socket
    socket.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose).off('drain', this.#onDrain)
    // The error listener stays, since an error without any would end the process.
    socket.pause()
    return socket
  }

  async startTls(origin: Origin, options: ConnectOptions): Promise<void> {
    const plain = this.release()
    const secure = nodeTls().connect(tlsOptions(origin, options, { socket: plain }))
    await untilConnected(secure, origin, options, 'tls')
    this.#listen(secure, undefined, true)
  }

  read(): Promise<Uint8Array | null> {
    return this.#inflow.read()
  }

  receive(reader: SegmentReader): void {
    this.#inflow.receive(reader)
  }

  write(bytes: Uint8Array): void | Promise<void> {
    const { failure } = this.#inflow
    if (failure !== undefined) return Promise.reject(failure)
    if (this.#socket.write(bytes)) return undefined
    return new Promise((resolve, reject) => {
      this.#drained = { resolve, reject }
    })
  }

  keepAlive(value: boolean): void {
    keepProcessFor(this.#socket, value)
    // A carrier that is not a system socket cannot be reached through the TLS socket.
    if (this.#carrier !== undefined) keepProcessFor(this.#carrier, value)
  }

  end(): void {
    this.#socket.end()
  }

  destroy(error?: Error): void {
    if (this.#socket.destroyed) return
    this.#inflow.clear()
    this.#onFailure(error ?? closedByThisSide())
    // An orderly end still sends the written bytes and the close_notify of TLS; after a failure nothing is sent.
    if (error === undefined) this.#destroySoon()
    else this.#socket.destroy()
  }

  #destroySoon(): void {
    const socket = this.#socket
    socket.destroySoon()
    // A peer that takes nothing must not keep the socket, and the process, alive.
    const timer = setTimeout(() => socket.destroy(), GRACE).unref()
    socket.once('close', () => clearTimeout(timer))
  }

  /** If a reset arrives together with data, libuv reports an end. A write reveals the reset. */
  readonly #onEnd = (): void => {
    const socket = this.#socket
    this.#isEnding = true
    if (!socket.writable) this.#settleEnd()
    else if (socket.writableLength > 0) setImmediate(() => this.#settleEnd())
    // This sends nothing; after a reset it still fails.
    else socket.write(NOTHING, (error) => this.#settleEnd(error))
  }

  #settleEnd(error?: NodeJS.ErrnoException | null): void {
    if (error !== undefined && error !== null) this.#noteError(error, 'end')
    if (this.#inflow.failure !== undefined) return
    if (this.#isTruncated()) this.#onFailure(new ConnectionError('TLS_TRUNCATED', 'open', '', { socketError: 'end' }))
    else this.#inflow.end()
  }

  readonly #onData = (segment: Buffer): void => this.#inflow.add(segment)

  readonly #onError = (error: NodeJS.ErrnoException): void => this.#noteError(error)

  readonly #onClose = (): void => this.#onFailure(new ConnectionError('CONNECTION_CLOSED', 'open', ''))

  /** @param shown what a socket reports to its user, if that is not the error. */
  #noteError(error: NodeJS.ErrnoException, shown: Error | 'end' = error): void {
    // A reset after the peer's end is reported as EPIPE: then nothing is missing.
    if (!this.#isEnding || error.code !== 'EPIPE') this.#onFailure(lostConnection(error, shown))
  }

  #onFailure(failure: Error): void {
    this.#inflow.fail(failure)
    this.#drained?.reject(this.#inflow.failure ?? failure)
    this.#drained = undefined
  }

  readonly #onDrain = (): void => {
    this.#drained?.resolve()
    this.#drained = undefined
  }
}

interface Drained {
  resolve(): void
  reject(error: Error): void
}

/** How long the peer may take to accept the bytes written before the close, ms. */
const GRACE = 1_000

const NOTHING = Buffer.alloc(0)

function placeOf(
  { host, port }: Origin,
  { socketPath, ...options }: SocketOptions,
  { socket }: ConnectOptions,
): NetConnectOpts {
  // Half-open: the end of the server's side must not end ours automatically, or the recording would differ from the wire.
  const behaviour = { noDelay: true, ...socket, allowHalfOpen: true, [DIRECT]: true }
  if (socketPath !== undefined) return { ...behaviour, path: socketPath }
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return { ...behaviour, host, port, ...Object.fromEntries(given) }
}

const tlsOptions = (
  { protocol, host }: Origin,
  { verify = true, tls }: ConnectOptions,
  place: ConnectionOptions,
): ConnectionOptions => ({
  // RFC 6066 section 3: an address is not a server name.
  ...(nodeNet().isIP(host) === 0 ? { servername: host } : {}),
  ...(protocol === 'https' ? { ALPNProtocols: ['http/1.1'] } : {}),
  ...tls,
  // The name that the certificate must have, if `place` does not contain it: on a path, or through a tunnel.
  host,
  ...place,
  rejectUnauthorized: verify,
})

/** Unsolicited bytes of a server are recognised only if they arrive before the request is written. */
async function opened(transport: Transport): Promise<Transport> {
  await afterPoll()
  return transport
}

/** Resolves when bytes can flow; rejects with the reason if they cannot. */
function untilConnected(
  socket: Socket,
  origin: Origin,
  { timeout, signal, onHandshake }: ConnectOptions,
  firstPhase: Phase,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let phase = firstPhase
    let timer = startTimer()
    socket.on('connect', onConnect)
    socket.on('secureConnect', onReady)
    socket.on('error', onError)
    const stopListening = signal && onAbort(signal, onSignal)
    if (signal?.aborted === true) onSignal()

    function startTimer(): ScheduledAction | undefined {
      return timeout === undefined ? undefined : SYSTEM_CLOCK.schedule(timeout, onTimeout)
    }
    function onConnect(): void {
      if (!isTls(socket)) return onReady()
      phase = 'tls'
      timer?.cancel()
      timer = startTimer()
      onHandshake?.()
    }
    function onReady(): void {
      settle()
      resolve()
    }
    function onError(error: NodeJS.ErrnoException): void {
      fail(failedConnect(error, phase, origin))
    }
    function onTimeout(): void {
      const code = phase === 'tls' ? 'TLS_TIMEOUT' : 'CONNECT_TIMEOUT'
      fail(new ConnectionError(code, phase, `${formatOrigin(origin)}, ${timeout} ms`))
    }
    function onSignal(): void {
      fail(new ConnectionError('ABORTED', phase, formatOrigin(origin), { cause: signal?.reason }))
    }
    function fail(error: ConnectionError): void {
      settle()
      // A destroyed socket may emit another error while it closes; the first one has been reported.
      socket.on('error', () => {})
      socket.destroy()
      reject(error)
    }
    function settle(): void {
      timer?.cancel()
      stopListening?.()
      socket.off('connect', onConnect).off('secureConnect', onReady).off('error', onError)
    }
  })
}

/** Any stream may carry TLS, but only sockets and their substitutes keep a process alive. */
function keepProcessFor(stream: Duplex, value: boolean): void {
  const act: unknown = Reflect.get(stream, value ? 'ref' : 'unref')
  if (typeof act === 'function') Reflect.apply(act, stream, [])
}
