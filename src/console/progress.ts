import type { Ora } from 'ora'
import { monotonicNow } from '../timers.ts'
import { escapeText } from './terminal.ts'

/** Shorter work is done before anybody could read its progress. */
const WORTH_TELLING = 20

/**
 * Reports progress on stderr: `checking 12 of 400: users.yaml` as a moving line on a terminal, otherwise a plain line for each tenth.
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

  /** @param what what is being done now. */
  update(done: number, total: number, what = ''): void {
    if (total < WORTH_TELLING || this.#isOver) return
    const text = `${this.#verb} ${done} of ${total}`
    if (hasColumns()) this.#spin(what === '' ? text : `${text}: ${escapeText(what)}`)
    else this.#printTenth(Math.floor((done * 10) / total), text)
  }

  /** Shows a text as the moving line; returns whether there is one. */
  show(text: string): boolean {
    if (this.#isOver || !hasColumns()) return false
    this.#spin(text)
    return true
  }

  /** Hides the moving line during `print`. */
  around(print: () => void): void {
    this.#spinner?.clear()
    print()
    this.#spinner?.render()
  }

  /** Removes the moving line. */
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

  /** Loads ora only if it can be seen. */
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

/** A terminal may report no columns (`script`, a container with `-t`): clearing a moving line would never end there. */
const hasColumns = (): boolean => process.stderr.isTTY && process.stderr.columns > 0

/** Reports work without a known end on stderr: a moving line on a terminal, otherwise a plain line every few seconds. */
export class Moving {
  readonly #verb: string
  readonly #bar: Progress
  #told = 0

  constructor(verb: string) {
    this.#verb = verb
    this.#bar = new Progress(verb)
  }

  update(text: string): void {
    const now = monotonicNow()
    if (this.#bar.show(`${this.#verb}: ${escapeText(text)}`) || now - this.#told < PLAIN_EVERY) return
    this.#told = now
    process.stderr.write(`${this.#verb}: ${escapeText(text)}\n`)
  }

  stop(): void {
    this.#bar.stop()
  }
}

/** Milliseconds between two plain lines. */
const PLAIN_EVERY = 3_000
