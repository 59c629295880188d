/** The bytes of requests that are in memory, of all clients of a server. */
export class HeldBytes {
  readonly #most: number
  #bytes = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Counts them; returns whether there is room for them. */
  take(bytes: number): boolean {
    this.#bytes += bytes
    return this.#bytes <= this.#most
  }

  release(bytes: number): void {
    this.#bytes -= bytes
  }
}
