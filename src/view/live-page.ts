import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { viewModel, type ViewText } from './model.ts'
import { viewPage } from './view-page.ts'
import { stateOf, viewedFiles } from './viewed-files.ts'

/** A page on this machine that follows files as they change. */
export interface LivePage extends AsyncDisposable {
  readonly url: string
}

/**
 * Serves a page of cassettes on loopback.
 *
 * Its address holds a word that nobody else knows, and it answers to that address alone: no page of another origin can read recordings.
 */
export async function serveLivePage(paths: readonly string[], text: ViewText, port = 0): Promise<LivePage> {
  const secret = randomBytes(18).toString('base64url')
  const server = createServer((request, response) => {
    const address = server.address()
    const own = address !== null && typeof address === 'object' ? `127.0.0.1:${address.port}` : ''
    const [, word, what, ...more] = (request.url ?? '').split('/')
    const isOurs = request.headers.host === own && word === secret && more.length === 0 && request.method === 'GET'
    if (!isOurs || (what !== '' && what !== 'data')) return void response.writeHead(404, SAFE).end('not found\n')
    answer(what, request, response).catch((error: unknown) => {
      response.writeHead(500, SAFE).end(`${error instanceof Error ? error.message : String(error)}\n`)
    })
  })
  const answer = async (what: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const tag = `"${createHash('sha256')
      .update(await stateOf(paths))
      .digest('base64url')}"`
    if (what === 'data' && request.headers['if-none-match'] === tag) return void response.writeHead(304, SAFE).end()
    const model = viewModel(await viewedFiles(paths), text)
    if (what === 'data')
      response.writeHead(200, { ...SAFE, 'Content-Type': 'application/json', ETag: tag }).end(JSON.stringify(model))
    else
      response
        .writeHead(200, { ...SAFE, 'Content-Type': 'text/html; charset=utf-8' })
        .end(viewPage(model, { isLive: true }))
  }
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const taken = address !== null && typeof address === 'object' ? address.port : port
  return {
    url: `http://127.0.0.1:${taken}/${secret}/`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close').catch(() => undefined)
    },
  }
}

const SAFE = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const
