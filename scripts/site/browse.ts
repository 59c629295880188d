import { createServer } from 'node:http'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { Browser, Page } from '@playwright/test'

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
}

/** What a reader did with the built site in a browser, and what went wrong. */
export interface Visit {
  /** Titles that the search offers for a word. */
  readonly found: readonly string[]
  readonly versions: string
  readonly isDark: boolean
  /** Requests that went to another server, errors of scripts, answers that were not 200. */
  readonly faults: readonly string[]
}

/** Serves the built site on loopback, searches it for `word`, switches to dark and opens the menu of versions. */
export async function browseSite(browser: Browser, dir: string, base: string, word: string): Promise<Visit> {
  await using site = await serveFiles(dir, base)
  const page = await browser.newPage({ colorScheme: 'light' })
  const faults = faultsOf(page, site.origin)
  await page.goto(site.origin + base)
  const found = await search(page, word)
  const versions = await page.locator('.VPNavBarMenuGroup button').first().innerText()
  await page.locator('.VPSwitchAppearance').first().click()
  const isDark = await page.evaluate('document.documentElement.classList.contains("dark")')
  await page.close()
  return { found, versions, isDark: isDark === true, faults }
}

/** Goes from the menu of versions to an older one, and from there back to the list of all; gives what each of the three pages says it is. */
export async function browseVersions(browser: Browser, dir: string, older: string): Promise<readonly string[]> {
  await using site = await serveFiles(dir, '/')
  const page = await browser.newPage()
  const menu = page.locator('.VPNavBarMenuGroup').first()
  const follow = async (link: string): Promise<string> => {
    await menu.locator('button').click()
    await menu.getByRole('link', { name: link }).click()
    await page.waitForLoadState('load')
    return `${new URL(page.url()).pathname} ${await menu.locator('button').innerText()}`
  }
  await page.goto(`${site.origin}/`)
  const old = await follow(older)
  const list = await follow('All versions')
  await page.getByRole('link', { name: 'All versions, and the newest' }).click()
  await page.getByRole('link', { name: older, exact: true }).waitFor()
  const back = `${new URL(page.url()).pathname} ${await menu.locator('button').innerText()}`
  await page.close()
  return [old, list, back]
}

async function search(page: Page, word: string): Promise<readonly string[]> {
  await page.locator('.VPNavBarSearch button').first().click()
  await page.locator('#localsearch-input').fill(word)
  await page.locator('.results .result').first().waitFor()
  const found = await page.locator('.results .result').allInnerTexts()
  await page.keyboard.press('Escape')
  return found.map((title) => title.replaceAll(/\s+/g, ' ').trim())
}

function faultsOf(page: Page, origin: string): string[] {
  const faults: string[] = []
  page.on('request', (request) => {
    if (!/^(?:data|blob):/.test(request.url()) && !request.url().startsWith(`${origin}/`)) faults.push(request.url())
  })
  page.on('response', (response) => {
    if (response.status() !== 200) faults.push(`${response.status()} ${response.url()}`)
  })
  page.on('pageerror', (error) => faults.push(error.message))
  return faults
}

async function serveFiles(dir: string, base: string): Promise<AsyncDisposable & { readonly origin: string }> {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://site').pathname.slice(base.length)
    const file = path === '' || path.endsWith('/') ? `${path}index.html` : path
    const content = await readFile(join(dir, file)).catch(() => undefined)
    response.writeHead(content === undefined ? 404 : 200, { 'content-type': TYPES[extname(file)] ?? 'text/plain' })
    response.end(content)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const close = async (): Promise<void> => {
    server.close().closeAllConnections()
    await once(server, 'close')
  }
  return { origin: `http://127.0.0.1:${Object(server.address()).port}`, [Symbol.asyncDispose]: close }
}
