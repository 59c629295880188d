import type { Cassette } from '../tape/cassette.ts'
import type { Interaction, RequestProgress } from '../interactions/interaction.ts'
import type { Conversations } from '../interactions/conversations.ts'
import type { Played } from '../interactions/cue.ts'
import type { ByteProgress, RecordedConnection } from '../interactions/interaction.ts'
import type { RecordedSocket } from '../interactions/recorded-socket.ts'
import type { OriginOf, WireRequest } from '../interactions/request-reader.ts'
import type { RedactionOptions } from '../redaction/redaction-options.ts'
import { type ConnectionInfo, type ConnectOptions, type Connector, type Origin, type Transport } from '../transport.ts'
import { isHostOf } from '../templates/host-form.ts'
import type { FaultPlan } from '../faults/fault-plan.ts'
import { InteractionPool } from '../matching/interaction-pool.ts'
import { DEFAULT_MATCH, type MatchOn } from '../matching/match-on.ts'
import type { BarrierOption, Order } from '../matching/order.ts'
import type { SharedPlays } from '../one-run.ts'
import type { RecordedScript } from '../matching/script-shelf.ts'
import type { OutgoingGuard, OutgoingPlaceholder } from '../outgoing/guard.ts'
import { type Clean, notPrepared, type PlayHooks } from '../playback/play-hooks.ts'
import type { Answer } from './answer.ts'
import { ByteConversation } from './byte-conversation.ts'
import { InteractionConversation } from './conversation.ts'
import { cutBy } from './cutting.ts'
import type { Exit, Exits } from './exits.ts'
import type { CassetteMiss } from '../misses/cassette-miss.ts'
import { type MissFacts, MissMaker } from '../misses/miss-maker.ts'
import type { Face } from '../misses/words.ts'
import { isMade, originName, type OriginRules, RecordedOrigin } from './recorded-origin.ts'
import { type Delivery, errorOf, type ReplayPeer, ReplayTransport } from './replay-transport.ts'
import type { ScriptInPlay } from './script-in-play.ts'
import type { Segmentation } from './segmentation.ts'
import { Sockets } from './sockets.ts'
import type { SpokenReplay } from './spoken-replay.ts'
import type { Stage } from './stage.ts'
import type { Pace } from './timing.ts'

/** What is played, and how: the options of a replayer, checked and with their defaults, and its cassette. */
export interface Score {
  readonly cassette: Cassette
  readonly conversations: Conversations
  /** What was recorded of each origin, and how far the client has come. The player adds the origins that it is asked for. */
  readonly origins: Map<string, RecordedOrigin>
  readonly originRules: OriginRules
  /** The player adds its misses. */
  readonly misses: CassetteMiss[]
  readonly matchOn: MatchOn
  readonly allowsRepeats: boolean
  readonly optional: ((request: WireRequest) => boolean) | undefined
  /** What other processes of the same run have played. */
  readonly shared: SharedPlays | undefined
  readonly order: Order
  readonly barrier: BarrierOption
  readonly segmentation: Segmentation
  /** `undefined`: nothing is ever waited for. */
  readonly pace: Pace | undefined
  readonly faults: FaultPlan
  readonly hooks: PlayHooks
  readonly fallback: Connector | undefined
  readonly route: ((request: WireRequest) => Connector | undefined) | undefined
  readonly redact: RedactionOptions | false
  readonly changedRequests: boolean
  readonly face: Face
}

/**
 * Plays a cassette: each connection is a conversation over what was recorded.
 *
 * It is loaded by the first connection of a replay and not by `import 'wiretape'`: matching, reports of misses and redaction are half
 * of what the package holds.
 */
export class Player {
  readonly pool: InteractionPool
  readonly #score: Score
  readonly #delivery: Delivery
  readonly #stage: Stage
  readonly #missMaker: MissMaker
  readonly #sockets = new Sockets()
  #guard: OutgoingGuard | undefined
  /** Plays origins whose protocol is named; where there are none, it is not loaded. */
  #spoken: SpokenReplay | undefined

  private constructor(score: Score) {
    const { matchOn, allowsRepeats, order, barrier, segmentation, pace, redact } = score
    this.#score = score
    this.#missMaker = new MissMaker(redact)
    this.#delivery = { cut: cutBy(segmentation), pace }
    this.pool = new InteractionPool(score.conversations, {
      matchOn: matchOn === 'bytes' ? DEFAULT_MATCH : matchOn,
      allowPlaybackRepeats: allowsRepeats,
      order,
      barrier,
      optional: score.optional,
      shared: score.shared,
    })
    this.#stage = this.#setUp()
  }

  /** @throws LocalProtocolError `INVALID_OPTION`. */
  static async open(score: Score): Promise<Player> {
    const player = new Player(score)
    const mayLeave = score.fallback !== undefined || score.route !== undefined
    await Promise.all([
      score.faults.load(),
      score.hooks.load(),
      mayLeave ? player.#guardOut() : undefined,
      player.#loadSpoken(),
    ])
    return player
  }

