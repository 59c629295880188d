import type { Cassette } from '../tape/cassette.ts'
import { Conversations } from '../interactions/conversations.ts'
import type { ByteProgress, Interaction, RecordedConnection } from '../interactions/interaction.ts'
import type { OriginOf, WireRequest } from '../interactions/request-reader.ts'
import type { RedactionOptions } from '../redaction/redaction-options.ts'
import { SYSTEM_CLOCK } from '../clock.ts'
import { ConnectionError, LocalProtocolError, WiretapeError } from '../errors.ts'
import {
  type ConnectionInfo,
  type ConnectOptions,
  type Connector,
  formatOrigin,
  isRaw,
  type Origin,
} from '../transport.ts'
import { ByteConversation } from './byte-conversation.ts'
import { InteractionConversation } from './conversation.ts'
import type { Fault } from '../faults/fault.ts'
import { FaultPlan } from '../faults/fault-plan.ts'
import type { Played } from '../interactions/cue.ts'
import type { OutgoingGuard, OutgoingPlaceholder } from '../outgoing/guard.ts'
import type { Exit, Exits } from './exits.ts'
import type { BarrierOption } from '../matching/barrier.ts'
import { InteractionPool, type Order } from '../matching/interaction-pool.ts'
import { DEFAULT_MATCH, type MatchOn } from '../matching/match-on.ts'
import { checkPlayHooks, type Clean, notPrepared, type PlayHookOptions, PlayHooks } from '../playback/play-hooks.ts'
import { isHostOf } from '../content/host-form.ts'
import { escapeText } from '../content/printable.ts'
import type { CassetteMiss } from './miss/cassette-miss.ts'
import type { MissFacts, MissMaker } from './miss/miss-maker.ts'
import type { Face } from './miss/words.ts'
import { type Delivery, errorOf, type ReplayPeer, ReplayTransport } from './replay-transport.ts'
import { isMade, type OriginRules, readOrigins, RecordedOrigin } from './recorded-origin.ts'
import type { RecordedScript, ScriptShelf } from '../matching/script-shelf.ts'
import { cutBy, type Segmentation } from './segmentation.ts'
import type { Stage } from './stage.ts'
import { type Pace, paceOf, passed, type Timing } from './timing.ts'
import { checkOptions } from '../options.ts'

/** How a cassette is played. */
export interface ReplayerOptions extends PlayHookOptions {
  /** What a request must have in common with a recorded one. Default: `['method', 'url', 'body']`. */
  readonly matchOn?: MatchOn | undefined
  /** Whether what was played may be played again; of several equal interactions, the last is. Default: `false`. */
  readonly allowPlaybackRepeats?: boolean | undefined
  /** In which order requests may come. Default: `'any'`; equal ones are answered in recorded order always. */
  readonly order?: Order | undefined
  /** What a read does that was recorded behind a write which has not come yet. Default: `false`, nothing. */
  readonly barrier?: BarrierOption | undefined
  /** When recorded bytes come. Default: `'instant'`, as soon as the client has done what came before. */
  readonly timing?: Timing | undefined
  /** How recorded bytes are cut when the client gets them. Default: `'recorded'`. */
  readonly segmentation?: Segmentation | undefined
  /** What goes wrong on purpose. Default: nothing. */
  readonly faults?: readonly Fault[] | undefined
  /**
   * Where a request goes that the cassette does not hold. Default: nowhere, it is a miss.
   *
   * The connection is live from that request on, to its end. An origin that the cassette does not know is live at once.
   */
  readonly fallback?: Connector | undefined
  /** What is secret in a request that is told in a miss; `false`: only the values of fields with secret names. Default: `{}`. */
  readonly redact?: RedactionOptions | false | undefined
  /** Whether a hook may have changed the requests while they were recorded; then a miss says so. Default: `false`. */
  readonly changedRequests?: boolean | undefined
  /** Where the cassette is played, which decides what a miss advises. Default: `'replayer'`. */
  readonly face?: Face | undefined
  /** Where a request goes that is not to be looked up in the cassette; the connection is live from it on. */
  readonly route?: ((request: WireRequest) => Connector | undefined) | undefined
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
} as const satisfies Omit<Required<ReplayerOptions>, 'fallback' | 'route' | 'redact' | keyof PlayHookOptions>

