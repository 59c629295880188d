import type { HttpConnectionSettings } from '../client/connection-settings.ts'
import { HttpConnection } from '../client/http-connection.ts'
import { interactionsOf } from '../interactions/conversations.ts'
import type { Interaction } from '../interactions/interaction.ts'
import { policyOf } from '../intercept/policy.ts'
import type { CassetteMiss } from '../misses/cassette-miss.ts'
import { UnnoticedMisses } from '../misses/misses.ts'
import type { SentBytes } from '../recorder/sent-log.ts'
import { isClock } from '../replay/timing.ts'
import type { Cassette } from '../tape/cassette.ts'
import type { Connector } from '../transport.ts'
import type { CaptureOptions } from './capture-options.ts'
import type { Capture } from './capture.ts'
import { LentTransports } from './lent-transports.ts'
import type { CassetteSummary, OpenCassette } from './open-cassette.ts'
import type { Parts } from './parts.ts'
import { RECORD_MODES, type RecordMode } from './record-mode.ts'
import type { UseCassetteOptions } from './use-options.ts'

/** A cassette that `useCassette` has opened. */
export class CassetteInUse implements OpenCassette {
  readonly path: string
  readonly mode: RecordMode
  readonly connector: Connector
  readonly #parts: Parts
  readonly #lent: LentTransports
  readonly #options: UseCassetteOptions
  readonly #connections: HttpConnection[] = []
  #capture: Capture | undefined
  #leave: (() => void) | undefined
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

  /** Whether all that it does is to record connections to servers, made by sockets. */
  get recordsSockets(): boolean {
    return this.isRecording && this.#parts.replayer === undefined && this.#options.connector === undefined
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

  /** The connections of this process go through the cassette, until it is ejected; `leave` is called then, in the context of who does it. */
  async startCapture(options: CaptureOptions, leave: () => void): Promise<Capture> {
    this.#leave = leave
    const { Capture: Scope } = await import('./capture.ts')
    const { ignoreHosts, protocols } = this.#options
    const parts = {
      title: this.path,
      connector: this.connector,
      policy: policyOf({ ...options, ignoreHosts, protocols, replays: () => !this.isRecording }),
      isOfFile: false,
      recordsSockets: () => this.recordsSockets,
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
    this.#leave?.()
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
    const escaped = this.#capture?.escapes[0]
    if (this.#options.failOnMiss === true && escaped !== undefined && !this.#hasFailed) throw escaped
    if (this.#options.allowUnused === false && !this.#isDiscarded && !this.#hasFailed) this.assertAllPlayed()
  }
}

/** Whether all that a cassette does is to record connections to servers, made by sockets. */
export const recordsSockets = (cassette: OpenCassette | undefined): boolean =>
  cassette instanceof CassetteInUse && cassette.recordsSockets
