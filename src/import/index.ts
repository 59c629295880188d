/**
 * Cassettes of other tools as cassettes of wiretape. What those tools never had cannot come back: the notes say what that is.
 *
 * @packageDocumentation
 */
export { importEnvoyTap } from './envoy.ts'
export { type HarOptions, importHar, importPolly } from './har.ts'
export type { Imported } from './imported.ts'
export { importMitmproxy } from './mitmproxy.ts'
export { importNock } from './nock.ts'
export { importPcap, type PcapOptions } from './pcap.ts'
export { importVcr } from './vcr.ts'
export { importWireMock, type WireMockOptions } from './wiremock.ts'
