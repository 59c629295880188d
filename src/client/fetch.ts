import { LocalProtocolError, WiretapeError } from '../errors.ts'
import type { Connector } from '../transport.ts'
import { HttpConnection } from './http-connection.ts'
import { CONNECTION_SETTINGS, type HttpConnectionSettings } from './connection-settings.ts'
import type { HttpResponse } from './http-response.ts'
import { checkOptions } from '../options.ts'

/** A `fetch` whose connections come from a connector; `close` ends the open ones. */
export interface ConnectorFetch extends AsyncDisposable {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

/** The options of a connection, and the base of relative URLs. */
export interface ConnectorFetchOptions extends Omit<HttpConnectionSettings, 'connector'> {
  /** Default: none, URLs are absolute. */
  readonly baseURL?: string | URL | undefined
}

/**
 * A `fetch` that uses `connector`: for code that takes a `fetch` and should be tested with a cassette.
 *
 * It knows `method`, `headers`, `body`, `signal` and `redirect` (followed up to 20 times, as WHATWG Fetch says), and decodes content
 * codings. It has no cookies, cache or CORS, and `Accept` is its only default header. Connections are kept alive and reused.
 *
 * It rejects with the original error, such as a CassetteMiss, not with a `TypeError` around it.
 */
export function fetchOver(connector: Connector, { baseURL, ...settings }: ConnectorFetchOptions = {}): ConnectorFetch {
  checkOptions('fetchOver', settings, CONNECTION_SETTINGS)
  const pool = new Pool({ ...settings, connector })
  const fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> =>
    follow(pool, await callOf(typeof input === 'string' ? new URL(input, baseURL) : input, init))
  const close = (): Promise<void> => pool.close()
  return Object.assign(fetch, { close, [Symbol.asyncDispose]: close })
}

/** One request, redirects included. */
interface Call {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  readonly body: Uint8Array | undefined
  readonly redirect: Request['redirect']
  readonly signal: AbortSignal | undefined
}

async function callOf(input: string | URL | Request, init: RequestInit): Promise<Call> {
  // Request checks its arguments, as in every fetch: forbidden methods, a body with GET, URLs without a scheme.
  const request = new Request(input, input instanceof Request || init.body === undefined ? init : halfDuplex(init))
  const url = new URL(request.url)
  url.hash = ''
  const headers = new Headers(request.headers)
  if (!headers.has('accept')) headers.set('Accept', '*/*')
  return {
    url,
    method: request.method,
    headers,
    // Kept whole, because a redirect may need it again.
    body: request.body === null ? undefined : new Uint8Array(await request.arrayBuffer()),
    redirect: request.redirect,
    signal: init.signal ?? (input instanceof Request ? input.signal : undefined),
  }
}

/** For a stream as a body, fetch requires `duplex: 'half'`: it is sent before the answer is read. */
const halfDuplex = (init: RequestInit): RequestInit => ({ duplex: 'half', ...init })

async function follow(pool: Pool, first: Call): Promise<Response> {
  let call = first
  for (let redirects = 0; ; redirects++) {
    const { response, release } = await pool.exchange(call)
    const next = nextCall(call, response)
    if (next === undefined || call.redirect === 'manual') return toResponse(call, response, release, redirects > 0)
    await response.bytes().then(release, release)
    if (call.redirect === 'error') throw new LocalProtocolError('WRONG_STATE', `${call.url.href} redirects`)
    if (redirects === MAX_REDIRECTS)
      throw new LocalProtocolError('WRONG_STATE', `more than ${MAX_REDIRECTS} redirects from ${first.url.href}`)
    call = next
  }
}

const MAX_REDIRECTS = 20

/** The request that a redirect leads to (WHATWG Fetch, HTTP-redirect fetch), or `undefined` if the answer is not a redirect. */
function nextCall(call: Call, { status, headers }: HttpResponse): Call | undefined {
  const location = headers.get('location')
  if (!REDIRECTS.has(status) || location === undefined) return undefined
  const url = new URL(location, call.url)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new LocalProtocolError('INVALID_PATH', `${call.url.href} redirects to ${url.protocol}`)
  const kept = new Headers(call.headers)
  if (url.origin !== call.url.origin) for (const name of CREDENTIALS) kept.delete(name)
  const becomesGet =
    status === 303 ? call.method !== 'GET' && call.method !== 'HEAD' : status < 303 && call.method === 'POST'
  if (!becomesGet) return { ...call, url, headers: kept }
  for (const name of CONTENT_FIELDS) kept.delete(name)
  return { ...call, url, method: 'GET', headers: kept, body: undefined }
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const CREDENTIALS = ['authorization', 'cookie', 'proxy-authorization'] as const
const CONTENT_FIELDS = ['content-encoding', 'content-language', 'content-location', 'content-type'] as const

function toResponse(call: Call, response: HttpResponse, release: () => void, redirected: boolean): Response {
  const { status, reason } = response
  const headers = new Headers()
  for (const [name, value] of response.headers) headers.append(name, value)
  const isNull = call.method === 'HEAD' || NULL_BODY.has(status)
  if (isNull) void response.bytes().then(release, release)
  const made = new Response(isNull ? null : streamOf(response, release, call.signal), {
    status,
    statusText: reason,
    headers,
  })
  // The constructor does not accept these two.
  return Object.defineProperties(made, { url: { value: call.url.href }, redirected: { value: redirected } })
}

/** Callers of `fetch` expect the reason of their signal, such as an `AbortError`. */
const reasonOf = (error: unknown, signal: AbortSignal | undefined): unknown =>
  error instanceof WiretapeError && error.code === 'ABORTED' && signal?.aborted === true ? signal.reason : error

/** WHATWG Fetch, null body status, and 101. */
const NULL_BODY: ReadonlySet<number> = new Set([101, 204, 205, 304])

function streamOf(
  response: HttpResponse,
  release: () => void,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  const pieces = response.decoded()[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await pieces.next()
          if (done !== true) return controller.enqueue(value)
          controller.close()
        } catch (error) {
          controller.error(reasonOf(error, signal))
        }
        release()
      },
      async cancel() {
        await pieces.return?.()
        release()
      },
    },
    { highWaterMark: 0 },
  )
}

