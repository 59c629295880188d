import { LocalProtocolError } from '../errors.ts'
import type { Exchange } from './exchange.ts'
import { addPiece } from './pieces.ts'
import { PENDING, type Wait } from './waiter.ts'
import type { Wire } from './wire.ts'

/**
 * The body of one answer for its reader: every byte is given out once.
 *
 * A later reading continues where the previous one stopped. A reading with a single result that fails puts back what it took,
 * so that the body can be read in another way.
 */
export class IncomingBody {
  readonly #exchange: Exchange
  readonly #wire: Wire
  #state: BodyState = 'open'
  /** What a failed reading had taken. */
  #putBackPiece: Uint8Array | undefined

  constructor(exchange: Exchange, wire: Wire) {
    this.#exchange = exchange
    this.#wire = wire
  }

  /** The body as it arrives. Leaving the loop early gives up the rest. */
  async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    this.#check()
    let isLeft = false
    try {
      for (let piece = await this.#next(); piece !== undefined; piece = await this.#next()) {
        isLeft = true
        yield piece
        isLeft = false
        // Another reading may have gone to the end meanwhile.
        if (this.#state === 'read') return
        this.#check()
      }
      this.#state = 'read'
    } finally {
      if (isLeft) this.cancel()
    }
  }

  /** The rest of the body in one piece. */
  bytes(): Promise<Uint8Array> {
    const whole = this.#takeWhole()
    return whole === undefined ? this.#takeAll() : Promise.resolve(whole)
  }

  /** The body without waiting if it is complete: the usual case of a small answer. */
  #takeWhole(): Uint8Array | undefined {
    const { body, end } = this.#exchange
    if (this.#state !== 'open' || end === undefined || this.#putBackPiece !== undefined) return undefined
    this.#state = 'read'
    return body.takeAll()
  }

