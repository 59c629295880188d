import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { zipOf } from '../../import/zip-maker.ts'

const FOLDER = join(
  dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')),
  'lib/vite/traceViewer',
)

/** Why the viewer of Playwright cannot be opened; `undefined` where it can. */
export const NO_VIEWER = existsSync(join(FOLDER, 'index.html')) ? undefined : 'needs the trace viewer of Playwright'

/** A HAR in Playwright's viewer: its network tab shows entries of a HAR, which a trace holds line by line. */
export async function viewerOf(har: {
  readonly log: { readonly entries: readonly { readonly startedDateTime: string }[] }
}): Promise<AsyncDisposable & { readonly url: string }> {
  const { entries } = har.log
  const head = {
    version: 8,
    type: 'context-options',
    origin: 'library',
    browserName: 'chromium',
    options: {},
    platform: 'linux',
    wallTime: Date.parse(entries[0]?.startedDateTime ?? ''),
    monotonicTime: 0,
    sdkLanguage: 'javascript',
  }
  const trace = zipOf({
    'trace.trace': linesOf([head]),
    'trace.network': linesOf(entries.map((snapshot) => ({ type: 'resource-snapshot', snapshot }))),
  })
  const answer = async ({ url = '' }: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(url, 'http://viewer.test')
    const file = pathname === '/our.zip' ? trace : await readFile(join(FOLDER, pathname)).catch(() => undefined)
    response.writeHead(file === undefined ? 404 : 200, { 'Content-Type': TYPES[extname(pathname)] ?? 'font/ttf' })
    response.end(file)
  }
  const server = createServer((request, response) => void answer(request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const at = `http://127.0.0.1:${Object(server.address()).port}`
  return {
    url: `${at}/index.html?trace=${at}/our.zip`,
    [Symbol.asyncDispose]: async () => server.close().closeAllConnections(),
  }
}

const linesOf = (all: readonly object[]): string => all.map((one) => `${JSON.stringify(one)}\n`).join('')

// A service worker is one of them, and has to be JavaScript.
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.zip': 'application/zip',
}
