import { copyBytes } from '../http1/receive-buffer.ts'
import { addPiece } from './pieces.ts'

/** The bytes of a body that arrived and were not taken yet, in order. */
export class BodyQueue {
  #length = 0
  readonly #pieces: Uint8Array[] = []
  /** The memory for copies; its bytes between start and end are the last of the queue. */
  #room: Buffer = NOTHING
  #start = 0
  #end = 0
  /** Whether the whole body is to be copied into the room. */
  #isReserved = false
  readonly #usual: number
  #total = 0

  /** @param usual the expected length of a body that announces none, as far as it is known. */
  constructor(usual: number) {
    this.#usual = usual
  }

  get length(): number {
    return this.#length
  }

  /** How many bytes were added in all. */
  get total(): number {
    return this.#total
  }

  /** Adds bytes that do not change afterwards. */
  add(piece: Uint8Array): void {
    const isWhole = this.#length === 0 && piece.length === this.#room.length
    if (this.#isReserved && !isWhole && piece.length <= this.#room.length - this.#end) {
      return this.copy(piece, 0, piece.length)
    }
    this.#closeRoom()
    addPiece(this.#pieces, piece)
    this.#length += piece.length
    this.#total += piece.length
  }

  /**
   * Adds a copy of `bytes[start, end)`.
   *
   * @param expected how many bytes of the body are announced, counted from these on.
   */
  copy(bytes: Uint8Array, start: number, end: number, expected?: number): void {
    const count = end - start
    if (count > this.#room.length - this.#end) {
      const wanted = expected ?? Math.max(this.#usual, 2 * this.#room.length)
      this.#openRoom(Math.max(count, Math.min(wanted, MAX_ROOM)))
    }
    copyBytes(bytes, start, end, this.#room, this.#end)
    this.#end += count
    this.#length += count
    this.#total += count
  }

  /** Reserves memory for a body of this many bytes that will be taken whole: pieces are copied there while they are in the cache. */
  reserve(length: number): void {
    if (length <= this.#length || length > MAX_RESERVED) return
    const before = this.takeAll()
    this.#openRoom(length)
    this.#isReserved = true
    this.#total -= before.length
    this.copy(before, 0, before.length)
  }

  /** Takes the oldest contiguous bytes. */
  shift(): Uint8Array | undefined {
    const piece = this.#pieces.shift() ?? this.#takeRoom()
    if (piece !== undefined) this.#length -= piece.length
    return piece
  }

  /** Takes all bytes, in one piece. */
  takeAll(): Uint8Array {
    const last = this.#takeRoom()
    this.#length = 0
    if (this.#pieces.length === 0) return last === undefined ? NOTHING : this.#trimmed(last)
    if (last !== undefined) this.#pieces.push(last)
    const pieces = this.#pieces.splice(0)
    const [first] = pieces
    return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces)
  }

  /** The rest of the room stays for later bytes; bytes that were taken are never overwritten. */
  #takeRoom(): Uint8Array | undefined {
    if (this.#start === this.#end) return undefined
    const isWhole = this.#start === 0 && this.#end === this.#room.length
    const taken = isWhole ? this.#room : this.#room.subarray(this.#start, this.#end)
    this.#start = this.#end
    return taken
  }

  /** Memory that was reserved for a longer body is not kept for a short one. */
  #trimmed(taken: Uint8Array): Uint8Array {
    return this.#room.length > POOLED && taken.length < this.#room.length / 2 ? Buffer.from(taken) : taken
  }

  #closeRoom(): void {
    const last = this.#takeRoom()
    if (last !== undefined) this.#pieces.push(last)
  }

  #openRoom(size: number): void {
    this.#closeRoom()
    this.#room = size <= POOLED ? Buffer.allocUnsafe(size) : Buffer.allocUnsafeSlow(size)
    this.#start = 0
    this.#end = 0
    this.#isReserved = false
  }
}

const NOTHING = Buffer.alloc(0)

/** Small pieces are copied to memory from the pool of Node. */
const POOLED = 4_096

/** The most memory that is reserved before the bytes arrive. */
const MAX_ROOM = 131_072

/** The most memory that is reserved for an announced body that a caller waits for as a whole. */
const MAX_RESERVED = 67_108_864
