/**
 * Bytes received and not yet parsed, as one contiguous run `bytes[start, end)`.
 *
 * A segment that arrives while the buffer is empty is used without a copy, and pieces are handed out as views. Bytes are
 * copied only if a segment ends within a line or head; the copy goes into a buffer that doubles its size, which keeps
 * delivery byte by byte linear. Bytes that were handed out are never overwritten.
 */
export class ReceiveBuffer {
  bytes: Buffer = NOTHING
  start = 0
  end = 0
  /** Bytes consumed since the connection began: the offset of `bytes[start]` in what the peer sent. */
  offset = 0
  #isOwned = false

  get length(): number {
    return this.end - this.start
  }

  /** @param length how many bytes of `segment` count. */
  push(segment: Uint8Array, length = segment.length): void {
    if (this.start === this.end) {
      this.bytes = Buffer.isBuffer(segment)
        ? segment
        : Buffer.from(segment.buffer, segment.byteOffset, segment.byteLength)
      this.start = 0
      this.end = length
      this.#isOwned = false
      return
    }
    const needed = this.end + length
    if (!this.#isOwned || needed > this.bytes.length) this.#grow(length)
    copyBytes(segment, 0, length, this.bytes, this.end)
    this.end += length
  }

  /** Copies the unread rest of a borrowed segment; call it before the bytes of the segment change. */
  keep(): void {
    if (!this.#isOwned && this.length > 0) this.#grow(0)
  }

  consume(count: number): void {
    this.start += count
    this.offset += count
  }

  /** The next `count` bytes as a view; they are consumed. */
  take(count: number): Uint8Array {
    const { bytes, start } = this
    this.consume(count)
    return start === 0 && count === bytes.length ? bytes : bytes.subarray(start, start + count)
  }

  /** The next `count` bytes as latin-1 text, one char a byte; they are not consumed. */
  text(count: number): string {
    return this.bytes.latin1Slice(this.start, this.start + count)
  }

  /** Moves to a new buffer, because views of the old one may have been handed out. */
  #grow(more: number): void {
    const length = this.length
    const grown = Buffer.allocUnsafe(Math.max(1024, 2 * (length + more)))
    this.bytes.copy(grown, 0, this.start, this.end)
    this.bytes = grown
    this.start = 0
    this.end = length
    this.#isOwned = true
  }
}

const NOTHING = Buffer.alloc(0)

/** Copies `source[start, end)` to `target` from `at` on. */
export function copyBytes(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): void {
  // For a few bytes, a loop is faster than a view and a call of `set`.
  if (end - start > FEW) target.set(new Uint8Array(source.buffer, source.byteOffset + start, end - start), at)
  else for (let i = start; i < end; i += 1) target[at + i - start] = source[i] ?? 0
}

const FEW = 64

declare global {
  // Node has had this method since its first releases; `toString('latin1')` calls it after a look at the encoding.
  interface Buffer {
    latin1Slice(start: number, end: number): string
  }
}
