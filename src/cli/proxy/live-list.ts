import type { Ora } from 'ora'
import type { Exchange } from '../../entries/proxy.ts'
import { escapeText, milliseconds, type Output } from '../../console/terminal.ts'

/**
 * Prints each request as it is answered. On a terminal, a moving line below says how many there were; elsewhere there are only the plain
 * lines.
 */
export class LiveList {
  readonly #err: Output
  #title = ''
  #count = 0
  #failed = 0
  #bytes = 0
  #spinner: Ora | undefined
  #isOver = false

  constructor(err: Output) {
    this.#err = err
  }

  /** Begins the moving line, if standard error is a terminal. */
  start(title: string): void {
    this.#title = escapeText(title)
    if (process.stderr.isTTY && process.stderr.columns > 0) void this.#load()
  }

  readonly add = (exchange: Exchange): void => {
    this.#count += 1
    this.#bytes += exchange.receivedBytes
    if (exchange.failure !== undefined || exchange.status === undefined) this.#failed += 1
    this.around(() => this.#err.line(this.#lineOf(exchange)))
    if (this.#spinner !== undefined) this.#spinner.text = this.#summary()
  }

  /** Hides the moving line during `print`. */
  around(print: () => void): void {
    this.#spinner?.clear()
    print()
    this.#spinner?.render()
  }

  stop(): void {
    this.#isOver = true
    this.#spinner?.stop()
  }

  #lineOf({ origin, method, target, status, receivedBytes, milliseconds: took }: Exchange): string {
    const outcome = status === undefined ? (method === '' ? 'closed' : 'no answer') : String(status)
    const isBad = status === undefined ? method !== '' : status >= 400
    const facts = `  ${this.#err.paint(isBad ? 'failed' : 'received', outcome)}  ${size(receivedBytes)}  ${milliseconds(took)}`
    const request = escapeText(`${method} ${origin}${target}`.trim())
    return `${cut(request, widthFor(outcome.length + 24))}${facts}`
  }

  #summary(): string {
    const failed = this.#failed === 0 ? '' : `, ${this.#failed} without an answer`
    return `${this.#title}: ${this.#count} ${this.#count === 1 ? 'request' : 'requests'}${failed}, ${size(this.#bytes)}`
  }

  /** Loads ora only if it can be seen. */
  async #load(): Promise<void> {
    const { default: ora } = await import('ora')
    if (this.#isOver) return
    this.#spinner = ora({ text: this.#summary(), stream: process.stderr, discardStdin: false }).start()
  }
}

/** On a terminal a request has one line; in a file it is whole. */
const widthFor = (others: number): number =>
  process.stderr.isTTY && process.stderr.columns > 0 ? Math.max(20, process.stderr.columns - others) : Infinity

const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`)

function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
