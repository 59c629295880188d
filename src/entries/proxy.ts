/**
 * Proxies that record and replay the traffic of any program, in any language.
 *
 * ```ts
 * import { recordingProxy } from 'wiretape/proxy'
 *
 * await using proxy = await recordingProxy('users', { mode: 'once' })
 * console.log(proxy.url)
 * ```
 *
 * @packageDocumentation
 */
export { type Certificate, CertificateAuthority } from '../certificates/certificate-authority.ts'
export type { Exchange, ExchangeListener } from '../listen/exchange-watch.ts'
export { type ControlServer, serveControl } from '../proxy/control.ts'
export { environmentFor, type EnvironmentOptions } from '../proxy/environment.ts'
export { machineAuthority, type MachineAuthority } from '../proxy/machine-authority.ts'
export { ProxyHost, type ProxyScope } from '../proxy/proxy-host.ts'
export type { ProxyHostOptions, ProxyScopeOptions } from '../proxy/proxy-options.ts'
export { recordingProxy, type RecordingProxy, type RecordingProxyOptions } from '../proxy/recording-proxy.ts'
