import { LocalProtocolError } from '../errors.ts'
import type { RequestHead } from '../http1/events.ts'
import { LateTransport } from '../late-transport.ts'
import {
  type ConnectionInfo,
  type ConnectOptions,
  type Connector,
  formatAuthority,
  formatOrigin,
  isRaw,
  type Origin,
  parseOrigin,
  type Transport,
} from '../transport.ts'
import { identityOf } from '../listen/identity.ts'
import { DEFAULT_HOST, LISTEN_OPTIONS, type ListenOptions, LocalServer } from '../listen/local-server.ts'
import { checkOptions } from '../options.ts'
import { OriginChooser } from './origin-chooser.ts'
import { checkMissStatus, ownAnswer } from './own-answer.ts'
import { RequestHeads } from '../http1/request-heads.ts'
import { ServedConnection } from '../listen/served-connection.ts'

/** How a connector is served. */
export interface ServeConnectorOptions extends ListenOptions {
  /**
   * Whether to pass on `Host` as the client wrote it. Default: `false`: it becomes that of the origin, and so do `Origin` and `Referer` if
   * they name this server, because the real server knows no other name, and a recording is then the same on every port.
   */
  readonly keepHost?: boolean | undefined
  /** Options for each connection of the connector: `tls`, `verify`, `timeout`. */
  readonly connect?: ConnectOptions | undefined
  /** The status of the answer to a miss, from 400 to 599. Default: 599, which recorded servers do not send. */
  readonly missStatus?: number | undefined
  /** Called for each client that gets no answer through the connector: a miss, or a refused request. */
  readonly onRefused?: ((reason: Error) => void) | undefined
  /** Called for each connection that the connector could not make, or that broke. Default: none; the client only sees a reset. */
  readonly onFailed?: ((failure: Error) => void) | undefined
}

const SERVE_OPTIONS: Readonly<Record<keyof ServeConnectorOptions, true>> = {
  ...LISTEN_OPTIONS,
  keepHost: true,
  connect: true,
  missStatus: true,
  onRefused: true,
  onFailed: true,
}

/** A local server that stands for another one. */
export interface ServedConnector extends AsyncDisposable {
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string
  readonly port: number
  /** What clients over TLS have to trust, PEM; `undefined` without TLS. */
  readonly certificate: string | undefined
  /** Ends all connections. Calling it twice is fine. */
  close(): Promise<void>
}

/**
 * Starts a server on loopback that stands for an origin: requests of clients go through `connector`, which may be live, recording or
 * replaying. So browsers, and clients in any language, can use a cassette.
 *
 * ```ts
 * await using cassette = await useCassette('users')
 * await using server = await serveConnector(cassette.connector, 'https://api.example.com')
 * await page.goto(server.url)
 * ```
 *
 * The answers are the bytes that came through the connector; absolute URLs in them still lead to the origin. Each connection of a
 * client is one of the connector, made with the first byte, or at once if the protocol is not HTTP. A request that the cassette does
 * not hold is answered with 599 and the report of the miss as text. Close the server before you eject the cassette.
 *
 * @throws LocalProtocolError `INVALID_OPTION`, and the system's error if it cannot listen.
 */
export async function serveConnector(
  connector: Connector,
  origin: Origin | string | URL,
  options: ServeConnectorOptions = {},
): Promise<ServedConnector> {
  checkOptions('serveConnector', options, SERVE_OPTIONS)
  const stands = typeof origin === 'string' || origin instanceof URL ? parseOrigin(origin) : origin
  if (stands === undefined)
    throw new LocalProtocolError('INVALID_OPTION', `origin: not an origin with a port: ${JSON.stringify(origin)}`)
  const { tls = false, host = DEFAULT_HOST } = options
  const missStatus = checkMissStatus(options.missStatus)
  const identity = identityOf(tls, ['localhost', '127.0.0.1', '::1', host, stands.host])
  const served = new ConnectorServer(connector, stands, options)
  const server = await LocalServer.start(options, identity, (carrier) => (socket) => {
    const connection = new ServedConnection({
      socket,
      carrier,
      replay: served.open(),
      maxRequestBytes: Infinity,
      onRefused: options.onRefused ?? (() => {}),
      answerTo: served.speaksHttp ? (reason) => ownAnswer(reason, missStatus) : undefined,
      onFailed: options.onFailed,
    })
    void connection.run()
  })
  const protocol = served.speaksHttp ? (server.isTls ? 'https' : 'http') : server.isTls ? 'tls' : 'tcp'
  return {
    url: `${protocol}://${server.authority}`,
    port: server.port,
    certificate: server.certificate,
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  }
}

