import type { Cassette } from '../tape/cassette.ts'
import { cassettePath } from '../store/cassette-name.ts'
import { interactionsOf } from '../interactions/conversations.ts'
import type { Interaction } from '../interactions/interaction.ts'
import type { WireRequest } from '../interactions/request-reader.ts'
import type { InteractionHook, RecordHook } from '../hooks/hook.ts'
import { checkSecrets, type RedactionOptions } from '../redaction/redaction-options.ts'
import type { PlaybackHook } from './playback-hook.ts'
import type { Notes } from './notes.ts'
import { checkExpiryOptions, type ExpiryOptions, notFound, type Plan, planFor } from './plan.ts'
import { HttpConnection } from '../client/http-connection.ts'
import type { HttpConnectionSettings } from '../client/connection-settings.ts'
import type { Capture } from './capture.ts'
import { captureOptions, type CaptureOptions } from './capture-options.ts'
import { connectSocket } from '../client/socket-connector.ts'
import { namedHosts } from '../intercept/named-hosts.ts'
import { policyOf } from '../intercept/policy.ts'
import { scopeContext, type ScopePlace } from '../intercept/scope-context.ts'
import { LentTransports } from './lent-transports.ts'
import { inCi, RECORD_MODES, recordMode, type RecordMode, type RecordModeAlias } from './record-mode.ts'
import { type SentBytes, SentLog } from '../recorder/sent-log.ts'
import type { CassetteMiss } from '../misses/cassette-miss.ts'
import { UnnoticedMisses } from '../misses/misses.ts'
import { checkPlayHooks } from '../playback/play-hooks.ts'
import type { ReplayerOptions } from '../replay/replayer.ts'
import { REPLAYER_OPTIONS, Replayer } from '../replay/replayer.ts'
import { isClock } from '../replay/timing.ts'
import { checkOptions, pickOptions } from '../options.ts'
import { checkProtocols } from '../protocols/names.ts'
import type { Connector } from '../transport.ts'

