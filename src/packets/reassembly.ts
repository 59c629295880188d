import type { CapturedPacket } from './capture.ts'
import type { TcpSegment } from './tcp-segment.ts'

/** Something that one side of a connection got in its order. */
export type Delivered =
  | { readonly type: 'bytes'; readonly bytes: Uint8Array; readonly start: number }
  | { readonly type: 'end' }

/** Bytes that were sent and are not in the capture. */
export interface Gap {
  /** How many bytes before it are there. */
  readonly offset: number
  /** The first packet that shows it. */
  readonly packet: CapturedPacket
}

interface Piece {
  readonly start: number
  /** As far as it was captured. */
  readonly bytes: Uint8Array
  /** Where it ends on the wire. */
  readonly end: number
  readonly isFin: boolean
  readonly packet: CapturedPacket
}

/**
 * Puts the segments of one direction in order: drops what comes again, and keeps back what comes early. Of bytes that come twice
 * the first count, and differences are noted.
 */
export class Reassembly {
  #base: number | undefined
  #next = 0
  /** What cannot be delivered yet, by where it begins. */
  readonly #early: Piece[] = []
  readonly #delivered: { readonly start: number; readonly bytes: Uint8Array }[] = []
  #hasEnded = false
  /** What shows that there were more bytes than have come. */
  readonly #signs: { readonly end: number; readonly packet: CapturedPacket }[] = []
  /** Packets whose bytes differ from those that stood in the same place before. */
  readonly differing: number[] = []

  get hasBegun(): boolean {
    return this.#base !== undefined
  }

  /** @param sequence number of the first byte. */
  begin(sequence: number): void {
    this.#base = sequence
  }

  /** What can be delivered now. */
  add({ packet, sequence, isSyn, isFin, payload, length }: TcpSegment): readonly Delivered[] {
    const start = this.#offsetOf(isSyn ? sequence + 1 : sequence)
    const end = start + length
    // A keep-alive repeats a byte, and may write anything there (RFC 9293 section 3.8.4).
    const isKeepAlive = length <= 1 && start === this.#next - 1 && !isFin
    if (isKeepAlive || (length === 0 && !isFin)) return []
    if (end > this.#next) this.#signs.push({ end, packet })
    const piece = { start, bytes: payload.subarray(0, length), end, isFin, packet }
    const place = this.#early.findLastIndex((one) => one.start <= start)
    this.#early.splice(place + 1, 0, piece)
    return this.#deliver()
  }

  /** The other side has these bytes. */
  acknowledge(sequence: number, packet: CapturedPacket): number {
    const offset = this.#offsetOf(sequence)
    if (offset > this.#next) this.#signs.push({ end: offset, packet })
    return Math.min(offset, this.#next)
  }

  /** The first bytes that are missing, once all packets have been seen. */
  get gap(): Gap | undefined {
    // The end of a direction counts as a byte.
    const sign = this.#signs.find(({ end }) => end > this.#next + (this.#hasEnded ? 1 : 0))
    return sign === undefined ? undefined : { offset: this.#next, packet: sign.packet }
  }

  /** Sequence numbers begin again after 2^32 bytes: the one that is nearest to what comes next is meant. */
  #offsetOf(sequence: number): number {
    const expected = (this.#base ?? 0) + this.#next
    return this.#next + ((sequence - expected) | 0)
  }

  #deliver(): readonly Delivered[] {
    const delivered: Delivered[] = []
    for (;;) {
      const [piece] = this.#early
      if (piece === undefined || piece.start > this.#next) return delivered
      this.#early.shift()
      const start = this.#next
      if (!this.#isSame(piece)) this.differing.push(piece.packet.number)
      const bytes = piece.bytes.subarray(start - piece.start)
      if (bytes.length > 0 && !this.#hasEnded) {
        this.#delivered.push({ start, bytes })
        delivered.push({ type: 'bytes', bytes, start })
        this.#next += bytes.length
      }
      if (piece.isFin && !this.#hasEnded && piece.end === this.#next) {
        this.#hasEnded = true
        delivered.push({ type: 'end' })
      }
    }
  }

  /** Whether the bytes of a piece that are known already are the same. */
  #isSame({ start, bytes }: Piece): boolean {
    const end = Math.min(start + bytes.length, this.#next)
    for (let index = this.#delivered.length - 1; index >= 0; index -= 1) {
      const known = this.#delivered[index]
      if (known === undefined || known.start + known.bytes.length <= start) return true
      const [from, to] = [Math.max(start, known.start), Math.min(end, known.start + known.bytes.length)]
      if (from >= to) continue
      const [one, other] = [
        known.bytes.subarray(from - known.start, to - known.start),
        bytes.subarray(from - start, to - start),
      ]
      if (Buffer.compare(one, other) !== 0) return false
    }
    return true
  }
}