/** Every option there is. */
export const REPLAYER_OPTIONS: Readonly<Record<keyof ReplayerOptions, true>> = {
  matchOn: true,
  allowPlaybackRepeats: true,
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
  normalizeRequest: true,
  beforeAnswer: true,
  hookTimeout: true,
}

/**
 * Plays a cassette to any client that connects through {@link Replayer.connector}.
 *
 * Nothing here opens a socket, looks up a name, reads a clock or draws a random number, unless an option brings it.
 */
export class Replayer {
  readonly #matchOn: MatchOn
  readonly #allowsRepeats: boolean
  readonly #delivery: Delivery
  readonly #faults: FaultPlan
  readonly #fallback: Connector | undefined
  readonly #route: ((request: WireRequest) => Connector | undefined) | undefined
  readonly #cassette: Cassette
  #guard: OutgoingGuard | undefined
  readonly #conversations: Conversations
  readonly #pool: InteractionPool
  readonly #origins: Map<string, RecordedOrigin>
  readonly #originRules: OriginRules
  readonly #misses: CassetteMiss[] = []
  readonly #stage: Stage
  readonly #redact: RedactionOptions | false
  readonly #hooks: PlayHooks
  readonly #changedRequests: boolean
  readonly #face: Face
  #missMaker: MissMaker | undefined

