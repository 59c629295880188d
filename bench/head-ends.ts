/** Finds where heads end, for any cut into segments. */
export class HeadEnds {
  /** How many bytes of an end came last. */
  #matched = 0

  /** How many heads end in this segment, if only heads come. */
  count(segment: Uint8Array): number {
    let heads = 0
    for (const byte of segment) {
      if (byte === END_OF_HEAD[this.#matched]) this.#matched += 1
      else this.#matched = byte === END_OF_HEAD[0] ? 1 : 0
      if (this.#matched < END_OF_HEAD.length) continue
      heads += 1
      this.#matched = 0
    }
    return heads
  }
}

const END_OF_HEAD = Buffer.from('\r\n\r\n')
