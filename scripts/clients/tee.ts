import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions, TLSSocket } from 'node:tls'
import { LIMITS, within } from './limits.ts'

/** What passed on one connection. */
export interface Teed {
  readonly sent: Buffer
  readonly received: Buffer
}

/** Where a connection goes on, by what ALPN has agreed on; `undefined` without TLS, or without an agreement. */
export type Behind = (alpn: string | undefined) => number

/**
 * Stands in front of a server, passes everything on, and keeps it.
 *
 * It is what a recording is compared with, and shares no code with it. With TLS it is the server's end of it.
 */
export class Tee {
  readonly port: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #logs: Log[] = []

  private constructor(server: Server, port: number) {
    this.#server = server
    this.port = port
  }

  static async start(behind: Behind, tls?: TlsOptions): Promise<Tee> {
    const onClient = (client: Socket): void => tee.#onClient(client, behind)
    const options = { allowHalfOpen: true, noDelay: true } as const
    const server =
      tls === undefined ? createServer(options, onClient) : createTlsServer({ ...options, ...tls }, onClient)
    // Clients that leave in the handshake do so on purpose.
    server.on('tlsClientError', () => {})
    // Also those whose handshake never comes: Node 24's own fetch leaves one open, and a server is not closed before its last connection.
    server.on('connection', (socket: Socket) => tee.#keep(socket))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const tee = new Tee(server, address.port)
    return tee
  }

  /** Begins anew. */
  forget(): void {
    this.#logs = []
  }

  /** What has passed since, in the order of the connections, when all clients have said all. */
  async taken(): Promise<readonly Teed[]> {
    let open = this.#logs.length
    const all = Promise.all(this.#logs.map(({ isOver }) => isOver.then(() => open--)))
    await within(LIMITS.end, 'the clients of the tee to say all', all).catch((error: unknown) => {
      throw new Error(`${open} of ${this.#logs.length} connections have not ended`, { cause: error })
    })
    return this.#logs.map(({ sent, received }) => ({ sent: Buffer.concat(sent), received: Buffer.concat(received) }))
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await within(LIMITS.end, 'the tee to stop', once(this.#server, 'close'))
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  #onClient(client: Socket, behind: Behind): void {
    const alpn = client instanceof TLSSocket && client.alpnProtocol !== false ? client.alpnProtocol : undefined
    const isOver = new Promise<void>((resolve) => client.once('end', resolve).once('close', () => resolve()))
    const log: Log = { sent: [], received: [], isOver }
    this.#logs.push(log)
    const server = connect({ port: behind(alpn ?? undefined), host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    this.#keep(server)
    passOn(client, server, log.sent)
    passOn(server, client, log.received)
  }
}

interface Log {
  readonly sent: Buffer[]
  readonly received: Buffer[]
  /** Resolves when the client says no more. */
  readonly isOver: Promise<void>
}

/** Bytes, the end, and a reset of one side, to the other. */
function passOn(from: Socket, to: Socket, log: Buffer[]): void {
  from.on('data', (bytes) => {
    log.push(bytes)
    to.write(bytes)
  })
  from.on('end', () => to.end())
  from.on('error', () => to.resetAndDestroy())
  from.on('close', () => to.destroySoon())
}
