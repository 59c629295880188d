import type { Server, Socket } from 'node:net'

/** What a client's connection is given to, by the broker that accepted it. */
export interface Accepting {
  accept(accepted: Socket): void
}

/**
 * A server on loopback, to which the sockets of clients are connected instead of their own servers.
 *
 * So each client has a real socket of the operating system, with all its events in their order, and code in C++ (HTTP/2, gRPC) can
 * use it. Only sockets of this process are served: each is known by its port before it arrives.
 */
export class Broker {
  readonly #server: Server
  readonly #expected = new Map<number, Accepting>()
  readonly #listening: Promise<void>
  #port = 0

  constructor() {
    const { createServer } = process.getBuiltinModule('node:net')
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#onConnection(socket))
    this.#listening = new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(0, '127.0.0.1', () => {
        const address = this.#server.address()
        this.#port = typeof address === 'object' && address !== null ? address.port : 0
        resolve()
      })
    })
    this.#listening.catch(() => {})
    // Only what clients do keeps the process alive.
    this.#server.unref()
  }

  /** 0 until it listens. */
  get port(): number {
    return this.#port
  }

  /** Resolves when it listens. @throws the system's error if it cannot. */
  get listening(): Promise<void> {
    return this.#listening
  }

  /** The socket with this local port will arrive. */
  expect(port: number | undefined, line: Accepting): void {
    if (port !== undefined) this.#expected.set(port, line)
  }

  #onConnection(socket: Socket): void {
    const port = socket.remotePort ?? 0
    const line = this.#expected.get(port)
    this.#expected.delete(port)
    // Some other program has found this port.
    if (line === undefined) socket.destroy()
    else line.accept(socket)
  }
}
