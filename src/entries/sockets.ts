/**
 * Sockets over a connector, for clients that are not ours: agents of `node:http`, undici and `fetch`, drivers of databases.
 *
 * ```ts
 * import { nodeConnect } from 'wiretape/sockets'
 *
 * const agent = new http.Agent({ keepAlive: true })
 * agent.createConnection = nodeConnect(cassette.connector)
 * ```
 *
 * @packageDocumentation
 */
export { nodeConnect, toSocket, type TransportSocket, undiciConnect } from '../client/to-socket.ts'
