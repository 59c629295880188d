import { LateTransport } from '../late-transport.ts'
import type { ExchangeListener } from './exchange-watch.ts'
import { monotonicNow } from '../timers.ts'
import { type ConnectionInfo, formatOrigin, type Origin, type Transport } from '../transport.ts'

/** A connection that carries no HTTP, made at once, as its server may speak first. It is reported as one exchange when it ends. */
export class RawConnection implements Transport {
  readonly info: ConnectionInfo = {}
  readonly #late: LateTransport
  readonly #origin: string
  readonly #onExchange: ExchangeListener | undefined
  readonly #from = monotonicNow()
  #inner: Transport | undefined
  #receivedBytes = 0
  #isTold = false

  constructor(origin: Origin, connect: () => Promise<Transport>, onExchange: ExchangeListener | undefined) {
    this.#late = new LateTransport(async () => {
      this.#inner = await connect()
      return this.#inner
    })
    this.#origin = formatOrigin(origin)
    this.#onExchange = onExchange
  }

  get isQuiet(): boolean | undefined {
    return this.#inner?.isQuiet
  }

  async read(): Promise<Uint8Array | null> {
    try {
      const segment = await this.#late.read()
      if (segment === null) this.#tell()
      else this.#receivedBytes += segment.length
      return segment
    } catch (error) {
      this.#tell(error)
      throw error
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#late.write(bytes)
  }

  end(): void {
    this.#late.end()
  }

  destroy(error?: Error): void {
    this.#tell(error)
    this.#late.destroy(error)
  }

  #tell(failure?: unknown): void {
    if (this.#isTold) return
    this.#isTold = true
    this.#onExchange?.({
      origin: this.#origin,
      method: '',
      target: '',
      receivedBytes: this.#receivedBytes,
      milliseconds: monotonicNow() - this.#from,
      failure,
    })
  }
}
