/**
 * The seam between HTTP and bytes: START READING HERE.
 *
 * A socket, a recorder and a replayer are each a {@link Transport}; the code above this file cannot tell which one it has.
 */
export interface Transport {
  readonly info: ConnectionInfo
  /** Whether nothing more comes until the client does something. Absent if that cannot be known; a wrapper may leave it out. */
  readonly isQuiet?: boolean | undefined
  /**
   * The next segment as it arrived, or `null` once the peer has ended its side. At most one read is outstanding.
   *
   * Rejects with the failure of the connection, or with the error given to `destroy`.
   */
  read(): Promise<Uint8Array | null>
  /**
   * Like `read`, without a promise or a new buffer for each segment: calls `reader` once, later.
   *
   * A wrapper may leave it out; readers then use `read`.
   */
  receive?(reader: SegmentReader): void
  /**
   * Writes bytes; the caller must not change them afterwards. Returns nothing, or a promise that resolves when more may be
   * written. A failed write rejects that promise if there is one; otherwise the next `read` reports the failure.
   */
  write(bytes: Uint8Array): void | Promise<void>
  /** Half-close: no more bytes will be written. */
  end(): void
  /**
   * The client has read an answer to its end, `offset` bytes into what the peer sent on this connection.
   *
   * A recorder needs it; a socket ignores it. It is called before the caller sees the end of the answer.
   */
  answered?(offset: number): void
  /**
   * Starts TLS on a connection that began without it, as STARTTLS and tunnels do. No bytes may be under way; `info` then has the
   * facts of TLS. Absent: it cannot.
   *
   * Rejects with a ConnectionError `TLS_FAILED` or `TLS_TIMEOUT`.
   */
  startTls?(origin: Origin, options: ConnectOptions): Promise<void>
  /** Whether the connection keeps the process alive, as it does by default. Absent: it never does. */
  keepAlive?(value: boolean): void
  /** Releases everything at once; an outstanding `read` rejects with `error`. Calling it twice is fine. */
  destroy(error?: Error): void
}

/** Gets the result of {@link Transport.receive}. */
export interface SegmentReader {
  /** The first `length` bytes of `buffer` have arrived. They are lent: after this call returns, they may be overwritten. */
  onBytes(buffer: Uint8Array, length: number): void
  /** The peer has ended its side. */
  onEnd(): void
  onFailure(error: Error): void
}

/** Where to connect to. */
export interface Origin {
  /** `https` and `tls` use TLS; `tcp` and `tls` mean that the bytes are not HTTP. */
  readonly protocol: 'http' | 'https' | 'tcp' | 'tls'
  /** Host name or address; an IPv6 address has no brackets. */
  readonly host: string
  readonly port: number
}

/** The known facts about an established connection. */
export interface ConnectionInfo {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
  readonly tls?: TlsInfo | undefined
  /** The certificate of the server as Node shows it; absent in a replay. */
  readonly peerCertificate?: ((detailed: boolean) => object) | undefined
}

/** Facts of the TLS session under the bytes. */
export interface TlsInfo {
  /** As returned by `tls.TLSSocket#getProtocol`, such as `TLSv1.3`. */
  readonly version: string
  /** The protocol agreed by ALPN; absent if there was no agreement. */
  readonly alpn?: string | undefined
  /** Protocols that the client offered by ALPN, too, but the server was not asked for, such as `h2`: HTTP/1.1 is preferred. Absent: none. */
  readonly offered?: readonly string[] | undefined
  /** Whether the certificate of the server was verified. */
  readonly authorized: boolean
  /** Why it was not, such as `CERT_HAS_EXPIRED`: `authorizationError` of Node. */
  readonly problem?: string | undefined
  /** Whom the certificate is for, such as `{ O: 'Example', CN: 'example.com' }`. Absent: its common name is that of the host, or it is not known. */
  readonly subject?: Readonly<Record<string, string>> | undefined
}

