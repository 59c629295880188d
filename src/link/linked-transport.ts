import { connectSocket } from '../client/socket-connector.ts'
import { closedByThisSide, ConnectionError } from '../errors.ts'
import type { ConnectionInfo, ConnectOptions, Origin, Transport } from '../transport.ts'
import { type Frame, Frames } from './frames.ts'
import { errorIn, infoIn } from './messages.ts'
import { fromSentError } from './sent-error.ts'
import { sentOptions } from './sent-options.ts'

/** Connects to a test of this machine. @throws the system's error if it has ended. */
export async function framesTo(port: number): Promise<Frames> {
  return new Frames(await connectSocket({ protocol: 'tcp', host: '127.0.0.1', port }, {}))
}

/** A connection of this process that is recorded, or played, by a test in another process. */
export class LinkedTransport implements Transport {
  readonly #frames: Frames
  #info: ConnectionInfo
  #failure: Error | undefined
  #onSecured: { resolve(): void; reject(error: Error): void } | undefined

  private constructor(frames: Frames, info: ConnectionInfo) {
    this.#frames = frames
    this.#info = info
  }

  /** @throws what the test's connector throws. */
  static async open(port: number, pass: string, origin: Origin, options: ConnectOptions): Promise<LinkedTransport> {
    const frames = await framesTo(port)
    const giveUp = (): void => frames.destroy()
    options.signal?.addEventListener('abort', giveUp)
    try {
      await frames.send('connect', { pass, origin, ...sentOptions(options) })
      return new LinkedTransport(frames, await opened(frames, options))
    } finally {
      options.signal?.removeEventListener('abort', giveUp)
    }
  }

  get info(): ConnectionInfo {
    return this.#info
  }

  async read(): Promise<Uint8Array | null> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure
      const frame = await this.#frames.next()
      if (frame === undefined) throw this.#fail(this.#failure ?? hasEnded())
      if (frame.kind === 'data') return frame.bytes
      if (frame.kind === 'end') return null
      if (frame.kind === 'failed') this.#onFailed(fromSentError(errorIn(frame)))
      if (frame.kind === 'secured') this.#secure(frame)
    }
  }

  write(bytes: Uint8Array): void | Promise<void> {
    return this.#failure === undefined ? this.#frames.send('data', bytes) : Promise.reject(this.#failure)
  }

  end(): void {
    void this.#frames.send('end')
  }

  /** The answer comes to the reader: the code that starts TLS has one outstanding. */
  startTls(origin: Origin, options: ConnectOptions): Promise<void> {
    const secured = new Promise<void>((resolve, reject) => (this.#onSecured = { resolve, reject }))
    void this.#frames.send('tls', { pass: '', origin, ...sentOptions(options) })
    return secured
  }

  keepAlive(value: boolean): void {
    this.#frames.keepAlive(value)
  }

  destroy(error?: Error): void {
    this.#fail(error ?? closedByThisSide())
    this.#frames.destroy()
  }

  #secure(frame: Frame): void {
    this.#info = infoIn(frame)
    this.#onSecured?.resolve()
    this.#onSecured = undefined
  }

  #onFailed(error: Error): void {
    this.#fail(error)
    this.#onSecured?.reject(error)
  }

  #fail(error: Error): Error {
    this.#failure ??= error
    return this.#failure
  }
}

/** Waits until the test has connected, or has found the connection on its cassette. */
async function opened(frames: Frames, { signal, onHandshake }: ConnectOptions): Promise<ConnectionInfo> {
  for (;;) {
    const frame = await frames.next()
    if (frame?.kind === 'opened') return infoIn(frame)
    if (frame?.kind === 'failed') throw fromSentError(errorIn(frame))
    if (frame?.kind === 'handshake') onHandshake?.()
    if (frame === undefined)
      throw signal?.aborted === true
        ? new ConnectionError('ABORTED', 'tcp', 'the client has given up', { cause: signal.reason })
        : hasEnded()
  }
}

const hasEnded = (): Error => new ConnectionError('SCOPE_ENDED', 'open', 'its cassette is closed')