/** How a cassette is used: its place, its mode, what is matched, and what is secret. */
export interface UseCassetteOptions
  extends Omit<ReplayerOptions, 'fallback' | 'route' | 'redact' | 'changedRequests' | 'face'>, ExpiryOptions {
  /** Folder of the cassettes. Default: `cassettes` in the current folder. */
  readonly dir?: string | undefined
  /**
   * Default: `'once'`; where the environment says `CI`, always `'none'`.
   *
   * `WIRETAPE_MODE` in the environment overrides both.
   */
  readonly mode?: RecordMode | RecordModeAlias | undefined
  /** How the network is reached while recording. Default: sockets. */
  readonly connector?: Connector | undefined
  /**
   * Hosts that are always reached live, and never recorded: names and addresses without case, also as `host:port` and with a `*` at the
   * beginning or the end, as in `*.example.com`; or regular expressions, searched in the host. Default: none.
   */
  readonly ignoreHosts?: readonly (string | RegExp)[] | undefined
  /**
   * Requests that go to the server and are not recorded, whatever the mode. Default: none.
   *
   * A connection is live and unrecorded from the first such request on, to its end.
   */
  readonly passthrough?: ((request: WireRequest) => boolean) | undefined
  /**
   * Whether `eject` rejects if there were misses: the code under test may have swallowed one. Default: `false`, and `true` in the
   * fixtures for test runners.
   */
  readonly failOnMiss?: boolean | undefined
  /** Whether a cassette may hold interactions that nobody asked for; if not, `eject` says so. Default: `true`. */
  readonly allowUnused?: boolean | undefined
  /**
   * Whether what is recorded gets into a file at all; if not, nobody is kept from recording the same cassette at the same time.
   *
   * Default: `true`.
   */
  readonly save?: boolean | undefined
  /** Whether what a failed run recorded is saved; the mode `update` never does. Default: `false`. */
  readonly recordOnError?: boolean | undefined
  /**
   * What is secret beyond what names and forms tell; `false` saves everything as it was on the wire.
   *
   * Default: the variables of `env` with secret names. See `docs/redaction.md`.
   */
  readonly redact?: RedactionOptions | false | undefined
  /**
   * Returns what is recorded instead of an interaction; `null` leaves the interaction out. It sees placeholders instead of secrets, and its result
   * is redacted again.
   *
   * Where it throws, rejects, hangs or gives what is no interaction, the bodies of that interaction are withheld, and `eject` says so
   * once all is saved. Default: none. See `docs/redaction.md`.
   */
  readonly beforeRecord?: RecordHook | undefined
  /**
   * Gives what is replayed in the place of a recorded interaction; called for all of them as the cassette is opened. The file stays as it is.
   *
   * Where it fails, as with `beforeRecord`. Default: none.
   */
  readonly beforePlayback?: InteractionHook | undefined
  /**
   * Whether all connections of this process go through the cassette, whatever client makes them; see `docs/capture.md`. Tests that run at
   * the same time keep apart, as each of them calls `useCassette`. Default: `false`.
   */
  readonly capture?: boolean | CaptureOptions | undefined
  /** Bytes that are kept in memory of what is sent over each connection, for `sent`. Default: 0. */
  readonly keepSent?: number | undefined
  /** Where `WIRETAPE_MODE`, `CI` and secrets are read from. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}

/** How much of a cassette was used. */
export interface CassetteSummary {
  /** Interactions that were replayed. */
  readonly played: number
  /** Interactions that were recorded in this run. */
  readonly recorded: number
  /** Interactions of the cassette that nobody asked for. */
  readonly unused: number
}

/** A cassette in use: it records or it replays, and looks the same to the client either way. */
export interface OpenCassette extends AsyncDisposable {
  readonly path: string
  readonly mode: RecordMode
  /** Whether requests may reach the network and then the file. */
  readonly isRecording: boolean
  /** For anything that takes a connector. */
  readonly connector: Connector
  readonly interactions: readonly Interaction[]
  /** How many answers have been replayed. */
  readonly playCount: number
  readonly allPlayed: boolean
  /** Places among `interactions`, from 0, of those that were played or recorded in this run. */
  readonly used: readonly number[]
  readonly summary: CassetteSummary
  /** Whether what is replayed is older than `maxAge`. */
  readonly isExpired: boolean
  /** What is replayed, and what has been recorded by now, as it is saved: secrets are redacted. Not for use after `eject`. */
  readonly cassette: Cassette | undefined
  /** The misses so far, in order: a client may have swallowed one. */
  readonly misses: readonly CassetteMiss[]
  /** What the client sent, connection by connection, where `keepSent` asks for it. */
  readonly sent: readonly SentBytes[]
  /** A connection to the origin of `url`; it is closed with the cassette. */
  connect(url: string | URL, settings?: Omit<HttpConnectionSettings, 'connector'>): HttpConnection
  /** @throws WiretapeError `UNPLAYED`, with a list, when the cassette holds interactions that were not replayed. */
  assertAllPlayed(): void
  /** Gives up what was recorded: the file stays as it is. */
  discard(): void
  /** Says that the run has failed: what was recorded is given up unless `recordOnError` keeps it, and `eject` won't complain. */
  noteFailure(): void
  /**
   * Closes all connections that were made through `connector`, also those that an agent keeps, and saves the file when recording. Calling
   * it twice is fine; a connection that is asked for later is refused with `CASSETTE_EJECTED`.
   *
   * @throws WiretapeError `MISSED` if `failOnMiss` is set and there were misses; `UNPLAYED` where `allowUnused` is false and something was not replayed.
   */
  eject(): Promise<void>
}

const {
  fallback: _fallback,
  route: _route,
  redact: _redact,
  changedRequests: _changedRequests,
  face: _face,
  ...PLAYED
} = REPLAYER_OPTIONS

/** Every option there is. */
export const USE_OPTIONS: Readonly<Record<keyof UseCassetteOptions, true>> = {
  dir: true,
  mode: true,
  connector: true,
  ignoreHosts: true,
  passthrough: true,
  allowUnused: true,
  save: true,
  recordOnError: true,
  redact: true,
  beforeRecord: true,
  beforePlayback: true,
  capture: true,
  keepSent: true,
  env: true,
  maxAge: true,
  onExpiry: true,
  now: true,
  ...PLAYED,
  failOnMiss: true,
}

/**
 * Opens the cassette `name`: replays it, or records it, as the mode says.
 *
 * ```ts
 * await using cassette = await useCassette('users')
 * const connection = cassette.connect('https://api.example.com')
 * ```
 *
 * @throws CassetteError `CASSETTE_NOT_FOUND` where there is none and the mode does not record; `CASSETTE_LOCKED` where somebody else records
 * it; `CASSETTE_IO` where it could not be written; and whatever is wrong with one that is there: a broken cassette is never taken
 * for a missing one.
 */
export async function useCassette(name: string, options: UseCassetteOptions = {}): Promise<OpenCassette> {
  const captured = captureOptions(options.capture)
  // Before the first `await`, so that the context of the caller is entered and not only this function's.
  const place: ScopePlace<Capture> = { scope: undefined }
  if (captured !== undefined) scopeContext<Capture>().enterWith(place)
  const cassette = await openInMode(name, options)
  if (captured !== undefined) place.scope = await cassette.startCapture(captured)
  return cassette
}

async function openInMode(name: string, options: UseCassetteOptions): Promise<CassetteInUse> {
  const { dir = 'cassettes', env = process.env } = options
  checkOptions('useCassette', options, USE_OPTIONS)
  checkExpiryOptions(options)
  checkPlayHooks(options)
  namedHosts('ignoreHosts', options.ignoreHosts ?? [])
  checkProtocols(options.protocols)
  if (options.redact !== undefined && options.redact !== false) checkSecrets(options.redact)
  const mode = recordMode(options.mode, env)
  const path = cassettePath(dir, name)
  const hook = await playbackHookOf(options)
  const plan: HookedPlan = { ...(await planFor(mode, path, options)), hook }
  switch (plan.action) {
    case 'fail':
      throw await notFound(path, `record it with WIRETAPE_MODE=once, the mode is ${mode}${inCi(env)}`)
    case 'pass':
    case 'replay':
      return new CassetteInUse(path, mode, await partsFor(plan, undefined, options), options)
    case 'record':
    case 'extend': {
      const recording = await openRecording(path, plan, options)
      const parts = await partsFor({ ...plan, cassette: recording.base }, recording, options)
      return new CassetteInUse(path, mode, parts, options)
    }
  }
}

/**
 * Opens a cassette for the time that `run` takes, and tells it how that ended.
 *
 * ```ts
 * await withCassette('users', {}, async (cassette) => { ... })
 * ```
 *
 * @throws what `run` throws, after which nothing is saved unless `recordOnError` says so; and as {@link useCassette}.
 */
export async function withCassette<Result>(
  name: string,
  options: UseCassetteOptions,
  run: (cassette: OpenCassette) => Result | Promise<Result>,
): Promise<Result> {
  await using cassette = await useCassette(name, options)
  try {
    return await run(cassette)
  } catch (error) {
    cassette.noteFailure()
    throw error
  }
}

/** What records is loaded when something is recorded: most runs replay. */
async function openRecording(path: string, { action, cassette }: Plan, options: UseCassetteOptions): Promise<Notes> {
  const { openNotes } = await import('./notes.ts')
  return openNotes(path, cassette, {
    redact: secretsOf(options),
    isUnwanted: options.passthrough,
    protocols: options.protocols,
    beforeRecord: options.beforeRecord,
    normalizeRequest: options.normalizeRequest,
    hookTimeout: options.hookTimeout,
    saves: options.save !== false,
    adds: action === 'extend',
    // Whoever asks for its age wants to know when it was recorded, though nothing has changed since.
    keepsDate: options.maxAge === undefined,
  })
}

const secretsOf = ({ redact, env = process.env }: UseCassetteOptions): RedactionOptions | false =>
  redact === false ? false : { env, ...redact }

/** What a cassette in use is made of. */
interface Parts {
  readonly connector: Connector
  readonly replayer: Replayer | undefined
  readonly recording: Notes | undefined
  readonly sentLog: SentLog
  readonly plan: HookedPlan
}

async function partsFor(plan: HookedPlan, recording: Notes | undefined, options: UseCassetteOptions): Promise<Parts> {
  const { cassette, hook } = plan
  const { connector: live = connectSocket, ignoreHosts = [], passthrough, keepSent = 0 } = options
  const sentLog = new SentLog(keepSent)
  const recorded = recording?.wrap(live)
  const route =
    passthrough && ((request: WireRequest): Connector | undefined => (passthrough(request) ? live : undefined))
  const played = cassette && hook ? await hook.apply(cassette) : cassette
  const asked = {
    ...pickOptions(options, REPLAYER_OPTIONS),
    redact: secretsOf(options),
    route,
    fallback: recorded,
    changedRequests: options.beforeRecord !== undefined,
    face: 'cassette',
  } as const
  const replayer = played && new Replayer(played, asked)
  // What a miss needs is there before the first request, so that nothing waits for a file later.
  await replayer?.prepare()
  const isIgnored = namedHosts('ignoreHosts', ignoreHosts)
  const taped = replayer?.connector ?? recorded ?? live
  const ignored = replayer?.guarded(live) ?? live
  const routed: Connector = (origin, settings) =>
    isIgnored(origin) ? ignored(origin, settings) : taped(origin, settings)
  return { connector: keepSent > 0 ? sentLog.wrap(routed) : routed, replayer, recording, sentLog, plan }
}

interface HookedPlan extends Plan {
  readonly hook: PlaybackHook | undefined
}

/** What calls hooks is loaded where there is one. */
async function playbackHookOf(options: UseCassetteOptions): Promise<PlaybackHook | undefined> {
  const { beforePlayback, hookTimeout } = options
  if (beforePlayback === undefined) return undefined
  const { PlaybackHook: Hook } = await import('./playback-hook.ts')
  return new Hook(beforePlayback, { hookTimeout, redact: secretsOf(options) })
}

class CassetteInUse implements OpenCassette {
  readonly path: string
  readonly mode: RecordMode
  readonly connector: Connector
  readonly #parts: Parts
  readonly #lent: LentTransports
  readonly #options: UseCassetteOptions
  readonly #connections: HttpConnection[] = []
  #capture: Capture | undefined
  #isDiscarded = false
  #hasFailed = false
  #ejected: Promise<void> | undefined

  constructor(path: string, mode: RecordMode, parts: Parts, options: UseCassetteOptions) {
    this.path = path
    this.mode = mode
    this.#lent = new LentTransports(path)
    this.connector = this.#lent.wrap(parts.connector)
    this.#parts = parts
    this.#options = options
  }

  get isRecording(): boolean {
    return this.#parts.recording !== undefined
  }

  get interactions(): readonly Interaction[] {
    const { recording, replayer } = this.#parts
    return recording === undefined ? (replayer?.interactions ?? []) : interactionsOf(recording.cassette)
  }

  get playCount(): number {
    return this.#parts.replayer?.playCount ?? 0
  }

  get allPlayed(): boolean {
    return this.#parts.replayer?.allPlayed ?? true
  }

  get used(): readonly number[] {
    const { replayer } = this.#parts
    const known = replayer?.interactions ?? []
    const unplayed = new Set(replayer?.unplayed)
    return this.interactions.flatMap((_, place) => {
      const old = known[place]
      return old !== undefined && unplayed.has(old) ? [] : [place]
    })
  }

  get summary(): CassetteSummary {
    const { recording, replayer } = this.#parts
    return {
      played: this.playCount,
      recorded: recording === undefined ? 0 : this.interactions.length - (replayer?.interactions.length ?? 0),
      unused: replayer?.unplayed.length ?? 0,
    }
  }

  get isExpired(): boolean {
    return this.#parts.plan.isExpired
  }

  get cassette(): Cassette | undefined {
    const { recording, plan } = this.#parts
    return recording === undefined ? plan.cassette : recording.redacted
  }

  get misses(): readonly CassetteMiss[] {
    return this.#parts.replayer?.misses ?? []
  }

  get sent(): readonly SentBytes[] {
    return this.#parts.sentLog.connections
  }

  connect(url: string | URL, settings: HttpConnectionSettings = {}): HttpConnection {
    const { timing } = this.#options
    // Only a replay follows a clock of the caller's: no server does.
    const clock = settings.clock ?? (!this.isRecording && isClock(timing) ? timing : undefined)
    const connection = HttpConnection.to(url, { ...settings, clock, connector: this.connector })
    this.#connections.push(connection)
    return connection
  }

  assertAllPlayed(): void {
    this.#parts.replayer?.assertAllPlayed()
  }

  /** The connections of this process go through the cassette, until it is ejected. */
  async startCapture(options: CaptureOptions): Promise<Capture> {
    const { Capture: Scope } = await import('./capture.ts')
    const parts = {
      title: this.path,
      connector: this.connector,
      policy: policyOf({ ...options, ignoreHosts: this.#options.ignoreHosts, replays: () => !this.isRecording }),
      isOfFile: false,
    }
    const capture = Scope.start(parts)
    this.#capture = capture
    await capture.started
    return capture
  }

  discard(): void {
    this.#isDiscarded = true
  }

  noteFailure(): void {
    this.#hasFailed = true
    if (this.#options.recordOnError !== true || !RECORD_MODES[this.mode].keepsFailedRuns) this.discard()
  }

  eject(): Promise<void> {
    this.#ejected ??= this.#eject()
    return this.#ejected
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.eject()
  }

  async #eject(): Promise<void> {
    this.#capture?.end()
    await Promise.all(this.#connections.map((connection) => connection.close()))
    await this.#lent.close()
    const { recording, plan } = this.#parts
    try {
      if (this.#isDiscarded) recording?.discard()
      else await recording?.save()
    } finally {
      // Not before: that a connection was given up here is nothing to record.
      this.#lent.abandonAttempts()
    }
    const error = plan.hook?.error() ?? this.#parts.replayer?.hookError
    if (error !== undefined && !this.#hasFailed) throw error
    if (this.#options.failOnMiss === true && this.misses.length > 0 && !this.#hasFailed)
      throw new UnnoticedMisses(this.misses)
    if (this.#options.allowUnused === false && !this.#isDiscarded && !this.#hasFailed) this.assertAllPlayed()
  }
}
