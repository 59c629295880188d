import type { FieldLine, ResponseHead } from './events.ts'
import type { Framing } from './framing.ts'
import type { ReceiveBuffer } from './receive-buffer.ts'

/**
 * The last head and how it was parsed.
 *
 * A server sends the same head until its `Date` changes, once a second; equal bytes need not be parsed again. If heads do not
 * recur, the comparison pauses for a while. See docs/decisions/008-what-made-it-fast.md.
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
  /** Heads in a row that were different. */
  #misses = 0

  /** Whether the unread bytes begin with this head, and answer a request with the same method. */
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

  /** Keeps a complete head at the start of `buffer` that leaves the connection open. */
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

/** The longest head that is kept, bytes; longer ones are rare. */
const MAX_LENGTH = 2_048

/** After this many different heads in a row, the server is taken not to repeat itself. */
const FEW = 4

/** How many heads pass before the next comparison. */
const MANY = 64
