import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { copyFile, readFile, rename, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import { serveLivePage } from '../../src/view/live-page.ts'
import { viewedFiles } from '../../src/view/viewed-files.ts'
import { temporaryFolder } from '../cli/run-cli.ts'
import { NO_CHROMIUM, openChromium } from '../helpers/chromium.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'
import { shop } from './talks.ts'

const ofCalls = (count: number) =>
  oneConnection('http://api.test', (connection) => {
    for (let number = 0; number < count; number += 1)
      connection.sent(request('GET', `/${number}`)).received(answer('x'))
  })

test.describe('a live page', () => {
  test('answers at its own address alone, and says when nothing is new', async () => {
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'a.yaml')
    await saveCassette(file, ofCalls(2))
    await using page = await serveLivePage([file], { title: 'a' })
    const first = await fetch(`${page.url}data`)
    const tag = first.headers.get('ETag') ?? ''
    expect(await first.json()).toMatchObject({ tapes: [{ exchanges: [{ method: 'GET' }, { method: 'GET' }] }] })
    expect(await fetch(`${page.url}data`, { headers: { 'If-None-Match': tag } })).toMatchObject({ status: 304 })
    await saveCassette(file, ofCalls(3))
    expect(await fetch(`${page.url}data`, { headers: { 'If-None-Match': tag } })).toMatchObject({ status: 200 })
    expect(await fetch(new URL('/', page.url))).toMatchObject({ status: 404 })
    expect(await fetch(new URL('/data', page.url))).toMatchObject({ status: 404 })
    expect(await fetch(page.url, { method: 'POST' })).toMatchObject({ status: 404 })
    const { port, pathname } = new URL(page.url)
    const rebound = httpRequest({ port, path: pathname, host: '127.0.0.1', headers: { Host: 'evil.test' } }).end()
    const [response]: unknown[] = await once(rebound, 'response')
    expect(response).toMatchObject({ statusCode: 404 })
    rebound.destroy()
  })

  test('follows a recording as it grows', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    test.skip(NO_CHROMIUM !== undefined, NO_CHROMIUM)
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'a.yaml')
    await saveCassette(file, ofCalls(1))
    // A journal is a cassette without its last line.
    await copyFile(file, `${file}.rec`)
    await using live = await serveLivePage([file], { title: 'a' })
    await using chromium = await openChromium()
    const page = await chromium.browser.newPage()
    await page.goto(live.url)
    await expect(page.locator('.row')).toHaveCount(1)
    await saveCassette(join(folder.path, 'more.yaml'), ofCalls(3))
    const text = await readFile(join(folder.path, 'more.yaml'), 'utf8')
    await writeFile(join(folder.path, 'next'), text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1))
    await rename(join(folder.path, 'next'), `${file}.rec`)
    await expect(page.locator('.row')).toHaveCount(3, { timeout: 20_000 })
  })
})

test('each event of a file has its line, also in a file that was laid out by hand', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'a.yaml')
  await saveCassette(file, shop())
  const check = async (): Promise<void> => {
    const [viewed] = await viewedFiles([file], join(folder.path, 'out', 'page.html'))
    const lines = (await readFile(file, 'utf8')).split('\n')
    expect(viewed?.href).toBe('./../a.yaml')
    const tape = viewed?.cassette.tape ?? []
    expect(viewed?.lines?.size).toBe(tape.length)
    for (const event of tape) {
      const line = viewed?.lines?.get(event) ?? 0
      const text = lines.slice(line - 1, line + 8).join('\n')
      expect(text).toMatch(
        event.type === 'open' || event.type === 'failed'
          ? /open: /
          : new RegExp(event.type === 'sent' || event.type === 'received' ? `${event.type}:` : `${event.type}: `),
      )
    }
  }
  await check()
  await writeFile(file, (await readFile(file, 'utf8')).replaceAll(/^( *- on: \d+)$/gm, '$1 # by hand'))
  await check()
})
