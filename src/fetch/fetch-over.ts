import { DecodeError } from '../content/decode-error.ts'
import { checkOptions } from '../options.ts'
import type { Connector } from '../transport.ts'
import { askingAgain } from './asking-again.ts'
import { type Dispatcher, nodeFetch, nodePools, type Pools } from './node-fetch.ts'
import type { HttpConnectionSettings } from '../client/connection-settings.ts'
import { checkMilliseconds } from '../client/timeouts.ts'
import { undiciConnect } from '../client/to-socket.ts'

/** A `fetch` whose connections come from a connector; `close` ends the open ones. */
export interface ConnectorFetch extends AsyncDisposable {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

/** How to connect, how long to wait, and the base of relative URLs. */
export interface ConnectorFetchOptions extends Pick<HttpConnectionSettings, 'verify' | 'tls' | 'signal'> {
  /** Default: none, URLs are absolute. */
  readonly baseURL?: string | URL | undefined
  /** Milliseconds; 0: no limit. Defaults: those of Node's `fetch`. */
  readonly timeouts?: FetchTimeouts | undefined
}

/** How long each phase of a request may take, in milliseconds; 0: no limit. */
export interface FetchTimeouts {
  /** TCP and TLS. Default: 10,000. */
  readonly connect?: number | undefined
  /** Until the head of the answer is whole. Default: 300,000. */
  readonly headers?: number | undefined
  /** Each gap inside a body. Default: 300,000. */
  readonly body?: number | undefined
}

/**
 * Node's own `fetch`, with connections that come from `connector`: for code that takes a `fetch` and should be tested with a cassette.
 *
 * It has pools of its own, and differs from the global `fetch` in two cases only: a safe request on a used connection that the server has
 * just ended is sent again on a new one, and a redirect with several `Location` lines is followed if they agree. The `cause` of its
 * `TypeError` is the original error, such as a CassetteMiss.
 *
 * @throws LocalProtocolError `FETCH_REPLACED` if the global `fetch` had been replaced before this package was loaded.
 */
export function fetchOver(connector: Connector, options: ConnectorFetchOptions = {}): ConnectorFetch {
  checkOptions('fetchOver', options, KNOWN)
  const { baseURL, verify, tls, signal } = options
  const fetch = nodeFetch()
  const closing = new AbortController()
  const settings = { verify, tls, signal: closing.signal }
  const pools = poolsOver((origin, { timeout }) => connector(origin, { ...settings, timeout }), options)
  const close = (): Promise<void> => {
    closing.abort()
    return pools.destroy()
  }
  signal?.addEventListener('abort', () => void close(), { once: true })
  const ask = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const place = typeof input === 'string' && baseURL !== undefined ? new URL(input, baseURL) : input
    return fetch(place, withDispatcher(input, init, pools))
  }
  return Object.assign(ask, { close, [Symbol.asyncDispose]: close })
}

const KNOWN = { baseURL: true, timeouts: true, verify: true, tls: true, signal: true } as const

function poolsOver(connector: Connector, { timeouts = {} }: ConnectorFetchOptions): Pools {
  checkOptions('timeouts of fetchOver', timeouts, { connect: true, headers: true, body: true })
  for (const limit of Object.values(timeouts)) if (limit !== undefined && limit !== 0) checkMilliseconds(limit)
  const { connect = 10_000, headers = 300_000, body = 300_000 } = timeouts
  return nodePools({
    connect: undiciConnect(askingAgain(connector), { timeout: connect }),
    headersTimeout: headers,
    bodyTimeout: body,
  })
}

function withDispatcher(input: string | URL | Request, init: RequestInit, pools: Dispatcher): RequestInit {
  const redirect = init.redirect ?? (input instanceof Request ? input.redirect : 'follow')
  const dispatcher = redirect === 'follow' ? new OneLocation(pools) : pools
  return Object.assign({ ...init }, { dispatcher })
}

/**
 * Follows a redirect whose `Location` is repeated, as Next.js sends it: `fetch` would join both, and ask for `/a,%20/a`.
 *
 * Browsers do the same, and refuse those that differ.
 */
class OneLocation implements Dispatcher {
  readonly #pools: Dispatcher

  constructor(pools: Dispatcher) {
    this.#pools = pools
  }

  dispatch(request: object, handler: object): boolean {
    const watching = new Proxy(handler, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        const onHead = HEAD_METHODS.get(name)
        return (...args: readonly unknown[]): unknown => {
          onHead?.(args)
          return Reflect.apply(method, target, args)
        }
      },
    })
    return this.#pools.dispatch(request, watching)
  }
}

/** How handlers hear of the head of an answer: `onHeaders` up to undici 7, `onResponseStart` from then on. */
const HEAD_METHODS: ReadonlyMap<string | symbol, (args: readonly unknown[]) => void> = new Map([
  ['onHeaders', ([status, rawHeaders]) => uniteLocations(status, rawHeaders, {})],
  [
    'onResponseStart',
    ([controller, status, headers]) => uniteLocations(status, Object(controller).rawHeaders, headers),
  ],
])

/** Leaves one of several equal `Location` lines, in the lists that the handler is about to get. */
function uniteLocations(status: unknown, rawHeaders: unknown, headers: unknown): void {
  if (!REDIRECTS.has(Number(status)) || !Array.isArray(rawHeaders)) return
  const places = rawHeaders.flatMap((name, at) => (at % 2 === 0 && /^location$/i.test(String(name)) ? [at] : []))
  const [first, ...others] = places.map((at) => String(rawHeaders[at + 1]))
  if (others.length === 0) return
  const other = others.find((value) => value !== first)
  if (other !== undefined) throw new DecodeError('AMBIGUOUS_LOCATION', `${first} and ${other}`)
  for (const at of places.slice(1).toReversed()) rawHeaders.splice(at, 2)
  Object.assign(Object(headers), { location: first })
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
