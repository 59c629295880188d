import type { FieldLine, ResponseHead } from './events.ts'
import type { Framing } from './framing.ts'
import type { ReceiveBuffer } from './receive-buffer.ts'

/**
 * The head that was read last, and what it came to.
 *
 * A server says the same again for as long as the second lasts, and bytes that are the same need no second reading. Where
 * none recur, looking is given up for a while. See docs/decisions/008-what-made-it-fast.md.
 */
export class KnownHead {
  length = 0
  version: '1.0' | '1.1' = '1.1'
  status = 0
  reason = ''
  fields: readonly FieldLine[] = []
  framing: Framing = { kind: 'none' }
  #method = ''
  #bytes = NOTHING
  /** Heads in a row that were others. */
  #misses = 0

  /** Whether the unread bytes begin with it, in answer to a request of the same method. */
  isNextIn({ bytes, start, end }: ReceiveBuffer, method: string): boolean {
    const { length } = this
    if (length === 0 || length > end - start || method !== this.#method) return false
    if (this.#bytes.compare(bytes, start, start + length, 0, length) === 0) {
      this.#misses = 0
      return true
    }
    this.#misses += 1
    return false
  }

  /** Keeps a complete head that leaves the connection open, and stands first in `buffer`. */
  note({ bytes, start }: ReceiveBuffer, { end, ...head }: ResponseHead, method: string, framing: Framing): void {
    const length = end - head.start
    const isWorthwhile = length <= MAX_LENGTH && this.#misses < FEW
    this.length = isWorthwhile ? length : 0
    if (this.#misses >= FEW) this.#misses = this.#misses === MANY ? 0 : this.#misses + 1
    if (!isWorthwhile) return
    if (this.#bytes.length === 0) this.#bytes = Buffer.allocUnsafeSlow(MAX_LENGTH)
    bytes.copy(this.#bytes, 0, start, start + length)
    this.version = head.version
    this.status = head.status
    this.reason = head.reason
    this.fields = head.fields
    this.framing = framing
    this.#method = method
  }
}

const NOTHING = Buffer.alloc(0)

/** Longer heads are few, bytes. */
const MAX_LENGTH = 2_048

/** So many heads in a row that were others show that the server never says the same. */
const FEW = 4

/** So many more are let pass before it is looked at again. */
const MANY = 64
