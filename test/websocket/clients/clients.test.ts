import { expect, test } from '@playwright/test'
import { countOf } from '../../helpers/share.ts'
import { undiciClient, wsClient } from './client.ts'
import { recordScene } from './rig.ts'
import { GONE, SCENES } from './scenes.ts'

// Recorded from a real server, which is stopped; then replayed, again and again.
for (const [name, client] of Object.entries({ ws: wsClient, 'the WebSocket of undici': undiciClient }))
  for (const [what, scene] of Object.entries({ ...SCENES, 'gone without a close (1006)': GONE }))
    test(`${name}: ${what}`, async () => {
      using recorded = await recordScene(scene, client)
      expect(recorded.yaml).toContain('frame: ')
      for (let n = 0; n < countOf(1, 20); n += 1) expect(await recorded.replay()).toEqual(recorded.live)
    })
