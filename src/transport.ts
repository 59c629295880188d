/**
 * The seam between HTTP and bytes: START READING HERE.
 *
 * A socket, a recorder and a replayer are each a {@link Transport}; nothing above this file can tell which one it holds.
 */
export interface Transport {
  readonly info: ConnectionInfo
  /** Whether nothing more comes unless the client does something. Absent where nobody can know; who wraps a transport may leave it out. */
  readonly isQuiet?: boolean | undefined
  /**
   * The next segment as it came, or `null` once the peer has ended its side. At most one read is outstanding.
   *
   * Rejects with the failure of the connection, or with the error given to `destroy`.
   */
  read(): Promise<Uint8Array | null>
  /**
   * As `read`, for a reader that needs neither a promise nor memory of its own for each segment: it is called once, later.
   *
   * Who wraps a transport may leave it out; whoever reads uses `read` then.
   */
  receive?(reader: SegmentReader): void
  /**
   * Hands bytes over; the caller does not change them afterwards. Nothing to wait for, or a promise that resolves
   * when more may be written. A failed write rejects only where it returned a promise; the next `read` tells the rest.
   */
  write(bytes: Uint8Array): void | Promise<void>
  /** Half-close: no more bytes will be written. */
  end(): void
  /**
   * The client has read an answer to its end, `offset` bytes into what the peer sent on this connection.
   *
   * For whoever keeps a record; a socket has no use for it. It is called before the caller hears of the end.
   */
  answered?(offset: number): void
  /** Whether the process should stay alive for it, which it does unless told otherwise. Absent: it never keeps a process. */
  keepAlive?(value: boolean): void
  /** Releases everything at once; an outstanding `read` rejects with `error`. Calling it twice is fine. */
  destroy(error?: Error): void
}

/** Who is told what {@link Transport.receive} was called for. */
export interface SegmentReader {
  /** The first `length` bytes of `buffer` are what came. They are lent: once this returns, other bytes may stand there. */
  onBytes(buffer: Uint8Array, length: number): void
  /** The peer has ended its side. */
  onEnd(): void
  onFailure(error: Error): void
}

/** Where to connect to. */
export interface Origin {
  /** Over `https` and `tls` there is TLS; `tcp` and `tls` say that the bytes are those of another protocol than HTTP. */
  readonly protocol: 'http' | 'https' | 'tcp' | 'tls'
  /** Host name or address; an IPv6 address has no brackets. */
  readonly host: string
  readonly port: number
}

/** What is known of a connection that was made. */
export interface ConnectionInfo {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
  readonly tls?: TlsInfo | undefined
}

/** Facts of the TLS session under the bytes. */
export interface TlsInfo {
  /** As `tls.TLSSocket#getProtocol` gives it, such as `TLSv1.3`. */
  readonly version: string
  /** The protocol agreed by ALPN; absent where the peer agreed to none. */
  readonly alpn?: string | undefined
  /** Whether the certificate of the server was verified. */
  readonly authorized: boolean
}

/** What a connector may need beyond the origin. */
export interface ConnectOptions {
  /** Milliseconds for TCP and, counted anew, for the TLS handshake; absent: no limit. */
  readonly timeout?: number | undefined
  /** Ends the attempt; the connector then rejects with a ConnectionError `ABORTED`. */
  readonly signal?: AbortSignal | undefined
  /** Whether an https server must show a valid certificate. Default: `true`. */
  readonly verify?: boolean | undefined
  /** Passed to `tls.connect` as they are: `ca`, `cert`, `key`, `servername`, `ALPNProtocols` ... */
  readonly tls?: object | undefined
  /** Whether the reader of the bytes calls {@link Transport.answered}: nothing to a connector, a note to a recorder. Default: `false`. */
  readonly tellsAnswers?: boolean | undefined
  /** Which leniencies the reader of the bytes has switched on, by name: nothing to a connector, a note to a recorder. */
  readonly lenient?: readonly string[] | undefined
}

/**
 * Opens a transport to `origin`.
 *
 * Rejects with a ConnectionError that says which phase failed: `dns`, `tcp` or `tls`.
 */
export type Connector = (origin: Origin, options: ConnectOptions) => Promise<Transport>

/**
 * Where in `globalThis` a process may have a connector of its own for those that name none, as `wiretape record -- COMMAND` puts one there.
 *
 * A symbol of the registry, so that two copies of this package in one process mean the same place.
 */
export const PROCESS_CONNECTOR: symbol = Symbol.for('wiretape.connector')

/** Whether TLS is spoken with it. */
export const isSecure = ({ protocol }: Pick<Origin, 'protocol'>): boolean => protocol === 'https' || protocol === 'tls'

/** Whether what is spoken with an origin, given as `formatOrigin` writes it, is not HTTP. */
export const isRaw = (origin: string): boolean => /^(?:tcp|tls):/.test(origin)

/**
 * `https://example.com:8443`; the default port is left out, an IPv6 address gets its brackets (RFC 6454 section 6.2).
 *
 * `tcp://` and `tls://` have no default port.
 */
export function formatOrigin(origin: Origin): string {
  return `${origin.protocol}://${formatAuthority(origin)}`
}

/** The `Host` field value for an origin (RFC 9112 section 3.2): the port is left out where it is the default one. */
export function formatAuthority({ protocol, host, port }: Origin): string {
  const name = host.includes(':') ? `[${host}]` : host
  return port === DEFAULT_PORTS[protocol] ? name : `${name}:${port}`
}

/** The origin of a URL, its host in lower case; `undefined` for text that is none, or leads to none with a port. */
export function parseOrigin(text: string | URL): Origin | undefined {
  const url = typeof text === 'string' ? (URL.canParse(text) ? new URL(text) : undefined) : text
  const protocol = url?.protocol.slice(0, -1)
  if (url === undefined || !isProtocol(protocol)) return undefined
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  const port = url.port === '' ? DEFAULT_PORTS[protocol] : Number(url.port)
  return host === '' || port === undefined || port === 0 ? undefined : { protocol, host, port }
}

const isProtocol = (name: string | undefined): name is Origin['protocol'] =>
  name === 'http' || name === 'https' || name === 'tcp' || name === 'tls'

/** 80 for http, 443 for https; other protocols have none of their own here. */
export const DEFAULT_PORTS: Readonly<Record<'http' | 'https', number> & Partial<Record<Origin['protocol'], number>>> = {
  http: 80,
  https: 443,
}
