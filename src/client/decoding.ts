import type { Coding, Decoder } from '../content/coding-table.ts'
import { DecodeError } from '../content/decode-error.ts'

/**
 * Decodes `codings`, the last applied first; bytes before a failure are yielded before it is thrown.
 *
 * Reads no more of `pieces` than the next decoded piece needs.
 *
 * @param maxBytes how many bytes each coding may decode to.
 * @throws DecodeError `DECODE_ERROR`, `DECODED_TOO_LARGE`, or what `pieces` throws.
 */
export function decode(
  pieces: AsyncIterable<Uint8Array>,
  codings: readonly Coding[],
  maxBytes: number,
): AsyncIterable<Uint8Array> {
  return codings.reduceRight((encoded, coding) => upTo(maxBytes, undo(coding, encoded), coding), pieces)
}

async function* upTo(
  limit: number,
  pieces: AsyncIterable<Uint8Array>,
  { name }: Coding,
): AsyncGenerator<Uint8Array, void, undefined> {
  let given = 0
  for await (const piece of pieces) {
    given += piece.length
    if (given > limit) throw new DecodeError('DECODED_TOO_LARGE', `${name} decodes to more than ${limit} bytes`)
    yield piece
  }
}

/** Decodes one coding. An empty body stays empty: HEAD and 304 have one, and so have careless servers. */
async function* undo(coding: Coding, encoded: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let run: DecoderRun | undefined
  try {
    for await (const piece of encoded) {
      for (let rest = piece; rest.length > 0; rest = run.rest) {
        if (run?.isOver === true) run = nextRun(coding, run, rest)
        run ??= new DecoderRun(coding, rest)
        yield* run.put(rest)
      }
    }
    if (run?.isOver === false) yield* run.end()
  } finally {
    run?.destroy()
  }
}

function nextRun(coding: Coding, run: DecoderRun, rest: Uint8Array): DecoderRun {
  if (!coding.mayRepeat) {
    throw new DecodeError(
      'DECODE_ERROR',
      `Content-Encoding: ${coding.name}, but bytes follow the end of the coded body`,
    )
  }
  run.destroy()
  return new DecoderRun(coding, rest, run.given)
}

/**
 * A stream of `node:zlib`, driven by hand: all output of a piece is read before the next piece is written.
 *
 * As an iterable the stream would read ahead, and lose decoded bytes on a failure.
 */
class DecoderRun {
  /** The bytes of the last piece after the end of the coded body. */
  rest: Uint8Array = NO_BYTES
  readonly #coding: Coding
  readonly #stream: Decoder
  #put = 0
  #given: number
  #isIdle = true
  #isEnded = false
  #failure: Error | undefined
  #wake = (): void => {}

  /** @param givenBefore how many bytes earlier runs decoded to, for the error. */
  constructor(coding: Coding, start: Uint8Array, givenBefore = 0) {
    this.#coding = coding
    this.#given = givenBefore
    this.#stream = coding.decoder(start[0] ?? 0)
    this.#stream.on('readable', () => this.#wake())
    this.#stream.on('end', () => {
      this.#isEnded = true
      this.#wake()
    })
    this.#stream.on('error', (error) => {
      this.#failure = error
      this.#wake()
    })
  }

  /** Whether the coded body ended before its bytes did. */
  get isOver(): boolean {
    return this.#isEnded
  }

  /** How many bytes were decoded, earlier runs included. */
  get given(): number {
    return this.#given
  }

  async *put(piece: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
    this.#isIdle = false
    this.#put += piece.length
    this.#stream.write(piece, () => {
      this.#isIdle = true
      this.#wake()
    })
    yield* this.#output(() => this.#isIdle)
    this.rest = piece.subarray(piece.length - (this.#put - this.#stream.bytesWritten))
  }

  async *end(): AsyncGenerator<Uint8Array, void, undefined> {
    this.#stream.end()
    yield* this.#output(() => false)
  }

  destroy(): void {
    this.#stream.destroy()
  }

  async *#output(isDone: () => boolean): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const piece: unknown = this.#stream.read()
      if (piece instanceof Uint8Array) {
        this.#given += piece.length
        yield piece
        continue
      }
      if (this.#failure !== undefined) throw this.#explain(this.#failure)
      if (this.#isEnded || isDone()) return
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  #explain(cause: Error): DecodeError {
    const { name } = this.#coding
    const found = this.#given === 0 ? 'nothing could be decoded' : `wrong after ${this.#given} decoded bytes`
    return new DecodeError('DECODE_ERROR', `Content-Encoding: ${name}, but ${found} (${cause.message})`, { cause })
  }
}

const NO_BYTES = new Uint8Array(0)
