import { ConnectionError } from '../errors.ts'
import type { FieldLine } from '../http1/events.ts'
import { type Connector, type ConnectOptions, isSecure, type Origin, type Transport } from '../transport.ts'
import { AbsoluteFormTransport } from './absolute-form.ts'
import { HttpConnection } from './http-connection.ts'
import { connectTlsOver } from './socket-transport.ts'
import { toSocket } from './to-socket.ts'

/** A proxy and how to use it. */
export interface Proxy {
  /** Connects to the proxy. */
  readonly connector: Connector
  readonly origin: Origin & { readonly protocol: 'http' | 'https' }
  readonly headers: readonly FieldLine[]
  /** Whether http goes through a tunnel, too. */
  readonly tunnelHttp: boolean
}

/** A connection to `origin` through a proxy. @throws ConnectionError `PROXY_REFUSED`, and as the connector. */
export async function connectThrough(
  { connector, origin: proxyOrigin, headers, tunnelHttp }: Proxy,
  origin: Origin,
  connectOptions: ConnectOptions,
): Promise<Transport> {
  if (origin.protocol === 'http' && !tunnelHttp) {
    return new AbsoluteFormTransport(await connector(proxyOrigin, connectOptions), origin, headers)
  }
  const { timeout = null, signal, verify, tls } = connectOptions
  const limits = { headBytes: MAX_CONNECT_HEAD }
  const settings = { connector, timeouts: timeout, signal, verify, limits, ...(tls && { tls }) }
  const connection = new HttpConnection({ ...proxyOrigin, ...settings })
  try {
    const tunnel = await openTunnel(connection, origin, headers)
    return isSecure(origin) ? await connectTlsOver(toSocket(tunnel), origin, connectOptions) : tunnel
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** The answer of a proxy to CONNECT is small: the limit is the one of curl. */
const MAX_CONNECT_HEAD = 16_384

async function openTunnel(
  connection: HttpConnection,
  { host, port }: Origin,
  headers: readonly FieldLine[],
): Promise<Transport> {
  // RFC 9112 section 3.2.3: the port is never left out.
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`
  await connection.request('CONNECT', target, {
    headers: [['Host', target], ...headers.map(({ name, value }) => [name, value] as const)],
  })
  const response = await connection.getResponse()
  if (response.status < 200 || response.status > 299) {
    throw new ConnectionError('PROXY_REFUSED', 'tcp', `${response.status} ${response.reason} for ${target}`)
  }
  const { transport, rest } = response.takeTransport()
  return rest.length === 0 ? transport : withFirst(rest, transport)
}

/** A transport whose first segment has been read already. */
function withFirst(first: Uint8Array, transport: Transport): Transport {
  let rest: Uint8Array | undefined = first
  return {
    info: transport.info,
    read() {
      const segment = rest
      rest = undefined
      return segment === undefined ? transport.read() : Promise.resolve(segment)
    },
    write: (bytes) => transport.write(bytes),
    end: () => transport.end(),
    keepAlive: (value) => transport.keepAlive?.(value),
    destroy: (error) => transport.destroy(error),
  }
}
