import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from '@playwright/test'

/** Chromium of the system, or the one that Playwright has installed. */
const EXECUTABLE = [...(process.env['PATH'] ?? '').split(delimiter).flatMap(namesIn), chromium.executablePath()].find(
  isExecutable,
)

/** Its path, or nothing. */
export const CHROMIUM = EXECUTABLE ?? ''

/** Why tests that need a browser are skipped; `undefined` where there is one. */
export const NO_CHROMIUM = EXECUTABLE === undefined ? 'needs the program chromium' : undefined

/** A browser that is closed at the end of the scope. */
export async function openChromium(
  args: readonly string[] = [],
): Promise<AsyncDisposable & { readonly browser: Browser }> {
  // Without a sandbox of its own: containers of CI seldom allow one, and all pages here are ours.
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', ...args] })
  return { browser, [Symbol.asyncDispose]: () => browser.close() }
}

function namesIn(folder: string): string[] {
  return ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
