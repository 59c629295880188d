import type { HttpResponse } from '../../src/client/http-response.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { ScriptedTransport } from './scripted-transport.ts'

/** The answer to a GET, and the server that may go on with it. */
export interface MadeResponse {
  readonly response: HttpResponse
  readonly peer: ScriptedTransport
  readonly connection: HttpConnection
}

/** Asks a server that says `segments`, and nothing more by itself. */
export async function answered(...segments: readonly (string | Uint8Array)[]): Promise<MadeResponse> {
  const peer = new ScriptedTransport()
  const connection = new HttpConnection({ host: 'api.test', connector: async () => peer, timeouts: null })
  await connection.request('GET', '/')
  peer.say(...segments)
  return { response: await connection.getResponse(), peer, connection }
}

/** A `200 OK` with these header lines and its length, in one segment. */
export async function responseWith(body: string | Uint8Array, ...headers: readonly string[]): Promise<HttpResponse> {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const { response } = await answered(Buffer.concat([head(`Content-Length: ${bytes.length}`, ...headers), bytes]))
  return response
}

/** The head of a `200 OK`. */
export const head = (...headers: readonly string[]): Buffer =>
  Buffer.from(`HTTP/1.1 200 OK\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`, 'latin1')
