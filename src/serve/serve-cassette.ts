import type { Cassette } from '../tape/cassette.ts'
import { loadCassette } from '../store/load-cassette.ts'
import { append } from '../tape/splice.ts'
import { ConnectionError, LocalProtocolError } from '../errors.ts'
import { ClosingTransport } from './closing-transport.ts'
import { REPLAYER_OPTIONS, Replayer, type ReplayerOptions } from '../replay/replayer.ts'
import { checkOptions, pickOptions } from '../options.ts'
import { formatOrigin, isRaw, parseOrigin, type Transport } from '../transport.ts'
import { HeldBytes } from '../listen/held-bytes.ts'
import { identityOf } from '../listen/identity.ts'
import { type Accept, DEFAULT_HOST, LISTEN_OPTIONS, type ListenOptions, LocalServer } from '../listen/local-server.ts'
import { OriginChooser } from './origin-chooser.ts'
import type { RequestLimits } from './request-watch.ts'
import { requestLimits, TIME_LIMITS, type TimeLimits } from './time-limits.ts'
import { checkMissStatus, ownAnswer } from './own-answer.ts'
import { ServedConnection } from '../listen/served-connection.ts'

/** How a cassette is served, and how it is played. */
export interface ServeOptions
  extends ListenOptions, TimeLimits, Omit<ReplayerOptions, 'fallback' | 'route' | 'changedRequests' | 'face'> {
  /**
   * The recorded origin that every client means, such as `https://api.example.com`. Default: what each request says in `Host`.
   *
   * With `matchOn: 'bytes'`, and for origins that do not speak HTTP, it is required if more than one was recorded.
   */
  readonly origin?: string | undefined
  /** The most bytes that a request may have. Default: 16 MiB, or twice the longest recorded request if that is more. */
  readonly maxRequestBytes?: number | undefined
  /** The most bytes of requests, of all clients together, that are held. Default: 268,435,456, or `maxRequestBytes` if that is more. */
  readonly maxHeldBytes?: number | undefined
  /** The status of the answer to a miss, from 400 to 599. Default: 599, which recorded servers do not send. */
  readonly missStatus?: number | undefined
  /** In whose words a miss gives advice: as options of this function, or of `wiretape serve`. Default: `'server'`. */
  readonly face?: 'server' | 'command' | undefined
  /** Called with each reason that a client gets instead of a recorded answer: a CassetteMiss, a ServeRefusal. */
  readonly onRefused?: ((reason: Error) => void) | undefined
}

const { fallback: _fallback, route: _route, changedRequests: _changedRequests, ...PLAYED } = REPLAYER_OPTIONS
const SERVE_OPTIONS: Readonly<Record<keyof ServeOptions, true>> = {
  ...LISTEN_OPTIONS,
  ...PLAYED,
  origin: true,
  maxRequestBytes: true,
  maxHeldBytes: true,
  ...TIME_LIMITS,
  missStatus: true,
  face: true,
  onRefused: true,
}

/** A cassette that clients in any language connect to. */
export interface ServedCassette extends AsyncDisposable {
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string
  readonly port: number
  /** What clients over TLS have to trust, PEM; `undefined` without TLS. */
  readonly certificate: string | undefined
  /** Knows what was played, what was not, and the misses. */
  readonly replayer: Replayer
  /** Ends all connections. Calling it twice is fine. */
  close(): Promise<void>
}

/**
 * Plays cassettes as a server on loopback: same matching, same bytes, same endings as in a replay.
 *
 * ```ts
 * await using served = await serveCassette('users.yaml')
 * await fetch(`${served.url}/users`)
 * ```
 *
 * A request that is not on the cassette is answered with 599, or `missStatus`, and the report of the miss as text.
 *
 * @param cassettes one or several, which are played as one; paths are read.
 * @throws LocalProtocolError `INVALID_OPTION`; CassetteError if a file cannot be used; and the system's error if it
 * cannot listen.
 */
export async function serveCassette(
  cassettes: Cassette | string | readonly (Cassette | string)[],
  options: ServeOptions = {},
): Promise<ServedCassette> {
  checkOptions('serveCassette', options, SERVE_OPTIONS)
  const { host = DEFAULT_HOST, tls = false, face = 'server' } = options
  checkMissStatus(options.missStatus)
  const replayer = new Replayer(await readAll(cassettes), { ...pickOptions(options, REPLAYER_OPTIONS), face })
  await replayer.prepare()
  const identity = identityOf(tls, namesFor(replayer, host))
  const player = new CassettePlayer(replayer, identity !== undefined, options)
  const server = await LocalServer.start(options, identity, player.accept)
  return {
    url: `${player.protocol}://${server.authority}`,
    port: server.port,
    certificate: server.certificate,
    replayer,
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  }
}

async function readAll(cassettes: Cassette | string | readonly (Cassette | string)[]): Promise<Cassette> {
  const list = isList(cassettes) ? cassettes : [cassettes]
  const [first, ...others] = await Promise.all(
    list.map(async (cassette) => (typeof cassette === 'string' ? loadCassette(cassette) : cassette)),
  )
  if (first === undefined) throw new LocalProtocolError('INVALID_OPTION', 'no cassette is given')
  return others.reduce<Cassette>(append, first)
}

