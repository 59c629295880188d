import { ConnectionError, LocalProtocolError } from '../errors.ts'
import type { FieldLine } from '../http1/events.ts'
import { type Connector, DEFAULT_PORTS, isSecure, type Origin, type Transport } from '../transport.ts'
import { AbsoluteFormTransport } from './absolute-form.ts'
import { fieldLines, type FieldsInit } from './fields.ts'
import { HttpConnection } from './http-connection.ts'
import { connectSocket, connectTlsOver } from './socket-transport.ts'
import { toSocket } from './to-socket.ts'

export interface ProxyOptions {
  /** How the proxy itself is reached. Default: sockets. */
  readonly connector?: Connector | undefined
  /** For the proxy, beside `Host` and, where its URL has credentials, `Proxy-Authorization`: in CONNECT, or in each http request. */
  readonly headers?: FieldsInit | undefined
  /**
   * Whether http goes through a tunnel, too, which many proxies allow to port 443 only; an upgrade (`ws:`) needs it.
   * Default: `false`, each request names its origin.
   */
  readonly tunnelHttp?: boolean | undefined
}

/**
 * A connector that goes through an HTTP proxy: with http by requests that name their origin (RFC 9112 section 3.2.2), with all
 * else through a tunnel (CONNECT, RFC 9110 section 9.3.6).
 *
 * @param proxy such as `http://user:password@proxy.example:3128`; with `https:` the way to the proxy is TLS too.
 *
 * It rejects with a ConnectionError `PROXY_REFUSED` and the proxy's status when the tunnel is not given. TLS to the origin is
 * verified as without a proxy. Proxies in the environment are not looked at.
 */
export function proxyConnector(proxy: string | URL, options: ProxyOptions = {}): Connector {
  const url = new URL(proxy)
  const proxyOrigin = originOf(url)
  const headers = [...credentials(url), ...fieldLines(options.headers)]
  const connector = options.connector ?? connectSocket

  return async (origin, connectOptions) => {
    if (origin.protocol === 'http' && options.tunnelHttp !== true) {
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
}

/** A proxy has little to say about a tunnel: curl's limit, and ours. */
const MAX_CONNECT_HEAD = 16_384

function originOf({ protocol, hostname, port }: URL): Origin & { readonly protocol: 'http' | 'https' } {
  const name = protocol.slice(0, -1)
  if (name !== 'http' && name !== 'https') {
    throw new LocalProtocolError('INVALID_OPTION', `a proxy with ${protocol}; http: and https: are spoken`)
  }
  return { protocol: name, host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || DEFAULT_PORTS[name]) }
}

/** RFC 9110 section 11.7.2, RFC 7617. */
function credentials({ username, password }: URL): FieldLine[] {
  if (username === '' && password === '') return []
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return [{ name: 'Proxy-Authorization', value: `Basic ${Buffer.from(pair).toString('base64')}` }]
}

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