  /** Takes nothing until the body is complete, so a failure leaves the body as it was. */
  async #takeAll(): Promise<Uint8Array> {
    this.#check()
    const exchange = this.#exchange
    this.#state = 'busy'
    exchange.isAwaitedWhole = true
    const { announcedLength } = exchange
    if (announcedLength !== undefined) exchange.body.reserve(announcedLength - (this.#putBackPiece?.length ?? 0))
    try {
      await this.#wire.until(new WholeBody(exchange))
    } catch (error) {
      if (!this.#isGivenUp()) this.#state = 'open'
      throw error
    } finally {
      exchange.isAwaitedWhole = false
    }
    if (this.#isGivenUp()) throw new LocalProtocolError('WRONG_STATE', ADVICE['given-up'])
    this.#state = 'read'
    const putBack = this.#putBackPiece
    this.#putBackPiece = undefined
    return putBack === undefined ? exchange.body.takeAll() : Buffer.concat([putBack, exchange.body.takeAll()])
  }

  /** The result of `use` for the body. If `use` throws, the body is as it was before. */
  async read<T>(use: (pieces: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T> {
    const taken = this.#begin(Infinity, Infinity)
    try {
      const result = await use(this.#taking(taken))
      this.#finish()
      return result
    } catch (error) {
      this.#putBack(taken)
      throw error
    }
  }

  /**
   * The results of `use` for the body, as it arrives. Leaving the loop early gives up the rest.
   *
   * If `use` throws while all that has been taken is kept, the body is as it was before.
   *
   * @param keep how many bytes are kept of those that have led to a result.
   * @param keepPending how many are kept after the last result: what one long result is made of.
   */
  async *stream<T>(
    use: (pieces: AsyncIterable<Uint8Array>) => AsyncIterable<T>,
    keep: number,
    keepPending = 0,
  ): AsyncGenerator<T, void, undefined> {
    const taken = this.#begin(keep, keepPending)
    let isLeft = false
    try {
      for await (const value of use(this.#taking(taken))) {
        taken.settle()
        isLeft = true
        yield value
        isLeft = false
      }
      this.#finish()
    } catch (error) {
      this.#putBack(taken)
      throw error
    } finally {
      if (isLeft) this.cancel()
    }
  }

  /** Gives up what has not been read; closes the connection unless the answer is complete. */
  cancel(): void {
    if (this.#state === 'read') return
    this.#state = 'given-up'
    this.#putBackPiece = undefined
    if (this.#exchange.end === undefined) this.#wire.destroy()
  }

  #begin(keep: number, keepPending: number): Taken {
    this.#check()
    this.#state = 'busy'
    return new Taken(keep, keepPending)
  }

  #check(): void {
    if (this.#state !== 'open') throw new LocalProtocolError('WRONG_STATE', ADVICE[this.#state])
  }

  async *#taking(taken: Taken): AsyncGenerator<Uint8Array, void, undefined> {
    for (let piece = await this.#next(); piece !== undefined; piece = await this.#next()) {
      taken.add(piece)
      yield piece
    }
  }

  async #next(): Promise<Uint8Array | undefined> {
    const piece = this.#putBackPiece ?? (await this.#wire.until(new NextPiece(this.#exchange)))
    this.#putBackPiece = undefined
    if (this.#state === 'given-up') throw new LocalProtocolError('WRONG_STATE', ADVICE['given-up'])
    return piece
  }

  #isGivenUp(): boolean {
    return this.#state === 'given-up'
  }

  #finish(): void {
    if (this.#state === 'busy') this.#state = 'read'
  }

  #putBack(taken: Taken): void {
    if (this.#state !== 'busy') return
    const { pieces } = taken
    this.#state = pieces === undefined ? 'lost' : 'open'
    if (pieces !== undefined && pieces.length > 0) this.#putBackPiece = joined(pieces)
  }
}

/** Joins the pieces. */
export async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) addPiece(all, piece)
  return joined(all)
}

/** Reads a whole body. */
class WholeBody implements Wait<void> {
  readonly phase = 'body'
  readonly #exchange: Exchange

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  look(): void | typeof PENDING {
    if (this.#exchange.end !== undefined) return undefined
    if (this.#exchange.failure !== undefined) throw this.#exchange.failure
    return PENDING
  }
}

/** The next bytes of a body, or `undefined` at its end. */
class NextPiece implements Wait<Uint8Array | undefined> {
  readonly phase = 'body'
  readonly #exchange: Exchange

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  look(): Uint8Array | undefined | typeof PENDING {
    const piece = this.#exchange.body.shift()
    if (piece !== undefined || this.#exchange.end !== undefined) return piece
    if (this.#exchange.failure !== undefined) throw this.#exchange.failure
    return PENDING
  }
}

type BodyState = 'open' | 'busy' | 'read' | 'given-up' | 'lost'

const ADVICE: Readonly<Record<Exclude<BodyState, 'open'>, string>> = {
  busy: 'the body is being read by another call; wait for it',
  read: 'the body has been read and can be read only once; keep the result',
  'given-up': 'the body was given up, by cancel() or by leaving a loop over it',
  lost: 'more of the body was decoded than is kept for another reading; raise keepBytes',
}

/** The bytes that a reading took, while they can be put back. */
class Taken {
  /** `undefined` once more has been taken than is kept. */
  pieces: Uint8Array[] | undefined = []
  readonly #limit: number
  readonly #pendingLimit: number
  #size = 0
  #sizeBeforeLast = 0
  /** How much of it has led to results only. */
  #settled = 0

  constructor(limit: number, pendingLimit: number) {
    this.#limit = limit
    this.#pendingLimit = pendingLimit
  }

  add(piece: Uint8Array): void {
    if (this.pieces === undefined) return
    this.#sizeBeforeLast = this.#size
    this.#size += piece.length
    if (this.#size <= Math.max(this.#limit, this.#settled + this.#pendingLimit)) addPiece(this.pieces, piece)
    else this.pieces = undefined
  }

  /** To be called when what was taken has led to a result; the last piece may hold the beginning of the next one. */
  settle(): void {
    this.#settled = this.#sizeBeforeLast
    if (this.#settled > this.#limit) this.pieces = undefined
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces
  return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces)
}
