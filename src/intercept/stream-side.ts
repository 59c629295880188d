import type { Socket } from 'node:net'
import { ConnectionError } from '../errors.ts'
import { setImmediate } from '../timers.ts'
import type { ConnectionInfo, Transport } from '../transport.ts'
import { ClientSide } from './client-side.ts'
import { pendingBytes, type Sending, StreamTap, type TapListener } from './stream-tap.ts'

/** A side of a client's connection that is read and written in its place. */
export interface Side extends Transport {
  /** Reads no more of the socket, so that what comes next is left to TLS. */
  release(): Socket
  /** Reads and writes another socket from now on. */
  goOn(socket: Socket): void
}

interface Reader {
  resolve(bytes: Uint8Array | null): void
  reject(error: unknown): void
}

/**
 * The other end of a client's connection, right behind the stream of the client's socket.
 *
 * The socket is connected to the broker, which gives it its events; its bytes need not go that way.
 */
export class StreamSide implements Side, TapListener {
  readonly info: ConnectionInfo = {}
  readonly #client: Socket
  readonly #tap: StreamTap
  /** The broker's end, once it has accepted the client. */
  #accepted: Socket | undefined
  /** What the client has written; `null`: it has ended its side. */
  readonly #written: (Uint8Array | null)[] = []
  #length = 0
  #reader: Reader | undefined
  /** What is to be brought to the client, each in a turn of its own. */
  readonly #due: (Uint8Array | (() => void))[] = []
  #isBringing = false
  /** Called when the client takes more. */
  #onRoom: (() => void) | undefined
  #hasRoom = true
  #hasLeft = false
  /** Since the client speaks TLS over its socket. */
  #secured: ClientSide | undefined

  /** Call it as soon as the client connects. */
  constructor(client: Socket) {
    this.#client = client
    const before = pendingBytes(client)
    if (before !== undefined) this.#add(before)
    this.#tap = new StreamTap(client, this)
    client.once('close', () => this.#leave())
  }

  /** Bytes that the client has written so far. */
  get length(): number {
    return this.#length
  }

  /** Begins when the broker has accepted the client. */
  accept(accepted: Socket): void {
    this.#accepted = accepted
    // What was written before this was here also goes over loopback.
    accepted.resume()
  }

  read(): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
      this.#pull()
    })
  }

  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#secured !== undefined) return this.#secured.write(bytes)
    if (this.#hasLeft) return Promise.reject(left())
    this.#due.push(bytes)
    this.#bring()
    if (this.#hasRoom) return undefined
    return new Promise((resolve) => (this.#onRoom = resolve))
  }

  end(): void {
    if (this.#secured !== undefined) return this.#secured.end()
    this.#afterwards(() => this.#accepted?.end())
  }

  /** Resolves when the client has been given all that was written. */
  flushed(): Promise<void> {
    return new Promise((resolve) => this.#afterwards(resolve))
  }

  keepAlive(): void {}

  destroy(error?: Error): void {
    if (this.#secured !== undefined) return this.#secured.destroy(error)
    this.#due.length = 0
    this.#accepted?.destroy()
  }

  release(): Socket {
    const accepted = this.#accepted
    if (accepted === undefined) throw left()
    accepted.pause()
    return accepted
  }

  goOn(socket: Socket): void {
    this.#secured = new ClientSide(socket)
    if (this.#reader !== undefined) this.#pull()
  }

  onReceived(bytes: Buffer | null): boolean {
    return this.#tap.give(bytes)
  }

  onSent(bytes: Uint8Array, sending: Sending): void {
    this.#add(new Uint8Array(bytes))
    if (this.#client.connecting) this.#client.once('connect', () => sending.drop(bytes.length))
    else sending.drop(bytes.length)
    this.#pull()
  }

  onEnded(): void {
    // As from a socket of another process, its end is only heard if the client has not left altogether.
    setImmediate(() => {
      if (this.#hasLeft) return
      this.#written.push(null)
      this.#pull()
    })
  }

  onDemand(): void {
    this.#hasRoom = true
    const onRoom = this.#onRoom
    this.#onRoom = undefined
    onRoom?.()
  }

  #add(bytes: Uint8Array): void {
    this.#length += bytes.length
    this.#written.push(bytes)
  }

  #pull(): void {
    const reader = this.#reader
    if (reader === undefined) return
    const bytes = this.#written.shift()
    if (bytes === undefined && this.#secured === undefined && !this.#hasLeft) return
    this.#reader = undefined
    if (bytes !== undefined) reader.resolve(bytes)
    else if (this.#secured === undefined) reader.reject(left())
    else void handOn(this.#secured.read(), reader)
  }

  #leave(): void {
    this.#hasLeft = true
    this.#due.length = 0
    this.onDemand()
    this.#pull()
    if (this.#secured === undefined) this.#accepted?.destroy()
  }

  #afterwards(act: () => void): void {
    if (this.#due.length === 0) return act()
    this.#due.push(act)
  }

  /** Not inside the client's own `write`, nor before what follows from that: as if it came from the system. */
  #bring(): void {
    if (this.#isBringing) return
    this.#isBringing = true
    setImmediate(() => {
      this.#isBringing = false
      const bytes = this.#due[0]
      if (bytes === undefined) return
      if (typeof bytes !== 'function' && !this.#client.destroyed) this.#hasRoom = this.#tap.bring(asBuffer(bytes))
      this.#due.shift()
      while (typeof this.#due[0] === 'function') this.#callNext()
      if (this.#due.length > 0) this.#bring()
    })
  }

  #callNext(): void {
    const act = this.#due.shift()
    if (typeof act === 'function') act()
  }
}

const left = (): ConnectionError => new ConnectionError('CONNECTION_CLOSED', 'open', 'by the client')

const asBuffer = ({ buffer, byteOffset, length }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, length)

async function handOn(read: Promise<Uint8Array | null>, reader: Reader): Promise<void> {
  try {
    reader.resolve(await read)
  } catch (error) {
    reader.reject(error)
  }
}
