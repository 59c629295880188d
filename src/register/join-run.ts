import { constants } from 'node:os'
import { threadId } from 'node:worker_threads'
import { policyOf } from '../intercept/policy.ts'
import { Capture } from '../use/capture.ts'
import { recordsSockets } from '../use/cassette-in-use.ts'
import type { OpenCassette } from '../use/open-cassette.ts'
import { finishRun } from './finish-run.ts'
import { Part } from './part.ts'
import { tellRun } from './tell-run.ts'
import type { Run } from './run.ts'

/**
 * Opens the cassette of a run in this process, and catches its connections from now on.
 *
 * @throws CassetteError `CASSETTE_NOT_FOUND` where there is nothing to replay.
 */
export async function joinRun(run: Run): Promise<void> {
  const process_ = new RunningProcess(run)
  await process_.begin()
}

class RunningProcess {
  readonly #run: Run
  readonly #part: Part
  #cassette: OpenCassette | undefined
  #capture: Capture | undefined
  #isOver = false

  constructor(run: Run) {
    this.#run = run
    this.#part = new Part(run, `part-${process.pid}-${threadId}`)
  }

  async begin(): Promise<void> {
    const part = this.#part
    // Before the handler that puts the parts together.
    process.prependOnceListener('exit', () => this.#tell())
    this.#cassette = await this.#open()
    this.#capture = Capture.start({
      title: this.#run.cassette,
      connector: part.connector,
      policy: policyOf({ ...this.#run, replays: () => part.isReplaying, proxyPort: this.#run.proxy?.port }),
      isOfFile: true,
      recordsSockets: () => recordsSockets(this.#cassette),
    })
    await this.#capture.started
    process.once('beforeExit', () => void this.#end())
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) endOn(signal)
  }

  async #open(): Promise<OpenCassette> {
    try {
      return await this.#part.open()
    } catch (error) {
      // The program may swallow it.
      if (this.#run.action === 'missing') this.#tell([error instanceof Error ? error.message : String(error)])
      throw error
    }
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
    this.#isOver = true
    const { refused = [], escapes = [] } = this.#capture ?? {}
    this.#part.report([...others, ...[...refused, ...escapes].map(({ message }) => message)])
  }
}

/** Lets `exit` handlers run, if the program does not handle the signal; then it ends by the signal, as its parent expects. */
function endOn(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void {
  const listener = (): void => {
    if (process.listenerCount(signal) > 1) return
    process.on('exit', () => {
      process.off(signal, listener)
      process.kill(process.pid, signal)
    })
    process.exit(128 + constants.signals[signal])
  }
  process.prependListener(signal, listener)
}