  /**
   * @throws LocalProtocolError `INVALID_OPTION` for an option with an unknown value.
   * @throws CassetteError `CASSETTE_INVALID` when the tape contradicts itself.
   */
  constructor(cassette: Cassette, options: ReplayerOptions = {}) {
    checkOptions('Replayer', options, REPLAYER_OPTIONS)
    const { matchOn = DEFAULTS.matchOn, allowPlaybackRepeats = DEFAULTS.allowPlaybackRepeats } = options
    const { order = DEFAULTS.order, barrier = DEFAULTS.barrier } = options
    this.#faults = new FaultPlan(options.faults ?? DEFAULTS.faults)
    if (matchOn === 'bytes') checkForBytes(options, this.#faults)
    checkPlayHooks(options)
    this.#hooks = new PlayHooks(options)
    this.#changedRequests = options.changedRequests ?? DEFAULTS.changedRequests
    this.#face = options.face ?? DEFAULTS.face
    const pace = paceOf(options.timing ?? DEFAULTS.timing)
    this.#delivery = {
      cut: cutBy(options.segmentation ?? DEFAULTS.segmentation),
      pace: pace ?? (this.#faults.hasDelays ? DELAYS_ONLY : undefined),
    }
    this.#redact = options.redact ?? {}
    this.#fallback = options.fallback
    this.#route = options.route
    this.#cassette = cassette
    this.#matchOn = matchOn
    this.#allowsRepeats = allowPlaybackRepeats
    this.#conversations = new Conversations(cassette)
    const rules = matchOn === 'bytes' ? DEFAULT_MATCH : matchOn
    this.#pool = new InteractionPool(this.#conversations, {
      matchOn: rules,
      allowPlaybackRepeats,
      order,
      barrier,
    })
    this.#stage = {
      pool: this.#pool,
      normalized: (origin, request) => this.#hooks.normalized(origin, request, this.#clean),
      hasAnswerHook: this.#hooks.changesAnswers,
      answerOf: (interaction, asked) => {
        const { answer } = interaction
        const steps = asked === undefined ? answer : this.#hooks.answer(interaction, asked, this.#clean)
        if (this.#faults.isEmpty) return { cues: steps, fallsSilent: false }
        return this.#faults.answerTo(interaction, steps, this.#pool.playsOf(interaction))
      },
      changedTooLate: (interaction) => this.#hooks.changedTooLate(interaction, this.#clean),
      scriptOf: (recorded, plays) => this.#scriptOf(recorded, plays),
      scripts: (origin) => this.#recordedOrigin(origin).scripts,
      missedRequest: (origin, request, last) =>
        this.#miss((maker) => maker.onRequest(request, last, this.#missFacts(origin, this.#pool.namesFor(request)))),
      waitedInVain: (origin, request, playing, due) =>
        this.#miss((maker) =>
          maker.onWait(request, playing, due, this.#missFacts(origin, this.#pool.namesFor(request))),
        ),
      leftEarly: (origin, request, playing, told) =>
        this.#miss((maker) =>
          maker.onEnd(request, playing, told, this.#missFacts(origin, this.#pool.namesFor(request))),
        ),
      leftScriptEarly: (origin, recorded, told) =>
        this.#miss((maker) => maker.onScriptEnd(recorded, told, this.#missFacts(origin, ['bytes']))),
      missedBytes: (origin, bytes, nearest) =>
        this.#miss((maker) => maker.onBytes(bytes, nearest, this.#missFacts(origin, ['bytes']))),
    }
    this.#originRules = {
      playsBytes: (origin) => this.#playsBytes(origin),
      allowsRepeats: allowPlaybackRepeats,
    }
    this.#origins = readOrigins(this.#conversations.connections, this.#originRules)
  }

  /** Loads what a miss and faults need, once a process. {@link connector} does so by itself; {@link accept} needs it. Calling it twice is fine. */
  async prepare(): Promise<void> {
    const [{ MissMaker: Maker }] = await Promise.all([
      import('./miss/miss-maker.ts'),
      this.#faults.load(),
      this.#hooks.load(),
      this.#loadGuard(),
    ])
    this.#missMaker ??= new Maker(this.#redact)
  }

  async #loadGuard(): Promise<void> {
    if (this.#fallback !== undefined || this.#route !== undefined) await this.#guardOut()
  }

  async #guardOut(): Promise<OutgoingGuard> {
    const { OutgoingGuard: Guard } = await import('../outgoing/guard.ts')
    this.#guard ??= new Guard(this.#cassette, this.#placeholderSent)
    return this.#guard
  }

  /**
   * A connector that does what `live` does, and refuses requests with placeholders of the cassette: `PLACEHOLDER_SENT`, which counts as a miss.
   *
   * What goes to the `fallback` or along a `route` is refused anyway.
   */
  guarded(live: Connector): Connector {
    return async (origin, options) => {
      const [guard] = await Promise.all([this.#guardOut(), this.prepare()])
      return guard.around(await live(origin, options), originOf(origin))
    }
  }

  /** Everything that can be played, in recorded order. */
  get interactions(): readonly Interaction[] {
    return this.#conversations.interactions
  }

  /** The origins that the recorded client connected to, as `formatOrigin` gives them, in the order of the first connection. */
  get origins(): readonly string[] {
    return [...new Set(this.#conversations.connections.map(({ origin }) => origin))]
  }

  /** The interactions that were not played, in recorded order. */
  get unplayed(): readonly Interaction[] {
    return this.interactions.filter((interaction) => !this.#pool.isPlayed(interaction))
  }

  /** How often an interaction was played, repeats included. */
  get playCount(): number {
    return this.#pool.playCount
  }

  /** Whether the client did all that was recorded: requests, bytes that are not HTTP, attempts to connect that failed. */
  get allPlayed(): boolean {
    return this.#leftovers().length === 0
  }

  /** The misses so far, in order: a client may have swallowed one. */
  get misses(): readonly CassetteMiss[] {
    return this.#misses
  }

  /** The first failure of a hook that was called for a request: a client may have swallowed it. */
  get hookError(): WiretapeError | undefined {
    return this.#hooks.error
  }

  /** @throws WiretapeError `UNPLAYED`, whose message lists what was not played. */
  assertAllPlayed(): void {
    const leftovers = this.#leftovers()
    if (leftovers.length > 0) throw new WiretapeError('UNPLAYED', leftovers.map((line) => `\n  ${line}`).join(''))
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
    if (signal?.aborted === true)
      throw new ConnectionError('ABORTED', 'tcp', formatOrigin(origin), { cause: signal.reason })
    const connection = this.#nextConnection(originOf(origin))
    if (this.#fallback !== undefined && !this.#canPlay(originOf(origin), connection))
      return this.guarded(this.#fallback)(origin, options)
    const prepared = this.#missMaker === undefined ? this.prepare() : undefined
    if (signal !== undefined && connection?.failure?.code === 'ABORTED') await untilGivenUp(signal, options.timeout)
    const { pace } = this.#delivery
    if (pace !== undefined) await passed(pace, connection?.took ?? 0, signal)
    if (prepared !== undefined) await prepared
    return this.#connect(originOf(origin), connection, this.#exits(origin, options))
  }

  /**
   * The server's end of a connection, for a client that has connected to something that stands for `origin`.
   *
   * With `meant` each request has the origin that this says; what it throws, `read` rejects with, as with a miss.
   *
   * @throws as {@link connector}; LocalProtocolError `WRONG_STATE` for a miss before {@link prepare} has resolved.
   */
  accept(origin: string, meant?: OriginOf): ReplayTransport {
    const connection = this.#nextConnection(origin)
    if (meant === undefined) return this.#connect(origin, connection, NO_EXITS)
    const met = new Set([origin])
    return this.#connect(origin, connection, NO_EXITS, (head) => {
      const other = meant(head)
      if (!met.has(other)) {
        met.add(other)
        checkMade(this.#nextConnection(other))
      }
      return other
    })
  }

  /** The recorded connection whose turn it is. */
  #nextConnection(origin: string): RecordedConnection | undefined {
    const recorded = this.#recordedOrigin(origin)
    const connection = recorded.connections[recorded.opened]
    recorded.opened += 1
    return connection
  }

  #connect(
    origin: string,
    connection: RecordedConnection | undefined,
    exits: Exits,
    meant?: OriginOf,
  ): ReplayTransport {
    checkMade(connection)
    const { connections } = this.#recordedOrigin(origin)
    const info = infoOf(connection ?? connections.findLast(isMade))
    return new ReplayTransport(this.#peer(origin, connection, exits, meant), info, this.#delivery)
  }

  /** Whether anything is recorded that a new connection could be given. */
  #canPlay(origin: string, connection: RecordedConnection | undefined): boolean {
    if (connection !== undefined) return true
    const recorded = this.#recordedOrigin(origin)
    return this.#playsBytes(origin) ? this.#repeatable(recorded.scripts) !== undefined : recorded.connections.length > 0
  }

  #exits(origin: Origin, options: ConnectOptions): Exits {
    const exitTo = (connector: Connector | undefined): Exit | undefined =>
      connector &&
      (() => {
        if (this.#guard === undefined) throw notPrepared()
        return this.#guard.late(() => connector(origin, options), originOf(origin))
      })
    return { unrecorded: exitTo(this.#fallback), passing: (request) => exitTo(this.#route?.(request)) }
  }

  #peer(
    origin: string,
    connection: RecordedConnection | undefined,
    exits: Exits,
    meant: OriginOf | undefined,
  ): ReplayPeer {
    if (!this.#playsBytes(origin))
      return new InteractionConversation(this.#stage, origin, connection?.opening, exits, meant)
    const { scripts } = this.#recordedOrigin(origin)
    const inTurn = connection === undefined ? this.#repeatable(scripts) : scripts.of(connection.number)
    if (connection === undefined && inTurn === undefined)
      throw this.#stage.missedBytes(origin, new Uint8Array(0), scripts.all)
    return new ByteConversation(this.#stage, origin, inTurn, exits)
  }

  /** Whether the client has to write what was recorded, byte for byte. */
  #playsBytes(origin: string): boolean {
    return this.#matchOn === 'bytes' || isRaw(origin)
  }

  #repeatable({ all }: ScriptShelf): RecordedScript | undefined {
    return this.#allowsRepeats ? all.at(-1) : undefined
  }

  #recordedOrigin(origin: string): RecordedOrigin {
    const known = this.#origins.get(origin)
    if (known !== undefined) return known
    // Where a placeholder stands in a recorded host name, any host of that form is meant; all of them play one recording.
    const like = this.#origins.get(this.#recordedAs(origin) ?? origin)
    if (like !== undefined) return like
    const recorded = new RecordedOrigin([], this.#originRules)
    this.#origins.set(origin, recorded)
    return recorded
  }

  /** The recorded origin that another one may stand for. */
  #recordedAs(origin: string): string | undefined {
    const { origins } = this
    return origins.includes(origin) ? origin : origins.find((recorded) => isHostOf(recorded, origin))
  }

  #scriptOf({ script, behind, connection }: RecordedScript, plays: number): Played<ByteProgress> {
    if (behind !== undefined) return this.#faults.continuationOf(behind, script.steps)
    const index = this.#conversations.connections.findIndex(({ number }) => number === connection)
    return this.#faults.connection(index, script.steps, plays)
  }

  #missFacts(origin: string, matchOn: readonly string[]): MissFacts {
    return {
      origin: this.#recordedAs(origin) ?? origin,
      origins: this.origins,
      matchOn,
      interactions: this.interactions,
      pool: this.#pool,
      isNormalized: this.#hooks.normalizes && !matchOn.includes('bytes'),
      changedRequests: this.#changedRequests,
      option: this.#matchOn,
      face: this.#face,
      records: this.#fallback !== undefined,
    }
  }

  #miss(make: (maker: MissMaker) => CassetteMiss): CassetteMiss {
    if (this.#missMaker === undefined) throw notPrepared()
    const miss = make(this.#missMaker)
    this.#misses.push(miss)
    return miss
  }

  readonly #placeholderSent = (
    origin: string,
    found: OutgoingPlaceholder,
    request: WireRequest | undefined,
  ): CassetteMiss =>
    this.#miss((maker) =>
      maker.onPlaceholder(
        request,
        found,
        this.#missFacts(origin, request === undefined ? ['bytes'] : this.#pool.namesFor(request)),
      ),
    )

  readonly #clean: Clean = (text) => this.#missMaker?.clean(text) ?? text

  #leftovers(): string[] {
    // Before anybody has connected nothing is loaded that knows secrets, so a query is left out.
    const shown = (url: string): string => this.#missMaker?.shown(url) ?? url.replace(/\?.*/s, '?...')
    const leftovers = this.unplayed.map((interaction) => describeInteraction(interaction, shown))
    for (const [origin, { connections, opened, scripts }] of this.#origins) {
      for (const { connection, script, interactions } of scripts.unfinished)
        if (script.bytes.length > 0 && interactions.length === 0)
          leftovers.push(`${script.bytes.length} bytes to ${origin} that are not HTTP (connection ${connection})`)
      for (const { number, failure } of connections.slice(opened))
        if (failure !== undefined)
          leftovers.push(`${failure.code} of an attempt to connect to ${origin} (connection ${number})`)
    }
    return leftovers.map(escapeText)
  }
}

