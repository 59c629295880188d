import type { LookupFunction } from 'node:net'
import type { CertificateAuthority } from '../certificates/certificate-authority.ts'
import type { ExchangeListener } from '../listen/exchange-watch.ts'
import { TIME_LIMITS, type TimeLimits } from '../serve/time-limits.ts'
import type { ConnectOptions } from '../transport.ts'
import type { UseCassetteOptions } from '../use/use-options.ts'

/** How a proxy behaves, whatever cassette it uses. */
export interface ProxyHostOptions extends TimeLimits {
  /** Signs the certificates that clients see. Default: a new one, whose key is nowhere but in this process. */
  readonly authority?: CertificateAuthority | undefined
  /**
   * Hosts that may have an address of this machine or of a private network: names and addresses, also as `host:port`, and with a `*` at the
   * beginning or the end. Addresses at which clouds keep credentials must be named as such. Default: none; the origin of `to` is allowed.
   */
  readonly allow?: readonly (string | RegExp)[] | undefined
  /** Used instead of `dns.lookup`. */
  readonly lookup?: LookupFunction | undefined
  /** How many clients may be connected to a port at the same time; more are turned away with 503. Default: 4,096. */
  readonly maxClients?: number | undefined
  /** The most bytes of requests, of all clients together, that are held for a replay. Default: 268,435,456. */
  readonly maxHeldBytes?: number | undefined
}

/** How one cassette is recorded and played through a port of its own. */
export interface ProxyScopeOptions extends Omit<UseCassetteOptions, 'connector' | 'keepSent' | 'allowUnused'> {
  /**
   * The origin that the port stands for (a reverse proxy), such as `https://api.example.com`. Default: the client says it: in CONNECT, in the URL
   * of each request, or by SOCKS 5 (a forward proxy).
   */
  readonly to?: string | undefined
  /** Port to listen on. Default: 0, any free one. */
  readonly port?: number | undefined
  /** With `to`: whether clients speak TLS. Default: `false`. */
  readonly tls?: boolean | undefined
  /** Whether a cassette may hold interactions that nobody asked for; if not, `close` says so. Default: `true`. */
  readonly allowUnused?: boolean | undefined
  /**
   * Targets at which no HTTP is spoken, as `tcp://db.test:5432` or `tls://mail.test:465`. It is only needed where the server speaks first: otherwise
   * the first bytes of the client tell, or the cassette.
   */
  readonly raw?: readonly string[] | undefined
  /** Options of each connection to a server: `tls` (with `ca`), `verify`, `timeout`. Default: verified, 30,000 ms. */
  readonly connect?: ConnectOptions | undefined
  /** The most bytes that one request may have while the cassette is played. Default: 64 MiB. */
  readonly maxRequestBytes?: number | undefined
  /** The status of the answer to a miss, from 400 to 599. Default: 599, which servers do not send. */
  readonly missStatus?: number | undefined
  /** Called for each client that gets no answer through the proxy: a miss, a refused request, a handshake that failed. */
  readonly onRefused?: ((reason: Error) => void) | undefined
  /** Called for each connection that could not be made, or that broke. */
  readonly onFailed?: ((failure: Error) => void) | undefined
  /** Called with each request when its answer is whole, or will not come. */
  readonly onExchange?: ExchangeListener | undefined
}

/** Every option there is. */
export const HOST_OPTIONS: Readonly<Record<keyof ProxyHostOptions, true>> = {
  authority: true,
  allow: true,
  lookup: true,
  maxClients: true,
  maxHeldBytes: true,
  ...TIME_LIMITS,
}

/** The options of a port that are not about its cassette. */
export const PORT_OPTIONS = {
  to: true,
  port: true,
  tls: true,
  raw: true,
  connect: true,
  maxRequestBytes: true,
  missStatus: true,
  onRefused: true,
  onFailed: true,
  onExchange: true,
} as const satisfies Partial<Record<keyof ProxyScopeOptions, true>>
