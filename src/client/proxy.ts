import { LocalProtocolError } from '../errors.ts'
import type { FieldLine } from '../http1/events.ts'
import { type Connector, DEFAULT_PORTS, type Origin } from '../transport.ts'
import { fieldLines, type FieldsInit } from './fields.ts'
import { connectSocket } from './socket-connector.ts'
import { checkOptions } from '../options.ts'

/** How a proxy is reached, and what it gets. */
export interface ProxyOptions {
  /** Connects to the proxy itself. Default: sockets. */
  readonly connector?: Connector | undefined
  /** Sent to the proxy in CONNECT or in each http request, with `Host` and, if its URL has credentials, `Proxy-Authorization`. */
  readonly headers?: FieldsInit | undefined
  /**
   * Whether http also goes through a tunnel, which many proxies allow only to port 443; an upgrade (`ws:`) needs it.
   * Default: `false`, each request names its origin.
   */
  readonly tunnelHttp?: boolean | undefined
}

const PROXY_OPTIONS: Readonly<Record<keyof ProxyOptions, true>> = {
  connector: true,
  headers: true,
  tunnelHttp: true,
}

/**
 * A connector that goes through an HTTP proxy: http requests name their origin (RFC 9112 section 3.2.2), everything else goes
 * through a tunnel (CONNECT, RFC 9110 section 9.3.6).
 *
 * @param proxy such as `http://user:password@proxy.example:3128`; with `https:` the connection to the proxy uses TLS, too.
 *
 * It rejects with a ConnectionError `PROXY_REFUSED` and the status if the proxy refuses the tunnel. TLS to the origin is
 * verified as without a proxy. Proxy settings in the environment are ignored.
 */
export function proxyConnector(proxy: string | URL, options: ProxyOptions = {}): Connector {
  checkOptions('proxyConnector', options, PROXY_OPTIONS)
  const url = new URL(proxy)
  const proxyOrigin = originOf(url)
  const headers = [...credentials(url), ...fieldLines(options.headers)]
  const connector = options.connector ?? connectSocket

  const { tunnelHttp = false } = options
  return async (origin, connectOptions) => {
    // Most programs have no proxy.
    const { connectThrough } = await import('./proxied-connection.ts')
    return connectThrough({ connector, origin: proxyOrigin, headers, tunnelHttp }, origin, connectOptions)
  }
}

function originOf({ protocol, hostname, port }: URL): Origin & { readonly protocol: 'http' | 'https' } {
  const name = protocol.slice(0, -1)
  if (name !== 'http' && name !== 'https') {
    throw new LocalProtocolError('INVALID_OPTION', `a proxy with ${protocol}; use http: or https:`)
  }
  return { protocol: name, host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || DEFAULT_PORTS[name]) }
}

/** RFC 9110 section 11.7.2, RFC 7617. */
function credentials({ username, password }: URL): FieldLine[] {
  if (username === '' && password === '') return []
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return [{ name: 'Proxy-Authorization', value: `Basic ${Buffer.from(pair).toString('base64')}` }]
}
