import { expect, test } from '../../helpers/test.ts'
import { NO_CHROMIUM, openChromium } from '../../helpers/chromium.ts'
import { countOf, every } from '../../helpers/share.ts'
import { pageClient } from './chromium-client.ts'
import { NO_PYTHON, pythonClient } from './python-client.ts'
import { type ClientAt, recordServedScene } from './rig.ts'
import { GONE, type Scene, SCENES } from './scenes.ts'

const ALL: Readonly<Record<string, Scene>> = { ...SCENES, 'gone without a close (1006)': GONE }

/** Records a scene, stops the server, and plays it so many times. */
async function play(what: string, clientAt: ClientAt, times = countOf(1, 20)): Promise<void> {
  const scene = ALL[what]
  if (scene === undefined) throw new Error(`no such scene: ${what}`)
  using recorded = await recordServedScene(scene, clientAt)
  expect(recorded.yaml).toContain('frame: ')
  for (let n = 0; n < times; n += 1) expect(await recorded.replay()).toEqual(recorded.live)
}

test.describe('websockets of Python, through a served cassette', () => {
  test.skip(NO_PYTHON !== undefined, NO_PYTHON)
  for (const what of every(4, Object.keys(ALL)))
    test(what, async () => {
      using python = pythonClient()
      await play(what, async () => ({ open: python.open, [Symbol.asyncDispose]: async () => undefined }))
    })
})

test.describe('Chromium, through a served cassette', () => {
  test.skip(NO_CHROMIUM !== undefined, NO_CHROMIUM)
  for (const what of every(20, Object.keys(ALL)))
    test(what, async () => {
      test.slow()
      await using chromium = await openChromium()
      const clientAt: ClientAt = async (url) => {
        const page = await chromium.browser.newPage()
        await page.goto(url)
        return { open: pageClient(page), [Symbol.asyncDispose]: () => page.close() }
      }
      await play(what, clientAt, countOf(1, 3))
    })
})
