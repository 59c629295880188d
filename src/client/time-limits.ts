import type { Clock } from '../clock.ts'
import { ConnectionError, type ErrorCode, type Phase } from '../errors.ts'
import type { Exchange } from './exchange.ts'
import { Deadline, type ResolvedTimeouts } from './timeouts.ts'

/** What times the waits. */
interface Timing {
  readonly clock: Clock
  /** Asked at each wait, since they may change between requests. */
  readonly timeouts: () => ResolvedTimeouts
}

/** How long a wire waits for its peer: for heads, for bodies, and to be allowed to write. */
export class TimeLimits {
  readonly #timeouts: () => ResolvedTimeouts
  readonly #read: Deadline
  readonly #write: Deadline
  readonly #oldest: () => Exchange | undefined
  #isHeadAwaited = false

  /** @param oldest the exchange whose answer is due. `onOver` gets the error, which names the phase and its limit. */
  constructor(
    { clock, timeouts }: Timing,
    oldest: () => Exchange | undefined,
    onOver: (error: ConnectionError) => void,
  ) {
    this.#timeouts = timeouts
    this.#oldest = oldest
    const end = (phase: keyof typeof CODES, limit: number | undefined): void =>
      onOver(new ConnectionError(CODES[phase], phase, `${limit} ms`))
    this.#read = new Deadline(clock, () => end(oldest()?.head === undefined ? 'headers' : 'body', timeouts().read))
    this.#write = new Deadline(clock, () => end('write', timeouts().write))
  }

  /** Begins the wait for an answer. */
  startRead(phase: 'headers' | 'body'): void {
    // The time for an answer starts at the last byte of its request.
    if (phase === 'headers' && this.#oldest()?.isSending === true) return this.#read.clear()
    // A head has one limit as a whole, a body one for each gap.
    if (phase === 'body' || !this.#isHeadAwaited) this.#read.start(this.#timeouts().read)
    this.#isHeadAwaited = phase === 'headers'
  }

  /** Part of an answer came: the next wait for a head begins anew. */
  noteEvent(): void {
    this.#isHeadAwaited = false
  }

  /** Nobody waits any more. */
  endRead(): void {
    this.#isHeadAwaited = false
    this.#read.clear()
  }

  startWrite(): void {
    this.#write.start(this.#timeouts().write)
  }

  endWrite(): void {
    this.#write.clear()
  }

  /** No limit is over after this. */
  close(): void {
    this.#read.close()
    this.#write.close()
  }
}

const CODES = {
  headers: 'HEADERS_TIMEOUT',
  body: 'BODY_TIMEOUT',
  write: 'WRITE_TIMEOUT',
} as const satisfies Partial<Record<Phase, ErrorCode>>
