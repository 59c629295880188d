import { CassetteMiss } from '../../index.ts'
import { inWordsOfTheCommand } from '../../console/failure.ts'
import { escapeLines, type Output } from '../../console/terminal.ts'

/** Reports each client that got no recorded answer. */
export class Refusals {
  readonly #err: Output
  readonly #told = new Map<string, number>()
  count = 0
  misses = 0

  constructor(err: Output) {
    this.#err = err
  }

  /** The report of a miss has several lines, and is escaped already; escaping it twice changes nothing. */
  readonly add = (reason: Error): void => {
    this.count += 1
    const isMiss = reason instanceof CassetteMiss
    if (isMiss) this.misses += 1
    const times = (this.#told.get(reason.message) ?? 0) + 1
    this.#told.set(reason.message, times)
    const text =
      times === 1 ? escapeLines(inWordsOfTheCommand(reason.message)) : `the same as before, ${times} times by now`
    this.#err.line(`${this.#err.paint('failed', isMiss ? 'miss:' : 'refused:')} ${text}`)
  }
}
