import { CertificateAuthority } from '../certificates/certificate-authority.ts'
import { LocalProtocolError } from '../errors.ts'
import { HeldBytes } from '../listen/held-bytes.ts'
import { LocalServer } from '../listen/local-server.ts'
import { checkOptions, pickOptions } from '../options.ts'
import { serveConnector } from '../serve/serve-connector.ts'
import { checkMissStatus } from '../serve/own-answer.ts'
import type { RequestLimits } from '../serve/request-watch.ts'
import { requestLimits } from '../serve/time-limits.ts'
import { parseOrigin } from '../transport.ts'
import { namedHosts } from '../intercept/named-hosts.ts'
import type { OpenCassette } from '../use/open-cassette.ts'
import { useCassette } from '../use/use-cassette.ts'
import { USE_OPTIONS } from '../use/use-options.ts'
import { DialGuard } from './dial-guard.ts'
import { type ClientSettings, ForwardClient } from './forward-client.ts'
import { CONNECT_TIMEOUT, forwardSettings, MAX_HELD_BYTES } from './forward-settings.ts'
import { HOST_OPTIONS, PORT_OPTIONS, type ProxyHostOptions, type ProxyScopeOptions } from './proxy-options.ts'
import { type RawAt, rawTargets } from './raw-targets.ts'
import { formatTarget } from './target.ts'

/** One cassette, and the port of the proxy through which it is recorded or played. */
export interface ProxyScope extends AsyncDisposable {
  /** Of the proxy, such as `http://127.0.0.1:40123`; with `to`, of what stands for that origin. */
  readonly url: string
  readonly port: number
  readonly cassette: OpenCassette
  /**
   * Ends all connections and ejects the cassette. Calling it twice is fine.
   *
   * @throws as `OpenCassette.eject`.
   */
  close(): Promise<void>
}

const { connector: _connector, keepSent: _keepSent, ...CASSETTE_OPTIONS } = USE_OPTIONS
/** Every option there is of a scope. */
export const SCOPE_OPTIONS: Readonly<Record<keyof ProxyScopeOptions, true>> = { ...CASSETTE_OPTIONS, ...PORT_OPTIONS }

/**
 * Proxies on loopback, each with a port and a cassette of its own: whatever comes in on a port goes to its cassette, so that tests that run
 * side by side keep apart without a header or a password.
 *
 * ```ts
 * await using host = proxyHost()
 * await using login = await host.open('login')
 * await using search = await host.open('search')
 * ```
 */
export class ProxyHost implements AsyncDisposable {
  readonly authority: CertificateAuthority
  readonly #guard: DialGuard
  readonly #options: ProxyHostOptions
  readonly #limits: RequestLimits
  readonly #held: HeldBytes
  readonly #scopes = new Set<ProxyScope>()

  /** @throws LocalProtocolError `UNKNOWN_OPTION`, `INVALID_OPTION`. */
  constructor(options: ProxyHostOptions = {}) {
    checkOptions('proxyHost', options, HOST_OPTIONS)
    const { authority, maxHeldBytes = MAX_HELD_BYTES } = options
    if (!(maxHeldBytes > 0)) throw invalid(`maxHeldBytes: not a number above 0: ${maxHeldBytes}`)
    this.authority = authority ?? CertificateAuthority.create('wiretape proxy')
    this.#guard = new DialGuard(options)
    this.#options = options
    this.#limits = requestLimits(options)
    this.#held = new HeldBytes(maxHeldBytes)
  }

  /** The certificate that clients have to trust, PEM. */
  get certificate(): string {
    return this.authority.cert
  }

  /** For `--ignore-certificate-errors-spki-list` of Chromium: base64 of the SHA-256 of the key that all certificates share. */
  get spkiHash(): string {
    return this.authority.spkiHash
  }

