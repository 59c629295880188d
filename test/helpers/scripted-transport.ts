import { HttpConnection } from '../../src/client/http-connection.ts'
import type { HttpConnectionOptions } from '../../src/client/connection-settings.ts'
import { resolveTimeouts } from '../../src/client/timeouts.ts'
import { Wire, type WireOptions } from '../../src/client/wire.ts'
import { SYSTEM_CLOCK } from '../../src/clock.ts'
import type { ConnectionInfo, ConnectOptions, Connector, Origin, Transport } from '../../src/transport.ts'

/** A transport whose peer is the test: text is latin-1. */
export class ScriptedTransport implements Transport {
  readonly info: ConnectionInfo
  /** How often the client asked for bytes. */
  reads = 0
  /** Whether the client has ended its side. */
  isEnded = false
  isDestroyed = false
  destroyedWith: Error | undefined
  readonly #written: Uint8Array[] = []
  readonly #due: (() => Promise<Uint8Array | null>)[] = []
  #reader: { resolve(segment: Uint8Array | null): void; reject(error: unknown): void } | undefined
  #blocked: Promise<void> | undefined
  #block: { resolve(): void; reject(error: Error): void } | undefined
  #lastly: (() => Promise<Uint8Array | null>) | undefined

  constructor(info: ConnectionInfo = {}) {
    this.info = info
  }

  /** All that the client wrote. */
  get sent(): string {
    return Buffer.concat(this.#written).toString('latin1')
  }

  /** The client's writes, one by one. */
  get writes(): readonly string[] {
    return this.#written.map((bytes) => Buffer.from(bytes).toString('latin1'))
  }

  /** Segments for the client to read, one each. */
  say(...segments: readonly (string | Uint8Array)[]): this {
    for (const segment of segments)
      this.#deliver(async () => (typeof segment === 'string' ? Buffer.from(segment, 'latin1') : segment))
    return this
  }

  /** Ends the server's side. */
  hangUp(): this {
    this.#lastly = async () => null
    this.#deliver(this.#lastly)
    return this
  }

  /** Breaks the connection. */
  fail(error: unknown): this {
    this.#lastly = async () => {
      throw error
    }
    this.#deliver(this.#lastly)
    return this
  }

  /** Makes the client wait after each write, until the function that is returned is called. */
  block(): () => void {
    const promise = new Promise<void>((resolve, reject) => {
      this.#block = { resolve, reject }
    })
    // Nobody may ever wait for it.
    promise.catch(() => {})
    this.#blocked = promise
    return () => {
      this.#blocked = undefined
      this.#block?.resolve()
    }
  }

  read(): Promise<Uint8Array | null> {
    this.reads += 1
    const next = this.#due.shift() ?? this.#lastly
    if (next !== undefined) return next()
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
    })
  }

  write(bytes: Uint8Array): void | Promise<void> {
    this.#written.push(bytes)
    return this.#blocked
  }

  end(): void {
    this.isEnded = true
  }

  destroy(error?: Error): void {
    if (this.isDestroyed) return
    this.isDestroyed = true
    this.destroyedWith = error
    this.#due.length = 0
    const failure = error ?? new Error('destroyed')
    this.#block?.reject(failure)
    this.fail(failure)
  }

  #deliver(outcome: () => Promise<Uint8Array | null>): void {
    const reader = this.#reader
    if (reader === undefined) {
      this.#due.push(outcome)
      return
    }
    this.#reader = undefined
    outcome().then(
      (segment) => reader.resolve(segment),
      (error: unknown) => reader.reject(error),
    )
  }
}

/** A connector that makes a ScriptedTransport for each connection, and keeps them in the order of their making. */
export class ScriptedPeers {
  readonly all: ScriptedTransport[] = []
  readonly origins: Origin[] = []
  readonly options: ConnectOptions[] = []

  readonly connector: Connector = async (origin, options) => {
    const peer = new ScriptedTransport()
    this.all.push(peer)
    this.origins.push(origin)
    this.options.push(options)
    return peer
  }

  /** The peer of a connection that has been made. */
  at(index: number): ScriptedTransport {
    const peer = this.all[index]
    if (peer === undefined) throw new Error(`${this.all.length} connections were made`)
    return peer
  }
}

/** An HttpConnection whose connections lead to ScriptedPeers. */
export function scripted(settings: Omit<HttpConnectionOptions, 'host'> = {}): {
  readonly connection: HttpConnection
  readonly peers: ScriptedPeers
} {
  const peers = new ScriptedPeers()
  return { connection: new HttpConnection({ connector: peers.connector, ...settings, host: 'api.test' }), peers }
}

/** A Wire over a transport, without time limits unless they are given. */
export const wireOver = (transport: Transport, options: Partial<WireOptions> = {}): Wire =>
  new Wire(transport, {
    clock: SYSTEM_CLOCK,
    limits: undefined,
    lenient: undefined,
    allowMissingCloseNotify: false,
    timeouts: () => resolveTimeouts(null),
    onEvent: undefined,
    ...options,
  })

/** All promises settle, and all events of this turn of the event loop are emitted. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