class ConnectorServer {
  readonly speaksHttp: boolean
  readonly #connector: Connector
  readonly #origin: Origin
  readonly #options: ServeConnectorOptions
  readonly #chooser: OriginChooser

  constructor(connector: Connector, origin: Origin, options: ServeConnectorOptions) {
    this.#connector = connector
    this.#origin = origin
    this.#options = options
    const name = formatOrigin(origin)
    this.speaksHttp = !isRaw(name)
    const { allowHosts = [], tls = false } = options
    this.#chooser = new OriginChooser({
      origins: [name],
      interactions: [],
      origin: name,
      allowHosts,
      isTls: tls !== false,
    })
  }

  open(): Transport {
    const connect = (): Promise<Transport> => this.#connector(this.#origin, this.#options.connect ?? {})
    return new ForwardingTransport(connect, this.speaksHttp ? new RequestHeads(this.#rewrite) : undefined)
  }

  readonly #rewrite = (head: RequestHead, bytes: Buffer): Uint8Array => {
    this.#chooser.originOf(head) // It throws if the request is not for this server.
    if (this.#options.keepHost === true) return bytes
    const host = head.fields.find(({ name }) => name.toLowerCase() === 'host')?.value
    return host === undefined ? bytes : renamed(bytes, host, this.#origin)
  }
}

/** The head with `host` replaced by that of the origin. Nothing else changes, not even blanks and the case of names. */
function renamed(head: Buffer, host: string, origin: Origin): Uint8Array {
  const [authority, base] = [formatAuthority(origin), formatOrigin(origin)]
  const lines = head.toString('latin1').split('\r\n')
  const changed = lines.map((line, place) => {
    const [start, name = '', blanks = ''] = (place > 0 && /^(host|origin|referer):([ \t]*)/i.exec(line)) || ['']
    if (start === '') return line
    const value = line.slice(start.length)
    const written = `${line.slice(0, name.length)}:${blanks}`
    if (name.toLowerCase() === 'host') return written + value.replace(host, () => authority)
    const [own, named] = /^https?:\/\/([^/?#\s]*)/i.exec(value) ?? ['']
    return named?.toLowerCase() === host.toLowerCase() ? written + base + value.slice(own.length) : line
  })
  return Buffer.from(changed.join('\r\n'), 'latin1')
}

/** A connection through a connector. With `heads` it is made with the first byte: browsers open many that they never use. */
class ForwardingTransport implements Transport {
  readonly info: ConnectionInfo = {}
  readonly #heads: RequestHeads | undefined
  readonly #late: LateTransport
  #inner: Transport | undefined
  #hasBegun = false
  #begin: () => void = () => {}
  #giveUp: (error: Error) => void = () => {}

  constructor(connect: () => Promise<Transport>, heads: RequestHeads | undefined) {
    this.#heads = heads
    const begun = new Promise<void>((resolve, reject) => {
      this.#begin = resolve
      this.#giveUp = reject
    })
    this.#late = new LateTransport(async () => {
      await begun
      this.#inner = await connect()
      return this.#inner
    })
    if (heads === undefined) this.#start()
  }

  get isQuiet(): boolean {
    return !this.#hasBegun || this.#inner?.isQuiet === true
  }

  read(): Promise<Uint8Array | null> {
    return this.#late.read()
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (const part of this.#forwarded(bytes)) {
      this.#start()
      await this.#late.write(part)
    }
  }

  end(): void {
    const rest = this.#heads?.rest()
    if (rest !== undefined && rest.length > 0) {
      this.#start()
      this.#late.write(rest).catch(() => {}) // The next read rejects.
    }
    if (this.#hasBegun) this.#late.end()
  }

  destroy(error?: Error): void {
    this.#giveUp(error ?? new Error('the client has gone'))
    this.#late.destroy(error)
  }

  #forwarded(bytes: Uint8Array): readonly Uint8Array[] {
    try {
      return this.#heads?.push(bytes) ?? [bytes]
    } catch (refusal) {
      // The reader gets the error, too.
      this.destroy(refusal instanceof Error ? refusal : new Error(String(refusal)))
      throw refusal
    }
  }

  #start(): void {
    this.#hasBegun = true
    this.#begin()
  }
}
