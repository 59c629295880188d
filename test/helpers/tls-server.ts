import { once } from 'node:events'
import type { Socket } from 'node:net'
import { createServer, type TlsOptions, type TLSSocket } from 'node:tls'
import { type Certificate, createCertificate } from '../../demo/certificate.ts'
import type { LiveServer } from './live-server.ts'

/** A TLS server on loopback for `localhost` and `127.0.0.1`; trusted by a client that has its certificate as `ca`. */
export interface TlsServer extends LiveServer {
  readonly ca: string
  /** The secrets of all connections so far, as `SSLKEYLOGFILE` holds them. */
  keyLog(): Uint8Array
}

export async function serveTls(
  onConnection: (socket: TLSSocket) => void,
  certificate?: Certificate,
  onCarrier: (socket: Socket) => void = () => {},
  options: TlsOptions = {},
): Promise<TlsServer> {
  const { key, cert } = certificate ?? (await createCertificate())
  const sockets = new Set<TLSSocket>()
  const server = createServer({ ALPNProtocols: ['http/1.1'], ...options, key, cert, noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    onConnection(socket)
  })
  const keys: Buffer[] = []
  server.on('keylog', (line: Buffer) => keys.push(line))
  // Clients in these tests leave in the middle of the handshake; that is their right.
  server.on('tlsClientError', () => {})
  server.on('connection', onCarrier)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    ca: cert,
    keyLog: () => Buffer.concat(keys),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