/** Connections by origin: one request at a time on each, most recently used first. */
class Pool {
  readonly #settings: HttpConnectionSettings
  readonly #idle = new Map<string, HttpConnection[]>()
  readonly #all = new Set<HttpConnection>()

  constructor(settings: HttpConnectionSettings) {
    this.#settings = settings
  }

  async exchange({ url, method, headers, body, signal }: Call): Promise<{
    readonly response: HttpResponse
    readonly release: () => void
  }> {
    const connection = this.#take(url)
    try {
      const target = `${url.pathname}${url.search}`
      await connection.request(method, target, { headers: [...headers].map(inUsualCase), body, signal })
      const response = await connection.getResponse()
      return { response, release: () => this.#giveBack(url, connection, response) }
    } catch (error) {
      await this.#drop(connection)
      throw reasonOf(error, signal)
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((connection) => this.#drop(connection)))
    this.#idle.clear()
  }

  #take(url: URL): HttpConnection {
    const idle = this.#idle.get(keyOf(url))?.pop()
    if (idle !== undefined) return idle
    const connection = HttpConnection.to(url, this.#settings)
    this.#all.add(connection)
    return connection
  }

  #giveBack(url: URL, connection: HttpConnection, response: HttpResponse): void {
    if (!this.#all.has(connection)) return
    if (!response.isComplete) return void this.#drop(connection)
    const idle = this.#idle.get(keyOf(url))
    if (idle === undefined) this.#idle.set(keyOf(url), [connection])
    else if (!idle.includes(connection)) idle.push(connection)
  }

  async #drop(connection: HttpConnection): Promise<void> {
    this.#all.delete(connection)
    await connection.close()
  }
}

const keyOf = (url: URL): string => url.origin

/** `Headers` returns names in lower case; a recording reads better with `Content-Type`. */
const inUsualCase = ([name, value]: [string, string]): [string, string] => [
  name.replaceAll(/(?:^|-)[a-z]/g, (letters) => letters.toUpperCase()),
  value,
]
