import { createRequire } from 'node:module'
import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page, TestInfo } from '@playwright/test'
import { expect, test } from '../helpers/test.ts'
import { cassettePage } from '../../src/view/cassette-page.ts'
import { NO_CHROMIUM, openChromium } from '../helpers/chromium.ts'
import { countOf, every, isAll, isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { compressed, frame, MASK, socketCassette } from '../helpers/sockets.ts'
import { crowd, hostile, PAYLOADS, shop } from './talks.ts'

const DOCS = resolve(import.meta.dirname, '../../docs')
const HOSTILE_TYPES = [
  'text/html',
  'application/json',
  'text/event-stream',
  'image/svg+xml',
  'application/x-www-form-urlencoded',
]

/** All in `npm run view:hostile`; in CI each of them in one of the types. */
const payloadsFor = (place: number): readonly string[] =>
  isAll ? PAYLOADS : every(29, PAYLOADS).filter((_, n) => !isWhole || n % HOSTILE_TYPES.length === place)

/** Scrolls to and fro, by little and by much, and says which rows then are not those that a page made anew would have, in their order. */
const AFTER_SCROLLING = `(() => { const list = document.getElementById('list'), wrong = []
  const shownNow = () => drawn.map(({ node }) => node.outerHTML)
  for (const place of [3, 5, 40, 38, 9000, 8990, 9001, 0, 1200, 1201]) {
    list.scrollTop = (place / 10_000) * list.scrollHeight
    drawList()
    const [used, inPage] = [shownNow(), Array.from(document.getElementById('rows').children, (node) => node.outerHTML)]
    drawn = []
    document.getElementById('rows').replaceChildren()
    drawList()
    if (used.join() !== shownNow().join() || used.join() !== inPage.join()) wrong.push(place)
  }
  return wrong })()`

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

const shopPage = (problems: readonly string[] = []): string =>
  cassettePage([{ name: 'orders.yaml', cassette: shop(), href: './orders.yaml' }], {
    title: 'orders › shows what is open',
    remarks: ['replay: 2 played, 0 recorded, 1 unused'],
    problems,
  })

const comparison = (): string =>
  cassettePage(
    [
      { name: 'before.yaml', cassette: shop() },
      { name: 'after.yaml', cassette: shop({ state: 'shipped', hasMore: true }) },
    ],
    { title: 'before.yaml and after.yaml', isComparison: true },
  )

test.describe('a page of cassettes', () => {
  test.skip(NO_CHROMIUM !== undefined, NO_CHROMIUM)

  let chromium: Awaited<ReturnType<typeof openChromium>>
  test.beforeAll(async () => {
    chromium = await openChromium()
  })
  test.afterEach(() => Promise.all(chromium.browser.contexts().map((context) => context.close())))
  test.afterAll(() => chromium[Symbol.asyncDispose]())

  test('shows each content as what it is, and filters and searches', async ({}, info) => {
    const page = await show(
      chromium.browser,
      shopPage(['NO_MATCH: POST /orders\n  $.quantity: recorded 2, asked 3']),
      info,
    )
    await expect(page.locator('#about')).toContainText('8 interactions on 4 connections, 1 not made')
    await expect(page.locator('#problems')).toContainText('asked 3')
    const detail = page.getByRole('region', { name: 'The interaction' })
    // gzip, JSON, an interim answer.
    await expect(detail).toContainText('103 Early Hints')
    await expect(detail).toContainText('X-cAsE: kept')
    await expect(detail).toContainText('"state": "open"')
    await choose(page, '/orders')
    await expect(detail).toContainText('"note": "two éclairs"')
    await expect(detail).toContainText('5 B, 1 chunk')
    await choose(page, '/logo.png')
    await expect(detail.getByRole('img', { name: 'the image that was received' })).toHaveJSProperty('naturalWidth', 16)
    await choose(page, '/advice')
    await expect(detail.getByRole('row', { name: 'message 2 {"token":" éclairs"}' })).toBeVisible()
    await choose(page, '/orders/8/receipt')
    await expect(detail).toContainText('cut off, CONNECTION_LOST ECONNRESET')
    await choose(page, '/token')
    await expect(detail.getByRole('row', { name: 'scope a b' })).toBeVisible()
    await choose(page, '/live')
    await expect(detail.getByRole('row', { name: 'sent text 5 B hello' })).toBeVisible()
    await expect(detail.getByRole('row', { name: 'received close 5 B 1000 bye' })).toBeVisible()
    await detail.getByRole('button', { name: 'bytes' }).first().click()
    await expect(detail).toContainText('000000  47 45 54 20 2f 6c 69 76 65')

    await page.getByRole('searchbox').fill('ÉCLAIRS'.toLowerCase())
    await expect(page.getByRole('status')).toHaveText('2 of 8 interactions')
    await page.getByRole('searchbox').fill('shows nothing')
    await expect(page.getByRole('status')).toHaveText('0 of 8 interactions')
    await page.getByRole('searchbox').fill('')
    await page.getByLabel('Status').selectOption('4xx')
    await expect(page.getByRole('option', { name: '401' })).toHaveCount(1)
    await page.getByLabel('Status').selectOption('')
    await page.getByLabel('Origin').selectOption('https://auth.example.com')
    await expect(page.getByRole('status')).toHaveText('2 of 8 interactions')
  })

  test('shows the messages of a WebSocket in their order: JSON laid out, unmasked, joined, inflated, with the code of the close', async ({}, info) => {
    const [welcome = Buffer.alloc(0)] = await compressed('{"type":"welcome"}')
    const closing = Buffer.concat([Uint8Array.of(0x0f, 0xa1), Buffer.from('enough')])
    const cassette = socketCassette(
      [
        ['received', frame('text', welcome, { rsv: 4 })],
        ['sent', frame('text', 'in two ', { mask: MASK, fin: false })],
        ['sent', frame('continuation', 'parts', { mask: MASK })],
        ['received', frame('binary', Uint8Array.of(0, 1, 255))],
        ['sent', frame('close', closing, { mask: MASK })],
      ],
      'permessage-deflate',
    )
    const page = await show(chromium.browser, cassettePage([{ name: 'a.yaml', cassette }], { title: 'a.yaml' }), info)
    const rows = page.getByRole('region', { name: 'The interaction' }).getByRole('row')
    await expect(rows).toContainText([
      'direction',
      /received\s*text, compressed.*"type": "welcome"/s,
      /sent\s*text, 2 fragments\s*12 B\s*in two parts/s,
      /received\s*binary\s*3 B\s*000000 {2}00 01 ff/s,
      /sent\s*close\s*8 B\s*4001 enough/s,
    ])
  })

  test('is used by keyboard alone', async ({}, info) => {
    const page = await show(chromium.browser, shopPage(), info)
    await page.keyboard.press('/')
    await expect(page.getByRole('searchbox')).toBeFocused()
    const list = page.getByRole('listbox', { name: 'Interactions' })
    await list.focus()
    await page.keyboard.press('End')
    await expect(list.getByRole('option', { selected: true })).toContainText('/live')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    await expect(list.getByRole('option', { selected: true })).toContainText('/token')
    await expect(list).toHaveAttribute('aria-activedescendant', 'row5')
    await page.keyboard.press('Home')
    await expect(list.getByRole('option', { selected: true })).toContainText('/orders?open=1')
    await page.keyboard.press('+')
    await page.keyboard.press('0')
  })

  test('puts two cassettes side by side, with what differs first and what differs every time apart', async ({}, info) => {
    const page = await show(chromium.browser, comparison(), info)
    await expect(page.getByRole('status')).toHaveText('2 of 9 interactions')
    const detail = page.getByRole('region', { name: 'The interaction' })
    await expect(detail.locator('.changes')).toContainText('body $.orders[0].state: "open" -> "shipped"')
    await expect(detail.locator('.changes .x').first()).toContainText('Date: Sun, 22 Nov 2026 12:00:00 GMT')
    await expect(detail.getByRole('region', { name: 'Before' })).toContainText('"state": "open"')
    await expect(detail.getByRole('region', { name: 'After' })).toContainText('"state": "shipped"')
    await page.getByLabel('Difference').selectOption('')
    await expect(page.getByRole('status')).toHaveText('9 interactions')
  })

  test('opens 10,000 interactions and 10 MB, and scrolls and searches in them, at once', async ({}, info) => {
    test.skip(!isWhole, ONLY_WHOLE)
    const number = countOf(2_000, 10_000)
    const html = cassettePage([{ name: 'all.yaml', cassette: crowd(number) }], { title: 'all' })
    expect(html.length).toBeGreaterThan(number * 1_000)
    const page = await show(chromium.browser, html, info)
    // 2 s is the aim, and what a quiet machine takes; CI runs this beside another test.
    const [opening, answering] = [4_000, 100]
    expect(await page.evaluate<number>('performance.getEntriesByName("shown")[0].startTime')).toBeLessThan(opening)
    await page.locator('html[data-ready="yes"]').waitFor({ state: 'attached' })
    for (const [query, found] of [
      ['word1', 0],
      [`word${number - 1} `, 1],
      ['nothing at all', 0],
    ] as const) {
      const took = await page.evaluate<number>(search(query))
      expect(took, query).toBeLessThan(answering)
      if (found > 0)
        await expect(page.getByRole('status')).toHaveText(`1 of ${number.toLocaleString('en-US')} interactions`)
    }
    await page.evaluate<number>(search(''))
    const scroll = `(() => { const list = document.getElementById('list'); let worst = 0
      for (let part = 0; part <= 20; part += 1) { const start = performance.now(); list.scrollTop = (part / 20) * list.scrollHeight; drawList(); list.offsetHeight; worst = Math.max(worst, performance.now() - start) }
      return worst })()`
    expect(await page.evaluate<number>(scroll)).toBeLessThan(answering)
    expect(await page.locator('.row').count()).toBeLessThan(60)
    await expect(page.getByRole('option').last()).toHaveAttribute('aria-setsize', String(number))
    expect(await page.evaluate(AFTER_SCROLLING)).toEqual([])
  })

  for (const [place, type] of every(HOSTILE_TYPES.length, [...HOSTILE_TYPES.entries()]))
    test(`hostile cassettes of ${type}: no request, no script, no dialog, with the policy and without it`, async ({}, info) => {
      test.slow()
      const page = await chromium.browser.newPage()
      const seen: string[] = []
      await page.exposeFunction('hit', () => seen.push('script'))
      page.on('dialog', (dialog) => void dialog.dismiss().then(() => seen.push('dialog')))
      page.on('request', (asked) => void (/^(?:file|data:image)/.test(asked.url()) || seen.push(asked.url())))
      page.on('frameattached', () => seen.push('frame'))
      for (const payload of payloadsFor(place)) {
        const cassette = hostile(payload, type)
        const html = cassettePage(
          [
            { name: payload, cassette, href: './x.yaml' },
            { name: 'b', cassette },
          ],
          { title: payload, problems: [payload], remarks: [payload], isComparison: type === 'text/html' },
        )
        for (const shown of [html, html.replace(/<meta\s+http-equiv[^>]*>/, '')]) {
          await open(page, shown, info)
          await page.locator('#list').focus()
          for (const key of ['ArrowDown', 'End']) await page.keyboard.press(key)
          // Every view of the contents, also of those that are not in sight.
          await page.evaluate("for (const button of document.querySelectorAll('h3 button')) button.click()")
          expect(await page.evaluate(FOREIGN), payload).toEqual([])
        }
      }
      expect(seen).toEqual([])
    })

  test('a page that does hold a payload is seen by the test above, and its policy runs no script', async ({}, info) => {
    test.skip(!isWhole, ONLY_WHOLE)
    const page = await chromium.browser.newPage()
    const seen: string[] = []
    await page.exposeFunction('hit', () => seen.push('script'))
    const broken = shopPage().replace('<header>', '<img src=x: onerror="hit()"><script>hit()</script><header>')
    await open(page, broken, info)
    expect(await page.evaluate(FOREIGN)).not.toEqual([])
    expect(seen).toEqual([])
    await open(page, broken.replace(/<meta\s+http-equiv[^>]*>/, ''), info)
    await expect.poll(() => seen.length).toBeGreaterThan(0)
  })

  test('has names and roles for everything: no violation found by axe, light and dark', async ({}, info) => {
    test.skip(!isWhole, ONLY_WHOLE)
    const axe = await readFile(AXE, 'utf8')
    for (const html of [shopPage(['NO_MATCH']), comparison()])
      for (const colorScheme of ['light', 'dark'] as const) {
        // The checker puts its own script into the page.
        const context = await chromium.browser.newContext({ bypassCSP: true, colorScheme })
        const page = await context.newPage()
        await open(page, html, info)
        await page.evaluate(axe)
        const found = await page.evaluate<readonly string[]>(
          'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" ")))',
        )
        expect(found, colorScheme).toEqual([])
        await context.close()
      }
  })

  const PICTURES: readonly (readonly [name: string, html: () => string, target: string, scheme: 'light' | 'dark'])[] = [
    ['view', () => shopPage(), '/orders?open=1', 'light'],
    ['view-stream', () => shopPage(), '/advice', 'dark'],
    ['view-compare', comparison, '/orders?open=1', 'light'],
  ]
  for (const [name, html, target, colorScheme] of PICTURES)
    test(`its picture ${name} can be taken, and stands in the docs`, async ({}, info) => {
      test.skip(!isWhole, ONLY_WHOLE)
      const page = await chromium.browser.newPage({ viewport: { width: 1180, height: 720 }, colorScheme })
      await open(page, html(), info)
      await choose(page, target)
      const picture = await page.screenshot({ path: info.outputPath(`${name}.png`), animations: 'disabled' })
      if (process.env['UPDATE_PICTURES'] !== undefined) await writeFile(resolve(DOCS, `${name}.png`), picture)
      const kept = await readFile(resolve(DOCS, `${name}.png`))
      // The same size; fonts differ from machine to machine.
      expect(kept.subarray(0, 24).toString('latin1')).toBe(picture.subarray(0, 24).toString('latin1'))
      expect(kept.length).toBeLessThan(160_000)
    })
})

async function show(browser: Browser, html: string, info: TestInfo): Promise<Page> {
  const page = await browser.newPage()
  await open(page, html, info)
  return page
}

/** As a file, as a reader opens it. */
async function open(page: Page, html: string, info: TestInfo): Promise<void> {
  const file = info.outputPath('page.html')
  await writeFile(file, html)
  await page.goto(pathToFileURL(file).href)
  await page.locator('.row').first().waitFor()
}

const choose = (page: Page, target: string): Promise<void> =>
  page
    .locator('.row')
    .filter({ has: page.getByText(target, { exact: true }) })
    .first()
    .click()

/** Types a query and waits for the list, in the page; gives the milliseconds. */
const search = (
  query: string,
): string => `(() => { const input = document.getElementById('search'), start = performance.now()
  input.value = ${JSON.stringify(query)}; input.dispatchEvent(new Event('input')); document.getElementById('list').offsetHeight
  return performance.now() - start })()`

/** Elements and attributes that the page never makes. A string, as it runs over there. */
const FOREIGN = `[...document.querySelectorAll('*')].flatMap(({ localName, attributes, id }) => [
  ...('html head meta title style body header h1 h2 h3 p b div span section form input label select option output canvas button main pre ul li table thead tbody tr th td mark strong img a script'.split(' ').includes(localName) ? [] : [localName]),
  ...[...attributes].filter(({ name, value }) => /^on/.test(name) || (name === 'href' && !value.startsWith('./')) || (name === 'src' && !value.startsWith('data:image/'))).map(({ name, value }) => name + '=' + value),
  ...(localName === 'script' && id !== 'data' && attributes.length > 0 ? ['script'] : []),
]).concat(document.scripts.length === 2 ? [] : ['scripts: ' + document.scripts.length])`
