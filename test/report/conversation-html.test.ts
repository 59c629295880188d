import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, type Page, test } from '@playwright/test'
import type { Cassette } from '../../src/tape/cassette.ts'
import { conversationHtml, type ConversationOptions } from '../../src/report/conversation-html.ts'
import { NO_CHROMIUM, openChromium } from '../helpers/chromium.ts'
import { answer, request, TapeWriter } from '../helpers/tape.ts'
import { every } from '../helpers/share.ts'

const ORIGIN = 'https://api.test'
const PICTURE = resolve(import.meta.dirname, '../../docs/conversation.png')

test.describe('a conversation as a page', () => {
  test('shows each request beside its answer, undecoded and decoded', () => {
    const text = textOf(conversationHtml(talk(), { title: 'orders > pays', problems: ['no match\nfor this'] }))
    for (const part of [
      'orders > pays',
      'no match\nfor this',
      '3 interactions on 2 connections, 1 not made',
      'GET https://api.test/orders?open=1',
      '200 OK',
      'X-cAsE: kept',
      '"total": 12.5',
      '(gzip: ',
      '103 Early Hints',
      'Server-Timing: db;dur=4',
      'cut off, CONNECTION_LOST ECONNRESET',
      'connection 3 to https://down.test',
      'CONNECT_FAILED ECONNREFUSED',
    ])
      expect(text, part).toContain(part)
  })

  test('shows bytes that are no text, or no HTTP, in hex', () => {
    const tape = new TapeWriter()
    tape
      .open(ORIGIN)
      .sent(request('GET', '/'))
      .received(answer('\0\u00ff\u0001'), '\u0016\u0003\u0001 not HTTP\r\n\r\n')
    const text = textOf(conversationHtml(tape.cassette))
    expect(text).toContain('000000  00 ff 01 ')
    expect(text).toContain('000000  16 03 01 20 6e 6f 74')
  })

  test('cuts what is long, and says so', () => {
    const tape = new TapeWriter()
    const connection = tape.open(ORIGIN)
    connection.sent(request('GET', '/long')).received(answer('x'.repeat(1_000_000)))
    for (let number = 0; number < 600; number++) connection.sent(request('GET', `/${number}`)).received(answer('ok'))
    const page = conversationHtml(tape.cassette)
    expect(textOf(page)).toContain(`... ${(1_000_000 - 65_536).toLocaleString('en-US')} more characters`)
    expect(textOf(page)).toContain('101 more interactions')
    expect(page.length).toBeLessThan(2_000_000)
  })

  test('of an empty cassette is a page as well', () => {
    expect(textOf(conversationHtml(new TapeWriter().cassette))).toContain('0 interactions on 0 connections,')
  })
})

test.describe('in a browser', () => {
  test.skip(NO_CHROMIUM !== undefined, NO_CHROMIUM)

  test('nothing that was recorded becomes markup, and no script runs: 300 payloads, with and without the policy', async () => {
    await using chromium = await openChromium()
    const page = await chromium.browser.newPage()
    let hits = 0
    await page.exposeFunction('hit', () => (hits += 1))
    page.on('dialog', (dialog) => void dialog.dismiss().then(() => (hits += 1)))
    for (const hostile of every(3, hostilePages())) {
      await show(page, hostile)
      expect(await foreignMarkup(page)).toEqual([])
      // What the escaping alone does.
      await show(page, withoutPolicy(hostile))
      expect(await foreignMarkup(page)).toEqual([])
    }
    expect(hits).toBe(0)
  })

  test('a page that does hold a payload is seen by the test above, and its policy runs no script', async () => {
    await using chromium = await openChromium()
    const page = await chromium.browser.newPage()
    let hits = 0
    await page.exposeFunction('hit', () => (hits += 1))
    const broken = conversationHtml(talk(), { title: 'MARK' }).replaceAll(
      'MARK',
      '<img src=x: onerror="hit()"><script>hit()</script>',
    )
    await show(page, broken)
    expect(await foreignMarkup(page)).not.toEqual([])
    expect(hits).toBe(0)
    await show(page, withoutPolicy(broken))
    await expect.poll(() => hits).toBeGreaterThan(0)
  })

  test('its picture can be taken, and stands in the docs', async ({}, info) => {
    await using chromium = await openChromium()
    const page = await chromium.browser.newPage({ viewport: { width: 1200, height: 900 }, colorScheme: 'light' })
    await page.setContent(conversationHtml(talk(), PICTURED))
    const png = await page.screenshot({ fullPage: true, path: info.outputPath('conversation.png') })
    if (process.env['UPDATE_PICTURES'] !== undefined) await writeFile(PICTURE, png)
    const kept = await readFile(PICTURE)
    expect(kept.subarray(0, 24).toString('latin1')).toBe(
      png.subarray(0, 20).toString('latin1') + kept.subarray(20, 24).toString('latin1'),
    )
  })
})

const PICTURED: ConversationOptions = {
  title: 'orders › shows what is open',
  remarks: ['orders.spec.ts-cassettes/orders/shows-what-is-open.yaml, replayed: 2 of 3 interactions were played'],
  problems: [
    [
      'NO_MATCH: no recorded interaction answers this request: POST https://api.test/orders with 24 bytes of content',
      'interactions: 1 of 3 are left to play; compared: method, url, body',
      '',
      'nearest: #2 POST https://api.test/orders (connection 1)',
      '  - body differs: JSON',
      '    $.quantity: recorded 2, asked 3',
      '',
      'record it again with WIRETAPE_MODE=update, or leave it out with matchOn: { body: { ignore: ["$.quantity"] } }',
    ].join('\n'),
  ],
}

