import { LocalProtocolError } from '../index.ts'
import { printedRequest } from '../report/printed-request.ts'
import { describeError } from '../console/failure.ts'
import { count, escapeBytes, escapeText, milliseconds, type Output } from '../console/terminal.ts'
import type { Result } from './run-requests.ts'

/** Above this number, requests are only summed up. */
export const MOST_LISTED = 50

export interface LogOptions {
  /** How many results there will be. */
  readonly total: number
  /** Whether answered requests are printed one by one. */
  readonly lists: boolean
  /** Whether no other request is under way when a result comes. */
  readonly isSerial: boolean
}

/** Prints the results of the requests, one by one or as a summary. */
export class RequestLog {
  readonly #out: Output
  readonly #total: number
  readonly #lists: boolean
  readonly #isSerial: boolean
  readonly #results: Result[] = []

  constructor(out: Output, { total, lists, isSerial }: LogOptions) {
    this.#out = out
    this.#total = total
    this.#lists = lists
    this.#isSerial = isSerial
  }

  get count(): number {
    return this.#results.length
  }

  get failures(): number {
    return this.#results.filter(({ outcome }) => 'error' in outcome).length
  }

  /** @throws LocalProtocolError if the first request cannot be sent as it is: the same arguments would fail again. */
  add(result: Result): void {
    const { title, outcome, took } = result
    const isFirst = this.#results.push(result) === 1
    if ('error' in outcome) {
      if (isFirst && this.#isSerial && outcome.error instanceof LocalProtocolError) throw outcome.error
      this.#line(title, this.#out.paint('failed', escapeText(describeError(outcome.error))), took)
    } else if (this.#lists) {
      const { status, reason, size } = outcome
      const answer = `${status} ${escapeBytes(Buffer.from(reason, 'latin1'))}  ${count(size, 'byte')}`
      this.#line(title, this.#out.paint('received', answer), took)
    }
  }

  /** Prints something only if there is more than one request. */
  summarize(): void {
    if (this.#total < 2) return
    const statuses = new Map<string, number>()
    let size = 0
    for (const { outcome } of this.#results) {
      const status = 'error' in outcome ? 'failed' : String(outcome.status)
      if (!('error' in outcome)) size += outcome.size
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
    const made = `${this.count === this.#total ? '' : `${this.count.toLocaleString('en-US')} of `}${count(this.#total, 'request')}`
    const counts = Array.from(statuses, ([status, times]) => `${status} x ${times.toLocaleString('en-US')}`).toSorted(
      (one, other) => one.localeCompare(other),
    )
    this.#out.line()
    this.#out.line([made, ...counts, `${count(size, 'byte')} of bodies`].join(', '))
    if (this.count > 0) this.#out.line(describeTimes(this.#results.map(({ took }) => took)))
  }

  #line(title: string, outcome: string, took: number): void {
    this.#out.line(`${printedRequest(title)}  ${outcome}  ${milliseconds(took)}`)
  }
}

function describeTimes(times: readonly number[]): string {
  const sorted = times.toSorted((one, other) => one - other)
  const at = (share: number): string => milliseconds(sorted[Math.round((sorted.length - 1) * share)] ?? 0)
  return `fastest ${at(0)}, half within ${at(0.5)}, 95 % within ${at(0.95)}, slowest ${at(1)}`
}
