import { performance } from 'node:perf_hooks'

/** The time of a run, and a progress line: each second on a terminal, otherwise every ten. */
export class Progress {
  readonly #start = performance.now()
  readonly #limit: number
  readonly #interval = process.stdout.isTTY ? 1000 : 10_000
  #next = this.#start + this.#interval

  /** The run is over after `limit` seconds. */
  constructor(limit = Infinity) {
    this.#limit = limit
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (performance.now() - this.#start) / 1000
  }

  get isOver(): boolean {
    return this.seconds >= this.#limit
  }

  /** Prints the result of `describe` if the next line is due. */
  tick(describe: () => string): void {
    if (performance.now() < this.#next) return
    this.#next += this.#interval
    if (process.stdout.isTTY) process.stdout.write(`\r${describe()}${CLEAR_LINE}`)
    else console.log(describe())
  }

  /** Prints the last line in place of the previous one. */
  finish(line: string): void {
    console.log(process.stdout.isTTY ? `\r${line}${CLEAR_LINE}` : line)
  }
}

const CLEAR_LINE = '\u001B[K'
