import { performance } from 'node:perf_hooks'

/** Time of a run, and a line now and then that tells how far it is: each second on a terminal, else every ten. */
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

  /** Tells what `describe` gives, if it is time. */
  tick(describe: () => string): void {
    if (performance.now() < this.#next) return
    this.#next += this.#interval
    if (process.stdout.isTTY) process.stdout.write(`\r${describe()}${CLEAR_LINE}`)
    else console.log(describe())
  }

  /** Tells the last line, in place of the one before. */
  finish(line: string): void {
    console.log(process.stdout.isTTY ? `\r${line}${CLEAR_LINE}` : line)
  }
}

const CLEAR_LINE = '\u001B[K'
