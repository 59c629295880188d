import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { Server } from 'node:net'
import { join } from 'node:path'
import { createCertificate } from '../../demo/certificate.ts'
import { startHttpServer } from './http-server.ts'
import { Tee } from './tee.ts'

/** Servers for a program to talk to. */
export interface Scene {
  /** Tells the program where the servers are. */
  readonly env: Readonly<Record<string, string>>
  /** Absent where bytes cannot be seen without being the client. */
  readonly tee: Tee | undefined
  stop(): Promise<void>
}

/** @param folder a place for files that outlive the servers. */
export type OpenScene = (folder: string) => Promise<Scene>

/** HTTP/1.1 in the clear. */
export const http: OpenScene = async () => {
  const server = await startHttpServer()
  const tee = await Tee.start(() => portOf(server))
  return { env: { SERVER_URL: `http://localhost:${tee.port}` }, tee, stop: () => stopAll(tee, server) }
}

/** HTTP/1.1 over TLS, with a certificate that the program trusts by `NODE_EXTRA_CA_CERTS`. */
export const https: OpenScene = async (folder) => {
  const server = await startHttpServer()
  const { key, cert } = await createCertificate()
  const file = join(folder, 'ca.pem')
  writeFileSync(file, cert)
  const tee = await Tee.start(() => portOf(server), { key, cert, ALPNProtocols: ['http/1.1'] })
  return {
    env: { SERVER_URL: `https://localhost:${tee.port}`, NODE_EXTRA_CA_CERTS: file },
    tee,
    stop: () => stopAll(tee, server),
  }
}

async function stopAll(tee: Tee, server: Server): Promise<void> {
  await tee.stop()
  server.close()
  await once(server, 'close')
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
