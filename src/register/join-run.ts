import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { CassetteError } from '../errors.ts'
import { policyOf } from '../intercept/policy.ts'
import { Capture } from '../use/capture.ts'
import type { RecordMode } from '../use/record-mode.ts'
import type { OpenCassette } from '../use/open-cassette.ts'
import { useCassette } from '../use/use-cassette.ts'
import { finishRun } from './finish-run.ts'
import { tellRun } from './tell-run.ts'
import { type ProcessReport, RUN_FILE, type Run } from './run.ts'

/**
 * Opens the cassette of a run in this process, and catches its connections from now on.
 *
 * Each process, and each thread, records a part of its own; they become one cassette when the run ends.
 *
 * @throws CassetteError `CASSETTE_NOT_FOUND` where there is nothing to replay.
 */
export async function joinRun(run: Run): Promise<void> {
  const process_ = new RunningProcess(run)
  await process_.begin()
}

class RunningProcess {
  readonly #run: Run
  readonly #name = `part-${process.pid}-${threadId}`
  #cassette: OpenCassette | undefined
  #capture: Capture | undefined
  #isOver = false

  constructor(run: Run) {
    this.#run = run
  }

  async begin(): Promise<void> {
    const run = this.#run
    mkdirSync(run.folder, { recursive: true, mode: 0o700 })
    writeFileSync(join(run.folder, RUN_FILE), JSON.stringify(run), { mode: 0o600 })
    // Before the handler that puts the parts together.
    process.prependOnceListener('exit', () => this.#tell())
    if (run.action === 'missing') {
      const error = new CassetteError('CASSETTE_NOT_FOUND', 'record it with WIRETAPE_MODE=once', { file: run.cassette })
      this.#tell([error.message])
      throw error
    }
    if (run.action === 'extend') this.#copyBase()
    const cassette = await useCassette(this.#fileName, {
      dir: this.#isReplaying ? dirname(run.cassette) : run.folder,
      ignoreHosts: run.ignoreHosts,
      env: { ...process.env, WIRETAPE_MODE: MODES[run.action], CI: undefined },
      ...(run.allowSecrets ? { redact: false } : {}),
    })
    this.#cassette = cassette
    this.#capture = Capture.start({
      title: run.cassette,
      connector: cassette.connector,
      policy: policyOf({ ...run, replays: () => this.#isReplaying }),
      isOfFile: true,
    })
    await this.#capture.started
    process.once('beforeExit', () => void this.#end())
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) endOn(signal)
  }

  get #isReplaying(): boolean {
    return this.#run.action === 'replay'
  }

  get #fileName(): string {
    return this.#isReplaying ? this.#run.cassette.slice(dirname(this.#run.cassette).length + 1) : `${this.#name}.yaml`
  }

  /** What is there is played by each process, and each adds to a copy of its own. */
  #copyBase(): void {
    const { cassette, folder } = this.#run
    if (!existsSync(cassette)) return
    cpSync(cassette, join(folder, `${this.#name}.yaml`))
    const blobs = join(dirname(cassette), 'blobs')
    if (existsSync(blobs)) cpSync(blobs, join(folder, 'blobs'), { recursive: true })
  }

  async #end(): Promise<void> {
    if (this.#isOver) return
    this.#capture?.end()
    try {
      await this.#cassette?.eject()
    } finally {
      this.#tell()
    }
    // Where nobody else does: this process leads the run, and has no children left.
    if (this.#run.leader === process.pid && threadId === 0) tellRun(await finishRun(this.#run), this.#run)
  }

  /** Only once, whether by an orderly end or by `process.exit()`. */
  #tell(others: readonly string[] = []): void {
    if (this.#isOver) return
    this.#isOver = true
    const cassette = this.#cassette
    const report: ProcessReport = {
      used: cassette?.used ?? [],
      interactions: cassette?.interactions.length ?? 0,
      played: cassette?.playCount ?? 0,
      problems: [
        ...others,
        ...(cassette?.misses ?? []).map(({ message }) => message),
        ...(this.#capture?.refused ?? []).map(({ message }) => message),
      ],
    }
    writeFileSync(join(this.#run.folder, `${this.#name}.json`), JSON.stringify(report))
  }
}

const MODES: Readonly<Record<'record' | 'add' | 'extend' | 'replay' | 'pass', RecordMode>> = {
  record: 'all',
  add: 'all',
  extend: 'new_episodes',
  replay: 'none',
  pass: 'passthrough',
}

/** Lets `exit` handlers run, if the program does not handle the signal. */
function endOn(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void {
  process.prependListener(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal])
  })
}
