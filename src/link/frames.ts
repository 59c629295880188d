import type { Transport } from '../transport.ts'

/**
 * What is said between a process of the app and a test.
 *
 * The process begins: `join` a test, or `connect` for it. A test answers `policy`, or `handshake`, `opened` and `failed`; then `data`, `end` and
 * `tls` go either way. `problem` is what the process has refused.
 */
export type FrameKind =
  | 'join'
  | 'policy'
  | 'problem'
  | 'connect'
  | 'handshake'
  | 'opened'
  | 'failed'
  | 'data'
  | 'end'
  | 'tls'
  | 'secured'

const KINDS: readonly FrameKind[] = [
  'join',
  'policy',
  'problem',
  'connect',
  'handshake',
  'opened',
  'failed',
  'data',
  'end',
  'tls',
  'secured',
]

/** One message: bytes, or JSON. */
export interface Frame {
  readonly kind: FrameKind
  readonly bytes: Buffer
}

/** Frames over a connection: a byte for the kind, four for the length, and as many as that. */
export class Frames {
  readonly #transport: Transport
  #held: Buffer = NOTHING
  #sending: Promise<void> | undefined

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** The next frame, or `undefined` when the other side has gone. At most one call is outstanding. */
  async next(): Promise<Frame | undefined> {
    for (;;) {
      const frame = this.#take()
      if (frame !== undefined) return frame
      const bytes = await this.#read()
      if (bytes === null) return undefined
      this.#held = this.#held.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#held, bytes])
    }
  }

  /** Sends a frame. Returns a promise where the other side should not be sent more before it has read. */
  send(kind: FrameKind, payload: Uint8Array | object = NOTHING): void | Promise<void> {
    const bytes = payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload))
    const head = Buffer.alloc(HEAD)
    head.writeUInt8(KINDS.indexOf(kind), 0)
    head.writeUInt32BE(bytes.length, 1)
    const frame = Buffer.concat([head, bytes])
    if (this.#sending !== undefined) return this.#queue(this.#sending, frame)
    const blocked = this.#transport.write(frame)
    return blocked === undefined ? undefined : this.#hold(blocked)
  }

  /** Nothing more will be sent. */
  end(): void {
    this.#transport.end()
  }

  destroy(): void {
    this.#transport.destroy()
  }

  keepAlive(value: boolean): void {
    this.#transport.keepAlive?.(value)
  }

  #queue(before: Promise<void>, frame: Uint8Array): Promise<void> {
    return this.#hold(before.then(() => this.#transport.write(frame)))
  }

  /** One write waits at a time. */
  #hold(blocked: Promise<void>): Promise<void> {
    const sending = blocked.finally(() => {
      if (this.#sending === sending) this.#sending = undefined
    })
    sending.catch(() => {}) // The reader sees that the connection is over.
    this.#sending = sending
    return sending
  }

  #take(): Frame | undefined {
    if (this.#held.length < HEAD) return undefined
    const kind = KINDS[this.#held.readUInt8(0)]
    const end = HEAD + this.#held.readUInt32BE(1)
    if (kind === undefined || end > MOST) throw new Error('the other side of the link is none of wiretape')
    if (this.#held.length < end) return undefined
    const bytes = this.#held.subarray(HEAD, end)
    this.#held = this.#held.subarray(end)
    return { kind, bytes }
  }

  async #read(): Promise<Uint8Array | null> {
    try {
      return await this.#transport.read()
    } catch {
      return null // How the other side has gone makes no difference.
    }
  }
}

const HEAD = 5
const MOST = 256 << 20
const NOTHING = Buffer.alloc(0)
