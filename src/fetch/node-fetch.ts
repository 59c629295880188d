import { runInThisContext } from 'node:vm'
import { LocalProtocolError } from '../errors.ts'

/** What `fetch` asks of its `dispatcher`. */
export interface Dispatcher {
  dispatch(request: object, handler: object): boolean
}

/** The pools of connections under Node's `fetch`. */
export interface Pools extends Dispatcher {
  destroy(): Promise<void>
}

/** Options of undici's `Agent`, which Node has a copy of. */
export interface PoolsOptions {
  readonly connect: (...args: never) => void
  readonly headersTimeout: number
  readonly bodyTimeout: number
}

/** A test runner may have a realm of its own, whose globals are copies; Node's own are those of the main one. */
const main: object = runInThisContext('globalThis')

/** As it was when this module was loaded: tools such as msw and nock put another one there. */
const fetchAtLoad: unknown = Reflect.get(main, 'fetch')

/**
 * The `fetch` of this Node.
 *
 * @throws LocalProtocolError `FETCH_REPLACED` if another function stood there when this module was loaded. Such a function may lose the
 * `dispatcher`, and the request would then go to the network.
 */
export function nodeFetch(): typeof globalThis.fetch {
  if (!isFetch(fetchAtLoad)) throw new LocalProtocolError('FETCH_REPLACED', 'there is no global fetch')
  const reader = readerOfArgument(fetchAtLoad)
  if (reader !== undefined) throw new LocalProtocolError('FETCH_REPLACED', reader)
  return fetchAtLoad
}

const isFetch = (value: unknown): value is typeof globalThis.fetch => typeof value === 'function'

/**
 * Who reads the argument of `candidate`, if that is not Node itself: Node's `fetch` reads it in the call, with none but its own functions on
 * the stack.
 */
function readerOfArgument(candidate: typeof globalThis.fetch): string | undefined {
  let reader: string | undefined = 'it does not read its argument as fetch does'
  // Nothing can be sent: this is not the URL of a server.
  const url = Object.assign(new URL('about:blank'), {
    toString() {
      const callers = (new Error('for its stack').stack ?? '').split('\n').slice(2)
      const caller = callers.find((line) => !line.includes('node:'))?.trim()
      reader = caller?.includes(callFetch.name) === true ? undefined : caller
      return 'about:blank'
    },
  })
  function callFetch(): void {
    Promise.resolve(candidate(url)).catch(() => {})
  }
  try {
    callFetch()
  } catch {
    // Node's never throws: it rejects.
  }
  return reader
}

/**
 * Makes pools of the class that Node's `fetch` uses itself, so that both are of the same version.
 *
 * @throws LocalProtocolError `FETCH_REPLACED` if a dispatcher of another kind stood in its place when this module was loaded.
 */
export function nodePools(options: PoolsOptions): Pools {
  if (!isPoolsClass(PoolsClass))
    throw new LocalProtocolError('FETCH_REPLACED', `the global dispatcher was of another class: ${nameOf(PoolsClass)}`)
  return new PoolsClass({ ...options, ...NO_PROXY })
}

/** undici 8 has a new interface for handlers, and a symbol of its own for it. */
const SYMBOLS = [Symbol.for('undici.globalDispatcher.1'), Symbol.for('undici.globalDispatcher.2')] as const
const OWN = Number.parseInt(process.versions['undici'] ?? '', 10) >= 8 ? 1 : 0

const PoolsClass: unknown = Object(ownDispatcher()).constructor

/**
 * The dispatcher that Node's `fetch` uses.
 *
 * It stands at a registered symbol, which every copy of undici keeps to. Node's copy puts an `Agent` there when it is loaded and finds none; so what
 * another copy has put there is set aside meanwhile.
 */
function ownDispatcher(): unknown {
  const known = SYMBOLS.map((symbol): unknown => Reflect.get(main, symbol))
  for (const symbol of SYMBOLS) put(symbol, undefined)
  // Loads Node's copy, unless that has happened before.
  void Reflect.get(main, 'Response')
  const own: unknown = Reflect.get(main, SYMBOLS[OWN])
  for (const [at, symbol] of SYMBOLS.entries()) if (known[at] !== undefined) put(symbol, known[at])
  return own ?? known[OWN]
}

function put(symbol: symbol, dispatcher: unknown): void {
  if (Reflect.get(main, symbol) !== dispatcher) Reflect.set(main, symbol, dispatcher)
}

/** With `NODE_USE_ENV_PROXY` Node puts an `EnvHttpProxyAgent` there, an `Agent` that asks proxies; connectors do that themselves. */
const isPoolsClass = (value: unknown): value is new (options: object) => Pools =>
  typeof value === 'function' && (value.name === 'Agent' || value.name === 'EnvHttpProxyAgent')
const NO_PROXY = { httpProxy: '', httpsProxy: '', noProxy: '*' } as const

const nameOf = (value: unknown): string => (typeof value === 'function' ? value.name : typeof value)
