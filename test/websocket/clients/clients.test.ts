import { expect, test } from '../../helpers/test.ts'
import { countOf, every } from '../../helpers/share.ts'
import { undiciClient, wsClient } from './client.ts'
import { recordCaughtScene, recordScene } from './rig.ts'
import { GONE, SCENES } from './scenes.ts'

const ALL = { ...SCENES, 'gone without a close (1006)': GONE }

// Recorded from a real server, which is stopped; then replayed, again and again.
for (const [name, client] of Object.entries({ ws: wsClient, 'the WebSocket of undici': undiciClient }))
  for (const [what, scene] of every(2, Object.entries(ALL)))
    test(`${name}: ${what}`, async () => {
      using recorded = await recordScene(scene, client)
      expect(recorded.yaml).toContain('frame: ')
      for (let n = 0; n < countOf(1, 20); n += 1) expect(await recorded.replay()).toEqual(recorded.live)
    })

// Nothing is handed to the client: its sockets are caught. That of undici is the one of Node.
for (const [name, client] of Object.entries({ ws: wsClient, 'the WebSocket of undici': undiciClient }))
  for (const [what, scene] of every(4, Object.entries(ALL)))
    test(`${name}, caught: ${what}`, async () => {
      using recorded = await recordCaughtScene(scene, client())
      expect(recorded.yaml).toContain('frame: ')
      for (let n = 0; n < countOf(1, 4); n += 1) expect(await recorded.replay()).toEqual(recorded.live)
    })
