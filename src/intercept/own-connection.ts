import { errorMonitor, type EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { isTcpOver } from '../client/socket-endings.ts'
import { connectionInfo, failedConnect, isTls, lostConnection } from '../client/socket-facts.ts'
import { closedByThisSide, ConnectionError, type Phase } from '../errors.ts'
import { type ConnectionInfo, formatOrigin, type Origin, type SegmentReader, type Transport } from '../transport.ts'
import { queueMicrotask } from '../timers.ts'

/**
 * The client's own connection to the server, as a transport.
 *
 * It does not move bytes: these come and go by themselves, and are reported here on their way.
 */
export class OwnConnection implements Transport {
  #info: ConnectionInfo = {}
  #socket: Socket
  #origin: Origin
  readonly #onDropped: () => void
  #reader: SegmentReader | undefined
  readonly #waiting: (Buffer | null)[] = []
  #passed: Uint8Array[] = []
  #failure: Error | undefined
  #isDropped = false

  /** @param onDropped called when nobody wants to know of it any more. */
  constructor(socket: Socket, origin: Origin, onDropped: () => void) {
    this.#socket = socket
    this.#origin = origin
    this.#onDropped = onDropped
    this.#watchErrors()
  }

  /** Resolves when the client's socket has connected, TLS included. @throws ConnectionError with the failure of the socket. */
  connected(signal: AbortSignal): Promise<Transport> {
    return this.#ready(signal)
  }

  /** The client starts TLS over its socket; `secured` is the one that speaks it. */
  secure(secured: Socket): void {
    this.#socket = secured
    this.#watchErrors()
  }

  /** @throws ConnectionError with the failure of the client's handshake. */
  async startTls(origin: Origin): Promise<void> {
    this.#origin = origin
    await this.#ready(undefined)
  }

  get info(): ConnectionInfo {
    return this.#info
  }

  /** Whether the line goes on over another connection, or is over. */
  get isDropped(): boolean {
    return this.#isDropped
  }

  read(): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) =>
      this.receive({
        onBytes: (buffer, length) => resolve(buffer.subarray(0, length)),
        onEnd: () => resolve(null),
        onFailure: reject,
      }),
    )
  }

  receive(reader: SegmentReader): void {
    this.#reader = reader
    if (this.#waiting.length > 0 || this.#failure !== undefined) queueMicrotask(() => this.#tellWaiting())
  }

  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    this.#passed.push(bytes)
    return undefined
  }

  /** What was written since the last call: that much the client's socket may send. */
  takePassed(): readonly Uint8Array[] {
    const passed = this.#passed
    this.#passed = []
    return passed
  }

  end(): void {}

  destroy(error?: Error): void {
    if (this.#isDropped) return
    this.#isDropped = true
    this.#fail(error ?? closedByThisSide())
    this.#onDropped()
  }

  /** The system has bytes for the client, or their end. */
  tell(bytes: Buffer | null): void {
    if (this.#isDropped) return
    const socket = this.#socket
    if (bytes === null && isTls(socket) && isTcpOver(socket))
      return this.#fail(new ConnectionError('TLS_TRUNCATED', 'open', '', { socketError: 'end' }))
    if (this.#reader === undefined || this.#waiting.length > 0) this.#waiting.push(bytes)
    else this.#give(this.#reader, bytes)
  }

  #watchErrors(): void {
    const socket: EventEmitter = this.#socket
    socket.on(errorMonitor, (error: Error) => {
      if (isOfSystem(error)) this.#fail(lostConnection(error, error))
    })
  }

  /** Resolves when bytes can flow on the client's socket. */
  #ready(signal: AbortSignal | undefined): Promise<Transport> {
    const own = this.#socket
    const socket: EventEmitter = own
    const event = isTls(own) ? 'secureConnect' : 'connect'
    return new Promise((resolve, reject) => {
      let isUnfound = false
      let why: unknown
      const phase = (): Phase => (isTls(own) && !own.connecting && !isUnfound ? 'tls' : 'tcp')
      const onLookup = (error: unknown): void => {
        isUnfound = error instanceof Error
        why = error
      }
      const onReady = (): void => {
        stop()
        this.#info = connectionInfo(own)
        resolve(this)
      }
      const onError = (error: Error): void => {
        if (!isOfSystem(error) && error !== why) return
        stop()
        reject(failedConnect(error, phase(), this.#origin))
      }
      const onAbort = (): void => {
        stop()
        reject(new ConnectionError('ABORTED', phase(), formatOrigin(this.#origin), { cause: signal?.reason }))
      }
      const stop = (): void => {
        socket.off(event, onReady).off(errorMonitor, onError).off('lookup', onLookup)
        signal?.removeEventListener('abort', onAbort)
      }
      socket.on(event, onReady).on(errorMonitor, onError).on('lookup', onLookup)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  #fail(failure: Error): void {
    this.#failure ??= failure
    const reader = this.#reader
    this.#reader = undefined
    reader?.onFailure(this.#failure)
  }

  #tellWaiting(): void {
    if (this.#reader === undefined) return
    const next = this.#waiting.shift()
    if (next !== undefined) this.#give(this.#reader, next)
    else if (this.#failure !== undefined) this.#fail(this.#failure)
  }

  #give(reader: SegmentReader, bytes: Buffer | null): void {
    this.#reader = undefined
    if (bytes === null) reader.onEnd()
    else reader.onBytes(bytes, bytes.length)
  }
}

/**
 * Whether it is a failure of the connection. Whoever destroys a socket may give a reason, too; but no call of the system is in it, and
 * nothing of OpenSSL.
 */
function isOfSystem(error: Error): boolean {
  const code: unknown = Reflect.get(error, 'code')
  const isOfTls = typeof code === 'string' && code.startsWith('ERR_SSL_')
  return isOfTls || typeof Reflect.get(error, 'syscall') === 'string' || Array.isArray(Reflect.get(error, 'errors'))
}
