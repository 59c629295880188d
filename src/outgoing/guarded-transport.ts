import type { ConnectionInfo, ConnectOptions, Origin, Transport } from '../transport.ts'
import type { Disguised } from '../content/placeholders.ts'
import { HeldRequests, type Refuse } from './held-requests.ts'

/** A transport to a live server that lets nothing out that `refuse` refuses. It is made when there is something to send. */
export class GuardedTransport implements Transport {
  readonly #make: () => Transport
  readonly #requests: HeldRequests
  readonly #begun: Promise<Transport>
  #begin: (transport: Transport) => void = () => {}
  #giveUp: (error: unknown) => void = () => {}
  #inner: Transport | undefined
  #failure: unknown
  #keepsAlive = true

  constructor(
    make: () => Transport,
    origin: string,
    refuse: Refuse,
    disguised?: (text: string) => Disguised | undefined,
  ) {
    this.#make = make
    this.#requests = new HeldRequests(origin, refuse, disguised)
    this.#begun = new Promise((resolve, reject) => {
      this.#begin = resolve
      this.#giveUp = reject
    })
    // Nobody may be reading.
    this.#begun.catch(() => {})
  }

  /** A connection that is there already. */
  static around(
    transport: Transport,
    origin: string,
    refuse: Refuse,
    disguised?: (text: string) => Disguised | undefined,
  ): GuardedTransport {
    const guarded = new GuardedTransport(() => transport, origin, refuse, disguised)
    guarded.#start()
    return guarded
  }

  get info(): ConnectionInfo {
    return this.#inner?.info ?? {}
  }

  get isQuiet(): boolean | undefined {
    return this.#inner?.isQuiet
  }

  async read(): Promise<Uint8Array | null> {
    try {
      return await (await this.#begun).read()
    } catch (error) {
      throw this.#failure ?? error
    }
  }

  /** @throws what `refuse` throws; then the connection is gone. */
  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    const ready = this.#searched(() => this.#requests.push(bytes))
    return ready.length === 0 ? undefined : this.#start().write(ready)
  }

  /** What follows is searched as before. */
  async startTls(origin: Origin, options: ConnectOptions): Promise<void> {
    await this.#start().startTls?.(origin, options)
  }

  /** What `refuse` throws, the next read rejects with. */
  end(): void {
    if (this.#failure !== undefined) return
    let rest: Uint8Array
    try {
      rest = this.#searched(() => this.#requests.rest())
    } catch {
      return
    }
    const inner = this.#start()
    // The next read reports it.
    if (rest.length > 0) Promise.resolve(inner.write(rest)).catch(() => {})
    inner.end()
  }

  answered(offset: number): void {
    this.#inner?.answered?.(offset)
  }

  keepAlive(value: boolean): void {
    this.#keepsAlive = value
    this.#inner?.keepAlive?.(value)
  }

  destroy(error?: Error): void {
    this.#giveUp(error ?? new Error('the client has gone'))
    this.#inner?.destroy(error)
  }

  #searched(search: () => Uint8Array): Uint8Array {
    try {
      return search()
    } catch (failure) {
      this.#failure = failure
      this.destroy()
      throw failure
    }
  }

  #start(): Transport {
    if (this.#inner !== undefined) return this.#inner
    const inner = this.#make()
    this.#inner = inner
    if (!this.#keepsAlive) inner.keepAlive?.(false)
    this.#begin(inner)
    return inner
  }
}
