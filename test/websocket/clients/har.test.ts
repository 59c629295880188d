import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '../../helpers/test.ts'
import { toHar } from '../../../src/generate/har.ts'
import { importHar } from '../../../src/import/har.ts'
import { serveCassette } from '../../../src/serve/serve-cassette.ts'
import { NO_CHROMIUM, openChromium } from '../../helpers/chromium.ts'
import { every, isWhole, ONLY_WHOLE } from '../../helpers/share.ts'
import { frame, MASK, socketCassette } from '../../helpers/sockets.ts'
import { pageClient } from './chromium-client.ts'
import { SCENES } from './scenes.ts'
import { socketServer } from './server.ts'
import { NO_VIEWER, viewerOf } from './trace-viewer.ts'

// It keeps whole messages that are not empty: no pings, no fragments, no compression, and not why a socket was closed.
const WANTED = ['server push', 'a long message']

test.describe('a HAR of a page with a socket, as Playwright writes it', () => {
  test.skip(NO_CHROMIUM !== undefined, NO_CHROMIUM)

  for (const [file, content] of every(2, [
    ['page.har', 'embed'],
    ['page.zip', 'attach'],
  ] as const))
    test(`${file} plays for the page again, message by message`, async () => {
      test.skip(!isWhole, ONLY_WHOLE)
      test.slow()
      const folder = await mkdtemp(join(tmpdir(), 'wiretape-har-'))
      const server = await socketServer()
      const path = join(folder, file)
      try {
        await using chromium = await openChromium()
        const runAt = async (url: string, har?: string): Promise<readonly (readonly string[])[]> => {
          const context = await chromium.browser.newContext()
          if (har !== undefined) await context.tracing.startHar(har, { content })
          const page = await context.newPage()
          await page.goto(url)
          const seen: (readonly string[])[] = []
          for (const name of WANTED)
            seen.push((await SCENES[name]?.(pageClient(page), url.replace('http', 'ws'))) ?? [])
          if (har !== undefined) await context.tracing.stopHar()
          await context.close()
          return seen
        }
        const live = await runAt(`http://127.0.0.1:${server.port}`, path)
        await server.close()
        expect(live.flat()).toContain('binary: 000102ff')

        const { cassette, notes } = importHar(await readFile(path))
        expect(notes.filter((note) => note.startsWith('not understood'))).toEqual([])
        await using served = await serveCassette(cassette)
        expect(await runAt(served.url)).toEqual(live)
        expect(served.replayer.misses).toEqual([])
      } finally {
        await server.close()
        await rm(folder, { recursive: true })
      }
    })
})

test('a HAR of ours is shown by the viewer of Playwright, with the messages', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  test.skip(NO_CHROMIUM !== undefined, NO_CHROMIUM)
  test.skip(NO_VIEWER !== undefined, NO_VIEWER)
  test.slow()
  const cassette = socketCassette([
    ['received', frame('text', '{"type":"welcome"}')],
    ['sent', frame('text', 'in two ', { mask: MASK, fin: false })],
    ['sent', frame('continuation', 'parts', { mask: MASK })],
  ])
  await using viewer = await viewerOf(Object(toHar(cassette)))
  await using chromium = await openChromium()
  const page = await chromium.browser.newPage()
  await page.goto(viewer.url)
  await page.getByRole('tab', { name: 'Network' }).click()
  await page.getByText('chat', { exact: true }).click()
  await page.getByRole('tab', { name: 'Messages' }).click()
  await expect(page.getByText('{"type":"welcome"}').first()).toBeVisible()
  await expect(page.getByText('in two parts').first()).toBeVisible()
})
