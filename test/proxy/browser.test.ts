import { createServer, type Server } from 'node:https'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Browser } from '@playwright/test'
import { expect, test } from '../helpers/test.ts'
import { CertificateAuthority } from '../../src/certificates/certificate-authority.ts'
import { recordingProxy, type RecordingProxyOptions } from '../../src/proxy/recording-proxy.ts'
import { NO_CHROMIUM, openChromium } from '../helpers/chromium.ts'
import { AUTHORITY, TLS } from '../helpers/servers.ts'
import { countOf, isWhole, ONLY_WHOLE } from '../helpers/share.ts'

test.skip(NO_CHROMIUM !== undefined, NO_CHROMIUM)
test.setTimeout(240_000)

const IMAGES = Array.from({ length: 12 }, (_, number) => `/image-${number}.svg`)

const PAGE = `<!doctype html>
<link rel="stylesheet" href="/style.css"><p id="out"></p>
${IMAGES.map((image) => `<img src="${image}">`).join('')}
<script type="module">
  const form = new FormData()
  form.append('tea', 'green')
  form.append('file', new Blob(['leaves']), 'leaves.txt')
  const sent = await (await fetch('/form', { method: 'POST', body: form })).text()
  const events = new EventSource('/events')
  const said = []
  await new Promise((resolve) => {
    events.onmessage = ({ data }) => said.push(data) === 3 && resolve()
  })
  events.close()
  const kept = await (await fetch('/cookie')).text()
  await Promise.all(Array.from(document.images, (image) => image.decode()))
  document.querySelector('#out').textContent = [sent, said.join(' '), kept, document.images.length].join(', ')
</script>`

/** A site over TLS, which counts what it is asked. */
async function site(): Promise<{ readonly server: Server; readonly url: string; readonly asked: string[] }> {
  const asked: string[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { url = '' } = request
    asked.push(url)
    if (url === '/') {
      response.setHeader('Set-Cookie', `visit=${asked.length}`)
      response.setHeader('Content-Type', 'text/html')
      response.end(PAGE)
    } else if (url === '/style.css') {
      response.setHeader('Content-Type', 'text/css')
      response.end('p { color: green }')
    } else if (url.endsWith('.svg')) {
      response.setHeader('Content-Type', 'image/svg+xml')
      response.end('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>')
    } else if (url === '/form') {
      response.end((await text(request)).includes('name="tea"') ? `form ${asked.length}` : 'no form')
    } else if (url === '/events') {
      response.setHeader('Content-Type', 'text/event-stream')
      for (const number of [1, 2, 3]) response.write(`data: event ${number}\n\n`)
    } else if (url === '/cookie') response.end(request.headers.cookie ?? 'no cookie')
    else response.writeHead(404).end()
  }
  const server = createServer({ key: TLS.key, cert: TLS.cert }, (request, response) => void answer(request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { server, url: `https://127.0.0.1:${Object(server.address()).port}`, asked }
}

/** A page whose form has a field of another name. */
const RENAMED = `
  const { append } = FormData.prototype
  FormData.prototype.append = function (name, ...rest) {
    return append.call(this, name === 'tea' ? 'coffee' : name, ...rest)
  }`

async function ask(browser: Browser, proxy: string, url: string, script: string): Promise<void> {
  const context = await browser.newContext({ proxy: { server: proxy } })
  await context.addInitScript(script)
  await (await context.newPage()).goto(url)
}

async function visit(browser: Browser, proxy: string, url: string): Promise<string> {
  const context = await browser.newContext({ proxy: { server: proxy } })
  try {
    const shown = await context.newPage()
    await shown.goto(url)
    const out = shown.locator('#out')
    await expect(out).not.toBeEmpty({ timeout: 60_000 })
    return (await out.textContent()) ?? ''
  } finally {
    await context.close()
  }
}

test('a page with images, a form, cookies and server-sent events is the same in each replay', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  const authority = CertificateAuthority.create('wiretape test proxy')
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
  const { server, url, asked } = await site()
  await using chromium = await openChromium([`--ignore-certificate-errors-spki-list=${authority.spkiHash}`])
  const settings: RecordingProxyOptions = {
    dir,
    env: {},
    authority,
    allow: ['127.0.0.1'],
    connect: { tls: { ca: AUTHORITY.cert } },
    optional: ({ target }) => target === '/favicon.ico',
  }
  try {
    const recorded = await (async () => {
      await using proxy = await recordingProxy('page', settings)
      return await visit(chromium.browser, proxy.url, url)
    })()
    expect(recorded).toMatch(/^form \d+, event 1 event 2 event 3, visit=\d+, 12$/)
    server.close().closeAllConnections()

    const hits = asked.length
    for (let round = 0; round < countOf(1, 20); round++) {
      await using proxy = await recordingProxy('page', { ...settings, failOnMiss: true })
      expect(await visit(chromium.browser, proxy.url, url)).toBe(recorded)
      expect(proxy.cassette.misses).toEqual([])
      expect(proxy.cassette.summary.unused).toBe(0)
    }
    expect(asked).toHaveLength(hits)

    await using proxy = await recordingProxy('page', settings)
    await ask(chromium.browser, proxy.url, `${url}/`, RENAMED)
    await expect.poll(() => proxy.cassette.misses.length, { timeout: 60_000 }).toBe(1)
    const [miss] = proxy.cassette.misses
    expect(miss?.message).toMatch(/POST https:\S+\/form/)
    expect(miss?.message).toMatch(/coffee/)
    expect(miss?.message).toMatch(/tea/)
  } finally {
    server.close()
    await rm(dir, { recursive: true })
  }
})