/** What has no meaning where nothing is taken for a request. */
function checkForBytes({ order, barrier }: ReplayerOptions, faults: FaultPlan): void {
  if ((order ?? 'any') !== 'any' || (barrier ?? false) !== false)
    throw new LocalProtocolError(
      'INVALID_OPTION',
      "order and barrier are about requests, which matchOn: 'bytes' has not",
    )
  if (faults.needsInteractions)
    throw new LocalProtocolError('INVALID_OPTION', "with matchOn: 'bytes' faults are on connections, by their index")
}

/** Recorded times do not count, but delays that are put in do. */
const DELAYS_ONLY: Pace = { clock: SYSTEM_CLOCK, factor: 0 }

const originOf = (origin: Origin): string => formatOrigin({ ...origin, host: origin.host.toLowerCase() })

/** @throws ConnectionError as recorded. */
function checkMade(connection: RecordedConnection | undefined): void {
  if (connection?.failure !== undefined) throw errorOf(connection.failure)
}

/** An attempt that the client gave up lasts until it does so again, or until its own limit. */
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

const NO_EXITS: Exits = { unrecorded: undefined, passing: () => undefined }

/** Addresses are not recorded: they differ from run to run. */
const infoOf = (connection: RecordedConnection | undefined): ConnectionInfo => ({ tls: connection?.tls })

function describeInteraction(
  { index, connection, isPipelined, request }: Interaction,
  shown: (url: string) => string,
): string {
  const pipelined = isPipelined ? `; pipelined: it is played only right behind #${index}` : ''
  return `#${index + 1} ${request.method} ${shown(request.url)} (connection ${connection})${pipelined}`
}