  #setUp(): Stage {
    const { hooks, faults } = this.#score
    const withFaults = (interaction: Interaction): ((steps: Interaction['answer']) => Played<RequestProgress>) => {
      const plays = this.pool.playsOf(interaction)
      return (steps) =>
        faults.isEmpty ? { cues: steps, fallsSilent: false } : faults.answerTo(interaction, steps, plays)
    }
    return {
      pool: this.pool,
      normalized: (origin, request) => hooks.normalized(origin, request, this.#clean),
      hasAnswerHook: hooks.changesAnswers,
      answerOf: (interaction) => withFaults(interaction)(interaction.answer),
      hookedAnswerOf: (interaction, asked) => hooks.answer(interaction, asked, this.#clean, withFaults(interaction)),
      changedTooLate: (interaction) => hooks.changedTooLate(interaction, this.#clean),
      scriptOf: (recorded, plays) => this.#scriptOf(recorded, plays),
      socketOf: (interaction) => this.#sockets.of(interaction),
      playSocket: (socket, origin, answer) => this.#playSocket(socket, origin, answer),
      refusedSocket: (origin, request, playing, reason) =>
        this.#miss((maker) =>
          maker.onAgreement(request, playing, reason, this.#missFacts(origin, this.pool.namesFor(request))),
        ),
      scripts: (origin) => this.recordedOrigin(origin).scripts,
      missedRequest: (origin, request, last) =>
        this.#miss((maker) => maker.onRequest(request, last, this.#missFacts(origin, this.pool.namesFor(request)))),
      waitedInVain: (origin, request, playing, due) =>
        this.#miss((maker) =>
          maker.onWait(request, playing, due, this.#missFacts(origin, this.pool.namesFor(request))),
        ),
      leftEarly: (origin, request, playing, told) =>
        this.#miss((maker) =>
          maker.onEnd(request, playing, told, this.#missFacts(origin, this.pool.namesFor(request))),
        ),
      leftScriptEarly: (origin, recorded, told) =>
        this.#miss((maker) => maker.onScriptEnd(recorded, told, this.#missFacts(origin, ['bytes']))),
      missedBytes: (origin, bytes, nearest) =>
        this.#miss((maker) => maker.onBytes(bytes, nearest, this.#missFacts(origin, ['bytes']))),
    }
  }

  async #loadSpoken(): Promise<void> {
    const { origins, conversations, allowsRepeats } = this.#score
    const named = Array.from(origins).flatMap(([origin, { protocol }]) =>
      protocol === undefined ? [] : [[origin, protocol] as const],
    )
    if (named.length === 0) return
    const { SpokenReplay: Replay } = await import('./spoken-replay.ts')
    this.#spoken = await Replay.load(new Map(named), conversations.connections, allowsRepeats, {
      question: (origin, asked, known) =>
        this.#miss((maker) => maker.onQuestion(asked, known, this.#missFacts(origin, ['statements']))),
      silence: (origin, asked, known) =>
        this.#miss((maker) => maker.onSilence(asked, known, this.#missFacts(origin, ['statements']))),
      bytes: (origin, bytes) => this.#miss((maker) => maker.onBytes(bytes, [], this.#missFacts(origin, ['bytes']))),
    })
  }

  /** What nobody has said of what was recorded, where the protocol is named. */
  get unspoken(): readonly string[] {
    return this.#spoken?.leftovers.map((text) => this.shown(text)) ?? []
  }

  /** A URL without secrets. */
  shown(url: string): string {
    return this.#missMaker.shown(url)
  }

  /** As `Replayer.guarded`. */
  guarded(live: Connector): Connector {
    return async (origin, options) => {
      const guard = await this.#guardOut()
      return guard.around(await live(origin, options), originName(origin))
    }
  }

  async #guardOut(): Promise<OutgoingGuard> {
    const { OutgoingGuard: Guard } = await import('../outgoing/guard.ts')
    this.#guard ??= new Guard(this.#score.cassette, this.#placeholderSent)
    return this.#guard
  }

  /** A connection that plays `connection`, which is its turn to be played. @throws ConnectionError as recorded. */
  connect(origin: Origin, connection: RecordedConnection | undefined, options: ConnectOptions): Transport {
    return this.#connect(originName(origin), connection, this.#exits(origin, options))
  }

  /** As `Replayer.accept`. */
  accept(origin: string, meant?: OriginOf): ReplayTransport {
    const connection = this.recordedOrigin(origin).next()
    if (meant === undefined) return this.#connect(origin, connection, NO_EXITS)
    const met = new Set([origin])
    return this.#connect(origin, connection, NO_EXITS, (head) => {
      const other = meant(head)
      if (!met.has(other)) {
        met.add(other)
        checkMade(this.recordedOrigin(other).next())
      }
      return other
    })
  }

  #connect(
    origin: string,
    connection: RecordedConnection | undefined,
    exits: Exits,
    meant?: OriginOf,
  ): ReplayTransport {
    checkMade(connection)
    const { connections } = this.recordedOrigin(origin)
    const info = infoOf(connection ?? connections.findLast(isMade))
    return new ReplayTransport(this.#peer(origin, connection, exits, meant), info, this.#delivery)
  }

  #exits(origin: Origin, options: ConnectOptions): Exits {
    const { fallback, route } = this.#score
    const exitTo = (connector: Connector | undefined): Exit | undefined =>
      connector &&
      (() => {
        if (this.#guard === undefined) throw notPrepared()
        return this.#guard.late(() => connector(origin, options), originName(origin))
      })
    return { unrecorded: exitTo(fallback), passing: (request) => exitTo(route?.(request)) }
  }

  #peer(
    origin: string,
    connection: RecordedConnection | undefined,
    exits: Exits,
    meant: OriginOf | undefined,
  ): ReplayPeer {
    const recorded = this.recordedOrigin(origin)
    if (!recorded.playsBytes) return new InteractionConversation(this.#stage, origin, connection?.opening, exits, meant)
    const spoken = this.#spoken?.peer(this.#recordedAs(origin) ?? origin, connection, exits)
    if (spoken !== undefined) return spoken
    const { scripts } = recorded
    const inTurn = connection === undefined ? recorded.repeatable : scripts.of(connection.number)
    if (connection === undefined && inTurn === undefined)
      throw this.#stage.missedBytes(origin, new Uint8Array(0), scripts.all)
    return new ByteConversation(this.#stage, origin, inTurn, exits)
  }

  /** What was recorded of an origin: nothing, if it is not in the cassette. */
  recordedOrigin(origin: string): RecordedOrigin {
    const { origins, originRules } = this.#score
    const known = origins.get(origin)
    if (known !== undefined) return known
    // A placeholder in a recorded host name stands for any host of that form; all of them play one recording.
    const like = origins.get(this.#recordedAs(origin) ?? origin)
    if (like !== undefined) return like
    const recorded = new RecordedOrigin(origin, [], originRules)
    origins.set(origin, recorded)
    return recorded
  }

  /** The recorded origin that another one may stand for. */
  #recordedAs(origin: string): string | undefined {
    const { connections } = this.#score.conversations
    const found =
      connections.find((connection) => connection.origin === origin) ??
      connections.find((connection) => isHostOf(connection.origin, origin))
    return found?.origin
  }

  #scriptOf({ script, behind, connection }: RecordedScript, plays: number): Played<ByteProgress> {
    const { faults, conversations } = this.#score
    if (behind !== undefined) return faults.continuationOf(behind, script.steps)
    const index = conversations.connections.findIndex(({ number }) => number === connection)
    return faults.connection(index, script.steps, plays)
  }

  #playSocket(socket: RecordedSocket, origin: string, answer: Answer): ScriptInPlay | undefined {
    const { interaction } = answer
    if (interaction === undefined) return undefined
    const { scripts: shelf } = this.recordedOrigin(origin)
    const facts = (): MissFacts => this.#missFacts(origin, this.pool.namesFor(interaction.request))
    return this.#sockets.play(socket, {
      interaction,
      ...answer.handOn(),
      matchOn: this.pool.listFor(interaction.request),
      shelf,
      scriptOf: (recorded, plays) => this.#scriptOf(recorded, plays).cues,
      shown: this.#clean,
      lost: (bytes) => this.#stage.missedBytes(origin, bytes, []),
      onHeard: () => this.pool.heard(interaction),
      miss: (missed, judge) => this.#miss((maker) => maker.onMessage(missed, interaction, judge, facts())),
    })
  }

  #missFacts(origin: string, matchOn: readonly string[]): MissFacts {
    const { conversations, hooks, changedRequests, face, fallback } = this.#score
    return {
      origin: this.#recordedAs(origin) ?? origin,
      origins: [...new Set(conversations.connections.map((connection) => connection.origin))],
      matchOn,
      interactions: conversations.interactions,
      pool: this.pool,
      isNormalized: hooks.normalizes && !matchOn.includes('bytes'),
      changedRequests,
      option: this.#score.matchOn,
      face,
      records: fallback !== undefined,
    }
  }

  #miss(make: (maker: MissMaker) => CassetteMiss): CassetteMiss {
    const miss = make(this.#missMaker)
    this.#score.misses.push(miss)
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
        this.#missFacts(origin, request === undefined ? ['bytes'] : this.pool.namesFor(request)),
      ),
    )

  readonly #clean: Clean = (text) => this.#missMaker.clean(text)
}

/** @throws ConnectionError as recorded. */
function checkMade(connection: RecordedConnection | undefined): void {
  if (connection?.failure !== undefined) throw errorOf(connection.failure)
}

const NO_EXITS: Exits = { unrecorded: undefined, passing: () => undefined }

/** Addresses are not recorded: they differ from run to run. */
const infoOf = (connection: RecordedConnection | undefined): ConnectionInfo => ({ tls: connection?.tls })
