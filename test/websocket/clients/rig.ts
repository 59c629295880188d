import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultConnector } from '../../../src/client/default-connector.ts'
import { Recording } from '../../../src/recorder/recording.ts'
import { Replayer } from '../../../src/replay/replayer.ts'
import { loadCassette } from '../../../src/store/load-cassette.ts'
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
