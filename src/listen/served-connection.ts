import type { Socket } from 'node:net'
import { SocketTransport } from '../client/socket-transport.ts'
import { type Clock, SYSTEM_CLOCK } from '../clock.ts'
import { ConnectionError } from '../errors.ts'
import type { Transport } from '../transport.ts'
import type { HeldBytes } from './held-bytes.ts'
import { ServeRefusal } from './refusal.ts'
import { setImmediate, setTimeout } from '../timers.ts'

/** What a served connection consists of. */
export interface ServedParts {
  /** Plain, or TLS. */
  readonly socket: Socket
  /** The TCP socket under TLS, or the same one. */
  readonly carrier: Socket
  /** Plays the server, or the reason why nothing can be played. */
  readonly replay: Transport | { readonly failure: unknown }
  /**
   * Makes the answer that says why there is no recorded one. It is `undefined` if the protocol has no such answer, and returns
   * `undefined` in the middle of an answer, which can only be cut off.
   */
  readonly answerTo: ((reason: unknown) => Uint8Array | undefined) | undefined
  /**
   * Makes the answer to a connection that could not be made; `undefined`, or absent: the client's connection fails, too, as far as a
   * socket can do that.
   */
  readonly failureAnswer?: ((failure: ConnectionError) => Uint8Array | undefined) | undefined
  /** The most bytes of one request. */
  readonly maxRequestBytes: number
  /** Counts the bytes of requests of all clients. Default: they are not held, or not limited. */
  readonly held?: HeldBytes | undefined
  /** Called if a connection ends with a failure, recorded or live. */
  readonly onFailed?: ((failure: Error) => void) | undefined
  /** The error for the replay when the client leaves. Default: none, an ordinary close. */
  readonly leaving?: ConnectionError | undefined
  /** Called with the reason why there is no recorded answer. */
  readonly onRefused: (reason: Error) => void
  /** Whether a client that has ended its side has left altogether. Default: no, it still reads. */
  readonly hasLeft?: (() => boolean) | undefined
  /** Ends the connection as the recorded one failed. Default: what a server can do to a client of another process. */
  readonly conclude?: ((error: unknown) => Promise<void>) | undefined
  /** The reader and writer of `socket`, if it has one. Default: a new one. */
  readonly client?: Transport | undefined
  /** Limits how long a refused client may stay. Default: the system's clock. */
  readonly clock?: Clock | undefined
}

/**
 * One client of a served cassette: its bytes go to the replay, and those of the replay go to the client.
 *
 * Nothing here looks at a byte, so nothing can change one.
 */
export class ServedConnection {
  readonly #parts: ServedParts
  readonly #client: Transport
  #pendingRead: Promise<Uint8Array | 'end' | 'gone'> | undefined
  #hasHeard = false
  /** Bytes since the last head of a request. */
  #requestBytes = 0
  #lastLength = 0
  #hasClientEnded = false
  /** Whether a read of the replay is outstanding. */
  #isWaiting = false
  /** Whether the replay has said everything. */
  #hasToldAll = false
  /** Whether the conversation has ended in another way than the replay would end it. */
  #isOver = false
  /** Resolves when the client has taken what was written. */
  #taken: Promise<boolean> | undefined

  constructor(parts: ServedParts) {
    this.#parts = parts
    this.#client = parts.client ?? new SocketTransport(parts.socket)
  }

  /** Call it with each head of a request. */
  noteRequest(): void {
    this.#releaseAllBut(this.#lastLength)
  }

