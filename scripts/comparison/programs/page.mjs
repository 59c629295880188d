/** Asks for everything from a page in Chromium, recorded into a HAR file by Playwright, or replayed from it. Arguments: as for `node.mjs`. */
import { join } from 'node:path'
import { chromium } from '@playwright/test'

const [, , , phase, folder, port] = process.argv
const { SECRET = '', CHROMIUM = '' } = process.env
const base = `http://127.0.0.1:${port}`
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
const context = await browser.newContext()
const har = join(folder, 'page.har')
if (phase === 'record') await context.routeFromHAR(har, { update: true, updateContent: 'embed', updateMode: 'full' })
if (phase === 'replay') await context.routeFromHAR(har, { notFound: 'abort' })
const page = await context.newPage()

const seen = {}
if (phase === 'replay') seen.miss = await visit('/items?page=2')
for (const number of [1, 3, 4]) seen[`items-${number}`] = await visit(`/items?page=${number}`)
if (process.env.WAIT_TO_BE_KILLED !== undefined) {
  console.log('ready')
  await new Promise((resolve) => setTimeout(resolve, 60_000))
}
for (const path of ['fields', 'trailers', 'early', 'pieces', 'cut', 'reset', 'malformed'])
  seen[path] = await visit(`/${path}`)
await page.setExtraHTTPHeaders({ Authorization: `Bearer ${SECRET}` })
seen.secret = await visit('/secret')
await page.setExtraHTTPHeaders({})
await visit('/items?page=1')
seen.WebSocket = await page.evaluate(
  (url) =>
    new Promise((resolve) => {
      const socket = new WebSocket(url)
      socket.addEventListener('message', ({ data }) => resolve({ body: data }))
      socket.addEventListener('error', () => resolve({ error: 'failed' }))
    }),
  `ws://127.0.0.1:${port}/socket`,
)
await context.close()
await browser.close()
console.log(JSON.stringify(seen))

async function visit(path) {
  const finished = page.waitForEvent('requestfinished').catch(() => undefined)
  try {
    const response = await page.goto(base + path, { timeout: 5_000 })
    const fields = (await response.headersArray()).map(({ name, value }) => [name, value])
    const body = await response.text()
    await finished
    const { responseStart, responseEnd } = response.request().timing()
    return {
      status: response.status(),
      reason: response.statusText(),
      fields,
      interim: [],
      trailers: [],
      pieces: [body],
      gap: Math.round(responseEnd - responseStart),
    }
  } catch (error) {
    const [message = ''] = String(error.message).split('\n')
    return { error: /net::\w+/.exec(message)?.[0] ?? message, message }
  }
}
