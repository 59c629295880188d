import { checkOptions, pickOptions } from '../options.ts'
import { ProxyHost, type ProxyScope, SCOPE_OPTIONS } from './proxy-host.ts'
import { HOST_OPTIONS, type ProxyHostOptions, type ProxyScopeOptions } from './proxy-options.ts'

/** How a proxy behaves, and how its cassette is used. */
export interface RecordingProxyOptions extends ProxyHostOptions, ProxyScopeOptions {}

/** A proxy with its first cassette. */
export interface RecordingProxy extends ProxyScope {
  /** The certificate that clients have to trust, PEM. */
  readonly certificate: string
  /** For `--ignore-certificate-errors-spki-list` of Chromium: base64 of the SHA-256 of the key that all certificates share. */
  readonly spkiHash: string
  /** Opens another cassette on another port of the same proxy; it ends with the proxy. */
  open(name: string, options?: ProxyScopeOptions): Promise<ProxyScope>
}

const PROXY_OPTIONS: Readonly<Record<keyof RecordingProxyOptions, true>> = { ...HOST_OPTIONS, ...SCOPE_OPTIONS }

/**
 * Starts a proxy on loopback in front of any program: what goes through is recorded, or played, as the mode of the cassette says.
 *
 * ```ts
 * await using proxy = await recordingProxy('users')
 * spawn('python3', ['client.py'], { env: { ...process.env, ...(await environmentFor(proxy.url, caFile)) } })
 * ```
 *
 * HTTP, HTTPS (whose clients have to trust `certificate`), and other protocols in tunnels. A request that the cassette does not hold is
 * answered with 599 and the report of the miss as text.
 *
 * @throws as `useCassette`; LocalProtocolError `INVALID_OPTION`; and the system's error if it cannot listen.
 */
export async function recordingProxy(name: string, options: RecordingProxyOptions = {}): Promise<RecordingProxy> {
  checkOptions('recordingProxy', options, PROXY_OPTIONS)
  const host = new ProxyHost(pickOptions(options, HOST_OPTIONS))
  const first = await host.open(name, pickOptions(options, SCOPE_OPTIONS))
  return {
    url: first.url,
    port: first.port,
    cassette: first.cassette,
    certificate: host.certificate,
    spkiHash: host.spkiHash,
    open: (another, its = {}) => host.open(another, its),
    close: () => host.close(),
    [Symbol.asyncDispose]: () => host.close(),
  }
}
