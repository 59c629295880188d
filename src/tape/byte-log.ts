/** Bytes of one direction, addressed by their offset on the connection. Nothing is copied until it is asked for. */
export class ByteLog {
  readonly start: number
  end: number
  readonly #segments: Uint8Array[] = []

  constructor(start: number) {
    this.start = start
    this.end = start
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#segments.push(bytes)
    this.end += bytes.length
  }

  /** A separate log of the bytes from `offset` on. */
  from(offset: number): ByteLog {
    const log = new ByteLog(offset)
    if (offset < this.end) log.push(this.slice(offset))
    return log
  }

  has(isSought: (byte: number) => boolean): boolean {
    return this.#segments.some((segment) => segment.some(isSought))
  }

  slice(start: number, end: number = this.end): Uint8Array {
    const pieces: Uint8Array[] = []
    let offset = this.start
    for (const segment of this.#segments) {
      const from = Math.max(start - offset, 0)
      const to = Math.min(end - offset, segment.length)
      if (from < to) pieces.push(segment.subarray(from, to))
      offset += segment.length
    }
    return join(pieces)
  }
}

export function join(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces
  if (first === undefined) return NOTHING
  return pieces.length === 1 ? first : Buffer.concat(pieces)
}

export const NOTHING = new Uint8Array(0)
