import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { Clock } from '../clock.ts'
import type { ResponseEvent } from '../http1/events.ts'
import type { Leniencies } from '../http1/leniency.ts'
import type { ParserLimits } from '../http1/limits.ts'
import type { Connector } from '../transport.ts'
import type { FieldsInit } from './fields.ts'
import type { BodyInit } from './request-body.ts'
import type { TimeoutsOption } from './timeouts.ts'

/** All options except the place to connect to. */
export interface HttpConnectionSettings {
  /** Opens the transport. Default: a TCP or TLS socket, see `defaultConnector`. */
  readonly connector?: Connector | undefined
  /** Milliseconds: one number for every phase, a table, or `null` for no limits. Default: 30,000 each. */
  readonly timeouts?: TimeoutsOption | undefined
  /** Whether an https server must show a valid certificate. Default: `true`. */
  readonly verify?: boolean | undefined
  /** Passed to `tls.connect` unchanged: `ca`, `cert`, `key`, `servername`, `ALPNProtocols` ... */
  readonly tls?: TlsOptions | undefined
  /** How much the server may send. Defaults: see ParserLimits. */
  readonly limits?: Partial<ParserLimits> | undefined
  /** Which violations of HTTP/1.1 are accepted; a recording notes them. Default: none, see Leniencies. */
  readonly lenient?: Partial<Leniencies> | undefined
  /**
   * Accepts the end of TCP as the end of TLS: a body that lasts until the connection closes may end without `close_notify`. A
   * recording notes it as `missingCloseNotify`. Risk: anyone on the path can truncate such a body (RFC 9112 section 9.8).
   * Default: `false`.
   */
  readonly allowMissingCloseNotify?: boolean | undefined
  /** Closes the connection when it aborts. */
  readonly signal?: AbortSignal | undefined
  /** Sees every protocol event, in order, as it is read. For logs and tests. */
  readonly onEvent?: ((event: ResponseEvent) => void) | undefined
  /** The clock for the timeouts. Default: the monotonic clock of the system. */
  readonly clock?: Clock | undefined
}

/** Where to connect, and how. */
export interface HttpConnectionOptions extends HttpConnectionSettings {
  /** Host name or address; an IPv6 address without brackets. */
  readonly host: string
  /** Default: 80, or 443 for https. */
  readonly port?: number | undefined
  /** Default: `'http'`. */
  readonly protocol?: 'http' | 'https' | undefined
}

/** What a request carries beside method and target. */
export interface RequestOptions {
  /** Sent in this order and case. `Host` and the framing are added if they are missing. */
  readonly headers?: FieldsInit | undefined
  /** A stream of unknown length is sent in chunks. */
  readonly body?: BodyInit | undefined
  /** The length of a streamed body in bytes; a stream with another length destroys the connection. */
  readonly contentLength?: number | undefined
  /** Sends `Expect: 100-continue` and holds the body back until the server asks for it, at most this many ms. `true`: 1,000. */
  readonly expectContinue?: boolean | number | undefined
  /** Sent after the last chunk; they make the body chunked. */
  readonly trailers?: FieldsInit | undefined
  /**
   * Sends the request once more, on a new connection, if its connection ends before any byte of an answer. Only for safe
   * methods (RFC 9110 section 9.2.1) with a body that is not a stream. Default: `false`.
   */
  readonly retry?: boolean | undefined
  /**
   * Whether a 2xx answer hands the connection over without an upgrade, for `takeTransport()`: Docker's attach and exec answer
   * 200 and continue with raw bytes. Any other answer is read as usual. Default: `false`.
   */
  readonly takesTransport?: boolean | undefined
  /** Ends the exchange and its connection at any point. */
  readonly signal?: AbortSignal | undefined
}

/** Every setting there is. */
export const CONNECTION_SETTINGS: Readonly<Record<keyof HttpConnectionSettings, true>> = {
  connector: true,
  timeouts: true,
  verify: true,
  tls: true,
  limits: true,
  lenient: true,
  allowMissingCloseNotify: true,
  signal: true,
  onEvent: true,
  clock: true,
}

/** Every option of a request there is. */
export const REQUEST_OPTIONS: Readonly<Record<keyof RequestOptions, true>> = {
  headers: true,
  body: true,
  contentLength: true,
  expectContinue: true,
  trailers: true,
  retry: true,
  takesTransport: true,
  signal: true,
}
