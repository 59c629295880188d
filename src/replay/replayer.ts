import type { Cassette } from '../tape/cassette.ts'
import { Conversations } from '../interactions/conversations.ts'
import type { Interaction, RecordedConnection } from '../interactions/interaction.ts'
import type { OriginOf, WireRequest } from '../interactions/request-reader.ts'
import type { RedactionOptions } from '../redaction/redaction-options.ts'
import { SYSTEM_CLOCK } from '../clock.ts'
import { ConnectionError, LocalProtocolError, WiretapeError } from '../errors.ts'
import { type ConnectOptions, type Connector, formatOrigin, isRaw } from '../transport.ts'
import type { Fault } from '../faults/fault.ts'
import { FaultPlan } from '../faults/fault-plan.ts'
import { checkMatchOn } from '../matching/match-check.ts'
import { DEFAULT_MATCH, type MatchOn } from '../matching/match-on.ts'
import { type BarrierOption, checkOrder, type Order } from '../matching/order.ts'
import { checkPlayHooks, notPrepared, type PlayHookOptions, PlayHooks } from '../playback/play-hooks.ts'
import { runIn } from '../one-run.ts'
import { checkOptions } from '../options.ts'
import { checkProtocols, type ProtocolOptions, protocolOf } from '../protocols/names.ts'
import { leftoversOf, unspokenIn } from './leftovers.ts'
import type { CassetteMiss } from '../misses/cassette-miss.ts'
import type { Face } from '../misses/words.ts'
import type * as Players from './player.ts'
import type { Player, Score } from './player.ts'
import { originName, readOrigins, type RecordedOrigin } from './recorded-origin.ts'
import type { ReplayTransport } from './replay-transport.ts'
import { checkSegmentation, type Segmentation } from './segmentation.ts'
import { type Pace, paceOf, passed, type Timing } from './timing.ts'

/** How a cassette is played. */
export interface ReplayerOptions extends PlayHookOptions {
  /** What a request must have in common with a recorded one. Default: `['method', 'url', 'body']`. */
  readonly matchOn?: MatchOn | undefined
  /** Whether what was played may be played again; of several equal interactions, the last is. Default: `false`. */
  readonly allowPlaybackRepeats?: boolean | undefined
  /**
   * Requests that may be left out, or repeated, as a browser does with preflights: they count as played, and nothing waits for them. Default:
   * none.
   */
  readonly optional?: ((request: WireRequest) => boolean) | undefined
  /** In which order requests may come. Default: `'any'`; equal ones are answered in recorded order always. */
  readonly order?: Order | undefined
  /** What happens to a read that was recorded after a write, if that write has not come yet. Default: `false`, nothing. */
  readonly barrier?: BarrierOption | undefined
  /** When recorded bytes come. Default: `'instant'`, as soon as the client has done what was recorded before them. */
  readonly timing?: Timing | undefined
  /** How recorded bytes are cut when the client gets them. Default: `'recorded'`. */
  readonly segmentation?: Segmentation | undefined
  /** What goes wrong on purpose. Default: nothing. */
  readonly faults?: readonly Fault[] | undefined
  /**
   * Where a request goes that is not in the cassette. Default: nowhere, it is a miss.
   *
   * The connection is live from that request to its end. An origin that the cassette does not know is live at once.
   */
  readonly fallback?: Connector | undefined
  /** What is secret in a request that a miss shows; `false`: only the values of fields with secret names. Default: `{}`. */
  readonly redact?: RedactionOptions | false | undefined
  /** Whether a hook may have changed the requests while they were recorded; then a miss says so. Default: `false`. */
  readonly changedRequests?: boolean | undefined
  /** Where the cassette is played, which decides what a miss advises. Default: `'replayer'`. */
  readonly face?: Face | undefined
  /** Where a request goes that must not be looked up in the cassette; the connection is live from that request on. */
  readonly route?: ((request: WireRequest) => Connector | undefined) | undefined
  /**
   * What is spoken where, besides HTTP: `{ 'db.example:5432': 'postgres' }`. There a replay goes by what is said. Default: what the
   * cassette says of its connections.
   */
  readonly protocols?: ProtocolOptions | undefined
}

const DEFAULTS = {
  matchOn: DEFAULT_MATCH,
  allowPlaybackRepeats: false,
  order: 'any',
  barrier: false,
  timing: 'instant',
  segmentation: 'recorded',
  faults: [],
  changedRequests: false,
  face: 'replayer',
} as const satisfies Omit<
  Required<ReplayerOptions>,
  'fallback' | 'route' | 'optional' | 'redact' | 'protocols' | keyof PlayHookOptions
>

/** Every option there is. */
export const REPLAYER_OPTIONS: Readonly<Record<keyof ReplayerOptions, true>> = {
  matchOn: true,
  allowPlaybackRepeats: true,
  optional: true,
  order: true,
  barrier: true,
  timing: true,
  segmentation: true,
  faults: true,
  fallback: true,
  redact: true,
  changedRequests: true,
  face: true,
  route: true,
  protocols: true,
  normalizeRequest: true,
  beforeAnswer: true,
  hookTimeout: true,
}

