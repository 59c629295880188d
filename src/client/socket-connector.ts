import { checkOptions } from '../options.ts'
import type { Connector } from '../transport.ts'
import type * as Sockets from './socket-transport.ts'
import type { SocketOptions } from './socket-transport.ts'

const SOCKET_OPTIONS: Readonly<Record<keyof SocketOptions, true>> = {
  socketPath: true,
  localAddress: true,
  localPort: true,
  family: true,
  lookup: true,
}

/**
 * A connector that opens real connections: TCP for http and tcp, TLS over TCP for https and tls.
 *
 * It rejects with a ConnectionError `DNS_FAILED`, `CONNECT_FAILED`, `TLS_FAILED`, `CONNECT_TIMEOUT`, `TLS_TIMEOUT` or `ABORTED`.
 */
export function socketConnector(socketOptions: SocketOptions = {}): Connector {
  checkOptions('socketConnector', socketOptions, SOCKET_OPTIONS)
  return async (origin, options) => {
    if (options.own !== undefined) return options.own()
    // Loaded by the first connection: a replay has none.
    sockets ??= await import('./socket-transport.ts')
    return sockets.connectTo(origin, options, socketOptions)
  }
}

let sockets: typeof Sockets | undefined

/** The default of {@link socketConnector}. */
export const connectSocket: Connector = socketConnector()
