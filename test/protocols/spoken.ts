import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type OpenCassette, type ProtocolName, socketConnector, useCassette, type UseCassetteOptions } from 'wiretape'
import { serveConnector } from 'wiretape/serve'
import type { Place, Run } from './clients.ts'

/** What became of a client that was recorded and then replayed without its server. */
export interface Spoken {
  readonly live: unknown
  readonly replays: readonly unknown[]
  readonly text: string
}

/** A cassette in use, and the address of its server on loopback. */
export interface Spoke extends AsyncDisposable {
  readonly cassette: OpenCassette
  readonly port: number
}

export interface SpokenCase {
  readonly protocol: ProtocolName
  readonly run: Run
  /** The live server's. */
  readonly port: number
  readonly place?: Omit<Place, 'port'> | undefined
  /** How it is recorded. */
  readonly options?: UseCassetteOptions | undefined
}

/** Opens a cassette, and a server on loopback that stands for `service:1`. */
export async function speak(dir: string, options: UseCassetteOptions): Promise<Spoke> {
  const cassette = await useCassette('spoken', { dir, env: {}, ...options })
  const server = await serveConnector(cassette.connector, { protocol: 'tcp', host: 'service', port: 1 })
  return {
    cassette,
    port: server.port,
    [Symbol.asyncDispose]: async () => {
      await server.close()
      await cassette.eject()
    },
  }
}

/** Goes to the live server whatever the address. */
export const toPort =
  (port: number): UseCassetteOptions['connector'] =>
  (origin, options) =>
    socketConnector()({ ...origin, host: '127.0.0.1', port }, options)

/** Records a client, and gives the folder of the cassette. */
export async function record(dir: string, { protocol, run, port, place, options }: SpokenCase): Promise<unknown> {
  await using spoke = await speak(dir, {
    mode: 'all',
    connector: toPort(port),
    protocols: { 'service:1': protocol },
    ...options,
  })
  return await run({ ...place, port: spoke.port })
}

/** @throws UNPLAYED where the replayed client said less than the recorded one. */
export async function replay(dir: string, run: Run, place?: Omit<Place, 'port'>): Promise<unknown> {
  await using spoke = await speak(dir, { mode: 'none', failOnMiss: true })
  const heard = await run({ ...place, port: spoke.port })
  spoke.cassette.assertAllPlayed()
  return heard
}

/** Records, ends the server, and replays twice. */
export async function recordAndReplay(one: SpokenCase, server: { stop(): Promise<void> }): Promise<Spoken> {
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
  try {
    const live = await record(dir, one)
    await server.stop()
    const replays = [await replay(dir, one.run, one.place), await replay(dir, one.run, one.place)]
    return { live, replays, text: await readFile(join(dir, 'spoken.yaml'), 'utf8') }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
