import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { LocalProtocolError } from '../errors.ts'
import { formatAuthority } from '../transport.ts'
import { setTimeout } from '../timers.ts'
import { isLoopback, isPublicAddress } from './addresses.ts'
import type { Certificate } from '../certificates/certificate-authority.ts'
import type { Identity } from './identity.ts'

/** Where a server listens, and whether it speaks TLS. */
export interface ListenOptions {
  /** Default: 0, any free port. */
  readonly port?: number | undefined
  /** Address to listen on. Default: `127.0.0.1`. */
  readonly host?: string | undefined
  /** Whether `host` may be an address that other machines can reach: they can then read everything. Default: `false`. */
  readonly expose?: boolean | undefined
  /** Names in `Host` that mean this server, besides addresses and `localhost`. Default: none. */
  readonly allowHosts?: readonly string[] | undefined
  /** Whether to speak TLS: `true` makes a new certificate; or a certificate of yours (PEM). Default: `false`. */
  readonly tls?: boolean | Certificate | undefined
  /** How many clients may be connected at the same time; more are turned away with 503. Default: 4,096. */
  readonly maxClients?: number | undefined
}

/** Every option there is. */
export const LISTEN_OPTIONS: Readonly<Record<keyof ListenOptions, true>> = {
  port: true,
  host: true,
  expose: true,
  allowHosts: true,
  tls: true,
  maxClients: true,
}

export const DEFAULT_HOST = '127.0.0.1'

/** Called when a client has connected; it returns a function to call when bytes flow, after the TLS handshake if there is one. */
export type Accept = (carrier: Socket) => (socket: Socket) => void

/** A TCP or TLS server for clients on this machine, and for others only if that is allowed. */
export class LocalServer {
  /** What clients over TLS have to trust, PEM. */
  readonly certificate: string | undefined
  readonly isTls: boolean
  readonly #server: Server
  readonly #accept: Accept
  readonly #maxClients: number
  /** By the client's address and port. */
  readonly #accepted = new Map<string, { readonly carrier: Socket; readonly serve: (socket: Socket) => void }>()
  #host = ''
  #port = 0
  #closed: Promise<void> | undefined

  private constructor(identity: Identity | undefined, maxClients: number, accept: Accept) {
    this.certificate = identity?.trusted
    this.isTls = identity !== undefined
    this.#accept = accept
    this.#maxClients = maxClients
    const behaviour = { allowHalfOpen: true, noDelay: true }
    this.#server =
      identity === undefined
        ? createTcpServer(behaviour)
        : createTlsServer({ ...behaviour, ...identity.certificate, ALPNProtocols: ['http/1.1'] }, (socket) =>
            this.#serve(socket),
          )
    this.#server.on('connection', (carrier: Socket) => this.#onConnection(carrier))
    // If a client breaks off the handshake, or does not speak TLS, only its own connection ends.
    this.#server.on('tlsClientError', () => {})
  }

  /**
   * Listens.
   *
   * @throws LocalProtocolError `INVALID_OPTION`, and the system's error if it cannot listen.
   */
  static async start(
    { port = 0, host = DEFAULT_HOST, expose = false, maxClients = 4_096 }: ListenOptions,
    identity: Identity | undefined,
    accept: Accept,
  ): Promise<LocalServer> {
    if (!expose && !isLoopback(host))
      throw new LocalProtocolError(
        'INVALID_OPTION',
        `host: other machines reach ${host}, and could read what is served; expose: true allows it`,
      )
    if (!Number.isInteger(maxClients) || maxClients < 1)
      throw new LocalProtocolError('INVALID_OPTION', `maxClients: not a number from 1 on: ${maxClients}`)
    const server = new LocalServer(identity, maxClients, accept)
    await server.#listen(port, host)
    return server
  }

  get port(): number {
    return this.#port
  }

  /** `127.0.0.1:40123`. */
  get authority(): string {
    return formatAuthority({ protocol: 'tcp', host: this.#host, port: this.#port })
  }

  /** Ends all connections. Calling it twice is fine. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#server.close(() => resolve())
      for (const { carrier } of this.#accepted.values()) carrier.destroy()
    })
    return this.#closed
  }

  async #listen(port: number, host: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
    const address = this.#server.address()
    this.#host = host
    this.#port = typeof address === 'object' && address !== null ? address.port : port
  }

  #onConnection(carrier: Socket): void {
    carrier.on('error', () => {}) // The reader of the socket sees how the connection ended.
    const { remoteAddress = '' } = carrier
    if (isPublicAddress(remoteAddress)) return void carrier.destroy()
    if (this.#accepted.size >= this.#maxClients) return this.#turnAway(carrier)
    const key = keyOf(carrier)
    this.#accepted.set(key, { carrier, serve: this.#accept(carrier) })
    carrier.once('close', () => this.#accepted.delete(key))
    if (!this.isTls) this.#serve(carrier)
  }

  /** Such a client is not even read, or it would take up what there is too little of. */
  #turnAway(carrier: Socket): void {
    if (this.isTls) return void carrier.destroy()
    carrier.end(BUSY)
    setTimeout(() => carrier.destroy(), LONGEST_FAREWELL).unref()
  }

  #serve(socket: Socket): void {
    const accepted = this.#accepted.get(keyOf(socket))
    if (accepted === undefined) socket.destroy()
    else accepted.serve(socket)
  }
}

const BUSY = [
  'HTTP/1.1 503 Service Unavailable',
  'Wiretape-Error: TOO_MANY_CLIENTS',
  'Content-Length: 0',
  'Connection: close',
  '\r\n',
].join('\r\n')

/** Milliseconds that a client may take to read that. */
const LONGEST_FAREWELL = 1_000

const keyOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`
