import type { Socket } from 'node:net'
import { SocketTransport } from '../client/socket-transport.ts'
import type { ConnectionInfo, Transport } from '../transport.ts'

/** The broker's end of a client's connection. Its socket may be exchanged for one that speaks TLS over it. */
export class ClientSide implements Transport {
  #inner: SocketTransport
  #reader: { resolve(bytes: Uint8Array | null): void; reject(error: unknown): void } | undefined
  #isReleased = false

  constructor(socket: Socket) {
    this.#inner = new SocketTransport(socket)
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

  /** Reads no more of the socket, so that what comes next is left to TLS. */
  release(): Socket {
    this.#isReleased = true
    return this.#inner.release()
  }

  /** Reads and writes another socket from now on. */
  goOn(socket: Socket): void {
    this.#inner = new SocketTransport(socket)
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
      if (from === this.#inner) reader?.resolve(bytes)
    } catch (error) {
      if (from === this.#inner) reader?.reject(error)
    }
  }
}
