import type { Socket } from 'node:net'
import { LocalProtocolError } from '../errors.ts'
import type { RequestHead } from '../http1/events.ts'
import { RawConnection } from '../listen/raw-connection.ts'
import {
  type ConnectOptions,
  type Connector,
  formatAuthority,
  formatOrigin,
  isRaw,
  type Origin,
  parseOrigin,
} from '../transport.ts'
import { identityOf } from '../listen/identity.ts'
import { DEFAULT_HOST, LISTEN_OPTIONS, type ListenOptions, LocalServer } from '../listen/local-server.ts'
import { checkOptions } from '../options.ts'
import { OriginChooser } from './origin-chooser.ts'
import { checkMissStatus, failureAnswer, ownAnswer } from './own-answer.ts'
import { ClosingTransport } from './closing-transport.ts'
import { ForwardingTransport, type Router, type Way } from '../listen/forwarding-transport.ts'
import type { ExchangeListener } from '../listen/exchange-watch.ts'
import type { RequestLimits } from './request-watch.ts'
import { requestLimits, TIME_LIMITS, type TimeLimits } from './time-limits.ts'
import { ServedConnection } from '../listen/served-connection.ts'

/** How a connector is served. */
export interface ServeConnectorOptions extends ListenOptions, TimeLimits {
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
  /**
   * Whether a client gets 502, or 504 after a time limit, with the reason as text if the connection could not be made. Default: `false`, its own
   * connection is reset.
   */
  readonly answersFailures?: boolean | undefined
  /** Called with each request when its answer is whole, or will not come. */
  readonly onExchange?: ExchangeListener | undefined
}

const SERVE_OPTIONS: Readonly<Record<keyof ServeConnectorOptions, true>> = {
  ...LISTEN_OPTIONS,
  keepHost: true,
  connect: true,
  missStatus: true,
  onRefused: true,
  onFailed: true,
  onExchange: true,
  answersFailures: true,
  ...TIME_LIMITS,
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
  const identity = identityOf(tls, ['localhost', '127.0.0.1', '::1', host, stands.host])
  const served = new ConnectorServer(connector, stands, options)
  const server = await LocalServer.start(options, identity, (carrier) => (socket) => void served.serve(socket, carrier))
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
  readonly #origin: Origin
  readonly #options: ServeConnectorOptions
  readonly #chooser: OriginChooser
  readonly #checked: { readonly missStatus: number | undefined; readonly limits: RequestLimits }
  readonly #way: Way
  readonly #router: Router

  /** @throws LocalProtocolError `INVALID_OPTION`. */
  constructor(connector: Connector, origin: Origin, options: ServeConnectorOptions) {
    this.#origin = origin
    this.#options = options
    this.#checked = { missStatus: checkMissStatus(options.missStatus), limits: requestLimits(options) }
    const name = formatOrigin(origin)
    this.#way = { to: name, connect: () => connector(origin, options.connect ?? {}) }
    this.#router = {
      route: (head, bytes) => ({ way: this.#way, bytes: this.#rewrite(head, bytes) }),
      others: this.#way,
    }
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

  /** Resolves when the client has gone. */
  async serve(socket: Socket, carrier: Socket): Promise<void> {
    const { onRefused = () => {}, onFailed, onExchange, answersFailures = false } = this.#options
    const { missStatus } = this.#checked
    const replay = this.speaksHttp
      ? new ClosingTransport(new ForwardingTransport(this.#router, { onExchange }), this.#checked.limits)
      : new RawConnection(this.#origin, this.#way.connect, onExchange)
    const connection = new ServedConnection({
      socket,
      carrier,
      replay,
      maxRequestBytes: Infinity,
      onRefused,
      answerTo: this.speaksHttp ? (reason) => ownAnswer(reason, missStatus) : undefined,
      onFailed,
      failureAnswer: answersFailures && this.speaksHttp ? failureAnswer : undefined,
    })
    await connection.run()
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
