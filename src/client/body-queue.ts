import { copyBytes } from '../http1/receive-buffer.ts'
import { addPiece } from './pieces.ts'

/** Bytes of a body that came and were not taken yet, in their order. */
export class BodyQueue {
  #length = 0
  readonly #pieces: Uint8Array[] = []
  /** Where copies go; what lies between start and end is the last of the queue. */
  #room: Buffer = NOTHING
  #start = 0
  #end = 0
  /** The whole body is to end in the room, whatever it came in. */
  #isReserved = false
  readonly #usual: number
  #total = 0

  /** @param usual how long bodies are here, as far as that is known: memory for one that announces nothing. */
  constructor(usual: number) {
    this.#usual = usual
  }

  get length(): number {
    return this.#length
  }

  /** All that ever came. */
  get total(): number {
    return this.#total
  }

  /** Adds bytes that stay what they are. */
  add(piece: Uint8Array): void {
    const isWhole = this.#length === 0 && piece.length === this.#room.length
    if (this.#isReserved && !isWhole && piece.length <= this.#room.length - this.#end) {
      return this.copy(piece, 0, piece.length, 0)
    }
    this.#closeRoom()
    addPiece(this.#pieces, piece)
    this.#length += piece.length
    this.#total += piece.length
  }

  /**
   * Adds a copy of `bytes[start, end)`.
   *
   * @param expected how many bytes of the body, from these on, are announced.
   */
  copy(bytes: Uint8Array, start: number, end: number, expected: number | undefined): void {
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

  /** Takes memory for a body of so many bytes, which will be taken whole: pieces are copied there while they are in the cache. */
  reserve(length: number): void {
    if (length <= this.#length || length > MAX_RESERVED) return
    const before = this.takeAll()
    this.#openRoom(length)
    this.#isReserved = true
    this.#total -= before.length
    this.copy(before, 0, before.length, 0)
  }

  /** The oldest bytes, as they lie together. */
  shift(): Uint8Array | undefined {
    const piece = this.#pieces.shift() ?? this.#takeRoom()
    if (piece !== undefined) this.#length -= piece.length
    return piece
  }

  /** All there is, in one piece. */
  takeAll(): Uint8Array {
    const last = this.#takeRoom()
    this.#length = 0
    if (this.#pieces.length === 0) return last === undefined ? NOTHING : this.#trimmed(last)
    if (last !== undefined) this.#pieces.push(last)
    const pieces = this.#pieces.splice(0)
    const [first] = pieces
    return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces)
  }

  /** The rest of the room stays for what comes; what is taken is never written to again. */
  #takeRoom(): Uint8Array | undefined {
    if (this.#start === this.#end) return undefined
    const isWhole = this.#start === 0 && this.#end === this.#room.length
    const taken = isWhole ? this.#room : this.#room.subarray(this.#start, this.#end)
    this.#start = this.#end
    return taken
  }

  /** What was taken for a longer body is not kept for a short one. */
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

/** Small pieces come out of memory that Node shares among them. */
const POOLED = 4_096

/** Much that is announced, or usual, is given no memory before it comes. */
const MAX_ROOM = 131_072

/** What a server announces is believed, and memory taken for it, where somebody waits for all of it. */
const MAX_RESERVED = 67_108_864
