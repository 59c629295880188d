import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultConnector } from '../../../src/client/default-connector.ts'
import { serveCassette } from '../../../src/serve/serve-cassette.ts'
import { serveConnector } from '../../../src/serve/serve-connector.ts'
import { Recording } from '../../../src/recorder/recording.ts'
import { Replayer } from '../../../src/replay/replayer.ts'
import { loadCassette } from '../../../src/store/load-cassette.ts'
import { useCassette } from '../../../src/use/use-cassette.ts'
import type { Connector } from '../../../src/transport.ts'
import type { OpenSocket } from './client.ts'
import type { Scene } from './scenes.ts'
import { socketServer } from './server.ts'

/** A scene as it was recorded from a real server, which is gone by now. */
export interface RecordedScene {
  readonly live: readonly string[]
  /** The cassette. */
  readonly yaml: string
  /** Plays it, and gives what the client saw, `allPlayed` last. */
  replay(): Promise<readonly string[]>
}

export async function recordScene(
  scene: Scene,
  client: (connector: Connector) => OpenSocket,
): Promise<RecordedScene & Disposable> {
  const folder = mkdtempSync(join(tmpdir(), 'wiretape-sockets-'))
  const path = join(folder, 'sockets.yaml')
  const server = await socketServer()
  const at = `ws://127.0.0.1:${server.port}`
  const recording = await Recording.open(path)
  const live = await scene(client(recording.wrap(defaultConnector)), at)
  await recording.save()
  await server.close()
  const cassette = await loadCassette(path)
  return {
    live,
    yaml: readFileSync(path, 'utf8'),
    async replay() {
      const replayer = new Replayer(cassette)
      const seen = await scene(client(replayer.connector), at)
      if (!replayer.allPlayed) throw new Error(replayer.misses[0]?.message ?? 'not all was played')
      return seen
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

/** The same for a client that connects by itself, in a process whose connections are caught. */
export async function recordCaughtScene(scene: Scene, open: OpenSocket): Promise<RecordedScene & Disposable> {
  const folder = mkdtempSync(join(tmpdir(), 'wiretape-sockets-'))
  const server = await socketServer()
  const at = `ws://127.0.0.1:${server.port}`
  const play = async (mode: 'all' | 'none'): Promise<readonly string[]> => {
    const capture = { hosts: ['127.0.0.1'] }
    await using _cassette = await useCassette('sockets', { dir: folder, env: {}, mode, capture, allowUnused: false })
    return await scene(open, at)
  }
  const live = await play('all')
  await server.close()
  return {
    live,
    yaml: readFileSync(join(folder, 'sockets.yaml'), 'utf8'),
    replay: () => play('none'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

/** Opens sockets on a server at this URL, and is disposed of afterwards. */
export type ClientAt = (url: string) => Promise<AsyncDisposable & { readonly open: OpenSocket }>

/** The same for clients outside of this process: recorded and replayed through a server on loopback. */
export async function recordServedScene(scene: Scene, clientAt: ClientAt): Promise<RecordedScene & Disposable> {
  const folder = mkdtempSync(join(tmpdir(), 'wiretape-sockets-'))
  const path = join(folder, 'sockets.yaml')
  const server = await socketServer()
  const recording = await Recording.open(path)
  const through = await serveConnector(recording.wrap(defaultConnector), `http://127.0.0.1:${server.port}`)
  const live = await sceneAt(scene, through.url, clientAt)
  await through.close()
  await recording.save()
  await server.close()
  return {
    live,
    yaml: readFileSync(path, 'utf8'),
    async replay() {
      await using served = await serveCassette(path)
      const seen = await sceneAt(scene, served.url, clientAt)
      if (!served.replayer.allPlayed) throw new Error(served.replayer.misses[0]?.message ?? 'not all was played')
      return seen
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

async function sceneAt(scene: Scene, url: string, clientAt: ClientAt): Promise<readonly string[]> {
  await using client = await clientAt(url)
  return await scene(client.open, url.replace('http', 'ws'))
}