/**
 * Plays a cassette to any client that connects through {@link Replayer.connector}.
 *
 * Nothing here opens a socket, looks up a name, reads a clock or draws a random number, unless an option brings it. What plays is
 * loaded by the first connection, or by {@link prepare}.
 */
export class Replayer {
  readonly #score: Score
  readonly #conversations: Conversations
  #player: Player | undefined
  #opening: Promise<Player> | undefined

  /**
   * @throws LocalProtocolError `INVALID_OPTION` for an option with an unknown value.
   * @throws CassetteError `CASSETTE_INVALID` when the tape contradicts itself.
   */
  constructor(cassette: Cassette, options: ReplayerOptions = {}) {
    checkOptions('Replayer', options, REPLAYER_OPTIONS)
    const settings = settingsOf(options)
    this.#conversations = new Conversations(cassette)
    const { matchOn, allowsRepeats } = settings
    const playsBytes = (origin: string): boolean => matchOn === 'bytes' || isRaw(origin)
    const { protocols } = options
    checkProtocols(protocols)
    const originRules = { playsBytes, allowsRepeats, protocolOf: (origin: string) => protocolOf(origin, protocols) }
    const origins = readOrigins(this.#conversations.connections, originRules)
    checkFaults(settings.faults, origins)
    const conversations = this.#conversations
    this.#score = { ...settings, cassette, conversations, origins, originRules, misses: [] }
  }

  /**
   * Loads what plays the cassette. {@link connector} does so by itself; {@link accept} needs it. Calling it twice is fine.
   *
   * @throws LocalProtocolError `INVALID_OPTION`.
   */
  async prepare(): Promise<void> {
    await this.#ready()
  }

  #ready(): Promise<Player> {
    this.#opening ??= this.#open()
    return this.#opening
  }

