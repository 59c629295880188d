import { readSync } from 'node:fs'
import type { Socket } from 'node:net'
import { isTls } from '../client/socket-facts.ts'
import { SocketTransport } from '../client/socket-transport.ts'
import type { ConnectionInfo, Transport } from '../transport.ts'

/** The broker's end of a client's connection. Its socket may be exchanged for one that speaks TLS over it. */
export class ClientSide implements Transport {
  #inner: SocketTransport
  #socket: Socket
  #reader: { resolve(bytes: Uint8Array | null): void; reject(error: unknown): void } | undefined
  #isReleased = false

  constructor(socket: Socket) {
    this.#inner = new SocketTransport(socket)
    this.#socket = socket
  }

  get info(): ConnectionInfo {
    return this.#inner.info
  }

  read(): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
      if (!this.#isReleased) this.#pull()
    })
  }

  write(bytes: Uint8Array): void | Promise<void> {
    return this.#inner.write(bytes)
  }

  end(): void {
    this.#inner.end()
  }

  keepAlive(value: boolean): void {
    this.#inner.keepAlive(value)
  }

  destroy(error?: Error): void {
    this.#inner.destroy(error)
  }

  /**
   * Bytes that the system has for it, read at once: for the end of the process, when nothing waits any more. None if those before them are
   * still on their way, or if it is not a plain socket of this system.
   */
  takeRest(): readonly Uint8Array[] {
    if (this.#reader === undefined || this.#isReleased || isTls(this.#socket)) return []
    const fd: unknown = Reflect.get(Object(Reflect.get(this.#socket, '_handle')), 'fd')
    return typeof fd === 'number' && fd >= 0 ? readAll(fd) : []
  }

  /** Reads no more of the socket, so that what comes next is left to TLS. */
  release(): Socket {
    this.#isReleased = true
    return this.#inner.release()
  }

  /** Reads and writes another socket from now on. */
  goOn(socket: Socket): void {
    this.#inner = new SocketTransport(socket)
    this.#socket = socket
    this.#isReleased = false
    if (this.#reader !== undefined) this.#pull()
  }

  #pull(): void {
    void this.#readFrom(this.#inner)
  }

  /** What a socket gives that has been exchanged meanwhile counts no more. */
  async #readFrom(from: SocketTransport): Promise<void> {
    const reader = this.#reader
    try {
      const bytes = await from.read()
      if (from !== this.#inner) return
      this.#reader = undefined
      reader?.resolve(bytes)
    } catch (error) {
      if (from !== this.#inner) return
      this.#reader = undefined
      reader?.reject(error)
    }
  }
}

/** What can be read of a socket without waiting. */
function readAll(fd: number): readonly Uint8Array[] {
  const parts: Uint8Array[] = []
  try {
    for (;;) {
      const buffer = Buffer.alloc(65_536)
      const length = readSync(fd, buffer)
      if (length === 0) return parts
      parts.push(buffer.subarray(0, length))
    }
  } catch {
    return parts // Nothing more for now (EAGAIN), or a reset.
  }
}
