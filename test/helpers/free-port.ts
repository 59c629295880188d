import { once } from 'node:events'
import { createServer } from 'node:net'

/** One that nobody listens on. Nobody else gets it before a program listens there, as systems give out other ports first. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = Object(server.address())
  await once(server.close(), 'close')
  return Number(port)
}