  /** The head is in the last segment, and so may be some of its body. */
  #releaseAllBut(bytes: number): void {
    this.#parts.held?.release(this.#requestBytes - bytes)
    this.#requestBytes = bytes
  }

  /** Resolves when the connection is over; never rejects. */
  async run(): Promise<void> {
    const { replay } = this.#parts
    if ('failure' in replay) return this.#conclude(replay.failure)
    await Promise.all([this.#hear(replay), this.#tell(replay)])
    this.#releaseAllBut(0)
  }

  /** From the client to the replay. */
  async #hear(replay: Transport): Promise<void> {
    for (;;) {
      // While a client takes no answers, its requests are not read.
      await this.#taken
      const bytes = await this.#read()
      if (this.#isOver) return
      if (bytes === 'gone' || (bytes === 'end' && this.#parts.hasLeft?.() === true)) return this.#forget(replay)
      if (bytes === 'end') return this.#hearEnd(replay)
      this.#hasHeard = true
      this.#requestBytes += bytes.length
      this.#lastLength = bytes.length
      const isTooMuch = this.#parts.held?.take(bytes.length) === false
      if (this.#requestBytes > this.#parts.maxRequestBytes) return this.#refuse(replay, this.#tooLarge())
      if (isTooMuch) return this.#refuse(replay, tooManyBytes())
      try {
        await replay.write(bytes)
      } catch {
        // Reading the replay gives the same error, after everything that came before.
        return this.#hasToldAll ? this.#drain(MOST_DRAINED) : undefined
      }
    }
  }

  /** The next bytes of the client; `'gone'` if it left without an end. Concurrent callers get the same result. */
  #read(): Promise<Uint8Array | 'end' | 'gone'> {
    this.#pendingRead ??= this.#client
      .read()
      .then(
        (bytes) => bytes ?? 'end',
        () => 'gone' as const, // How a client leaves is its own affair.
      )
      .finally(() => (this.#pendingRead = undefined))
    return this.#pendingRead
  }

  async #hearEnd(replay: Transport): Promise<void> {
    this.#hasClientEnded = true
    replay.end()
    // A turn later the replay has said what follows from the end.
    await nextTurn()
    if (this.#isWaiting && replay.isQuiet === true) this.#leave(replay)
  }

  /** From the replay to the client. */
  async #tell(replay: Transport): Promise<void> {
    try {
      for (;;) {
        if (this.#hasClientEnded && replay.isQuiet === true) return this.#leave(replay)
        this.#isWaiting = true
        const segment = await replay.read()
        this.#isWaiting = false
        if (segment === null) break
        if (!(await this.#write(segment))) return this.#forget(replay)
        // A quick reader should see the next segment as a segment of its own, even if it comes at once.
        if (replay.isQuiet !== true) await nextTurn()
      }
      this.#hasToldAll = true
      this.#client.end()
    } catch (error) {
      if (this.#isOver) return
      // Such as that a cassette ended just after its port was closed: nobody is there to hear why.
      if (this.#hasClientEnded && this.#parts.carrier.destroyed) return this.#forget(replay)
      await this.#conclude(error)
    }
  }

  /** Resolves when the client takes more, with `false` if it has gone. */
  async #write(bytes: Uint8Array): Promise<boolean> {
    const blocked = this.#client.write(bytes)
    if (blocked === undefined) return true
    const taken = blocked.then(
      () => true,
      () => false, // How a client leaves is its own affair.
    )
    this.#taken = taken
    return taken
  }

  /** The client has ended its side, and there is nothing more to say. */
  #leave(replay: Transport): void {
    this.#isOver = true
    replay.destroy(this.#parts.leaving)
    this.#client.end()
  }

  #forget(replay: Transport): void {
    this.#isOver = true
    replay.destroy(this.#parts.leaving)
    this.#client.destroy()
  }

  async #refuse(replay: Transport, reason: ServeRefusal): Promise<void> {
    this.#isOver = true
    replay.destroy()
    await this.#answer(reason)
  }

  #tooLarge(): ServeRefusal {
    const { maxRequestBytes } = this.#parts
    return new ServeRefusal('REQUEST_TOO_LARGE', 413, `${maxRequestBytes} bytes; maxRequestBytes allows more`)
  }

  /** Does what the recorded server did, as far as a socket can; or says why there is no answer. */
  async #conclude(error: unknown): Promise<void> {
    this.#isOver = true
    if (this.#parts.conclude !== undefined) return this.#parts.conclude(error)
    if (!(error instanceof ConnectionError)) return this.#answer(error)
    this.#parts.onFailed?.(error)
    const answer = this.#parts.failureAnswer?.(error)
    if (answer !== undefined) return this.#say(answer)
    // All that the recorded server did was to stay silent.
    if (error.code.endsWith('_TIMEOUT')) return this.#drain(Infinity)
    if (error.code === 'CONNECTION_CLOSED') return this.#client.destroy()
    if (error.code !== 'TLS_TRUNCATED') return this.#reset()
    await this.#flushed()
    // TCP ends, TLS does not; without TLS there is no difference.
    this.#client.destroy(error)
  }

  async #answer(reason: unknown): Promise<void> {
    this.#parts.onRefused(reason instanceof Error ? reason : new Error(String(reason)))
    const answer = this.#parts.answerTo?.(reason)
    if (answer === undefined) return this.#reset()
    // A client that has asked nothing would read it as a late answer.
    if (!this.#hasHeard && typeof (await this.#read()) === 'string') return this.#client.destroy()
    await this.#say(answer)
  }

  /** An answer of our own, and then the end. */
  async #say(answer: Uint8Array): Promise<void> {
    if (!(await this.#write(answer))) return
    this.#client.end()
    // A client that still sends would lose the answer to a reset (RFC 9112 section 9.6), but it may never stop.
    const { clock = SYSTEM_CLOCK } = this.#parts
    const limit = clock.schedule(LONGEST_DRAIN, () => this.#client.destroy())
    await this.#drain(MOST_DRAINED)
    limit.cancel()
  }

  /** Reads and drops what the client still writes, until it leaves or has written too much. */
  async #drain(most: number): Promise<void> {
    for (let left = most; left > 0;) {
      const bytes = await this.#read()
      if (typeof bytes === 'string') break
      left -= bytes.length
    }
    this.#client.destroy()
  }

  /** A reset drops what the client's system has not taken yet, so it waits a moment. */
  async #reset(): Promise<void> {
    await this.#flushed()
    const { bytesWritten } = this.#parts.socket
    const time = Math.min(BEFORE_RESET + bytesWritten / TAKEN_IN_A_MILLISECOND, MOST_BEFORE_RESET)
    await new Promise((resolve) => setTimeout(resolve, time))
    this.#parts.carrier.resetAndDestroy()
    this.#client.destroy()
  }

  /** Resolves when all that was written has been handed to the system. */
  async #flushed(): Promise<void> {
    const { socket } = this.#parts
    if (socket.writable) await new Promise<void>((resolve) => socket.write(NOTHING, () => resolve()))
  }
}

const tooManyBytes = (): ServeRefusal =>
  new ServeRefusal('TOO_MANY_CLIENTS', 503, 'the bytes of all requests together; maxHeldBytes allows more')

/** Bytes that a client may write after it was refused. */
const MOST_DRAINED = 64 << 20

/** Milliseconds that a client may stay after it was refused. */
const LONGEST_DRAIN = 30_000

/** Milliseconds, and the bytes that a slow client reads in one of them. */
const BEFORE_RESET = 25
const MOST_BEFORE_RESET = 500
const TAKEN_IN_A_MILLISECOND = 16 << 10

const NOTHING = Buffer.alloc(0)

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
