import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Cassette } from '../cassette/cassette.ts'
import { loadCassette } from '../cassette/cassette-file.ts'
import { append } from '../cassette/splice.ts'
import { LocalProtocolError } from '../errors.ts'
import type { ReplayTransport } from '../replay/replay-transport.ts'
import { Replayer, type ReplayerOptions } from '../replay/replayer.ts'
import { formatAuthority, formatOrigin, isRaw, parseOrigin } from '../transport.ts'
import { type Certificate, createCertificate } from './certificate.ts'
import { isPublicAddress } from './addresses.ts'
import { isLoopback, OriginChooser } from './origin-chooser.ts'
import { ServedConnection } from './served-connection.ts'

/** How a cassette is served, and how it is played. */
export interface ServeOptions extends Omit<ReplayerOptions, 'fallback' | 'route'> {
  /** Default: 0, any that is free. */
  readonly port?: number | undefined
  /** Address to listen on. Default: `127.0.0.1`. */
  readonly host?: string | undefined
  /** Whether `host` may be an address that other machines reach: they can then read what was recorded. Default: `false`. */
  readonly expose?: boolean | undefined
  /**
   * The recorded origin that every client means, such as `https://api.example.com`. Default: what each request says in `Host`.
   *
   * With `matchOn: 'bytes'`, and for origins that do not speak HTTP, it is needed where more than one was recorded.
   */
  readonly origin?: string | undefined
  /** Names in `Host` that mean this server, beside addresses and `localhost`. Default: none. */
  readonly allowHosts?: readonly string[] | undefined
  /** Whether TLS is spoken: with a certificate that is made now, or with this one (PEM). Default: `false`. */
  readonly tls?: boolean | Certificate | undefined
  /** Bytes of a request that are too many. Default: 16 MiB, or twice the longest one that was recorded. */
  readonly maxRequestBytes?: number | undefined
  /** Called with each reason that a client gets instead of a recorded answer: a CassetteMiss, a ServeRefusal. */
  readonly onRefused?: ((reason: Error) => void) | undefined
}

/** A cassette that clients in any language connect to. */
export interface ServedCassette extends AsyncDisposable {
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string
  readonly port: number
  /** What clients over TLS have to trust, PEM; `undefined` without TLS. */
  readonly certificate: string | undefined
  /** Knows what was played, what was not, and the misses. */
  readonly replayer: Replayer
  /** Ends all connections. Calling it twice is fine. */
  close(): Promise<void>
}

/**
 * Plays cassettes as a server on loopback: same matching, same bytes, same endings as in a replay.
 *
 * ```ts
 * await using served = await serveCassette('users.yaml')
 * await fetch(`${served.url}/users`)
 * ```
 *
 * What is not on the cassette is answered with 599 and the report of the miss as text.
 *
 * @param cassettes one or several, which are played as one; paths are read.
 * @throws LocalProtocolError `INVALID_OPTION`; CassetteError what is wrong with a file; and the system's error where it
 * cannot listen.
 */
export async function serveCassette(
  cassettes: Cassette | string | readonly (Cassette | string)[],
  options: ServeOptions = {},
): Promise<ServedCassette> {
  const { port = 0, host = '127.0.0.1', expose = false, tls = false } = options
  if (!expose && !isLoopback(host))
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `host: other machines reach ${host}, and could read what was recorded; expose: true allows it`,
    )
  const replayer = new Replayer(await readAll(cassettes), options)
  const certificate = tls === true ? createCertificate(namesFor(replayer, host)) : tls === false ? undefined : tls
  const server = new CassetteServer(replayer, certificate, options)
  await server.listen(port, host)
  return server
}

async function readAll(cassettes: Cassette | string | readonly (Cassette | string)[]): Promise<Cassette> {
  const list = isList(cassettes) ? cassettes : [cassettes]
  const [first, ...others] = await Promise.all(
    list.map(async (cassette) => (typeof cassette === 'string' ? loadCassette(cassette) : cassette)),
  )
  if (first === undefined) throw new LocalProtocolError('INVALID_OPTION', 'no cassette is given')
  return others.reduce<Cassette>(append, first)
}

const isList = <Item>(value: Item | readonly Item[]): value is readonly Item[] => Array.isArray(value)

/** A certificate is for the hosts of the recording, too: clients can be led here with their URLs as they are. */
function namesFor(replayer: Replayer, host: string): readonly string[] {
  const recorded = replayer.origins.map((origin) => parseOrigin(origin)?.host ?? '')
  return [...new Set(['localhost', '127.0.0.1', '::1', host, ...recorded])].filter((name) => name !== '')
}

/** A TCP connection, and what becomes of it. */
interface Accepted {
  readonly carrier: Socket
  /** Called with each head of a request, once bytes flow. */
  noteRequest: () => void
  readonly replay: ReplayTransport | { readonly failure: unknown }
}

class CassetteServer implements ServedCassette {
  readonly replayer: Replayer
  readonly certificate: string | undefined
  readonly #server: Server
  readonly #isTls: boolean
  readonly #plan: Plan
  readonly #maxRequestBytes: number
  readonly #onRefused: (reason: Error) => void
  /** By the client's address and port. */
  readonly #accepted = new Map<string, Accepted>()
  #host = ''
  #port = 0
  #closed: Promise<void> | undefined

