import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { LocalProtocolError, WiretapeError } from '../errors.ts'
import { hostOf, isLoopback } from '../listen/addresses.ts'
import { checkOptions } from '../options.ts'
import type { ProxyHost, ProxyScope } from './proxy-host.ts'
import type { ProxyScopeOptions } from './proxy-options.ts'

/** Where scopes are opened and ejected from outside of the process. */
export interface ControlServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:40123/8f3c…`: its path is a secret, which a web page cannot know. */
  readonly url: string
  close(): Promise<void>
}

/** Options for a scope that a caller may choose, and their types: nothing that leads to a program, or out of the folder. */
const CALLER_OPTIONS = {
  mode: 'string',
  to: 'string',
  tls: 'boolean',
  port: 'number',
  missStatus: 'number',
  failOnMiss: 'boolean',
  allowUnused: 'boolean',
  allowPlaybackRepeats: 'boolean',
} as const satisfies Partial<Record<keyof ProxyScopeOptions, string>>

/**
 * Lets test runners in any language open a scope for each test, on loopback:
 *
 * - `POST URL/scopes` with `{"cassette": "login", "mode": "once"}` opens one and gives `{"id", "url", "port", "mode"}`,
 * - `GET URL/scopes` lists them,
 * - `DELETE URL/scopes/ID` ejects one and gives `{"played", "recorded", "unused", "misses"}`; with `?failed=1` its recording is given up.
 *
 * @param defaults options of every scope that is opened.
 */
export async function serveControl(
  host: ProxyHost,
  defaults: ProxyScopeOptions = {},
  port = 0,
): Promise<ControlServer> {
  const { createServer } = await import('node:http')
  const secret = randomBytes(18).toString('base64url')
  const control = new Control(host, defaults, secret)
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
    void control.answer(request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address()
  const actual = typeof address === 'object' && address !== null ? address.port : port
  host.keepOff(actual)
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${actual}/${secret}`, close, [Symbol.asyncDispose]: close }
}

const KNOWN: Readonly<Record<string, true>> = Object.fromEntries(
  Object.keys(CALLER_OPTIONS).map((name) => [name, true]),
)

/** A status, and what is said as JSON. */
type Reply = readonly [status: number, body: object]

class Control {
  readonly #host: ProxyHost
  readonly #defaults: ProxyScopeOptions
  readonly #secret: Buffer
  readonly #scopes = new Map<string, ProxyScope>()
  #count = 0

  constructor(host: ProxyHost, defaults: ProxyScopeOptions, secret: string) {
    this.#host = host
    this.#defaults = defaults
    this.#secret = Buffer.from(secret)
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [status, body] = await this.#reply(request).catch(failed)
    const text = Buffer.from(`${JSON.stringify(body)}\n`)
    response.writeHead(status, {
      'Content-Type': 'application/json',
      'Content-Length': text.length,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    })
    response.end(text)
  }

  async #reply(request: IncomingMessage): Promise<Reply> {
    const { method = '', url = '' } = request
    const { pathname, searchParams } = new URL(url, 'http://localhost')
    const [, secret = '', what, id, ...more] = pathname.split('/')
    // A name that leads here (DNS rebinding) is not a name of this machine, and a page does not know the path.
    if (!isLoopback(hostOf(request.headers.host ?? '')) || !this.#isSecret(secret)) return [404, NOTHING_HERE]
    if (request.headers.origin !== undefined)
      return [403, { code: 'FOREIGN_ORIGIN', message: 'web pages have no part in this' }]
    if (what !== 'scopes' || more.length > 0) return [404, NOTHING_HERE]
    if (method === 'POST' && id === undefined) return this.#open(await bodyOf(request))
    if (method === 'GET' && id === undefined)
      return [200, [...this.#scopes].map(([known, scope]) => shown(known, scope))]
    if (method === 'DELETE' && id !== undefined) return this.#eject(id, searchParams.get('failed') === '1')
    return [405, { code: 'INVALID_METHOD', message: `${method} ${what}: POST and GET /scopes, DELETE /scopes/ID` }]
  }

  #isSecret(text: string): boolean {
    const given = Buffer.from(text)
    return given.length === this.#secret.length && timingSafeEqual(given, this.#secret)
  }

  async #open(body: unknown): Promise<Reply> {
    const { cassette, ...asked } = membersOf(body)
    if (typeof cassette !== 'string') throw new LocalProtocolError('INVALID_OPTION', 'cassette: the name is missing')
    checkOptions('POST /scopes', asked, KNOWN)
    for (const [name, type] of Object.entries(CALLER_OPTIONS))
      if (asked[name] !== undefined && typeof asked[name] !== type)
        throw new LocalProtocolError('INVALID_OPTION', `${name}: not a ${type}`)
    const scope = await this.#host.open(cassette, { ...this.#defaults, ...asked })
    this.#count += 1
    const id = String(this.#count)
    this.#scopes.set(id, scope)
    return [201, shown(id, scope)]
  }

  async #eject(id: string, hasFailed: boolean): Promise<Reply> {
    const scope = this.#scopes.get(id)
    if (scope === undefined) return [404, NOTHING_HERE]
    this.#scopes.delete(id)
    if (hasFailed) scope.cassette.noteFailure()
    const { cassette } = scope
    const { summary } = cassette
    const misses = cassette.misses.map(({ message }) => message)
    try {
      await scope.close()
      return [200, { ...summary, misses }]
    } catch (error) {
      const [, described] = failed(error)
      return [409, { ...described, ...summary, misses }]
    }
  }
}

const shown = (id: string, { url, port, cassette }: ProxyScope): object => ({
  id,
  url,
  port,
  cassette: cassette.path,
  mode: cassette.mode,
})

const NOTHING_HERE = { code: 'NOT_FOUND', message: 'there is nothing here' }

function failed(error: unknown): Reply {
  const message = error instanceof Error ? error.message : String(error)
  const isOurs = error instanceof WiretapeError
  return [isOurs ? 400 : 500, { code: isOurs ? error.code : 'ERROR', message }]
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  // A form or plain text could come from a web page.
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
    throw new LocalProtocolError('INVALID_OPTION', 'Content-Type: application/json is missing')
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    if (length > MOST_BYTES) throw new LocalProtocolError('INVALID_OPTION', `more than ${MOST_BYTES} bytes`)
    chunks.push(bytes)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch (error) {
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `the body is no JSON: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

function membersOf(body: unknown): { readonly [name: string]: unknown } {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body }
  throw new LocalProtocolError('INVALID_OPTION', 'the body is no JSON object')
}

const MOST_BYTES = 65_536