  async #open(): Promise<Player> {
    loaded ??= await import('./player.ts')
    this.#player = await loaded.Player.open(this.#score)
    return this.#player
  }

  /**
   * A connector that does what `live` does, and refuses requests with placeholders of the cassette: `PLACEHOLDER_SENT`, which counts as a miss.
   *
   * What goes to the `fallback` or along a `route` is refused anyway.
   */
  guarded(live: Connector): Connector {
    return async (origin, options) => (this.#player ?? (await this.#ready())).guarded(live)(origin, options)
  }

  /** Everything that can be played, in recorded order. */
  get interactions(): readonly Interaction[] {
    return this.#conversations.interactions
  }

  /** The origins that the recorded client connected to, as `formatOrigin` gives them, in the order of the first connection. */
  get origins(): readonly string[] {
    return originsOf(this.#conversations.connections)
  }

  /** The interactions that were not played, in recorded order. */
  get unplayed(): readonly Interaction[] {
    const pool = this.#player?.pool
    const { optional } = this.#score
    return this.interactions.filter((one) => pool?.isPlayed(one) !== true && optional?.(one.request) !== true)
  }

  /** How often an interaction was played, repeats included. */
  get playCount(): number {
    return this.#player?.pool.playCount ?? 0
  }

  /** Whether the client did all that was recorded: requests, bytes that are not HTTP, attempts to connect that failed. */
  get allPlayed(): boolean {
    return this.#leftovers().length === 0
  }

  /** The misses so far, in order: a client may have swallowed one. */
  get misses(): readonly CassetteMiss[] {
    return this.#score.misses
  }

  /** The first failure of a hook that was called for a request: a client may have swallowed it. */
  get hookError(): WiretapeError | undefined {
    return this.#score.hooks.error
  }

  /** @throws WiretapeError `UNPLAYED`, whose message lists what was not played. */
  assertAllPlayed(): void {
    const leftovers = this.#leftovers()
    if (leftovers.length > 0) throw new WiretapeError('UNPLAYED', leftovers.map((line) => `\n  ${line}`).join(''))
  }

  #leftovers(): string[] {
    // Before anybody has connected nothing is loaded that knows secrets, so a query is left out.
    const shown = (url: string): string => this.#player?.shown(url) ?? url.replace(/\?.*/s, '?...')
    const spoken = this.#player?.unspoken ?? unspokenIn(this.#score.origins)
    return [...leftoversOf(this.unplayed, this.#score.origins, shown), ...spoken]
  }

  /**
   * Connects to the recording instead of the network.
   *
   * Recorded attempts that failed fail again, in their place among the connections to that origin. There are as many
   * connections as the client likes; with `matchOn: 'bytes'`, and to `tcp` and `tls` origins, as many as were recorded.
   *
   * @throws ConnectionError as recorded; CassetteMiss when there is no such connection.
   */
  readonly connector: Connector = async (origin, options) => {
    const { signal } = options
    const { origins, fallback, pace } = this.#score
    if (signal?.aborted === true)
      throw new ConnectionError('ABORTED', 'tcp', formatOrigin(origin), { cause: signal.reason })
    const name = originName(origin)
    // A connection takes its turn, and begins to wait, when it is asked for and not when everything is loaded.
    const recorded = origins.get(name) ?? (await this.#ready()).recordedOrigin(name)
    const connection = recorded.next()
    if (fallback !== undefined && connection === undefined && !recorded.canPlayMore)
      return this.guarded(fallback)(origin, options)
    const made = untilMade(connection, pace, options)
    if (made !== undefined || this.#player === undefined) await Promise.all([this.#ready(), made])
    return (this.#player ?? (await this.#ready())).connect(origin, connection, options)
  }

  /**
   * The server's end of a connection, for a client that has connected to something that stands for `origin`.
   *
   * With `meant` each request has the origin that `meant` returns; what it throws, `read` rejects with, like a miss.
   *
   * @throws as {@link connector}; LocalProtocolError `WRONG_STATE` before {@link prepare} has resolved.
   */
  accept(origin: string, meant?: OriginOf): ReplayTransport {
    if (this.#player === undefined) throw notPrepared()
    return this.#player.accept(origin, meant)
  }
}

/** The same for all replayers: `import()` takes time even for what is loaded. */
let loaded: typeof Players | undefined

/** The options with their defaults. @throws LocalProtocolError `INVALID_OPTION` for an option with an unknown value. */
function settingsOf(options: ReplayerOptions): Settings {
  const { matchOn = DEFAULTS.matchOn, order = DEFAULTS.order, barrier = DEFAULTS.barrier } = options
  const { segmentation = DEFAULTS.segmentation, timing = DEFAULTS.timing } = options
  const faults = new FaultPlan(options.faults ?? DEFAULTS.faults)
  if (matchOn === 'bytes') checkForBytes(options, faults)
  checkPlayHooks(options)
  const pace = paceOf(timing)
  checkSegmentation(segmentation)
  checkMatchOn(matchOn)
  checkOrder(order, barrier)
  return {
    matchOn,
    order,
    barrier,
    segmentation,
    faults,
    allowsRepeats: options.allowPlaybackRepeats ?? DEFAULTS.allowPlaybackRepeats,
    optional: options.optional,
    shared: runIn(options)?.plays,
    hooks: new PlayHooks(options),
    pace: pace ?? (faults.hasDelays ? DELAYS_ONLY : undefined),
    fallback: options.fallback,
    route: options.route,
    redact: options.redact ?? {},
    changedRequests: options.changedRequests ?? DEFAULTS.changedRequests,
    face: options.face ?? DEFAULTS.face,
  }
}

function checkFaults(faults: FaultPlan, origins: ReadonlyMap<string, RecordedOrigin>): void {
  if (faults.isEmpty || origins.size === 0 || [...origins.values()].some(({ protocol }) => protocol === undefined))
    return
  throw new LocalProtocolError('INVALID_OPTION', 'faults are not put into connections whose protocol is named')
}

type Settings = Omit<Score, 'cassette' | 'conversations' | 'origins' | 'originRules' | 'misses'>

/** Refuses options that have no meaning if nothing is read as a request. */
function checkForBytes({ order, barrier }: ReplayerOptions, faults: FaultPlan): void {
  if ((order ?? 'any') !== 'any' || (barrier ?? false) !== false)
    throw new LocalProtocolError(
      'INVALID_OPTION',
      "order and barrier are about requests, which matchOn: 'bytes' has not",
    )
  if (faults.needsInteractions)
    throw new LocalProtocolError('INVALID_OPTION', "with matchOn: 'bytes' faults are on connections, by their index")
}

/** Recorded times do not count, but delays that faults add do. */
const DELAYS_ONLY: Pace = { clock: SYSTEM_CLOCK, factor: 0 }

const originsOf = (connections: readonly RecordedConnection[]): readonly string[] => [
  ...new Set(connections.map(({ origin }) => origin)),
]

/** How long connecting takes; `undefined`: no time at all. */
function untilMade(
  connection: RecordedConnection | undefined,
  pace: Pace | undefined,
  { signal, timeout }: ConnectOptions,
): Promise<void> | undefined {
  const givenUp =
    signal !== undefined && connection?.failure?.code === 'ABORTED' ? untilGivenUp(signal, timeout) : undefined
  if (pace === undefined) return givenUp
  const pass = (): Promise<void> => passed(pace, connection?.took ?? 0, signal)
  return givenUp === undefined ? pass() : givenUp.then(pass)
}

/** An attempt that the recorded client gave up lasts until this client gives up, too, or until its own limit. */
function untilGivenUp(signal: AbortSignal, limit: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = limit === undefined ? undefined : SYSTEM_CLOCK.schedule(limit, onEnd)
    function onEnd(): void {
      timer?.cancel()
      signal.removeEventListener('abort', onEnd)
      resolve()
    }
    signal.addEventListener('abort', onEnd)
  })
}
