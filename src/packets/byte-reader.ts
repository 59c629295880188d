/** Reads numbers of either byte order from one place to the next; callers check `left` first. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #isLittle: boolean
  at: number

  constructor(bytes: Uint8Array, isLittle: boolean, at = 0) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#isLittle = isLittle
    this.at = at
  }

  get left(): number {
    return this.#bytes.length - this.at
  }

  u16(): number {
    this.at += 2
    return this.#view.getUint16(this.at - 2, this.#isLittle)
  }

  u32(): number {
    this.at += 4
    return this.#view.getUint32(this.at - 4, this.#isLittle)
  }

  i64(): bigint {
    this.at += 8
    return this.#view.getBigInt64(this.at - 8, this.#isLittle)
  }

  take(length: number): Uint8Array {
    this.at += length
    return this.#bytes.subarray(this.at - length, this.at)
  }
}

/** Big-endian numbers, as all protocols of the internet have them. */
export const u16At = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)

export const u32At = (bytes: Uint8Array, at: number): number => u16At(bytes, at) * 0x1_0000 + u16At(bytes, at + 2)
