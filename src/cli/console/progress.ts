import type { Ora } from 'ora'
import { escapeText } from './terminal.ts'

/** Shorter work is done before anybody could read of it. */
const WORTH_TELLING = 20

/**
 * Tells on stderr how far a long work has come: `checking 12 of 400: users.yaml` as a moving line on a terminal, else a plain line
 * for each tenth.
 */
export class Progress {
  readonly #verb: string
  #tenths = 0
  #spinner: Ora | undefined
  #isLoading = false
  #isOver = false

  constructor(verb: string) {
    this.#verb = verb
  }

  /** So many of all are done; `what` is what is being done now. */
  update(done: number, total: number, what = ''): void {
    if (total < WORTH_TELLING || this.#isOver) return
    const text = `${this.#verb} ${done} of ${total}`
    if (hasColumns()) this.#spin(what === '' ? text : `${text}: ${escapeText(what)}`)
    else this.#printTenth(Math.floor((done * 10) / total), text)
  }

  /** Takes the moving line away for the time that `print` takes. */
  around(print: () => void): void {
    this.#spinner?.clear()
    print()
    this.#spinner?.render()
  }

  /** Leaves nothing behind on a terminal. */
  stop(): void {
    this.#isOver = true
    process.stderr.off('resize', this.#onResize)
    this.#spinner?.stop()
  }

  #printTenth(tenths: number, text: string): void {
    if (tenths <= this.#tenths) return
    this.#tenths = tenths
    process.stderr.write(`${text}\n`)
  }

  #spin(text: string): void {
    if (this.#spinner !== undefined) this.#spinner.text = text
    else if (!this.#isLoading) {
      this.#isLoading = true
      void this.#load(text)
    }
  }

  /** Loaded only where it can be seen. */
  async #load(text: string): Promise<void> {
    const { default: ora } = await import('ora')
    if (this.#isOver || !hasColumns()) return
    this.#spinner = ora({ text, stream: process.stderr, discardStdin: false }).start()
    process.stderr.on('resize', this.#onResize)
  }

  readonly #onResize = (): void => {
    if (hasColumns()) return
    this.#spinner?.stop()
    this.#spinner = undefined
    this.#isLoading = false
  }
}

/** A terminal may say that it has no columns (`script`, a container with `-t`): a moving line would be cleared there for ever. */
const hasColumns = (): boolean => process.stderr.isTTY && process.stderr.columns > 0
