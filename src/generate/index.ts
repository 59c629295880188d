/**
 * Cassettes in the forms of other tools.
 *
 * @packageDocumentation
 */
export { type BodyFile, toBodyFiles } from './bodies.ts'
export { toHar } from './har.ts'
export { toMswModule } from './msw.ts'
export { toCurl, toHttpFile } from './requests.ts'
export { toTypes } from './types.ts'
