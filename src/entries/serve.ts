/**
 * Local servers that answer from a cassette, for browsers and for clients in any language.
 *
 * ```ts
 * import { serveCassette } from 'wiretape/serve'
 *
 * await using server = await serveCassette('cassettes/users.yaml')
 * console.log(server.url)
 * ```
 *
 * @packageDocumentation
 */
export type { ListenOptions } from '../listen/local-server.ts'
export { ServeRefusal } from '../listen/refusal.ts'
export { type ServeOptions, type ServedCassette, serveCassette } from '../serve/serve-cassette.ts'
export { type ServeConnectorOptions, type ServedConnector, serveConnector } from '../serve/serve-connector.ts'