  /** The ports that are open. */
  get scopes(): readonly ProxyScope[] {
    return [...this.#scopes]
  }

  /**
   * Opens the cassette `name` on a port of its own.
   *
   * @throws as `useCassette`; LocalProtocolError `INVALID_OPTION`; and the system's error if it cannot listen.
   */
  async open(name: string, options: ProxyScopeOptions = {}): Promise<ProxyScope> {
    checkOptions('recordingProxy', options, SCOPE_OPTIONS)
    checkMissStatus(options.missStatus)
    const rawAt = rawTargets(options.raw ?? [])
    const { to } = options
    const guard = to === undefined ? this.#guard : this.#guard.allowing(standsFor(to))
    const cassette = await useCassette(name, { ...pickOptions(options, CASSETTE_OPTIONS), connector: guard.connector })
    try {
      const port = await (to === undefined
        ? this.#forward(cassette, rawAt, options)
        : this.#reverse(cassette, to, options))
      const scope = new Scope(port, cassette, () => {
        this.#guard.removeOwn(port.port)
        this.#scopes.delete(scope)
      })
      this.#guard.addOwn(port.port)
      this.#scopes.add(scope)
      return scope
    } catch (error) {
      cassette.discard()
      await cassette.eject()
      throw error
    }
  }

  /** Nothing may connect to this port of this machine through a proxy of this process. */
  keepOff(port: number): void {
    this.#guard.addOwn(port)
  }

  /** Closes all ports. @throws the first error of a cassette, after all are closed. */
  async close(): Promise<void> {
    const results = await Promise.allSettled([...this.#scopes].map((scope) => scope.close()))
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #forward(cassette: OpenCassette, rawAt: RawAt, options: ProxyScopeOptions): Promise<Port> {
    const settings = this.#settings(cassette, rawAt, options)
    const server = await LocalServer.start(
      { port: options.port, maxClients: this.#options.maxClients },
      undefined,
      () => (socket) => {
        void new ForwardClient(socket, settings).serve()
      },
    )
    return { url: `http://${server.authority}`, port: server.port, close: () => server.close() }
  }

  #settings(cassette: OpenCassette, rawAt: RawAt, options: ProxyScopeOptions): ClientSettings {
    const {
      connect,
      ignoreHosts = [],
      missStatus,
      maxRequestBytes,
      onRefused = () => {},
      onFailed,
      onExchange,
    } = options
    const isIgnored = namedHosts('ignoreHosts', ignoreHosts)
    return forwardSettings(cassette, {
      connector: cassette.connector,
      connect,
      authority: this.authority,
      rawAt,
      limits: this.#limits,
      maxRequestBytes,
      held: this.#held,
      missStatus,
      isOpaque: (target) => isIgnored({ protocol: 'tcp', ...target }),
      onRefused,
      onFailed,
      onExchange,
    })
  }

  async #reverse(cassette: OpenCassette, to: string, options: ProxyScopeOptions): Promise<Port> {
    const { port, tls = false, connect, missStatus, onRefused, onFailed, onExchange } = options
    const { requestTimeout, idleTimeout, maxClients } = this.#options
    const served = await serveConnector(cassette.connector, to, {
      port,
      tls: tls ? this.authority.leaf('localhost', '127.0.0.1', '::1') : false,
      connect: { timeout: CONNECT_TIMEOUT, ...connect },
      missStatus,
      onRefused,
      onFailed,
      onExchange,
      requestTimeout,
      idleTimeout,
      maxClients,
      answersFailures: true,
    })
    return served
  }
}

interface Port {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

class Scope implements ProxyScope {
  readonly url: string
  readonly port: number
  readonly cassette: OpenCassette
  readonly #server: Port
  readonly #onClosed: () => void
  #closed: Promise<void> | undefined

  constructor(server: Port, cassette: OpenCassette, onClosed: () => void) {
    this.url = server.url
    this.port = server.port
    this.cassette = cassette
    this.#server = server
    this.#onClosed = onClosed
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    await this.#server.close()
    this.#onClosed()
    await this.cassette.eject()
  }
}

/** @throws LocalProtocolError `INVALID_OPTION`. */
function standsFor(to: string): string {
  const origin = parseOrigin(to)
  if (origin === undefined) throw invalid(`to: not an origin with a port: ${JSON.stringify(to)}`)
  return formatTarget(origin)
}

const invalid = (detail: string): LocalProtocolError => new LocalProtocolError('INVALID_OPTION', detail)