  constructor(replayer: Replayer, certificate: Certificate | undefined, options: ServeOptions) {
    this.replayer = replayer
    this.certificate = certificate?.cert
    this.#isTls = certificate !== undefined
    this.#plan = planFor(replayer, this.#isTls, options)
    this.#maxRequestBytes = options.maxRequestBytes ?? defaultMaxRequestBytes(replayer)
    this.#onRefused = options.onRefused ?? (() => {})
    const behaviour = { allowHalfOpen: true, noDelay: true }
    this.#server =
      certificate === undefined
        ? createTcpServer(behaviour)
        : createTlsServer({ ...behaviour, ...certificate, ALPNProtocols: ['http/1.1'] }, (socket) =>
            this.#serve(socket),
          )
    this.#server.on('connection', (carrier: Socket) => this.#accept(carrier))
    // A client that breaks off the handshake, or speaks no TLS, has ended its own connection.
    this.#server.on('tlsClientError', () => {})
  }

  get url(): string {
    const protocol = (this.#plan.isRaw ? { plain: 'tcp', tls: 'tls' } : { plain: 'http', tls: 'https' })[
      this.#isTls ? 'tls' : 'plain'
    ]
    return `${protocol}://${formatAuthority({ protocol: 'tcp', host: this.#host, port: this.#port })}`
  }

  get port(): number {
    return this.#port
  }

  async listen(port: number, host: string): Promise<void> {
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

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#server.close(() => resolve())
      for (const { carrier } of this.#accepted.values()) carrier.destroy()
    })
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** The recorded connection that comes next is this one's, whether or not TLS comes about. */
  #accept(carrier: Socket): void {
    carrier.on('error', () => {}) // It is the client's connection, however it ends; what that means is seen where it is read.
    const { remoteAddress = '' } = carrier
    if (isPublicAddress(remoteAddress)) return void carrier.destroy()
    const key = keyOf(carrier)
    const accepted: Accepted = { carrier, noteRequest: () => {}, replay: this.#play(() => accepted.noteRequest()) }
    this.#accepted.set(key, accepted)
    carrier.once('close', () => {
      this.#accepted.delete(key)
      if (!('failure' in accepted.replay)) accepted.replay.destroy()
    })
    if (!this.#isTls) this.#serve(carrier)
    // The handshake that failed then fails now, as far as a server can bring that about.
    else if ('failure' in accepted.replay) carrier.resetAndDestroy()
  }

  #play(onRequest: () => void): Accepted['replay'] {
    const { origin, chooser } = this.#plan
    try {
      if (chooser === undefined) return this.replayer.accept(origin)
      return this.replayer.accept(origin ?? this.url, (head) => {
        onRequest()
        return chooser.originOf(head)
      })
    } catch (failure) {
      return { failure }
    }
  }

  #serve(socket: Socket): void {
    const accepted = this.#accepted.get(keyOf(socket))
    if (accepted === undefined) return void socket.destroy()
    const connection = new ServedConnection({
      ...accepted,
      socket,
      speaksHttp: !this.#plan.isRaw,
      maxRequestBytes: this.#maxRequestBytes,
      onRefused: this.#onRefused,
    })
    accepted.noteRequest = () => connection.noteRequest()
    void connection.run()
  }
}

const keyOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`

/** Which origin a client means. */
type Plan =
  /** Told by each request, or the same for all of them. */
  | { readonly isRaw: false; readonly origin: string | undefined; readonly chooser: OriginChooser }
  /** Known from the beginning, for bytes that nobody reads. */
  | { readonly isRaw: boolean; readonly origin: string; readonly chooser: undefined }

function planFor(replayer: Replayer, isTls: boolean, options: ServeOptions): Plan {
  const origin = onlyOrigin(replayer, options)
  if (origin !== undefined && (isRaw(origin) || options.matchOn === 'bytes'))
    return { isRaw: isRaw(origin), origin, chooser: undefined }
  const origins = replayer.origins.filter((one) => !isRaw(one))
  if (replayer.origins.length > 0 && (options.matchOn === 'bytes' || origins.length === 0))
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `origin: bytes do not say which one they mean; give one of ${replayer.origins.join(', ')}`,
    )
  const { allowHosts = [] } = options
  const chooser = new OriginChooser({ origins, interactions: replayer.interactions, origin, allowHosts, isTls })
  return { isRaw: false, origin, chooser }
}

/** The origin that is asked for; or else the only one of those that speak HTTP, where there are such, or of all. */
function onlyOrigin({ origins }: Replayer, options: ServeOptions): string | undefined {
  if (options.origin !== undefined) {
    const asked = parseOrigin(options.origin)
    const origin = asked && formatOrigin(asked)
    if (origin !== undefined && origins.includes(origin)) return origin
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `origin: ${JSON.stringify(options.origin)} was not recorded; recorded are ${origins.join(', ')}`,
    )
  }
  const http = origins.filter((origin) => !isRaw(origin))
  const [first, second] = http.length > 0 ? http : origins
  return second === undefined ? first : undefined
}

function defaultMaxRequestBytes({ interactions }: Replayer): number {
  return interactions.reduce((most, { request }) => Math.max(most, 2 * request.raw.length), 16 << 20)
}
