import type { Cassette } from './cassette/cassette.ts'
import { loadCassette, saveCassette } from './cassette/cassette-file.ts'
import { cassettePath } from './cassette/cassette-name.ts'
import { type Interaction, interactionsOf } from './cassette/interactions.ts'
import { HttpConnection, type HttpConnectionSettings } from './client/http-connection.ts'
import { connectSocket } from './client/socket-transport.ts'
import { CassetteError, LocalProtocolError } from './errors.ts'
import { Recorder } from './recorder/recorder.ts'
import type { ReplayerOptions } from './replay/replayer.ts'
import { Replayer } from './replay/replayer.ts'
import type { Connector } from './transport.ts'

/** What to do when there is a cassette, and when there is none. */
export type RecordMode = 'none' | 'once' | 'all'

type Action = 'replay' | 'record' | 'fail'

// oxfmt-ignore
const RECORD_MODES: Readonly<Record<RecordMode, { readonly found: Action; readonly missing: Action }>> = {
  'none': { found: 'replay', missing: 'fail'   },   // never touches the network
  'once': { found: 'replay', missing: 'record' },
  'all':  { found: 'record', missing: 'record' },
}

export interface UseCassetteOptions extends ReplayerOptions {
  /** Folder of the cassettes. Default: `cassettes` in the current folder. */
  readonly dir?: string | undefined
  /**
   * Default: `'once'`; where the environment says `CI`, always `'none'`.
   *
   * `WIRETAPE_MODE` in the environment overrides both.
   */
  readonly mode?: RecordMode | undefined
  /** How the network is reached while recording. Default: sockets. */
  readonly connector?: Connector | undefined
  /** Where `WIRETAPE_MODE` and `CI` are read from. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}

/** How much of a cassette was used. */
export interface CassetteSummary {
  /** Interactions that were replayed. */
  readonly played: number
  readonly recorded: number
  /** Interactions of the cassette that nobody asked for. */
  readonly unused: number
}

/** A cassette in use: it records or it replays, and looks the same to the client either way. */
export interface OpenCassette extends AsyncDisposable {
  readonly path: string
  readonly mode: RecordMode
  readonly isRecording: boolean
  /** For anything that takes a connector. */
  readonly connector: Connector
  readonly interactions: readonly Interaction[]
  /** How many answers have been replayed. */
  readonly playCount: number
  readonly allPlayed: boolean
  readonly summary: CassetteSummary
  /** A connection to the origin of `url`; it is closed with the cassette. */
  connect(url: string | URL, settings?: Omit<HttpConnectionSettings, 'connector'>): HttpConnection
  /** @throws WiretapeError `UNPLAYED`, with a list, when the cassette holds interactions that were not replayed. */
  assertAllPlayed(): void
  /** Gives up what was recorded: the file stays as it is. For a test that failed. */
  discard(): void
  /** Closes the connections and, when recording, saves the file. Calling it twice is fine. */
  eject(): Promise<void>
}

/**
 * Opens the cassette `name`: replays it, or records it, as the mode says.
 *
 * ```ts
 * await using cassette = await useCassette('users')
 * const connection = cassette.connect('https://api.example.com')
 * ```
 *
 * @throws CassetteError `CASSETTE_NOT_FOUND` where there is none and the mode does not record; and whatever is wrong with
 * one that is there: a broken cassette is never taken for a missing one.
 */
export async function useCassette(name: string, options: UseCassetteOptions = {}): Promise<OpenCassette> {
  const { dir = 'cassettes', env = process.env, connector = connectSocket } = options
  const mode = recordMode(options.mode, env)
  const path = cassettePath(dir, name)
  const { found, missing } = RECORD_MODES[mode]
  if (found === 'record') return new RecordingCassette(path, mode, connector)
  const cassette = await loadIfThere(path)
  if (cassette !== undefined) return new ReplayingCassette(path, mode, new Replayer(cassette, options))
  if (missing === 'record') return new RecordingCassette(path, mode, connector)
  throw new CassetteError('CASSETTE_NOT_FOUND', `record it with WIRETAPE_MODE=once, the mode is ${mode}${inCi(env)}`, {
    file: path,
  })
}

/** @throws LocalProtocolError `INVALID_OPTION` for a mode that does not exist. */
export function recordMode(
  option: RecordMode | undefined,
  env: Readonly<Record<string, string | undefined>>,
): RecordMode {
  const fromEnvironment = env['WIRETAPE_MODE']
  if (fromEnvironment !== undefined && fromEnvironment !== '') return checkMode(fromEnvironment, 'WIRETAPE_MODE')
  // A test in CI that records would pass whatever the server says, so only the environment can allow it.
  return isCi(env) ? 'none' : checkMode(option ?? 'once', 'mode')
}

function checkMode(mode: string, where: string): RecordMode {
  if (isRecordMode(mode)) return mode
  const known = Object.keys(RECORD_MODES).join(', ')
  throw new LocalProtocolError('INVALID_OPTION', `${where}: ${JSON.stringify(mode)} is not one of ${known}`)
}

const isRecordMode = (mode: string): mode is RecordMode => Object.hasOwn(RECORD_MODES, mode)

const isCi = (env: Readonly<Record<string, string | undefined>>): boolean =>
  env['CI'] !== undefined && env['CI'] !== '' && env['CI'] !== 'false'

const inCi = (env: Readonly<Record<string, string | undefined>>): string => (isCi(env) ? ', as CI is set' : '')

async function loadIfThere(path: string): Promise<Cassette | undefined> {
  try {
    return await loadCassette(path)
  } catch (error) {
    if (error instanceof CassetteError && error.code === 'CASSETTE_NOT_FOUND') return undefined
    throw error
  }
}

/** The connections that a cassette gave out. */
class Connections {
  readonly #open: HttpConnection[] = []

