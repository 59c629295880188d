import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CassetteError } from '../errors.ts'
import { inRun, type OneRun } from '../one-run.ts'
import { machineNow } from '../timers.ts'
import type { Connector } from '../transport.ts'
import { ALL_HOOKS, loadHooks } from '../hooks/hooks-module.ts'
import { withSharedNames } from '../redaction/shared-names.ts'
import type { RecordMode } from '../use/record-mode.ts'
import type { OpenCassette } from '../use/open-cassette.ts'
import { useCassette } from '../use/use-cassette.ts'
import type { UseCassetteOptions } from '../use/use-options.ts'
import { PlaysOfRun } from './plays-of-run.ts'
import { RunNames } from './run-names.ts'
import { type ProcessReport, RUN_FILE, type Run } from './run.ts'

/**
 * What one process, one thread, or the proxy of a run records or plays, and says about it in the end.
 *
 * All parts of a run become one cassette when it ends.
 */
export class Part {
  readonly #run: Run
  readonly #name: string
  #cassette: OpenCassette | undefined
  /** Connections through it that are not HTTP: they have no interactions to be counted. */
  #others = 0
  #isReported = false

  /** Makes the folder of the run if there is none. */
  constructor(run: Run, name: string) {
    this.#run = run
    this.#name = name
    mkdirSync(run.folder, { recursive: true, mode: 0o700 })
    writeFileSync(join(run.folder, RUN_FILE), JSON.stringify({ ...run, nameKey: undefined }), { mode: 0o600 })
  }

  /**
   * Opens it.
   *
   * @param connector how the network is reached. Default: sockets.
   * @throws CassetteError `CASSETTE_NOT_FOUND` if there is nothing to replay; LocalProtocolError `INVALID_OPTION` for a module without hooks.
   */
  async open(connector?: Connector): Promise<OpenCassette> {
    const run = this.#run
    if (run.action === 'missing')
      throw new CassetteError('CASSETTE_NOT_FOUND', 'record it with WIRETAPE_MODE=once', { file: run.cassette })
    if (run.action === 'extend') this.#copyBase()
    const options: UseCassetteOptions = {
      dir: this.isReplaying ? dirname(run.cassette) : run.folder,
      connector,
      ignoreHosts: run.ignoreHosts,
      protocols: run.protocols,
      allowPlaybackRepeats: run.repeats === true,
      face: 'run',
      matchOn: run.matchOn,
      timing: run.timing,
      ...(run.hooks !== undefined && (await loadHooks(run.hooks, ALL_HOOKS))),
      env: { ...process.env, WIRETAPE_MODE: MODES[run.action], CI: undefined },
      redact: run.allowSecrets ? false : this.isReplaying ? {} : withSharedNames({}, new RunNames(run)),
    }
    this.#cassette = await useCassette(this.#fileName, inRun(options, this.#shared()))
    return this.#cassette
  }

  /** Connects to what the cassette holds, or will hold. Not before `open` has resolved. */
  readonly connector: Connector = async (origin, settings) => {
    const cassette = this.#cassette
    if (cassette === undefined) throw new CassetteError('CASSETTE_NOT_FOUND', '', { file: this.#run.cassette })
    const transport = await cassette.connector(origin, settings)
    if (!origin.protocol.startsWith('http')) this.#others += 1
    return transport
  }

  get isReplaying(): boolean {
    return this.#run.action === 'replay'
  }

  /** Says what it came to, once; `problems` besides the misses of the cassette. */
  report(problems: readonly string[]): void {
    if (this.#isReported) return
    this.#isReported = true
    const cassette = this.#cassette
    const report: ProcessReport = {
      used: cassette?.used ?? [],
      interactions: cassette?.interactions.length ?? 0,
      played: cassette?.playCount ?? 0,
      others: this.#others,
      problems: [...(cassette?.misses ?? []).map(({ message }) => message), ...problems],
    }
    writeFileSync(join(this.#run.folder, `${this.#name}.json`), JSON.stringify(report))
  }

  /** All times of a run are on one clock. The app under test may be started again, and begins anew then. */
  #shared(): OneRun {
    const { beganAt, action, repeats } = this.#run
    const shares = (action === 'replay' || action === 'extend') && repeats !== true
    return { now: () => machineNow() - beganAt, plays: shares ? new PlaysOfRun(this.#run) : undefined }
  }

  get #fileName(): string {
    return this.isReplaying ? this.#run.cassette.slice(dirname(this.#run.cassette).length + 1) : `${this.#name}.yaml`
  }

  /** What is there is played by each process, and each adds to a copy of its own. */
  #copyBase(): void {
    const { cassette, folder } = this.#run
    if (!existsSync(cassette)) return
    cpSync(cassette, join(folder, `${this.#name}.yaml`))
    const blobs = join(dirname(cassette), 'blobs')
    if (existsSync(blobs)) cpSync(blobs, join(folder, 'blobs'), { recursive: true })
  }
}

const MODES: Readonly<Record<'record' | 'add' | 'extend' | 'replay' | 'pass', RecordMode>> = {
  record: 'all',
  add: 'all',
  extend: 'new_episodes',
  replay: 'none',
  pass: 'passthrough',
}