const isList = <Item>(value: Item | readonly Item[]): value is readonly Item[] => Array.isArray(value)

/** The certificate also covers the recorded hosts: clients can be sent here without changing their URLs. */
function namesFor(replayer: Replayer, host: string): readonly string[] {
  const recorded = replayer.origins.map((origin) => parseOrigin(origin)?.host ?? '')
  return ['localhost', '127.0.0.1', '::1', host, ...recorded]
}

/** Gives each client a recorded connection. */
class CassettePlayer {
  readonly protocol: string
  readonly #replayer: Replayer
  readonly #isTls: boolean
  readonly #plan: Plan
  readonly #maxRequestBytes: number
  readonly #held: HeldBytes
  readonly #limits: RequestLimits
  readonly #onRefused: (reason: Error) => void
  readonly #missStatus: number | undefined

  constructor(replayer: Replayer, isTls: boolean, options: ServeOptions) {
    this.#replayer = replayer
    this.#isTls = isTls
    this.#plan = planFor(replayer, isTls, options)
    this.#maxRequestBytes = options.maxRequestBytes ?? defaultMaxRequestBytes(replayer)
    this.#held = new HeldBytes(options.maxHeldBytes ?? Math.max(this.#maxRequestBytes, 256 << 20))
    this.#limits = requestLimits(options)
    this.#missStatus = options.missStatus
    this.#onRefused = options.onRefused ?? (() => {})
    this.protocol = this.#plan.isRaw ? (isTls ? 'tls' : 'tcp') : isTls ? 'https' : 'http'
  }

  /** Takes the next recorded connection, even if the TLS handshake then fails. */
  readonly accept: Accept = (carrier) => {
    let connection: ServedConnection | undefined
    const replay = this.#play(() => connection?.noteRequest())
    if (!('failure' in replay)) carrier.once('close', () => replay.destroy())
    // A recorded handshake that failed fails again, as far as a server can do that.
    else if (this.#isTls) carrier.resetAndDestroy()
    return (socket) => {
      connection = new ServedConnection({
        socket,
        carrier,
        replay,
        maxRequestBytes: this.#maxRequestBytes,
        held: this.#held,
        onRefused: this.#onRefused,
        answerTo: this.#plan.isRaw ? undefined : (reason) => ownAnswer(reason, this.#missStatus),
        leaving: GAVE_UP,
      })
      void connection.run()
    }
  }

  #play(onRequest: () => void): Transport | { readonly failure: unknown } {
    const { origin, chooser } = this.#plan
    try {
      if (chooser === undefined) return this.#replayer.accept(origin)
      const replay = this.#replayer.accept(origin ?? NOT_YET_KNOWN, (head) => {
        onRequest()
        return chooser.originOf(head)
      })
      return new ClosingTransport(replay, this.#limits)
    } catch (failure) {
      return { failure }
    }
  }
}

/** Passed to a replay when its client leaves, so that it notes what the client may have waited for in vain. */
const GAVE_UP = new ConnectionError('HEADERS_TIMEOUT', 'headers', 'the client of the served cassette has gone')

/** The origin of a client that has not said yet which one it means (RFC 6761 section 6.4). */
const NOT_YET_KNOWN = 'http://unknown.invalid'

/** Which origin a client means. */
type Plan =
  /** Each request says it, or it is the same for all. */
  | { readonly isRaw: false; readonly origin: string | undefined; readonly chooser: OriginChooser }
  /** Known from the start, because the bytes are not read. */
  | { readonly isRaw: boolean; readonly origin: string; readonly chooser: undefined }

function planFor(replayer: Replayer, isTls: boolean, options: ServeOptions): Plan {
  const origin = onlyOrigin(replayer, options)
  if (origin !== undefined && (isRaw(origin) || options.matchOn === 'bytes'))
    return { isRaw: isRaw(origin), origin, chooser: undefined }
  const origins = replayer.origins.filter((one) => !isRaw(one))
  if (replayer.origins.length > 0 && (options.matchOn === 'bytes' || origins.length === 0))
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `origin: bytes do not say which one they mean; give one of ${replayer.origins.join(', ')}`,
    )
  const { allowHosts = [] } = options
  const chooser = new OriginChooser({ origins, interactions: replayer.interactions, origin, allowHosts, isTls })
  return { isRaw: false, origin, chooser }
}

/** The origin of the options; otherwise the only one that speaks HTTP or, if none does, the only one. */
function onlyOrigin({ origins }: Replayer, options: ServeOptions): string | undefined {
  if (options.origin !== undefined) {
    const asked = parseOrigin(options.origin)
    const origin = asked && formatOrigin(asked)
    if (origin !== undefined && origins.includes(origin)) return origin
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `origin: ${JSON.stringify(options.origin)} was not recorded; recorded are ${origins.join(', ')}`,
    )
  }
  const http = origins.filter((origin) => !isRaw(origin))
  const [first, second] = http.length > 0 ? http : origins
  return second === undefined ? first : undefined
}

function defaultMaxRequestBytes({ interactions }: Replayer): number {
  // All that is said on a WebSocket counts as one request.
  return interactions.reduce(
    (most, { request, rest }) => Math.max(most, 2 * (request.raw.length + (rest?.bytes.length ?? 0))),
    16 << 20,
  )
}