  add(url: string | URL, settings: HttpConnectionSettings): HttpConnection {
    const connection = HttpConnection.to(url, settings)
    this.#open.push(connection)
    return connection
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((connection) => connection.close()))
  }
}

class RecordingCassette implements OpenCassette {
  readonly path: string
  readonly mode: RecordMode
  readonly isRecording = true
  readonly connector: Connector
  readonly playCount = 0
  readonly allPlayed = true
  readonly #recorder = new Recorder()
  readonly #connections = new Connections()
  #isDone = false

  constructor(path: string, mode: RecordMode, connector: Connector) {
    this.path = path
    this.mode = mode
    this.connector = this.#recorder.wrap(connector)
  }

  get interactions(): readonly Interaction[] {
    return interactionsOf(this.#recorder.cassette)
  }

  get summary(): CassetteSummary {
    return { played: 0, recorded: this.interactions.length, unused: 0 }
  }

  connect(url: string | URL, settings: HttpConnectionSettings = {}): HttpConnection {
    return this.#connections.add(url, { ...settings, connector: this.connector })
  }

  assertAllPlayed(): void {}

  discard(): void {
    this.#isDone = true
  }

  async eject(): Promise<void> {
    await this.#connections.close()
    if (this.#isDone) return
    this.#isDone = true
    const { cassette } = this.#recorder
    // Nothing was recorded: an empty cassette would only turn the next run's first request into a miss.
    if (cassette.tape.length > 0) await saveCassette(this.path, cassette)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.eject()
  }
}

class ReplayingCassette implements OpenCassette {
  readonly path: string
  readonly mode: RecordMode
  readonly isRecording = false
  readonly connector: Connector
  readonly #replayer: Replayer
  readonly #connections = new Connections()

  constructor(path: string, mode: RecordMode, replayer: Replayer) {
    this.path = path
    this.mode = mode
    this.#replayer = replayer
    this.connector = replayer.connector
  }

  get interactions(): readonly Interaction[] {
    return this.#replayer.interactions
  }

  get playCount(): number {
    return this.#replayer.playCount
  }

  get allPlayed(): boolean {
    return this.#replayer.allPlayed
  }

  get summary(): CassetteSummary {
    return { played: this.playCount, recorded: 0, unused: this.#replayer.unplayed.length }
  }

  connect(url: string | URL, settings: HttpConnectionSettings = {}): HttpConnection {
    return this.#connections.add(url, { ...settings, connector: this.connector })
  }

  assertAllPlayed(): void {
    this.#replayer.assertAllPlayed()
  }

  discard(): void {}

  eject(): Promise<void> {
    return this.#connections.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.eject()
  }
}
