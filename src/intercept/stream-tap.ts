import type { Socket } from 'node:net'

/** What stands in the middle of a client's socket. */
export interface TapListener {
  /** Bytes from the system, or `null` for their end. Returns whether more may come. */
  onReceived(bytes: Buffer | null): boolean
  /** The client writes; one at a time, until `sending` is over. */
  onSent(bytes: Uint8Array, sending: Sending): void
  /** The client ends its side, and has been let. */
  onEnded(): void
  /** The client takes more after it took no more. */
  onDemand(): void
}

/** A write of the client's that is under way. */
export interface Sending {
  /** Writes what the client has written, as it has written it. */
  pass(): void
  /** Writes other bytes. */
  send(bytes: Uint8Array): void
  /** Writes nothing, and lets the client go on. */
  drop(): void
}

type Hidden = 'push' | '_write' | '_writev' | '_final' | '_read'

type Written = (error?: Error | null) => void

/** What a stream hands to `_writev`. */
interface Piece {
  readonly chunk: Uint8Array | string
  readonly encoding: BufferEncoding
}

/**
 * Sees every byte between the stream of a client's socket and the system, in both directions, and can take it out.
 *
 * The socket stays the client's own in all else: how it connects, its events, its pauses and its errors. Code that uses the handle of a
 * socket without its stream (HTTP/2, TLS over it) is not seen.
 */
export class StreamTap {
  readonly #socket: Socket
  readonly #listener: TapListener
  /** The methods of the socket that are hidden. */
  readonly #own: Readonly<Record<Hidden, Function>>
  #isCutOff = false

  constructor(socket: Socket, listener: TapListener) {
    this.#socket = socket
    this.#listener = listener
    const own = (name: string): Function => Reflect.get(socket, name)
    this.#own = {
      push: own('push'),
      _write: own('_write'),
      _writev: own('_writev'),
      _final: own('_final'),
      _read: own('_read'),
    }
    this.#replace({
      push: (chunk: Buffer | null) => this.#listener.onReceived(chunk),
      _write: (chunk: Uint8Array | string, encoding: BufferEncoding, written: Written) =>
        this.#listener.onSent(
          bytesOf({ chunk, encoding }),
          this.#sending(written, () => this.#call('_write', chunk, encoding, written)),
        ),
      _writev: (pieces: readonly Piece[], written: Written) =>
        this.#listener.onSent(
          Buffer.concat(pieces.map(bytesOf)),
          this.#sending(written, () => this.#call('_writev', pieces, written)),
        ),
      _final: (done: Written) => {
        this.#call('_final', done)
        this.#listener.onEnded()
      },
      _read: (size: number) => {
        if (!this.#isCutOff) this.#call('_read', size)
        this.#listener.onDemand()
      },
    })
  }

  /** Gives bytes to the client, or `null` for their end. Returns whether it takes more at once. */
  give(bytes: Buffer | null): boolean {
    return this.#call('push', bytes) === true
  }

  /** The same for what does not come from the system. */
  bring(bytes: Buffer | null): boolean {
    const socket = this.#socket
    // As Node does it when bytes arrive: they put off the time limit of the socket.
    const refresh: unknown = Reflect.get(socket, '_unrefTimer')
    if (typeof refresh === 'function') Reflect.apply(refresh, socket, [])
    const takesMore = this.give(bytes)
    if (bytes === null) socket.read(0)
    return takesMore
  }

  /** Reads no more from the system, not even its end. */
  cutOff(): void {
    this.#isCutOff = true
    const handle: unknown = Reflect.get(this.#socket, '_handle')
    const stop: unknown = Reflect.get(Object(handle), 'readStop')
    if (typeof stop !== 'function') return
    Reflect.apply(stop, handle, [])
    Object.assign(Object(handle), { reading: false })
  }

  #call(name: Hidden, ...args: readonly unknown[]): unknown {
    return Reflect.apply(this.#own[name], this.#socket, args)
  }

  #sending(written: Written, pass: () => unknown): Sending {
    return {
      pass: () => void pass(),
      send: (bytes) => void this.#call('_write', bytes, 'buffer', written),
      drop: () => written(),
    }
  }

  #replace(methods: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(methods))
      Object.defineProperty(this.#socket, name, { value, writable: true, configurable: true, enumerable: false })
  }
}

const bytesOf = ({ chunk, encoding }: Piece): Uint8Array =>
  typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk

/** What a socket has been told to write while nothing was known of its connection: Node keeps it until it has connected. */
export function pendingBytes(socket: Socket): Uint8Array | undefined {
  const data: unknown = Reflect.get(socket, '_pendingData')
  const encoding: unknown = Reflect.get(socket, '_pendingEncoding')
  const pieces = (Array.isArray(data) ? data : [{ chunk: data, encoding }]).filter(isPiece)
  return pieces.length === 0 ? undefined : Buffer.concat(pieces.map(bytesOf))
}

const isPiece = (piece: unknown): piece is Piece => {
  const { chunk } = Object(piece)
  return typeof chunk === 'string' || ArrayBuffer.isView(chunk)
}