/** What a connector may need beyond the origin. */
export interface ConnectOptions {
  /** Milliseconds for TCP and, counted again, for the TLS handshake; absent: no limit. */
  readonly timeout?: number | undefined
  /** Ends the attempt; the connector then rejects with a ConnectionError `ABORTED`. */
  readonly signal?: AbortSignal | undefined
  /** IP address that a client of a proxy has chosen for the host; other connectors than the proxy's look up the host. Default: none. */
  readonly address?: string | undefined
  /** Whether an https server must show a valid certificate. Default: `true`. */
  readonly verify?: boolean | undefined
  /** Passed to `tls.connect` unchanged: `ca`, `cert`, `key`, `servername`, `ALPNProtocols` ... */
  readonly tls?: object | undefined
  /** Passed to `net.connect` unchanged: `lookup`, `localAddress`, `family`, `path` ... Only what opens sockets needs it. */
  readonly socket?: object | undefined
  /** Called when TCP is connected and the TLS handshake begins; not called where there is no such moment, as in a replay. */
  readonly onHandshake?: (() => void) | undefined
  /** Whether the reader of the bytes calls {@link Transport.answered}; a recorder notes it, other connectors ignore it. Default: `false`. */
  readonly tellsAnswers?: boolean | undefined
  /** What the client offers by ALPN, too, but the server is not asked for; a recorder notes it, other connectors ignore it. */
  readonly offered?: readonly string[] | undefined
  /** Gives the connection that the client makes by itself; what opens sockets takes it instead of a new one. Default: a new one is opened. */
  readonly own?: (() => Promise<Transport>) | undefined
  /** Which leniencies the reader of the bytes has switched on, by name; a recorder notes it, other connectors ignore it. */
  readonly lenient?: readonly string[] | undefined
}

/**
 * Opens a transport to `origin`.
 *
 * Rejects with a ConnectionError that says which phase failed: `dns`, `tcp` or `tls`.
 */
export type Connector = (origin: Origin, options: ConnectOptions) => Promise<Transport>

/**
 * The key in `globalThis` of a connector for all code that names none; `wiretape record -- COMMAND` puts one there.
 *
 * A registered symbol, so that two copies of this package in one process share it.
 */
export const PROCESS_CONNECTOR: symbol = Symbol.for('wiretape.connector')

/**
 * The option of `net.connect` that marks a socket of this package's own: what catches a program's connections lets it pass.
 *
 * A registered symbol, so that two copies of this package in one process share it.
 */
export const DIRECT: symbol = Symbol.for('wiretape.direct')

/** Whether the connection uses TLS. */
export const isSecure = ({ protocol }: Pick<Origin, 'protocol'>): boolean => protocol === 'https' || protocol === 'tls'

/** Whether an origin, as `formatOrigin` writes it, uses another protocol than HTTP. */
export const isRaw = (origin: string): boolean => /^(?:tcp|tls):/.test(origin)

/**
 * `https://example.com:8443`; the default port is left out, an IPv6 address gets its brackets (RFC 6454 section 6.2).
 *
 * `tcp://` and `tls://` have no default port.
 */
export function formatOrigin(origin: Origin): string {
  return `${origin.protocol}://${formatAuthority(origin)}`
}

/** The `Host` field value for an origin (RFC 9112 section 3.2): the default port is left out. */
export function formatAuthority({ protocol, host, port }: Origin): string {
  const name = host.includes(':') ? `[${host}]` : host
  return port === DEFAULT_PORTS[protocol] ? name : `${name}:${port}`
}

/** The origin of a URL, its host in lower case; `undefined` for text that is not a URL, or for a URL without a usable host, port or protocol. */
export function parseOrigin(text: string | URL): Origin | undefined {
  const url = typeof text === 'string' ? parsed(text) : text
  const protocol = url?.protocol.slice(0, -1)
  if (url === undefined || !isProtocol(protocol)) return undefined
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  const port = url.port === '' ? DEFAULT_PORTS[protocol] : Number(url.port)
  return host === '' || port === undefined || port === 0 ? undefined : { protocol, host, port }
}

/** As `URL.parse`, which Node 20 does not have; `URL.canParse` before would read each text twice. */
function parsed(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

const isProtocol = (name: string | undefined): name is Origin['protocol'] =>
  name === 'http' || name === 'https' || name === 'tcp' || name === 'tls'

/** 80 for http, 443 for https; `tcp` and `tls` have none. */
export const DEFAULT_PORTS: Readonly<Record<'http' | 'https', number> & Partial<Record<Origin['protocol'], number>>> = {
  http: 80,
  https: 443,
}
