import type { Ora } from 'ora'
import { escapeText } from './terminal.ts'

/** Tells on stderr how far a long work has come. */
export interface Progress {
  /** So many of all are done; `what` is being done now. */
  update(done: number, what?: string): void
  /** Takes the progress away for the time that `print` takes. */
  around(print: () => void): void
  /** Leaves nothing behind on a terminal. */
  stop(): void
}

/** Shorter work is done before anybody could read of it. */
const WORTH_TELLING = 20

/**
 * Progress through `total` things, such as `checking 12 of 400: users.yaml`: a moving line on a terminal, else a plain line for
 * each tenth.
 */
export async function startProgress(verb: string, total: number): Promise<Progress> {
  if (total < WORTH_TELLING) return SILENT
  if (!process.stderr.isTTY) return new PlainProgress(verb, total)
  // Loaded only where it can be seen.
  const { default: ora } = await import('ora')
  return new SpinningProgress(ora({ stream: process.stderr, discardStdin: false }).start(), verb, total)
}

const SILENT: Progress = { update: () => {}, around: (print) => print(), stop: () => {} }

const say = (verb: string, done: number, total: number, what = ''): string =>
  `${verb} ${done} of ${total}${what === '' ? '' : `: ${escapeText(what)}`}`

class PlainProgress implements Progress {
  readonly #verb: string
  readonly #total: number
  #tenths = 0

  constructor(verb: string, total: number) {
    this.#verb = verb
    this.#total = total
  }

  update(done: number): void {
    const tenths = Math.floor((done * 10) / this.#total)
    if (tenths <= this.#tenths) return
    this.#tenths = tenths
    process.stderr.write(`${say(this.#verb, done, this.#total)}\n`)
  }

  around(print: () => void): void {
    print()
  }

  stop(): void {}
}

class SpinningProgress implements Progress {
  readonly #spinner: Ora
  readonly #verb: string
  readonly #total: number

  constructor(spinner: Ora, verb: string, total: number) {
    this.#spinner = spinner
    this.#verb = verb
    this.#total = total
  }

  update(done: number, what?: string): void {
    this.#spinner.text = say(this.#verb, done, this.#total, what)
  }

  around(print: () => void): void {
    this.#spinner.clear()
    print()
    this.#spinner.render()
  }

  stop(): void {
    this.#spinner.stop()
  }
}
