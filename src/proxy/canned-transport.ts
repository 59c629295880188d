import type { ConnectionInfo, Transport } from '../transport.ts'

/** A server that gives one answer to whatever it is asked first. */
export class CannedTransport implements Transport {
  readonly info: ConnectionInfo = {}
  readonly #answer: Uint8Array
  #isAsked = false
  #isTold = false
  #reader: { resolve(bytes: Uint8Array | null): void; reject(error: Error): void } | undefined

  constructor(answer: Uint8Array) {
    this.#answer = answer
  }

  get isQuiet(): boolean {
    return this.#isTold || !this.#isAsked
  }

  read(): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
      this.#tell()
    })
  }

  write(): void {
    this.#isAsked = true
    this.#tell()
  }

  end(): void {
    this.#reader?.resolve(null)
    this.#reader = undefined
  }

  destroy(error?: Error): void {
    this.#reader?.reject(error ?? new Error('closed by this side'))
    this.#reader = undefined
  }

  #tell(): void {
    if (!this.#isAsked || this.#isTold || this.#reader === undefined) return
    this.#isTold = true
    this.#reader.resolve(this.#answer)
    this.#reader = undefined
  }
}
