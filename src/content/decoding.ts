import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { listElements } from '../http1/framing.ts'
import { isToken } from '../http1/grammar.ts'
import { DecodeError } from './decode-error.ts'

/** A content coding and how it is undone. */
export interface Coding {
  readonly name: string
  /** Whether encoded bodies may stand one behind the other and give one body, as the members of a gzip file do. */
  readonly mayRepeat: boolean
  /** @param first the first byte of the encoded body. */
  decoder(first: number): Decoder
}

type Decoder = Transform & { readonly bytesWritten: number }

/** What a `Content-Encoding` field says (RFC 9110 section 8.4). */
export interface ContentCodings {
  /** In the order in which they were applied. */
  readonly codings: readonly Coding[]
  /** What stands there and is no coding: `none`, and what is not a token, such as `br;q=1`. Taken as identity. */
  readonly ignored: readonly string[]
}

/**
 * Reads a `Content-Encoding` value; `identity` says nothing.
 *
 * @throws DecodeError `UNKNOWN_CODING`, `TOO_MANY_CODINGS`.
 */
export function contentCodings(value: string | undefined, maxCodings: number): ContentCodings {
  const elements = listElements(value ?? '').filter((element) => element !== 'identity')
  const ignored = elements.filter((element) => element === 'none' || !isToken(element))
  const names = elements.filter((element) => !ignored.includes(element))
  if (names.length > maxCodings) throw new DecodeError('TOO_MANY_CODINGS', `${names.length}, at most ${maxCodings}`)
  return { codings: names.map(codingNamed), ignored }
}

/**
 * Undoes `codings`, the last applied first; what comes before a failure is given before it is thrown.
 *
 * No more is asked of `pieces` than it takes to give the next piece.
 *
 * @param maxBytes how much each coding may give.
 * @throws DecodeError `DECODE_ERROR`, `DECODED_TOO_LARGE`, or what `pieces` throws.
 */
export function decode(
  pieces: AsyncIterable<Uint8Array>,
  codings: readonly Coding[],
  maxBytes: number,
): AsyncIterable<Uint8Array> {
  return codings.reduceRight((encoded, coding) => upTo(maxBytes, undo(coding, encoded), coding), pieces)
}

const gzip: Coding = { name: 'gzip', mayRepeat: true, decoder: () => zlib.createGunzip() }

const CODINGS: ReadonlyMap<string, Coding> = new Map<string, Coding>([
  ['gzip', gzip],
  // RFC 9110 section 8.4.1.3.
  ['x-gzip', gzip],
  [
    'deflate',
    {
      name: 'deflate',
      mayRepeat: false,
      // RFC 9110 section 8.4.1.2 means the zlib format, which starts with its method, 8; some send a bare deflate stream.
      decoder: (first) => ((first & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw()),
    },
  ],
  ['br', { name: 'br', mayRepeat: false, decoder: () => zlib.createBrotliDecompress() }],
  ['zstd', { name: 'zstd', mayRepeat: true, decoder: createZstdDecoder }],
])

function codingNamed(name: string): Coding {
  const coding = CODINGS.get(name)
  if (coding === undefined) throw new DecodeError('UNKNOWN_CODING', JSON.stringify(name))
  if (name === 'zstd' && !canUndoZstd()) {
    throw new DecodeError('UNKNOWN_CODING', `zstd needs Node 24 or later, this is ${process.versions.node}`)
  }
  return coding
}

/** What `node:zlib` has from Node 22.15 on. */
interface WithZstd {
  createZstdDecompress(options: { readonly params: Readonly<Record<number, number>> }): Decoder
  zstdDecompressSync(bytes: Uint8Array): Uint8Array
}

const hasZstd = (module: object): module is WithZstd => 'createZstdDecompress' in module

/** Node 22 has zstd, but takes a body that is cut short for a whole one; what it gives cannot be relied on. */
function canUndoZstd(): boolean {
  if (!hasZstd(zlib)) return false
  try {
    zlib.zstdDecompressSync(CUT_FRAME)
    return false
  } catch {
    return true
  }
}

/** A zstd frame of the byte `x`, raw, without its last byte (RFC 8878 section 3.1.1). */
const CUT_FRAME = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x01, 0x09, 0x00, 0x00)

function createZstdDecoder(): Decoder {
  if (!hasZstd(zlib)) throw new DecodeError('UNKNOWN_CODING', 'zstd')
  return zlib.createZstdDecompress({ params: { [ZSTD_WINDOW_LOG_MAX]: 23 } })
}

/** `ZSTD_d_windowLogMax`. RFC 9659: a window of the zstd coding has at most 8 MB. */
const ZSTD_WINDOW_LOG_MAX = 100

async function* upTo(
  limit: number,
  pieces: AsyncIterable<Uint8Array>,
  { name }: Coding,
): AsyncGenerator<Uint8Array, void, undefined> {
  let given = 0
  for await (const piece of pieces) {
    given += piece.length
    if (given > limit) throw new DecodeError('DECODED_TOO_LARGE', `${name} gives more than ${limit} bytes`)
    yield piece
  }
}

/** One coding undone. An empty body stays empty: it is what HEAD, 304 and many a careless server have. */
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
 * A stream of `node:zlib`, driven by hand: all that a piece gives comes out before the next one is put in.
 *
 * As an iterable the stream would read ahead, and on a failure lose what it had decoded before it.
 */
class DecoderRun {
  /** What the last piece had behind the end of the coded body. */
  rest: Uint8Array = NO_BYTES
  readonly #coding: Coding
  readonly #stream: Decoder
  #put = 0
  #given: number
  #isIdle = true
  #isEnded = false
  #failure: Error | undefined
  #wake = (): void => {}

  /** @param givenBefore by the runs before this one, for the report. */
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

  /** Whether the coded body has come to its end before its bytes did. */
  get isOver(): boolean {
    return this.#isEnded
  }

  /** Decoded bytes, with those of the runs before. */
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
