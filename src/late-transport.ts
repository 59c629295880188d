import type { ConnectionInfo, ConnectOptions, Origin, Transport } from './transport.ts'

/** Connects to the real server. */
export type Exit = () => Promise<Transport>

/** A transport that can be used while its connection is still being made. */
export class LateTransport implements Transport {
  readonly info: ConnectionInfo = {}
  readonly #connected: Promise<Transport>
  /** Settles when all earlier calls have been passed on, so that nothing overtakes them. */
  #before: Promise<unknown>

  #transport: Transport | undefined
  #keepsAlive = true
  #destroyed: { readonly error: Error | undefined } | undefined

  constructor(exit: Exit) {
    this.#connected = this.#connect(exit)
    this.#before = this.#connected
    settle(this.#connected)
  }

  async read(): Promise<Uint8Array | null> {
    return (await this.#connected).read()
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#inTurn((transport) => transport.write(bytes))
  }

  end(): void {
    void this.#inTurn((transport) => transport.end())
  }

  async startTls(origin: Origin, options: ConnectOptions): Promise<void> {
    await this.#inTurn((transport) => transport.startTls?.(origin, options))
  }

  answered(offset: number): void {
    this.#transport?.answered?.(offset)
  }

  keepAlive(value: boolean): void {
    this.#keepsAlive = value
    this.#transport?.keepAlive?.(value)
  }

  destroy(error?: Error): void {
    this.#destroyed ??= { error }
    this.#transport?.destroy(error)
  }

  async #connect(exit: Exit): Promise<Transport> {
    const transport = await exit()
    this.#transport = transport
    if (!this.#keepsAlive) transport.keepAlive?.(false)
    if (this.#destroyed !== undefined) transport.destroy(this.#destroyed.error)
    return transport
  }

  #inTurn(act: (transport: Transport) => unknown): Promise<unknown> {
    const turn = this.#before.then(async () => act(await this.#connected))
    this.#before = turn
    settle(turn)
    return turn
  }
}

/** Keeps a rejection from being reported as unhandled: the caller and every reader get it, if there are any. */
function settle(promise: Promise<unknown>): void {
  promise.catch(() => {})
}
