import { LocalProtocolError } from '../errors.ts'

/** What may be sent as a body. Text goes out as UTF-8; a stream is sent as it comes. */
export type BodyInit = string | Uint8Array | AsyncIterable<Uint8Array | string>

/** A body as the writer needs it: all there, or to come. */
export type RequestBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'stream'
      readonly length: number | undefined
      readonly pieces: AsyncIterable<Uint8Array | string>
    }

/** @throws LocalProtocolError `INVALID_OPTION` for anything that is not a BodyInit. */
export function requestBody(init: BodyInit | undefined, contentLength: number | undefined): RequestBody | undefined {
  if (contentLength !== undefined && !(Number.isSafeInteger(contentLength) && contentLength >= 0)) {
    throw new LocalProtocolError('INVALID_OPTION', `contentLength: ${contentLength}`)
  }
  if (init === undefined) {
    if (contentLength === undefined || contentLength === 0) return undefined
    throw new LocalProtocolError('BODY_LENGTH_MISMATCH', `contentLength: ${contentLength}, no body given`)
  }
  if (typeof init === 'string' || init instanceof Uint8Array) {
    const bytes = typeof init === 'string' ? Buffer.from(init) : init
    if (contentLength !== undefined && contentLength !== bytes.length) {
      throw new LocalProtocolError(
        'BODY_LENGTH_MISMATCH',
        `contentLength: ${contentLength}, the body has ${bytes.length} bytes`,
      )
    }
    return { kind: 'bytes', bytes }
  }
  if (typeof init === 'object' && Symbol.asyncIterator in init)
    return { kind: 'stream', length: contentLength, pieces: init }
  throw new LocalProtocolError('INVALID_OPTION', `body: ${typeof init}`)
}

/**
 * The pieces of a stream as bytes, exactly as many as were announced.
 *
 * @throws LocalProtocolError `BODY_LENGTH_MISMATCH` before the first byte too many, or at the end where some are missing.
 */
export async function* exactly(
  length: number,
  pieces: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let missing = length
  let last: Uint8Array | undefined
  for await (const piece of pieces) {
    const bytes = toBytes(piece)
    if (bytes.length > missing) {
      throw new LocalProtocolError('BODY_LENGTH_MISMATCH', `${length} bytes announced, the stream has more`)
    }
    missing -= bytes.length
    // What completes the body waits for the end of the stream: one that is too long must not look whole to the server.
    if (missing > 0) yield bytes
    else last ??= bytes
  }
  if (missing > 0) {
    throw new LocalProtocolError(
      'BODY_LENGTH_MISMATCH',
      `${length} bytes announced, the stream ended after ${length - missing}`,
    )
  }
  if (last !== undefined) yield last
}

/** @throws LocalProtocolError `INVALID_OPTION` for a piece that is neither bytes nor text. */
export function toBytes(piece: unknown): Uint8Array {
  if (typeof piece === 'string') return Buffer.from(piece)
  if (piece instanceof Uint8Array) return piece
  throw new LocalProtocolError('INVALID_OPTION', `a piece of the body is ${typeof piece}, not bytes or text`)
}
