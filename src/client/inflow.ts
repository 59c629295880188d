import type { OnReadOpts, Socket } from 'node:net'
import type { SegmentReader } from '../transport.ts'
import { queueMicrotask } from '../timers.ts'

/**
 * The bytes that a socket received, on their way to the reader.
 *
 * The system always reads into the same buffer (`onread`), so bytes that a reader only looks at cost no memory. Bytes that must
 * last are copied, or the buffer is given away with them and replaced. See docs/decisions/008-what-made-it-fast.md.
 */
export class Inflow {
  /** For `net.connect` and `tls.connect`; a socket without this option passes its segments to `add`. */
  readonly onread: OnReadOpts = {
    buffer: () => this.#buffer,
    callback: (length) => {
      this.#onRead(length)
      return true
    },
  }
  #buffer = Buffer.allocUnsafeSlow(READ_SIZE)
  #socket: Socket | undefined
  /** Segments that came while nobody was reading. */
  readonly #queue: Uint8Array[] = []
  #queuedBytes = 0
  /** The waiting reader: at most one of the two. */
  #borrower: SegmentReader | undefined
  #owner: Owner | undefined
  #isEnded = false
  #failure: Error | undefined

  /** Why nothing more will come; reported after everything before it has been read. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Sets the socket to pause while too many bytes wait. */
  attach(socket: Socket): void {
    this.#socket = socket
  }

  read(): Promise<Uint8Array | null> {
    const segment = this.#shift()
    if (segment !== undefined) return Promise.resolve(segment)
    if (this.#isEnded) return Promise.resolve(null)
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#owner = { resolve, reject }
    })
  }

  receive(reader: SegmentReader): void {
    if (this.#queue.length === 0 && !this.#isEnded && this.#failure === undefined) this.#borrower = reader
    else queueMicrotask(() => this.#tell(reader))
  }

  /** Takes ownership of a segment. */
  add(segment: Uint8Array): void {
    const [borrower, owner] = this.#takeReaders()
    if (borrower !== undefined) borrower.onBytes(segment, segment.length)
    else if (owner !== undefined) owner.resolve(segment)
    else this.#enqueue(segment)
  }

  /** The peer has ended its side. */
  end(): void {
    this.#isEnded = true
    const [borrower, owner] = this.#takeReaders()
    borrower?.onEnd()
    owner?.resolve(null)
  }

  /** Only the first failure is reported; bytes before it can still be read. */
  fail(failure: Error): void {
    this.#failure ??= failure
    const [borrower, owner] = this.#takeReaders()
    borrower?.onFailure(this.#failure)
    owner?.reject(this.#failure)
  }

  /** Drops unread bytes. */
  clear(): void {
    this.#queue.length = 0
    this.#queuedBytes = 0
    this.#isEnded = false
  }

  #onRead(length: number): void {
    const borrower = this.#borrower
    if (borrower === undefined) return this.add(this.#own(length))
    this.#borrower = undefined
    borrower.onBytes(this.#buffer, length)
  }

  /** The last bytes read, in memory that is not reused. */
  #own(length: number): Uint8Array {
    const bytes = this.#buffer
    if (length <= COPIED) return Buffer.from(bytes.subarray(0, length))
    this.#buffer = Buffer.allocUnsafeSlow(READ_SIZE)
    return bytes.subarray(0, length)
  }

  #enqueue(segment: Uint8Array): void {
    if (this.#failure !== undefined) return
    this.#queue.push(segment)
    this.#queuedBytes += segment.length
    if (this.#queuedBytes >= HIGH_WATER_MARK) this.#socket?.pause()
  }

  #shift(): Uint8Array | undefined {
    const segment = this.#queue.shift()
    if (segment === undefined) return undefined
    this.#queuedBytes -= segment.length
    if (this.#socket?.isPaused() === true && this.#queuedBytes < HIGH_WATER_MARK) this.#socket.resume()
    return segment
  }

  #tell(reader: SegmentReader): void {
    const segment = this.#shift()
    if (segment !== undefined) reader.onBytes(segment, segment.length)
    else if (this.#isEnded) reader.onEnd()
    else if (this.#failure !== undefined) reader.onFailure(this.#failure)
    else this.#borrower = reader
  }

  #takeReaders(): [SegmentReader | undefined, Owner | undefined] {
    const readers: [SegmentReader | undefined, Owner | undefined] = [this.#borrower, this.#owner]
    this.#borrower = undefined
    this.#owner = undefined
    return readers
  }
}

interface Owner {
  resolve(segment: Uint8Array | null): void
  reject(error: Error): void
}

/** The most bytes of one read, as in Node: a larger buffer is 5% faster, but reads further past a limit. */
const READ_SIZE = 65_536

/** Up to this many bytes are copied, which keeps the buffer. */
const COPIED = READ_SIZE / 2

/** How many unread bytes may wait before the socket is paused. */
const HIGH_WATER_MARK = 262_144
