import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { constants, createServer as createHttp2Server } from 'node:http2'
import type { Server as NetServer } from 'node:net'
import { join } from 'node:path'
import { Server } from 'socket.io'
import { createCertificate } from '../../demo/certificate.ts'
import { startFakeSmtp } from '../../test/helpers/fake-smtp.ts'
import { programPath } from '../../test/helpers/programs.ts'
import {
  PASSWORD,
  type Server as DatabaseServer,
  startMariadb,
  startPostgres,
  startRedis,
  TLS,
} from '../../test/helpers/servers.ts'
import { socketServer } from '../../test/websocket/clients/server.ts'
import { startHttpServer } from './http-server.ts'
import { LIMITS, within } from './limits.ts'
import { Tee } from './tee.ts'

/** Servers for a program to talk to. */
export interface Scene {
  /** Gives the program the places of the servers. */
  readonly env: Readonly<Record<string, string>>
  /** Absent where bytes cannot be seen without being the client. */
  readonly tee: Tee | undefined
  stop(): Promise<void>
}

/**
 * @param folder a place for files that outlive the servers.
 * @param programs where the programs are.
 */
export type OpenScene = (folder: string, programs: string) => Promise<Scene>

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

/** WebSockets: the server of the scenes in `test/websocket`. */
export const webSocket: OpenScene = async () => {
  const server = await socketServer()
  return behindTee(server.port, () => server.close())
}

/** Socket.IO: a welcome, messages that come back, and acknowledgements. */
export const socketIo: OpenScene = async () => {
  const listener = createHttpServer()
  const server = new Server(listener)
  server.on('connection', (socket) => {
    socket.emit('welcome', { room: 1 })
    socket.on('say', (message: unknown, acknowledge: (answer: object) => void) => {
      socket.emit('said', message)
      acknowledge({ ok: true })
    })
    socket.on('bytes', (bytes: Buffer, acknowledge: (answer: Buffer) => void) => acknowledge(bytes))
  })
  return behindTee(await listening(listener), () => server.close())
}

/** HTTP/2 without TLS. */
export const http2: OpenScene = async () => {
  const server = createHttp2Server()
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {}) // That is what `/reset` is for.
    if (headers[':path'] === '/reset') return stream.close(constants.NGHTTP2_INTERNAL_ERROR)
    stream.respond({ ':status': 200, 'content-type': 'text/plain', date: NO_DATE }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '1' }))
    if (headers[':path'] === '/large') stream.end('0123456789'.repeat(30_000))
    else stream.pipe(stream)
  })
  return behindTee(await listening(server), () => closed(server))
}

const NO_DATE = new Date(0).toUTCString()

/** Servers whose library is one of the clients': each is a program of its own, which prints its port. */
export const grpc = serverProgram('gRPC', 'grpc-server.mjs')
export const graphQl = serverProgram('GraphQL', 'graphql-ws-server.mjs')

function serverProgram(name: string, file: string): OpenScene {
  return async (_folder, programs) => {
    const child = spawn(process.execPath, [join(programs, file)], { stdio: ['ignore', 'pipe', 'inherit'] })
    const gone = once(child, 'exit')
    const said = Promise.race([once(child.stdout, 'data'), gone.then(() => ['it has ended'])])
    const [line]: unknown[] = await within(LIMITS.open, `the port of ${name}`, said).catch((error: unknown) => {
      child.kill()
      throw error
    })
    const port = Number(String(line))
    if (!(port > 0)) throw new Error(`the server of ${name} did not start: ${String(line)}`)
    return behindTee(port, async () => {
      child.kill()
      await gone
    })
  }
}

/** Databases and mail; skipped where the server is not installed. */
export const redis = installed('redis-server', () => startRedis())
export const postgres = installed('postgres', () => startPostgres('trust'))
export const mariadb = installed('mariadbd', () => startMariadb())
export const smtp: OpenScene = async () => {
  const server = await startFakeSmtp(TLS)
  return behindTee(server.port, () => server.stop())
}

function installed(program: string, start: () => Promise<DatabaseServer>): OpenScene | undefined {
  if (programPath(program) === undefined) return undefined
  return async () => {
    const server = await start()
    return behindTee(server.port, () => server.stop())
  }
}

async function behindTee(port: number, stop: () => Promise<unknown>): Promise<Scene> {
  const tee = await Tee.start(() => port)
  return {
    env: {
      SERVER_URL: `http://localhost:${tee.port}`,
      SERVER_PORT: String(tee.port),
      SERVER_PASSWORD: PASSWORD,
    },
    tee,
    async stop() {
      await tee.stop()
      await stop()
    },
  }
}

async function listening(server: NetServer): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return portOf(server)
}

async function closed(server: NetServer): Promise<void> {
  server.close()
  await once(server, 'close')
}

async function stopAll(tee: Tee, server: NetServer): Promise<void> {
  await tee.stop()
  await closed(server)
}

/** Of a server that listens. */
export function portOf(server: NetServer): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
