import { LocalProtocolError } from '../errors.ts'
import { textDecoder, type TextOptions } from '../content/charset.ts'
import { DecodeError } from '../content/decode-error.ts'
import type { Coding } from '../content/coding-table.ts'
import { contentCodings } from '../content/content-codings.ts'
import { mediaTypeOf } from '../content/media-type.ts'
import type { Fields } from './fields.ts'
import { collect, type IncomingBody } from './incoming-body.ts'
import type { ServerSentEvent } from '../content/server-sent-events.ts'

/** Limits for undoing content codings. */
export interface DecodeOptions {
  /** How many bytes a content coding may decode to; a body without a coding has no limit. Default: 64 MiB. */
  readonly maxBytes?: number | undefined
  /** How many content codings a body may have. Default: 5. */
  readonly maxCodings?: number | undefined
  /**
   * How many undecoded bytes are kept while the body is decoded piece by piece, so that it can be read in another way if
   * decoding fails. Default: 1 MiB. Methods that decode the whole body keep all of it, and `events` keeps an event that is under
   * way beside it.
   */
  readonly keepBytes?: number | undefined
}

/** How a body is read as server-sent events. */
export interface EventsOptions {
  /** The most characters of one event. Default: 32 Mi. */
  readonly maxEventLength?: number | undefined
  /** Reads a body of any `Content-Type`. Default: `false`, only `text/event-stream`. */
  readonly anyContentType?: boolean | undefined
}

/**
 * The body of an answer with its content codings decoded (RFC 9110 section 8.4): iterate it, or take it as a whole.
 *
 * The bytes are decoded on demand. If decoding fails, the connection can still be used, and `HttpResponse.bytes()` returns the
 * undecoded body.
 */
export class DecodedBody implements AsyncIterable<Uint8Array> {
  /** The codings that are decoded, in the order in which they were applied. */
  readonly codings: readonly string[]
  /** Elements of `Content-Encoding` that are not codings, such as `none` or `br;q=1`; they do not change the body. */
  readonly ignoredCodings: readonly string[]
  readonly #body: IncomingBody
  readonly #contentType: string | undefined
  readonly #codings: readonly Coding[]
  readonly #maxBytes: number | undefined
  readonly #keepBytes: number

  /** @throws DecodeError `UNKNOWN_CODING`, `TOO_MANY_CODINGS`, before anything is read. */
  constructor(body: IncomingBody, headers: Fields, { maxBytes, maxCodings, keepBytes }: DecodeOptions = {}) {
    const { codings, ignored } = contentCodings(
      headers.get('content-encoding'),
      limit('maxCodings', maxCodings) ?? DEFAULTS.maxCodings,
    )
    this.codings = codings.map(({ name }) => name)
    this.ignoredCodings = ignored
    this.#body = body
    const types = headers.getAll('content-type')
    this.#contentType = types.length === 0 ? undefined : types.join(', ')
    this.#codings = codings
    this.#maxBytes = limit('maxBytes', maxBytes)
    this.#keepBytes = limit('keepBytes', keepBytes) ?? DEFAULTS.keepBytes
  }

  /** The body piece by piece. Leaving the loop early gives up the rest. @throws DecodeError `DECODE_ERROR`, `DECODED_TOO_LARGE`. */
  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    return this.#body.stream((pieces) => this.#decode(pieces), this.#keepBytes)
  }

  /** The whole body. @throws DecodeError `DECODE_ERROR`, `DECODED_TOO_LARGE`. */
  bytes(): Promise<Uint8Array> {
    return this.#body.read((pieces) => collect(this.#decode(pieces)))
  }

  /** The whole body as text, by the charset of `Content-Type`, otherwise as UTF-8. @throws DecodeError also `UNKNOWN_CHARSET`. */
  async text(options?: TextOptions): Promise<string> {
    const toText = textDecoder(this.#contentType, options)
    return this.#body.read(async (pieces) => toText(await collect(this.#decode(pieces))))
  }

  /** The whole body as JSON, which is UTF-8 whatever `Content-Type` says (RFC 8259 section 8.1), unless a byte order mark says otherwise. @throws DecodeError `DECODE_ERROR` with line and column if the text is not JSON. */
  async json(): Promise<unknown> {
    const toText = textDecoder(undefined)
    return this.#body.read(async (pieces) => parseJson(toText(await collect(this.#decode(pieces)))))
  }

  /**
   * The body as server-sent events, each as soon as it is complete; their number has no limit unless `maxBytes` was given.
   *
   * @throws DecodeError `DECODE_ERROR` if `Content-Type` is another, `EVENT_TOO_LARGE`.
   */
  events({ maxEventLength, anyContentType = false }: EventsOptions = {}): AsyncGenerator<
    ServerSentEvent,
    void,
    undefined
  > {
    if (!anyContentType && mediaTypeOf(this.#contentType ?? '').essence !== 'text/event-stream') {
      throw new DecodeError('DECODE_ERROR', `Content-Type: ${this.#contentType ?? 'none'}, not text/event-stream`)
    }
    const length = limit('maxEventLength', maxEventLength) ?? DEFAULTS.maxEventLength
    return this.#body.stream(
      (pieces) => eventsIn(this.#decode(pieces, this.#maxBytes ?? Infinity), length),
      this.#keepBytes,
      length * MOST_BYTES_PER_UNIT + this.#keepBytes,
    )
  }

  #decode(
    pieces: AsyncIterable<Uint8Array>,
    maxBytes = this.#maxBytes ?? DEFAULTS.maxBytes,
  ): AsyncIterable<Uint8Array> {
    return this.#codings.length === 0 ? pieces : decoded(pieces, this.#codings, maxBytes)
  }
}

/** The decoders are loaded with the first body that has a coding. */
async function* decoded(
  pieces: AsyncIterable<Uint8Array>,
  codings: readonly Coding[],
  maxBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { decode } = await import('./decoding.ts')
  yield* decode(pieces, codings, maxBytes)
}

/** @throws DecodeError; the code that finds the place is loaded only for a text that is not JSON. */
async function parseJson(text: string): Promise<unknown> {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const { jsonError } = await import('../content/json-text.ts')
    throw jsonError(text, cause)
  }
}

async function* eventsIn(
  pieces: AsyncIterable<Uint8Array>,
  maxLength: number,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const { serverSentEvents } = await import('../content/server-sent-events.ts')
  yield* serverSentEvents(pieces, maxLength)
}

/** Of UTF-8, for a character of a string of JavaScript (RFC 3629 section 3). */
const MOST_BYTES_PER_UNIT = 3

const DEFAULTS = {
  maxBytes: 67_108_864,
  maxCodings: 5,
  keepBytes: 1_048_576,
  maxEventLength: 33_554_432,
} as const satisfies Required<DecodeOptions> & Partial<EventsOptions>

function limit(name: string, value: number | undefined): number | undefined {
  if (value === undefined || value >= 0) return value
  throw new LocalProtocolError('INVALID_OPTION', `${name}: ${value}`)
}