/** Two connections that answer, one that does not. */
function talk(): Cassette {
  const tape = new TapeWriter()
  const json = gzipSync('{"orders":[{"id":7,"total":12.5},{"id":8,"total":3}]}')
  const first = tape.open(ORIGIN)
  first
    .sent(request('GET', '/orders?open=1', '', ['Accept-Encoding: gzip']))
    .received(
      Buffer.concat([
        Buffer.from(
          `HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\nX-cAsE: kept\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${json.length}\r\n\r\n`,
        ),
        json,
      ]),
    )
    .sent(request('POST', '/orders', '{"id":9,"quantity":2}', ['Content-Type: application/json']))
    .received(
      'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\nTrailer: Server-Timing\r\n\r\n',
      '5\r\nsaved\r\n0\r\nServer-Timing: db;dur=4\r\n\r\n',
    )
    .closed('client')
  const second = tape.open(ORIGIN)
  second
    .sent(request('GET', '/orders/8/receipt'))
    .received('HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\n%PDF-1.7 half of')
    .closed('server', { code: 'CONNECTION_LOST', phase: 'body', systemCode: 'ECONNRESET', message: 'read ECONNRESET' })
  tape.failed('https://down.test', {
    code: 'CONNECT_FAILED',
    phase: 'tcp',
    systemCode: 'ECONNREFUSED',
    message: 'connect ECONNREFUSED',
  })
  return tape.cassette
}

/** In a new document: one that is written again keeps the policy it had. */
async function show(page: Page, content: string): Promise<void> {
  await page.goto('about:blank')
  await page.setContent(content)
}

const withoutPolicy = (content: string): string => content.replace(/<meta\s+http-equiv[^>]*>/, '')

/** Text of a page as a reader sees it, near enough. */
function textOf(page: string): string {
  return page
    .replace(/<style>.*?<\/style>/s, '')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/ *\n[\n ]*/g, '\n')
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
}

/** Elements and attributes that {@link conversationHtml} never makes. */
function foreignMarkup(page: Page): Promise<string[]> {
  // A string, as it runs over there: the types of a browser's globals are not those of Node.
  return page.evaluate<string[]>(`[...document.querySelectorAll('*')].flatMap(({ localName, attributes }) => [
    ...(${JSON.stringify(OUR_ELEMENTS)}.includes(localName) ? [] : [localName]),
    ...[...attributes]
      .filter(({ name, value }) => !${JSON.stringify(OUR_ATTRIBUTES)}.includes(name) || (name === 'href' && !/^#x[0-9]+$/.test(value)))
      .map(({ name, value }) => name + '=' + value),
  ])`)
}

// oxfmt-ignore
const OUR_ELEMENTS = [
  'html', 'head', 'meta', 'title', 'style', 'body', 'header', 'h1', 'h2', 'h3', 'p', 'b', 'i', 'pre', 'section', 'svg', 'text', 'line', 'rect', 'a',
  'main', 'article', 'div', 'span', 'details', 'summary',
] as const
// oxfmt-ignore
const OUR_ATTRIBUTES = [
  'lang', 'charset', 'http-equiv', 'content', 'name', 'class', 'viewBox', 'role', 'aria-label', 'x', 'y', 'x1', 'x2', 'y1', 'y2', 'width', 'height', 'href', 'id',
] as const

// oxfmt-ignore
const PAYLOADS = [
  '<script>hit()</script>', '</script><script>hit()</script>', '<img src=x: onerror=hit()>', '"><script>hit()</script>', "'><script>hit()</script>",
  '</title><script>hit()</script>', '</style><script>hit()</script>', '</pre><script>hit()</script>', '</textarea><svg onload=hit()>',
  '<svg onload=hit()>', '<svg><script>hit()</script></svg>', '<iframe srcdoc="<script>parent.hit()</script>">', '<iframe src="javascript:parent.hit()">',
  '<details open ontoggle=hit()>', '<body onload=hit()>', '<input autofocus onfocus=hit()>', '<a href="javascript:hit()">x</a>', '" onmouseover="hit()',
  "' autofocus onfocus='hit()", '` onerror=`hit()', '<!--><script>hit()</script>-->', ']]><script>hit()</script>', '<math><mtext></mtext><script>hit()</script>',
  '<style>@import "javascript:hit()"</style>', '<meta http-equiv=refresh content="0;url=javascript:hit()">', '<base href="javascript:hit()//">',
  '<object data="javascript:hit()">', '<embed src="javascript:hit()">', '&lt;script&gt;hit()&lt;/script&gt;', '\u0000<script>hit()</script>',
] as const

/** Each payload in ten places: 300, three payloads to a page. */
function hostilePages(): readonly string[] {
  expect(PAYLOADS).toHaveLength(30)
  return Array.from({ length: 10 }, (_, index) => hostilePage(PAYLOADS.slice(index * 3, index * 3 + 3)))
}

function hostilePage(payloads: readonly string[]): string {
  const tape = new TapeWriter()
  for (const payload of payloads) {
    const word = payload.replaceAll(/[\0\s]/g, '/')
    const value = payload.replace('\0', '')
    const chunk = `${Buffer.byteLength(payload).toString(16)};${word}\r\n${payload}\r\n`
    tape
      .open(ORIGIN)
      .sent(`GET /${word} HTTP/1.1\r\nHost: api.test\r\nX-Value: ${value}\r\n\r\n`)
      .received(
        `HTTP/1.1 200 ${value}\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}0\r\nX-Trailer: ${value}\r\n\r\n`,
        `${payload}\r\n\r\n`,
      )
    tape.failed(`https://${payload}`, { code: payload, phase: 'tcp', message: payload })
  }
  const all = payloads.join('')
  const cassette = { ...tape.cassette, recorded: { at: all, by: all, node: all } }
  return conversationHtml(cassette, { title: all, problems: payloads, remarks: payloads })
}
