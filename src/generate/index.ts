/**
 * Cassettes in the forms of other tools.
 *
 * @packageDocumentation
 */
export { type BodyFile, toBodyFiles } from './bodies.ts'
export { type BrunoCollection, type BrunoFile, toBruno } from './bruno.ts'
export { toHar } from './har.ts'
export { type HttpFileOptions, toHttpFile } from './http-file.ts'
export { toK6 } from './k6.ts'
export { toMswModule } from './msw.ts'
export { toPcap } from './pcap.ts'
export { type CurlOptions, toCurl } from './requests.ts'
export { toTypes } from './types.ts'
export { toPostman } from './postman.ts'
