/** Bytes that came while no request was waiting for an answer, until it is clear what they are. */
export class Surplus {
  #bytes = NOTHING

  /** Whether any bytes came. */
  get hasBegun(): boolean {
    return this.#bytes.length > 0
  }

  /** Adds a copy of `bytes`. */
  add(bytes: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
  }

  /** Whether more bytes may make it a farewell. */
  get isUnclear(): boolean {
    const line = this.#bytes.toString('latin1', 0, FAREWELL_LENGTH)
    return line.length < FAREWELL_LENGTH && FAREWELLS.some((farewell) => farewell.startsWith(line))
  }

  takeAll(): Uint8Array {
    const all = this.#bytes
    this.#bytes = NOTHING
    return all
  }
}

/**
 * Whether these bytes are the 408 (RFC 9110 section 15.5.9) that some servers and proxies (HAProxy) send before they close an
 * idle connection. It belongs to no request and displaces no answer.
 */
export const isFarewell = (bytes: Uint8Array): boolean =>
  FAREWELLS.includes(Buffer.from(bytes.subarray(0, FAREWELL_LENGTH)).toString('latin1'))

const FAREWELLS = ['HTTP/1.1 408 ', 'HTTP/1.0 408 ']
const FAREWELL_LENGTH = 13
const NOTHING = Buffer.alloc(0)
